"""Rules of the document as a whole: its head, its languages, what it fetches, what Outlook reads. Pure."""

from __future__ import annotations

import re

from pipeline.check.context import LetterContext
from pipeline.check.page import Tag, one_line, split_url
from pipeline.check.registry import Findings, LetterRule, rule
from pipeline.check.source_location import SourceLocation

PICTURES = 25
"""A row with a picture costs about 2 KB of HTML: more of them leave no room for words in 80 KB."""
SPACER_PX, ORNAMENT_PX = 2.0, 24.0
"""A picture up to the first size can only be a tracker or a spacer; up to the second, an icon."""
NARROW_PX, WIDE_PX = 400.0, 800.0
"""MJML's default is 600 px; beyond these a letter is a ribbon, or is cut off in a mail program's pane."""
_FOREIGN_ICONS = ("mailjet.com", "imgur.com")
_RARELY_SHOWN = (".svg", ".webp", ".avif")
_MARK = 'begin the template with <mjml lang="{{ letterhead.language }}" dir="{{ letterhead.direction }}">'
_VML = re.compile(r"<v:(\w+)\b([^>]*)>", re.IGNORECASE)
_PX = re.compile(r"(\d*\.?\d+)(?:px)?")
_BOX = re.compile(r"<v:textbox\b.*?</v:textbox", re.IGNORECASE | re.DOTALL)


@rule("document-head", "error", why="Doctype and charset decide how everything below is read.")
def document_head(letter: LetterContext) -> Findings:
    """Check what every document begins with, and what keeps Outlook at 96 dots per inch."""
    fix = "render the letter from <mjml>; the engine writes the head"
    html = letter.rendered.html
    metas = [tag.attributes for tag in letter.page.tags if tag.name == "meta"]
    if not html.lstrip()[:15].lower().startswith("<!doctype html>"):
        yield document_head.found("it does not begin with <!DOCTYPE html>", fix, where="html:1")
    if not any("utf-8" in f"{meta.get('charset', '')}{meta.get('content', '')}".lower() for meta in metas):
        yield document_head.found("no meta tag declares UTF-8", fix)
    if not any(meta.get("name") == "viewport" for meta in metas):
        yield document_head.found("there is no viewport: phones show it very small", fix, severity="warning")
    if "<o:PixelsPerInch>96<" not in html:
        message = "nothing makes Outlook count 96 dots per inch"
        yield document_head.found(message, fix, severity="warning")
    root = next((tag.attributes for tag in letter.page.tags if tag.name == "html"), {})
    for prefix in ("v", "o"):
        if f"<{prefix}:" in html and f"xmlns:{prefix}" not in root:
            message = f"there are <{prefix}:…> tags, but <html> has no xmlns:{prefix}"
            yield document_head.found(message, fix)


@rule("lang", "error", why="Screen readers choose their voice by it; webmail drops that of the page.")
def lang(letter: LetterContext) -> Findings:
    """Check the language of the page and of the letter inside it: webmail drops the page's."""
    return _check_marks(letter, lang, letter.letterhead.language)


@rule("dir", "error", why="Without it a right-to-left letter is set from the wrong side.")
def direction(letter: LetterContext) -> Findings:
    """Check the direction in the same places."""
    return _check_marks(letter, direction, letter.letterhead.direction)


def _check_marks(letter: LetterContext, name: LetterRule, wanted: str) -> Findings:
    places = [
        tag for tag in letter.page.tags if tag.name == "html" or tag.attributes.get("role") == "article"
    ]
    if len(places) < len(("page", "letter")):
        yield name.found("the page or the letter inside it is not marked as such", _MARK)
    for tag in places:
        found = tag.attributes.get(name, "")
        if found != wanted:
            message = f'<{tag.name}> has {name}="{found}" instead of "{wanted}"'
            yield name.found(message, _MARK, at=tag)


