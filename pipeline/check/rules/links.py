"""Rules of links: where they lead, what they say, and whether readers have been there before. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from pipeline.check.context import CheckedLetter, at
from pipeline.check.page import Shown, one_line, split_url
from pipeline.check.registry import CONTENT, SETTINGS, Findings, rule
from pipeline.check.source_location import NOWHERE, SourceLocation
from pipeline.model.problem import Severity
from pipeline.model.rendered import PersonalSlot
from pipeline.news.urls import make_url_key
from pipeline.render.slots import URL_SLOTS

_VAGUE = frozenset({"click here", "click", "here", "link", "more", "read more", "this"})
_LOOKS_LIKE_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


@rule(
    "links-absolute", "error", why="A link must lead where a reader can go, and where it says.", stands=True
)
def links_absolute(letter: CheckedLetter) -> Findings:
    """Judge where links lead."""
    fine = {letter.tokens[slot] for slot in URL_SLOTS if slot in letter.tokens}
    for tag in letter.page.tags:
        fine |= {f"#{name}" for key in ("id", "name") if (name := tag.attributes.get(key))}
    for link in letter.page.links:
        href, words = link.tag.attributes["href"], one_line(link.words)
        where, selector = at(link.tag)
        wrong = "" if href in fine else _wrong_address(href, letter.letterhead.base_url)
        place = letter.find_place(href) if wrong else NOWHERE
        if wrong:
            fix = "link to a whole https:// address"
            message = f"the link `{words or href}` leads to {wrong}"
            yield links_absolute.found(message, fix, where=where, selector=selector, source=place)
        if _LOOKS_LIKE_URL.fullmatch(words) and _host(words) != _host(href):
            fix = "show the address the link leads to, or words"
            message = f"`{words[:60]}` leads to {_host(href)}: looks like fraud"
            yield links_absolute.found(
                message, fix, where=where, selector=selector, source=letter.find_place(words)
            )


def _wrong_address(href: str, base_url: str) -> str:
    """Name what is wrong with a link's target; empty when nothing is. The own base_url is taken as it is."""
    if base_url and (href == base_url or href.startswith(base_url.rstrip("/") + "/")):
        return ""
    if "&amp;" in href:
        return "an address that was escaped twice"
    parts = split_url(href)
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else "no address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"`{href[:60]}`" if href.strip("# ") else "nowhere"
    return "this machine or a bare number" if _is_local(parts.hostname) else ""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _host(url: str) -> str:
    parts = split_url(url if "://" in url else f"https://{url}")
    return (parts.hostname or url).removeprefix("www.")


@rule("link-text", "error", why="Screen readers list links without the sentence around them.")
def link_text(letter: CheckedLetter) -> Findings:
    """Judge what links say, and whether they can be told from the words around them."""
    for link in letter.page.links:
        where, selector = at(link.tag)
        for severity, message, fix in _text_mistakes(letter, link):
            place = letter.find_place(link.tag.attributes["href"])
            yield link_text.found(
                message, fix, where=where, selector=selector, source=place, severity=severity
            )


def _text_mistakes(letter: CheckedLetter, link: Shown) -> Iterator[tuple[Severity, str, str]]:
    words = one_line(link.words)
    if not words and not link.images_alt.strip():
        href = link.tag.attributes["href"]
        yield "error", f"the link to {href[:60]} shows no words", "give it a text, or its picture an alt"
    elif words.casefold() in _VAGUE:
        fix = "name what is behind it; screen readers list links without their sentence"
        yield "warning", f"the link text `{words}` says nothing", fix
    elif words and letter.looks.is_plain(link.tag) and not letter.looks.is_button(link.tag):
        fix = "leave links underlined: not everybody sees colours apart"
        yield "warning", f"the link `{words[:40]}` is known by its colour only", fix


@rule("link-repeat", "warning", why="Readers have been sent there before.", fix_in=CONTENT)
def link_repeat(letter: CheckedLetter) -> Findings:
    """Find links that an earlier issue had; the newsletter's own pages may come again."""
    if not letter.sent:
        return
    own = split_url(letter.letterhead.base_url).hostname
    met: set[str] = set()
    for link in letter.page.links:
        href = link.tag.attributes["href"]
        if not href.startswith(("http:", "https:")) or href in met or href == letter.letterhead.join_url:
            continue
        met.add(href)
        week = "" if split_url(href).hostname == own else letter.sent.get(make_url_key(href), "")
        if week and week != letter.rendered.week:
            where, selector = at(link.tag)
            message = f"the link `{one_line(link.words)[:40]}` to {href[:80]} was in the letter of {week}"
            fix = "choose another, or say why it comes again"
            yield link_repeat.found(
                message, fix, where=where, selector=selector, source=letter.find_place(href)
            )


@rule(
    "unsubscribe-link", "error", why="The law and every mailbox provider want it in both parts.", stands=True
)
def unsubscribe_link(letter: CheckedLetter) -> Findings:
    """Want the slot as a link that shows words in HTML, and in the text."""
    token = letter.tokens.get(PersonalSlot.UNSUBSCRIBE_URL, "")
    linked = any(link.tag.attributes["href"] == token and link.words.strip() for link in letter.page.links)
    fix = "write {{ unsubscribe_url }} into the template, in HTML as the href of a link with words"
    if not token or not linked:
        yield unsubscribe_link.found("there is no link to unsubscribe", fix)
    if not token or token not in letter.rendered.text:
        yield unsubscribe_link.found("there is no address to unsubscribe", fix, where="text")


@rule(
    "postal-address",
    "error",
    why="CAN-SPAM and most national laws want it in every letter.",
    fix_in=SETTINGS,
    stands=True,
)
def postal_address(letter: CheckedLetter) -> Findings:
    """Want the whole address in both parts."""
    address = one_line(letter.letterhead.postal_address)
    fix = "set newsletter.postal_address and write {{ letterhead.postal_address }} into the template"
    for where, part in (("html", letter.page.visible), ("text", letter.rendered.text)):
        if not address or address not in one_line(part):
            yield postal_address.found("the postal address is missing", fix, where=where)


@rule(
    "letterhead",
    "error",
    why="Who writes, and what readers are called, stands in every letter.",
    fix_in=SETTINGS,
)
def letterhead(letter: CheckedLetter) -> Findings:
    """Want the names that the letter calls its writer and its readers by."""
    head = letter.letterhead
    if not head.name.strip():
        message = "the newsletter has no name: masthead, title and sender are empty"
        yield letterhead.found(message, "set newsletter.name", source=SourceLocation(SETTINGS))
    if not head.audience.strip():
        message = "readers have no name: `join 1,300+` is not said of whom"
        fix = 'set newsletter.audience, such as "readers"'
        yield letterhead.found(message, fix, source=SourceLocation(SETTINGS), severity="warning")
