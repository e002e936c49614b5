"""Rules of the document as a whole: its head, its languages, what it fetches, what Outlook reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.check.context import CheckedLetter, at
from pipeline.check.page import Tag, one_line, split_url
from pipeline.check.registry import Findings, LetterRule, rule
from pipeline.check.source_location import SourceLocation
from pipeline.model.problem import Severity

PICTURES = 25
SPACER_PX, ORNAMENT_PX = 2.0, 24.0
"""A picture up to the first is there for its request alone; up to the second it needs no words."""
NARROW_PX, WIDE_PX = 400.0, 800.0
"""Beyond these a letter is a ribbon on a desk, or is cut at its side in a mail program's pane."""
_FOREIGN_ICONS = ("mailjet.com", "imgur.com")
_IMAGE_KINDS_SELDOM_SHOWN = (".svg", ".webp", ".avif")
_BEGIN = 'begin the template with <mjml lang="{{ letterhead.language }}" dir="{{ letterhead.direction }}">'
_VML = re.compile(r"<v:(\w+)\b([^>]*)>", re.IGNORECASE)
_PX = re.compile(r"(\d*\.?\d+)(?:px)?")
_BOX = re.compile(r"<v:textbox\b.*?</v:textbox", re.IGNORECASE | re.DOTALL)


@rule("document-head", "error", why="Doctype and charset decide how everything below is read.")
def document_head(letter: CheckedLetter) -> Findings:
    """Want what every document begins with, and what keeps Outlook at 96 dots to the inch."""
    fix = "render the letter from <mjml>; the engine writes the head"
    html = letter.rendered.html
    metas = [tag.attributes for tag in letter.page.tags if tag.name == "meta"]
    if not html.lstrip()[:15].lower().startswith("<!doctype html>"):
        yield document_head.found("it does not begin with <!DOCTYPE html>", fix, where="html:1")
    if not any("utf-8" in f"{meta.get('charset', '')}{meta.get('content', '')}".lower() for meta in metas):
        yield document_head.found("no meta says that it is UTF-8", fix)
    if not any(meta.get("name") == "viewport" for meta in metas):
        yield document_head.found("there is no viewport: phones show it tiny", fix, severity="warning")
    if "<o:PixelsPerInch>96<" not in html:
        message = "nothing tells Outlook to count 96 dots to the inch"
        yield document_head.found(message, fix, severity="warning")
    root = next((tag.attributes for tag in letter.page.tags if tag.name == "html"), {})
    for prefix in ("v", "o"):
        if f"<{prefix}:" in html and f"xmlns:{prefix}" not in root:
            message = f"there are <{prefix}:…> tags, and <html> has no xmlns:{prefix}"
            yield document_head.found(message, fix)


@rule("lang", "error", why="Screen readers choose their voice by it; webmail drops that of the page.")
def lang(letter: CheckedLetter) -> Findings:
    """Want the language on the page and on the letter inside it: webmail drops the page's."""
    return _marked(letter, lang, letter.letterhead.language)


@rule("dir", "error", why="Without it a right-to-left letter is set from the wrong side.")
def direction(letter: CheckedLetter) -> Findings:
    """Want the direction in the same places."""
    return _marked(letter, direction, letter.letterhead.direction)


def _marked(letter: CheckedLetter, name: LetterRule, wanted: str) -> Findings:
    places = [
        tag for tag in letter.page.tags if tag.name == "html" or tag.attributes.get("role") == "article"
    ]
    if len(places) < len(("page", "letter")):
        message = "the page or the letter inside it is not marked as such"
        yield name.found(message, _BEGIN)
    for tag in places:
        if tag.attributes.get(name) != wanted:
            message = f'<{tag.name}> has {name}="{tag.attributes.get(name, "")}" instead of "{wanted}"'
            where, selector = at(tag)
            yield name.found(message, _BEGIN, where=where, selector=selector)