@rule("title", "error", why="It names the tab of the web copy and is read aloud first.")
def title(letter: LetterContext) -> Findings:
    """Check for exactly one title that says more than the newsletter's name."""
    fix = "write <mj-title> with the subject"
    words = [one_line(shown.words) for shown in letter.page.titles]
    if len(words) != 1 or not words[0]:
        yield title.found("the page has no title, or several", fix)
    elif words[0] == letter.letterhead.name:
        yield title.found("the title is only the newsletter's name", fix, severity="warning")


@rule(
    "images", "error", why="Pictures are off for many readers, and remote ones report who opened the letter."
)
def images(letter: LetterContext) -> Findings:
    """Check each picture as a reader meets it who loads no pictures."""
    pictures = [tag for tag in letter.page.tags if tag.name == "img"]
    for tag in pictures:
        yield from _check_image(tag)
        yield from _check_image_size(letter, tag)
    if len(pictures) > PICTURES:
        message = f"there are {len(pictures)} pictures; more than {PICTURES} load slowly and look like spam"
        yield images.found(message, "leave some out", severity="warning")


def _check_image(tag: Tag) -> Findings:
    source = tag.attributes.get("src", "")
    parts, name = split_url(source), f"the picture {source[:60]}"
    if "alt" not in tag.attributes:
        yield images.found(f"{name} has no alt", 'write alt="…", or alt="" for decoration', at=tag)
    if not tag.attributes.get("width"):
        yield images.found(f"{name} has no width", "set its width in px", at=tag)
    if parts.scheme != "https":
        yield images.found(f"{name} is not loaded by https", "put it on an https address", at=tag)
    if (parts.hostname or "").endswith(_FOREIGN_ICONS):
        message = f"the picture comes from {parts.hostname}"
        yield images.found(message, "use a picture of your own", at=tag)
    if parts.path.lower().endswith(_RARELY_SHOWN):
        message = f"{parts.path.rpartition('/')[2]} does not show in many mail programs"
        yield images.found(message, "use PNG or JPEG", at=tag, severity="warning")


def _check_image_size(letter: LetterContext, tag: Tag) -> Findings:
    name = f"the picture {tag.attributes.get('src', '')[:60]}"
    width, height = (_measure(letter, tag, side) for side in ("width", "height"))
    if width is not None and width <= SPACER_PX and (height is None or height <= SPACER_PX):
        message = f"{name} is {width:g} px wide: it only reports who opens the letter"
        yield images.found(message, "remove it; for space use padding or <mj-spacer>", at=tag)
        return
    is_ornament = tag.attributes.get("role") in ("none", "presentation") or any(
        side is not None and side <= ORNAMENT_PX for side in (width, height)
    )
    is_mute = "alt" in tag.attributes and not tag.attributes["alt"].strip()
    link = next((each for each in letter.page.links if each.tag in tag.lineage()), None)
    if is_mute and not is_ornament and not (link and link.words.strip()):
        fix = "describe in alt what it shows; pictures are off for many readers"
        yield images.found(
            f"{name} has an empty alt and is not just decoration", fix, at=tag, severity="warning"
        )


def _measure(letter: LetterContext, tag: Tag, side: str) -> float | None:
    """Return the width or height of a picture in px; None when its box or its file decides."""
    own = letter.looks.styles.own(tag)
    for value in (tag.attributes.get(side, ""), own.get(side, ""), own.get(f"max-{side}", "")):
        if found := _PX.fullmatch(value.strip().lower()):
            return float(found[1])
    return None


@rule("width", "warning", why="A letter that is too wide is cut off at its side, one too narrow is a ribbon.")
def width(letter: LetterContext) -> Findings:
    """Check the width that the engine writes into every section."""
    sections: dict[float, Tag] = {}
    for tag in letter.page.tags:
        own = letter.looks.styles.own(tag) if tag.name == "div" else {}
        found = _PX.fullmatch(own["max-width"].lower()) if "max-width" in own else None
        if found and re.fullmatch(r"0(?:px)? auto", own.get("margin", "").lower()):
            sections.setdefault(float(found[1]), tag)
    widest = max(sections, default=NARROW_PX)
    if not NARROW_PX <= widest <= WIDE_PX:
        message = f"the letter is {widest:g} px wide; {NARROW_PX:g} to {WIDE_PX:g} fit mail programs"
        fix = 'give <mj-body> a width such as "620px"; the theme has it'
        theme = SourceLocation("templates/email/theme.mjml.j2")
        yield width.found(message, fix, at=sections[widest], source=theme)


