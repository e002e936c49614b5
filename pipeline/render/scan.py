"""Cuts MJML source into tags, comments and text, for the validator and the guard alike.

Stricter than the engine's forgiving parser: what the two could read differently is `broken` here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from pipeline.model.frozen import dataclass

_MARKUP = re.compile("<(?=[!/?A-Za-z])")
"""Where an HTML parser sees markup begin; `1 < 2` is text."""

_NAME = re.compile(r"<(/?)([A-Za-z][\w:.-]*)")
_ATTRIBUTE = re.compile(r"""\s+([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>=`]+))?""")
_TAG_END = re.compile(r"\s*(/?)>")
_COMMENT = re.compile(r"<!--(?!-?>)((?:(?!--).)*)-->", re.DOTALL)
_CDATA_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("style", "script")}

PieceKind = Literal["open", "close", "empty", "comment", "text", "broken"]


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute; `start` and `end` span its value with its quotes, `quote` is empty when it has none.

    `value` is as written (entities undecoded), or None for an attribute without one.
    """

    name: str
    value: str | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the source, from `start` to `end`; only tags have a name and attributes."""

    kind: PieceKind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()


@lru_cache(maxsize=1024)
def is_mj(name: str) -> bool:
    """Return whether a tag is MJML's, in any case."""
    return name.lower() == "mjml" or name.lower().startswith("mj-")


def scan(source: str) -> Iterator[Piece]:
    """Yield the pieces of the source in order; together they cover all of it."""
    position = 0
    while position < len(source):
        found = _MARKUP.search(source, position)
        start = found.start() if found else len(source)
        if start > position:
            yield Piece("text", position, start)
        if start == len(source):
            return
        piece = _comment(source, start) if source.startswith("<!", start) else _tag(source, start)
        yield piece
        position = piece.end
        if piece.kind == "open" and (end := _CDATA_END.get(piece.name.lower())):
            close = end.search(source, position)
            stop = close.start() if close else len(source)
            if stop > position:
                yield Piece("text", position, stop)
            position = stop


def _comment(source: str, start: int) -> Piece:
    found = _COMMENT.match(source, start)
    return Piece("comment", start, found.end()) if found else Piece("broken", start, start + 2)


def _tag(source: str, start: int) -> Piece:
    opening = _NAME.match(source, start)
    if opening is None:
        return Piece("broken", start, start + 2)
    closing, name = opening.groups()
    attributes: list[Attribute] = []
    position = opening.end()
    while (ending := _TAG_END.match(source, position)) is None:
        found = _ATTRIBUTE.match(source, position)
        if found is None:
            return Piece("broken", start, position, name)
        attributes.append(_attribute(found))
        position = found.end()
    if closing:
        kind: PieceKind = "broken" if attributes or ending[1] else "close"
    else:
        kind = "empty" if ending[1] else "open"
    return Piece(kind, start, ending.end(), name, tuple(attributes))


def _attribute(found: re.Match[str]) -> Attribute:
    written = found[2]
    if written is None:
        return Attribute(found[1], None, "", found.end(), found.end())
    quote = written[0] if written[0] in "\"'" else ""
    value = written[1:-1] if quote else written
    return Attribute(found[1], value, quote, found.start(2), found.end(2))
