"""Rules of links: where they lead, what they say, and whether readers have been there before. Pure."""

from __future__ import annotations

from pipeline.check.context import LetterContext
from pipeline.check.page import one_line, split_url
from pipeline.check.registry import CONTENT, SETTINGS, Findings, rule
from pipeline.check.source_location import SourceLocation
from pipeline.content.exchange.merge_tags import VAGUE
from pipeline.model.problem import Severity
from pipeline.model.rendered import PersonalSlot
from pipeline.news.urls import LOOKS_LIKE_URL, find_host, is_local_host, make_url_key
from pipeline.render.slots import URL_SLOTS


@rule(
    "links-absolute",
    "error",
    why="A link must lead where a reader can go, and where its text promises.",
    is_required=True,
)
def links_absolute(letter: LetterContext) -> Findings:
    """Check where links lead, and that an address shown as a link's text is the link's own."""
    known = {letter.tokens[slot] for slot in URL_SLOTS if slot in letter.tokens}
    for tag in letter.page.tags:
        known |= {f"#{name}" for key in ("id", "name") if (name := tag.attributes.get(key))}
    for link in letter.page.links:
        href, words = link.href, one_line(link.words)
        wrong = "" if href in known else _find_fault(href, letter.letterhead.base_url)
        if wrong:
            message, fix = f"the link `{words or href}` leads to {wrong}", "link to a full https:// address"
            yield links_absolute.found(message, fix, at=link.tag, source=letter.find_place(href))
        if LOOKS_LIKE_URL.fullmatch(words) and find_host(words) != find_host(href):
            message = f"`{words[:60]}` leads to {find_host(href) or href}: looks like fraud"
            fix = "show the address the link leads to, or words"
            yield links_absolute.found(message, fix, at=link.tag, source=letter.find_place(words))


def _find_fault(href: str, base_url: str) -> str:
    """Describe what is wrong with a link's target; empty when nothing is. `base_url` may be anything."""
    if base_url and (href == base_url or href.startswith(base_url.rstrip("/") + "/")):
        return ""
    if "&amp;" in href:
        return "an address that was escaped twice"
    parts = split_url(href)
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else "no address"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return f"`{href[:60]}`" if href.strip("# ") else "nowhere"
    return "this machine or a bare number" if is_local_host(parts.hostname) else ""


@rule("link-text", "error", why="Screen readers list links without the sentence around them.")
def link_text(letter: LetterContext) -> Findings:
    """Check what links say, and that they can be distinguished from the words around them."""
    for link in letter.page.links:
        words, message, fix = one_line(link.words), "", ""
        severity: Severity = "warning"
        if not words and not link.images_alt.strip():
            message, severity = f"the link to {link.href[:60]} shows no words", "error"
            fix = "give it a text, or its picture an alt"
        elif words.casefold() in VAGUE:
            message = f"the link text `{words}` says nothing"
            fix = "name what is behind it; screen readers list links without their sentence"
        elif words and letter.looks.is_plain(link.tag) and not letter.looks.is_button(link.tag):
            message = f"the link `{words[:40]}` is recognised by its colour only"
            fix = "leave links underlined: not everyone can tell colours apart"
        if message:
            place = letter.find_place(link.href)
            yield link_text.found(message, fix, at=link.tag, source=place, severity=severity)


@rule("link-repeat", "warning", why="Readers have been sent there before.", fix_in=CONTENT)
def link_repeat(letter: LetterContext) -> Findings:
    """Find links that an earlier issue had; the newsletter's own pages may come again."""
    if not letter.sent:
        return
    own = split_url(letter.letterhead.base_url).hostname
    met: set[str] = set()
    for link in letter.page.links:
        href = link.href
        if not href.startswith(("http:", "https:")) or href in met or href == letter.letterhead.join_url:
            continue
        met.add(href)
        week = "" if split_url(href).hostname == own else letter.sent.get(make_url_key(href), "")
        if week and week != letter.rendered.week:
            message = f"the link `{one_line(link.words)[:40]}` to {href[:80]} was in the letter of {week}"
            fix = "choose another, or say why it comes again"
            yield link_repeat.found(message, fix, at=link.tag, source=letter.find_place(href))


@rule(
    "unsubscribe-link",
    "error",
    why="The law and every mailbox provider want it in both parts.",
    is_required=True,
)
def unsubscribe_link(letter: LetterContext) -> Findings:
    """Check for the slot as a link with words in the HTML, and in the text."""
    token = letter.tokens.get(PersonalSlot.UNSUBSCRIBE_URL, "")
    linked = any(link.href == token and link.words.strip() for link in letter.page.links)
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
    is_required=True,
)
def postal_address(letter: LetterContext) -> Findings:
    """Check for the whole address in both parts."""
    address = one_line(letter.letterhead.postal_address)
    fix = "set newsletter.postal_address and write {{ letterhead.postal_address }} into the template"
    for where, part in (("html", letter.page.visible), ("text", letter.rendered.text)):
        if not address or address not in one_line(part):
            yield postal_address.found("the postal address is missing", fix, where=where)


@rule(
    "letterhead",
    "error",
    why="Every letter shows who writes it and what its readers are called.",
    fix_in=SETTINGS,
)
def letterhead(letter: LetterContext) -> Findings:
    """Check the names that the letter uses for its writer and its readers."""
    settings = SourceLocation(SETTINGS)
    if not letter.letterhead.name.strip():
        message = "the newsletter has no name: masthead, title and sender are empty"
        yield letterhead.found(message, "set newsletter.name", source=settings)
    if not letter.letterhead.audience.strip():
        message = "readers have no name: `join 1,300+` does not say whom"
        fix = 'set newsletter.audience, such as "readers"'
        yield letterhead.found(message, fix, source=settings, severity="warning")
