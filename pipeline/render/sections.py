"""Cuts MJML into its sections, so that each is validated, guarded and compiled once. Pure.

The variants of a letter share most of their sections, and so does a letter before and after an edit. Sections
are the same when their source is, with the tags around them and the attributes that the head sets for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from pipeline.model.frozen import dataclass
from pipeline.render.engine import NUMBER, CompiledSection
from pipeline.render.guard import guard
from pipeline.render.scan import Piece, is_mj, scan
from pipeline.render.validate import validate

KEPT = 512
"""So many sections are kept: a letter with news has some thirty, of 3 kB each (measured)."""

_OPENING = re.compile(r'<mj-section\b(?:"[^"]*"|[^">])*(?<!/)>')
_CLOSING = re.compile(r"</mj-section\s*>")
_SHARED = re.compile(
    r"<mj-attributes\b.*?</mj-attributes\s*>|<mj-breakpoint\b(?:\"[^\"]*\"|[^\">])*>", re.DOTALL
)
"""What of the head decides how a section is compiled."""

_BEFORE = '<mjml lang="en" dir="ltr"><mj-body><mj-section>'
_AFTER = "</mj-section></mj-body></mjml>"


@dataclass(frozen=True, slots=True)
class SectionedSource:
    """Guarded source with a number in each of its sections; those compiled before are empty in it."""

    source: str
    sections: tuple[CompiledSection, ...]


def prepare(source: str) -> SectionedSource | None:
    """Prepare valid MJML for the engine; None for source that is not valid, or cannot be cut for certain."""
    frame, inners = _cut(source)
    pieces = tuple(scan(frame))
    around = dict(_list_around(frame, pieces))
    if not inners or tuple(around) != tuple(inners) or validate(frame, "", pieces):
        return None
    guarded = [_read_inner(inner) for inner in inners.values()]
    return _number(guard(frame, pieces), tuple(around.values()), guarded)


def _cut(source: str) -> tuple[str, Mapping[int, str]]:
    """Return the source with empty sections, and what was in them by the place where each begins."""
    position, opening = 0, _OPENING.search(source, max(source.find("<mj-body"), 0))
    parts: list[str] = []
    inners: dict[int, str] = {}
    length = 0
    while opening is not None and (closing := _CLOSING.search(source, opening.end())) is not None:
        inners[length + opening.start() - position] = source[opening.end() : closing.start()]
        parts.append(source[position : opening.end()])
        length += len(parts[-1])
        position = closing.start()
        opening = _OPENING.search(source, position)
    return "".join([*parts, source[position:]]), inners


def _list_around(frame: str, pieces: tuple[Piece, ...]) -> Iterator[tuple[int, str]]:
    """Yield where each section of the body begins, with the tags that are open there."""
    tags: list[Piece] = []
    for piece in pieces:
        if piece.kind == "open" and is_mj(piece.name):
            if piece.name == "mj-section" and any(tag.name == "mj-body" for tag in tags):
                yield piece.start, "".join(frame[tag.start : tag.end] for tag in tags)
            tags.append(piece)
        elif piece.kind == "close" and tags and tags[-1].name == piece.name:
            tags.pop()


@lru_cache(maxsize=KEPT)
def _read_inner(inner: str) -> str | None:
    """Return the guarded source of what is in a section; None when it is not valid."""
    source = f"{_BEFORE}{inner}{_AFTER}"
    pieces = tuple(scan(source))
    return None if validate(source, "", pieces) else guard(source, pieces)[len(_BEFORE) : -len(_AFTER)]


def _number(frame: str, around: tuple[str, ...], inners: list[str | None]) -> SectionedSource | None:
    start = frame.find("<mj-body")
    # The last one: a comment or an attribute of the head may name the tag, too.
    head = frame[: frame.rfind("<mj-body")]
    # In a comment an end tag ends nothing: then all of the head counts.
    shared = head if "<!--" in head else "".join(_SHARED.findall(head))
    openings = list(_OPENING.finditer(frame, start))
    if len(openings) != len(inners):
        return None
    parts: list[str] = []
    sections: list[CompiledSection] = []
    position = 0
    for opening, tags, inner in zip(openings, around, inners, strict=True):
        if inner is None:
            return None
        section = _find_section(shared, tags, opening[0], inner)
        parts += [frame[position : opening.end() - 1], f' {NUMBER}="{len(sections)}">']
        parts += [inner] if section.html is None else []
        sections.append(section)
        position = opening.end()
    return SectionedSource("".join([*parts, frame[position:]]), tuple(sections))


@lru_cache(maxsize=KEPT)
def _find_section(_shared: str, _tags: str, _opening: str, _inner: str) -> CompiledSection:
    return CompiledSection()


def forget_sections() -> None:
    """Forget what was compiled, as in a new process."""
    _read_inner.cache_clear()
    _find_section.cache_clear()