@rule("remote-fonts", "error", why="A remote font tells its host who reads the letter.")
def remote_fonts(letter: LetterContext) -> Findings:
    """Look for style sheets and fonts that are fetched."""
    fetched = any(
        tag.name == "link" and tag.attributes.get("rel") == "stylesheet" for tag in letter.page.tags
    )
    named = (name for reading in letter.looks.styles.readings for name, _ in reading.at_rules)
    if fetched or any(name.startswith(("@import", "@font-face")) for name in named):
        fix = "name web-safe fonts only; Ubuntu, Roboto, Lato and Open Sans are fetched from Google"
        yield remote_fonts.found("the letter fetches a font or a style sheet", fix)


@rule(
    "mso-balance",
    "error",
    why="An unbalanced comment hides the rest of the letter in Outlook.",
    is_required=True,
)
def mso_balance(letter: LetterContext) -> Findings:
    """Count the conditional comments that only Outlook reads, and the tables it finds in them."""
    html, fix = letter.rendered.html, "look at <mj-raw> in the templates"
    begun, ended = html.count("<!--[if"), html.count("<![endif]")
    if begun != ended:
        yield mso_balance.found(f"{begun} conditional comments begin and {ended} end", fix)
    if "[if !mso><" in html:
        yield mso_balance.found("a conditional comment lacks its `]`", "write [if !mso]>")
    comments = "".join(comment.words for comment in letter.page.comments)
    for name in ("table", "tr", "td"):
        opened, closed = (len(re.findall(rf"<{slash}{name}\b", comments)) for slash in ("", "/"))
        if opened != closed:
            message = f"Outlook reads {opened} <{name}> and {closed} </{name}> in the comments"
            yield mso_balance.found(message, fix)


@rule("vml", "error", why="Keyboards and screen readers do not reach what is drawn in VML.")
def vml(letter: LetterContext) -> Findings:
    """Find what Outlook shows of VML and screen readers do not read."""
    html = letter.rendered.html

    def locate(match: re.Match[str]) -> str:
        return f"html:{html.count(chr(10), 0, match.start()) + 1}"

    for found in _VML.finditer(html):
        if found[1].lower() in ("image", "rect") and not re.search(r"\balt=", found[2]):
            message, fix = f"<v:{found[1]}> has no alt", "use a background colour instead of a picture"
            yield vml.found(message, fix, where=locate(found), severity="warning")
        if "href=" in found[2]:
            message = f"<v:{found[1]}> is a link that no keyboard reaches"
            yield vml.found(message, "use <mj-button>, which makes a real link", where=locate(found))
    for box in _BOX.finditer(html):
        if re.search(r"<(?:a\s[^>]*href|h[1-6]\b)", box[0]):
            message = "a link or a heading is on a background picture, which Outlook draws with VML"
            yield vml.found(message, "give the section a background colour only", where=locate(box))


@rule("dark-mode", "warning", why="Without these marks mail programs invert colours as they like.")
def dark_mode(letter: LetterContext) -> Findings:
    """Check for both tags that announce a dark palette, and for the palette."""
    metas = {
        tag.attributes.get("name", ""): tag.attributes.get("content", "")
        for tag in letter.page.tags
        if tag.name == "meta"
    }
    fix = "copy the head of the shipped theme"
    for name in ("color-scheme", "supported-color-schemes"):
        if "dark" not in metas.get(name, ""):
            yield dark_mode.found(f'there is no <meta name="{name}" content="light dark">', fix)
    if not letter.looks.styles.has_dark:
        yield dark_mode.found("no style sheet has rules for prefers-color-scheme: dark", fix)
