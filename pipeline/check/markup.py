"""The rules of the HTML's markup: links, pictures, headings, language, what mail must not hold. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pipeline.check.letter import Finding, Findings, Letter, Tag, one_line
from pipeline.content.model import Severity
from pipeline.render.slots import URL_SLOTS

_ACTIVE_TAGS = frozenset(
    ["applet", "base", "button", "embed", "form", "iframe", "input", "object", "script", "select", "textarea"]
)
_RUNS = re.compile(r"\s*(?:javascript|vbscript|data):", re.IGNORECASE)
_FOREIGN_ICONS = ("mailjet.com", "imgur.com")
_IMAGE_KINDS_SELDOM_SHOWN = (".svg", ".webp", ".avif")
_VAGUE = frozenset({"click here", "click", "here", "link", "more", "read more", "this"})
_LOOKS_LIKE_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)


def links(letter: Letter) -> Findings:
    """Judge where links lead and what they say."""
    tokens = {letter.tokens[slot] for slot in URL_SLOTS if slot in letter.tokens}
    for link in letter.page.links:
        href = link.tag.attributes["href"]
        where = f"html:{link.tag.line}"
        words = one_line(link.words)
        wrong = "" if href in tokens else _wrong_address(href, letter.letterhead.base_url)
        if wrong:
            fix = "link to a whole https:// address"
            yield Finding("links", "error", where, f"the link `{words or href}` leads to {wrong}", fix)
        if not words and not link.images_alt.strip():
            yield Finding(
                "links", "error", where, f"the link to {href[:60]} shows no words", "give it a text"
            )
        elif words.casefold() in _VAGUE:
            fix = "name what is behind it; screen readers list links without their sentence"
            yield Finding("links", "warning", where, f"the link text `{words}` says nothing", fix)
        if _LOOKS_LIKE_URL.fullmatch(words) and _host(words) != _host(href):
            fix = "show the address the link leads to, or words"
            yield Finding(
                "links", "error", where, f"`{words[:60]}` leads to {_host(href)}: looks like fraud", fix
            )


def _wrong_address(href: str, base_url: str) -> str:
    """Name what is wrong with a link's target; empty when nothing is. The own base_url is taken as it is."""
    if base_url and (href == base_url or href.startswith(base_url.rstrip("/") + "/")):
        return ""
    if "&amp;" in href:
        return "an address that was escaped twice"
    parts = urlsplit(href)
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
    parts = urlsplit(url if "://" in url else f"https://{url}")
    return (parts.hostname or url).removeprefix("www.")


def language(letter: Letter) -> Findings:
    """Want language and direction on the page and on the letter inside it: webmail drops the page's."""
    wanted = {"lang": letter.letterhead.language, "dir": letter.letterhead.direction}
    places = [
        tag for tag in letter.page.tags if tag.name == "html" or tag.attributes.get("role") == "article"
    ]
    fix = 'begin the template with <mjml lang="{{ letterhead.language }}" dir="{{ letterhead.direction }}">'
    if len(places) < len(wanted):
        yield Finding(
            "language", "error", "html", "the page or the letter inside it is not marked as such", fix
        )
    for tag in places:
        for name, value in wanted.items():
            if tag.attributes.get(name) != value:
                message = f'<{tag.name}> has {name}="{tag.attributes.get(name, "")}" instead of "{value}"'
                yield Finding("language", "error", f"html:{tag.line}", message, fix)


def headings(letter: Letter) -> Findings:
    """Want one h1 and no level left out below it."""
    levels = [int(heading.tag.name[1]) for heading in letter.page.headings]
    if levels.count(1) != 1:
        message = f"there are {levels.count(1)} h1 headings; a letter has one"
        yield Finding(
            "headings", "error", "html", message, "use h1 for the letter's name and h2 for sections"
        )
    for before, heading in zip([0, *levels], letter.page.headings, strict=False):
        if int(heading.tag.name[1]) > before + 1:
            message = f"<{heading.tag.name}> `{one_line(heading.words)}` follows level {before}"
            yield Finding("headings", "warning", f"html:{heading.tag.line}", message, "leave no level out")


