"""Parses the common mistakes of a term, each with its fix. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.content.document import DocumentSection
from pipeline.model.content import Mistake
from pipeline.model.problem import CONTENT_RULES, Problems

MISTAKES_NOT_LIST = CONTENT_RULES.error(
    "mistakes-not-list", "Text outside the list belongs to no mistake and would be lost."
)
MISTAKE_NO_FIX = CONTENT_RULES.error(
    "mistake-no-fix", "A mistake without its fix leaves readers with a problem."
)
MISTAKE_EMPTY = CONTENT_RULES.error("mistake-empty", "The letter would show half of a pair.")


_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s+|$)")
_FIX = re.compile(r"\s*\*\*fix(?::\*\*|\*\*:)\s*", re.IGNORECASE)
_ITEM_LEVEL = 2  # of what is directly within an item of the outer list
_LISTS = ("bullet_list_open", "ordered_list_open")


def parse_mistakes(section: DocumentSection, problems: Problems) -> tuple[Mistake, ...]:
    """Take the mistakes from the list items of a section, in order.

    An item's text up to the first line that begins with `**Fix:**` is the mistake, the rest the fix.
    """
    for token in section.blocks:
        if token.level == 0 and token.map and token.type not in _LISTS:
            problems.add(
                MISTAKES_NOT_LIST,
                section.first_line + token.map[0],
                "there is text outside the list of mistakes",
                "make it an item `- the mistake`, followed by a line `**Fix:** what to do`",
            )
    found = [_split_item(item, section.first_line, problems) for item in _list_items(section)]
    return tuple(mistake for mistake in found if mistake)


class _Item(NamedTuple):
    """An item of the outer list: its offset, its lines without marker and indent, which of them are text."""

    first: int
    lines: Sequence[str]
    paragraphs: list[int]
    """Numbers of the item's own lines of text; code blocks and inner lists are left out."""


def _list_items(section: DocumentSection) -> list[_Item]:
    lines = section.text.split("\n")
    items: list[_Item] = []
    for token in section.blocks:
        if not token.map:
            continue
        first, end = token.map
        if token.type == "list_item_open" and token.level == 1:
            marker = _MARKER.match(lines[first])
            width = marker.end() if marker else 0
            rest = [_dedent(line, width) for line in lines[first + 1 : end]]
            items.append(_Item(first, [lines[first][width:], *rest], []))
        elif token.type == "paragraph_open" and token.level == _ITEM_LEVEL and items:
            item = items[-1]
            item.paragraphs.extend(range(first - item.first, min(end - item.first, len(item.lines))))
    return items


def _dedent(line: str, width: int) -> str:
    """Take up to `width` spaces away; a lazy continuation line has fewer."""
    return line[min(width, len(line) - len(line.lstrip(" "))) :]


def _split_item(item: _Item, first_line: int, problems: Problems) -> Mistake | None:
    """Split an item at the first of its lines of text that begins a fix."""
    lines, line = item.lines, first_line + item.first
    at = next((number for number in item.paragraphs if starts_fix(lines[number])), None)
    if at is None:
        problems.add(
            MISTAKE_NO_FIX,
            line,
            "this mistake has no fix",
            "end the item with a line that begins with `**Fix:**`",
        )
        return None
    mistake = "\n".join(lines[:at]).strip()
    fix = "\n".join([_FIX.sub("", lines[at], count=1), *lines[at + 1 :]]).strip()
    if not mistake or not fix:
        problems.add(
            MISTAKE_EMPTY,
            line,
            f"the {'fix' if mistake else 'mistake'} is empty",
            "write `- the mistake`, then `**Fix:** what to do`",
        )
        return None
    return Mistake(mistake, fix)


def starts_fix(line: str) -> bool:
    """Return whether the fix of a mistake begins with this line."""
    return _FIX.match(line) is not None
