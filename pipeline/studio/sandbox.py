"""The letter as the frame shows it: its colours, its pictures, and where each line of it is. Pure.

The algorithm by which Gmail's apps invert colours is not published. This one keeps hue and saturation and
inverts lightness, which comes close for plain colours; the studio calls it an approximation.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

from pipeline.check.colours import NAMES, Colour, read_tint
from pipeline.model.issue import Letterhead

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"
_IMAGE = re.compile(r"<img\b[^<>]*>", re.IGNORECASE)
_SOURCE = re.compile(r"""\ssrc(?:set)?\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_SIDE = re.compile(r"""\s(width|height)\s*=\s*["']?(\d{1,4})""", re.IGNORECASE)
_TAG_NAME = re.compile(r"<[a-zA-Z][^\s/>]*")

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; form-action 'none'; "
_SEALED = "base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"


def policy(images: str) -> str:
    """Write the policy of the letter's answer: styles only, no script, no form, pictures if they are wanted.

    It has the studio's own origin, for the page around it to scroll it and to point into it; as nothing in it
    can run, it cannot use that.
    """
    allowed = {"web": "data: https: http:", "boxes": "data:", "off": "'none'"}[images]
    return _POLICY.format(images=allowed) + _SEALED


def frame(html: str, *, scheme: str, images: str) -> str:
    """Prepare a letter for the frame: as it is, but for scheme, pictures and the numbers of its lines.

    The scheme is settled here, for not every browser lets a page choose it for a frame.
    """
    # What turns colours over does not look at the author's dark ones.
    native = "dark" if scheme == "dark" else "light"
    shown = number_lines(html)
    shown = _PREFERS.sub(lambda found: _ALWAYS if found[1].lower() == native else _NEVER, shown)
    if images == "boxes":
        shown = _IMAGE.sub(lambda found: _outline(found[0]), shown)
    return invert(shown) if scheme == "inverted" else shown


def show_text(text: str, letterhead: Letterhead) -> str:
    """Build a page for a letter that is text alone, as plain as mail programs show it."""
    return (
        f'<!doctype html>\n<html lang="{escape(letterhead.language)}" dir="{letterhead.direction}">\n'
        '<head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Text</title>\n'
        "<style>body { margin: 16px; background: #ffffff; color: #1a1a1a }\n"
        "pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 14px/1.5 ui-monospace, monospace }\n"
        "@media (prefers-color-scheme: dark) { body { background: #17191c; color: #eee } }</style></head>\n"
        f"<body><pre>{escape(text)}</pre></body>\n</html>\n"
    )


def number_lines(html: str) -> str:
    """Write into each start tag its line, as `data-line`; what only Outlook sees is left alone."""
    reader = _Places()
    reader.feed(html)
    reader.close()
    starts = [0, *(found.end() for found in re.finditer("\n", html))]
    pieces, done = [], 0
    for line, column in reader.places:
        name = _TAG_NAME.match(html, starts[line - 1] + column)
        if name:
            pieces += [html[done : name.end()], f' data-line="{line}"']
            done = name.end()
    return "".join(pieces) + html[done:]


def _outline(tag: str) -> str:
    """Put a box of the same size in the place of a picture from the web; its alternative text stays."""
    sources = [found[1].strip("\"'") for found in _SOURCE.finditer(tag)]
    if not sources or all(source.startswith("data:") for source in sources):
        return tag
    sides = {found[1].lower(): int(found[2]) for found in _SIDE.finditer(tag)}
    width, height = sides.get("width", 320), sides.get("height", 160)
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}"><rect x="1" y="1" width="{max(width - 2, 1)}" height="{max(height - 2, 1)}" '
        'fill="#8883" stroke="#888" stroke-dasharray="6 5"/></svg>'
    )
    box = f' src="{escape(f"data:image/svg+xml,{quote(picture)}")}"'
    return tag[:4] + box + _SOURCE.sub("", tag[4:])


class _Places(HTMLParser):
    """Where start tags stand; comments, and with them what is only for Outlook, are passed over."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.places: list[tuple[int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its name
        self.places.append(self.getpos())


_DARKEST = 18
"""The dark canvas of the apps is not black."""

_COLOUR = re.compile(
    rf"#[0-9a-f]{{3,8}}\b|rgba?\([^()]*\)|(?<![\w-])(?:{'|'.join(NAMES)})(?![\w-])", re.IGNORECASE
)
_STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style)", re.IGNORECASE | re.DOTALL)
_RULES = re.compile(r"\{([^{}]*)\}")
_ATTRIBUTE = re.compile(r"""(\s(?:style|bgcolor|color)\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_ANY_TAG = re.compile(r"<!--.*?-->|<[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)

CANVAS = "<style>:where(html){background-color:#121212;color:#ececec}</style>"
"""The background of a letter without colours of its own."""


def invert(html: str) -> str:
    """Invert every colour of a letter: in styles, in attributes, and the canvas below it."""
    styled = _STYLE.sub(lambda found: found[1] + _RULES.sub(_invert_rules, found[2]) + found[3], html)
    turned = _ANY_TAG.sub(_invert_tag, styled)
    head = re.search(r"<head\b[^>]*>", turned, re.IGNORECASE)
    at = head.end() if head else 0
    return turned[:at] + CANVAS + turned[at:]


def invert_colours(css: str) -> str:
    """Invert the colours in a piece of CSS; what only looks like one in an address is left alone."""
    pieces = re.split(r"(url\([^)]*\))", css, flags=re.IGNORECASE)
    return "".join(
        piece if number % 2 else _COLOUR.sub(_invert_colour, piece) for number, piece in enumerate(pieces)
    )


def _invert_rules(found: re.Match[str]) -> str:
    return "{" + invert_colours(found[1]) + "}"


def _invert_tag(found: re.Match[str]) -> str:
    # A comment is for Outlook alone.
    return found[0] if found[0].startswith("<!--") else _ATTRIBUTE.sub(_invert_attribute, found[0])


def _invert_attribute(found: re.Match[str]) -> str:
    return found[1] + invert_colours(found[2])


def _invert_colour(found: re.Match[str]) -> str:
    tint = read_tint(found[0])
    if tint is None:
        return found[0]
    turned = _turn(tint.colour)
    return str(turned) if tint.cover >= 1 else f"{turned}{round(tint.cover * 255):02x}"


def _turn(colour: Colour) -> Colour:
    # The same step for every channel keeps the hue, so that a warm white becomes a warm black and not brown;
    # the largest becomes what the smallest lacks, so none leaves its range.
    step = 255 - (max(colour) + min(colour))
    return Colour(*(round(_DARKEST + (1 - _DARKEST / 255) * (channel + step)) for channel in colour))