def images(letter: Letter) -> Findings:
    """Judge each picture as a reader without pictures meets it."""
    for tag in letter.page.tags:
        if tag.name == "img":
            for severity, message, fix in _image_mistakes(tag):
                yield Finding("images", severity, f"html:{tag.line}", message, fix)


def _image_mistakes(tag: Tag) -> Iterator[tuple[Severity, str, str]]:
    source = tag.attributes.get("src", "")
    parts = urlsplit(source)
    if "alt" not in tag.attributes:
        yield "error", f"the picture {source[:60]} has no alt", 'write alt="…", or alt="" for decoration'
    if not tag.attributes.get("width"):
        yield "error", f"the picture {source[:60]} has no width", "give its width in px"
    if parts.scheme != "https":
        yield "error", f"the picture {source[:60]} is not loaded by https", "put it on an https address"
    if (parts.hostname or "").endswith(_FOREIGN_ICONS):
        yield "error", f"the picture comes from {parts.hostname}", "use a picture of your own"
    if parts.path.lower().endswith(_IMAGE_KINDS_SELDOM_SHOWN):
        yield (
            "warning",
            f"{parts.path.rpartition('/')[2]} does not show in many mail programs",
            "use PNG or JPEG",
        )


def no_active(letter: Letter) -> Findings:
    """Refuse scripts, forms, frames, event attributes and addresses that run or embed."""
    fix = "remove it; link to a web page instead"
    for tag in letter.page.tags:
        where = f"html:{tag.line}"
        if tag.name in _ACTIVE_TAGS or (
            tag.name == "meta" and tag.attributes.get("http-equiv", "").lower() == "refresh"
        ):
            yield Finding("no-active", "error", where, f"<{tag.name}> does not belong in mail", fix)
        for name, value in tag.attributes.items():
            if name.startswith("on"):
                yield Finding("no-active", "error", where, f"<{tag.name}> has the attribute {name}", fix)
            if re.match(r"\s*(?:javascript|vbscript|data):", value, re.IGNORECASE) and name in {
                "href",
                "src",
                "background",
            }:
                yield Finding(
                    "no-active", "error", where, f"{name} of <{tag.name}> runs or embeds something", fix
                )


def no_remote_fonts(letter: Letter) -> Findings:
    """Look for style sheets and fonts that are fetched."""
    fetched = [
        tag for tag in letter.page.tags if tag.name == "link" and tag.attributes.get("rel") == "stylesheet"
    ]
    if fetched or re.search(r"@import|@font-face", letter.rendered.html):
        fix = "name web-safe fonts only; Ubuntu, Roboto, Lato and Open Sans are fetched from Google"
        yield Finding("no-remote-fonts", "error", "html", "the letter fetches a font or a style sheet", fix)


def mso_balance(letter: Letter) -> Findings:
    """Count the conditional comments that only Outlook reads."""
    html = letter.rendered.html
    begun, ended = html.count("<!--[if"), html.count("<![endif]")
    if begun != ended:
        message = f"{begun} conditional comments begin and {ended} end"
        yield Finding("mso-balance", "error", "html", message, "look at <mj-raw> in the templates")
    if "[if !mso><" in html:
        yield Finding(
            "mso-balance", "error", "html", "a conditional comment lacks its `]`", "write [if !mso]>"
        )


def title(letter: Letter) -> Findings:
    """Want one title that says more than the newsletter's name."""
    fix = "write <mj-title> with the subject"
    words = [one_line(shown.words) for shown in letter.page.titles]
    if len(words) != 1 or not words[0]:
        yield Finding("title", "error", "html", "the page has no title, or several", fix)
    elif words[0] == letter.letterhead.name:
        yield Finding("title", "warning", "html", "the title is only the newsletter's name", fix)