@rule("title", "error", why="It names the tab of the web copy and is read aloud first.")
def title(letter: CheckedLetter) -> Findings:
    """Want one title that says more than the newsletter's name."""
    fix = "write <mj-title> with the subject"
    words = [one_line(shown.words) for shown in letter.page.titles]
    if len(words) != 1 or not words[0]:
        yield title.found("the page has no title, or several", fix)
    elif words[0] == letter.letterhead.name:
        yield title.found("the title is only the newsletter's name", fix, severity="warning")


@rule("images", "error", why="Pictures are off for many readers, and remote ones tell on them.")
def images(letter: CheckedLetter) -> Findings:
    """Judge each picture as a reader without pictures meets it."""
    pictures = [tag for tag in letter.page.tags if tag.name == "img"]
    for tag in pictures:
        where, selector = at(tag)
        for severity, message, fix in (*_image_mistakes(tag), *_size_mistakes(letter, tag)):
            yield images.found(message, fix, where=where, selector=selector, severity=severity)
    if len(pictures) > PICTURES:
        message = f"there are {len(pictures)} pictures; more than {PICTURES} load slowly and look like spam"
        yield images.found(message, "leave some out", severity="warning")


def _image_mistakes(tag: Tag) -> Iterator[tuple[Severity, str, str]]:
    source = tag.attributes.get("src", "")
    parts = split_url(source)
    if "alt" not in tag.attributes:
        yield "error", f"the picture {source[:60]} has no alt", 'write alt="…", or alt="" for decoration'
    if not tag.attributes.get("width"):
        yield "error", f"the picture {source[:60]} has no width", "give its width in px"
    if parts.scheme != "https":
        yield "error", f"the picture {source[:60]} is not loaded by https", "put it on an https address"
    if (parts.hostname or "").endswith(_FOREIGN_ICONS):
        yield "error", f"the picture comes from {parts.hostname}", "use a picture of your own"
    if parts.path.lower().endswith(_IMAGE_KINDS_SELDOM_SHOWN):
        name = parts.path.rpartition("/")[2]
        yield "warning", f"{name} does not show in many mail programs", "use PNG or JPEG"


def _size_mistakes(letter: CheckedLetter, tag: Tag) -> Iterator[tuple[Severity, str, str]]:
    source = tag.attributes.get("src", "")
    width, height = (_measure(letter, tag, side) for side in ("width", "height"))
    if width is not None and width <= SPACER_PX and (height is None or height <= SPACER_PX):
        fix = "remove it; for space use padding or <mj-spacer>"
        yield (
            "error",
            f"the picture {source[:60]} is {width:g} px wide: it only tells who opens the letter",
            fix,
        )
        return
    is_ornament = tag.attributes.get("role") in ("none", "presentation") or any(
        side is not None and side <= ORNAMENT_PX for side in (width, height)
    )
    is_mute = "alt" in tag.attributes and not tag.attributes["alt"].strip()
    link = next((each for each in letter.page.links if each.tag in tag.lineage()), None)
    if is_mute and not is_ornament and not (link and link.words.strip()):
        fix = "say in alt what it shows; pictures are off for many readers"
        yield "warning", f"the picture {source[:60]} has an empty alt and is no mere ornament", fix


def _measure(letter: CheckedLetter, tag: Tag, side: str) -> float | None:
    """Tell how wide or high a picture is in px; None when it is as its box or its file is."""
    own = letter.looks.styles.own(tag)
    for said in (tag.attributes.get(side, ""), own.get(side, ""), own.get(f"max-{side}", "")):
        if found := _PX.fullmatch(said.strip().lower()):
            return float(found[1])
    return None


@rule(
    "width",
    "warning",
    why="Too wide is cut at its side, too narrow is a ribbon; nothing at all is unreadable.",
)
def width(letter: CheckedLetter) -> Findings:
    """Want a letter as wide as mail programs show one; the engine writes the width into every section."""
    sections: dict[float, Tag] = {}
    for tag in letter.page.tags:
        own = letter.looks.styles.own(tag) if tag.name == "div" else {}
        found = _PX.fullmatch(own.get("max-width", "").lower())
        if found and re.fullmatch(r"0(?:px)? auto", own.get("margin", "").lower()):
            sections.setdefault(float(found[1]), tag)
    widest = max(sections, default=NARROW_PX)
    if not NARROW_PX <= widest <= WIDE_PX:
        where, selector = at(sections[widest])
        message = f"the letter is {widest:g} px wide; {NARROW_PX:g} to {WIDE_PX:g} fit mail programs"
        fix = 'give <mj-body> a width such as "620px"; the theme has it'
        file = "templates/email/theme.mjml.j2"
        yield width.found(message, fix, where=where, selector=selector, source=SourceLocation(file))


