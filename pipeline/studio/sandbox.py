"""The letter as the frame shows it: its colours, its pictures, and where each line of it is. Pure."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

from pipeline.model.issue import Letterhead
from pipeline.studio.dark_mode import invert

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
    shown = number_lines(html)
    shown = _PREFERS.sub(lambda found: _ALWAYS if found[1].lower() == _native(scheme) else _NEVER, shown)
    if images == "boxes":
        shown = _IMAGE.sub(lambda found: _outline(found[0]), shown)
    return invert(shown) if scheme == "inverted" else shown


def show_text(text: str, letterhead: Letterhead) -> str:
    """Make a page of a letter that is text alone, as plain as mail programs show it."""
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


def _native(scheme: str) -> str:
    # What turns colours over does not look at the author's dark ones.
    return "dark" if scheme == "dark" else "light"


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

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - its name
        self.places.append(self.getpos())