@rule("remote-fonts", "error", why="A remote font tells its host who reads the letter.")
def remote_fonts(letter: CheckedLetter) -> Findings:
    """Look for style sheets and fonts that are fetched."""
    fetched = any(
        tag.name == "link" and tag.attributes.get("rel") == "stylesheet" for tag in letter.page.tags
    )
    named = (name for reading in letter.looks.styles.readings for name, _ in reading.at_rules)
    if fetched or any(name.startswith(("@import", "@font-face")) for name in named):
        fix = "name web-safe fonts only; Ubuntu, Roboto, Lato and Open Sans are fetched from Google"
        message = "the letter fetches a font or a style sheet"
        yield remote_fonts.found(message, fix)


@rule(
    "mso-balance", "error", why="An unbalanced comment hides the rest of the letter in Outlook.", stands=True
)
def mso_balance(letter: CheckedLetter) -> Findings:
    """Count the conditional comments that only Outlook reads, and the tables it finds in them."""
    html = letter.rendered.html
    begun, ended = html.count("<!--[if"), html.count("<![endif]")
    fix = "look at <mj-raw> in the templates"
    if begun != ended:
        message = f"{begun} conditional comments begin and {ended} end"
        yield mso_balance.found(message, fix)
    if "[if !mso><" in html:
        message = "a conditional comment lacks its `]`"
        yield mso_balance.found(message, "write [if !mso]>")
    said = "".join(comment.words for comment in letter.page.comments)
    for name in ("table", "tr", "td"):
        opened, closed = (len(re.findall(rf"<{slash}{name}\b", said)) for slash in ("", "/"))
        if opened != closed:
            message = f"Outlook reads {opened} <{name}> and {closed} </{name}> in the comments"
            yield mso_balance.found(message, fix)


@rule("vml", "error", why="What stands in VML is not reached by keyboard or screen reader.")
def vml(letter: CheckedLetter) -> Findings:
    """Find what Outlook shows of VML and screen readers do not read."""
    html = letter.rendered.html
    for found in _VML.finditer(html):
        where = f"html:{html.count(chr(10), 0, found.start()) + 1}"
        if found[1].lower() in ("image", "rect") and not re.search(r"\balt=", found[2]):
            message = f"<v:{found[1]}> has no alt"
            yield vml.found(
                message, "use a background colour instead of a picture", where=where, severity="warning"
            )
        if "href=" in found[2]:
            message = f"<v:{found[1]}> is a link that no keyboard reaches"
            yield vml.found(message, "use <mj-button>, which makes a real link", where=where)
    for box in _BOX.finditer(html):
        if re.search(r"<(?:a\s[^>]*href|h[1-6]\b)", box[0]):
            where = f"html:{html.count(chr(10), 0, box.start()) + 1}"
            message = "a link or a heading stands on a background picture, which Outlook draws with VML"
            yield vml.found(message, "give the section a background colour only", where=where)


@rule("dark-mode", "warning", why="Without its marks mail programs invert colours as they like.")
def dark_mode(letter: CheckedLetter) -> Findings:
    """Want both marks that say the letter has a dark palette, and the palette."""
    metas = {
        tag.attributes.get("name", ""): tag.attributes.get("content", "")
        for tag in letter.page.tags
        if tag.name == "meta"
    }
    fix = "take the head of the shipped theme"
    for name in ("color-scheme", "supported-color-schemes"):
        if "dark" not in metas.get(name, ""):
            message = f'there is no <meta name="{name}" content="light dark">'
            yield dark_mode.found(message, fix)
    if not letter.looks.styles.has_dark:
        message = "no style sheet has rules for prefers-color-scheme: dark"
        yield dark_mode.found(message, fix)
