"""The list of common mistakes of a term, each with its fix. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from pipeline.content.document import DocumentSection, parse_blocks
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
_LISTS = ("bullet_list_open", "ordered_list_open")


def parse_mistakes(section: DocumentSection, problems: Problems) -> tuple[Mistake, ...]:
    """Take the mistakes from the list items of a section, in order.

    An item's text up to the first line that begins with `**Fix:**` is the mistake, the rest the fix.
    """
    lines = section.text.split("\n")
    tokens = parse_blocks(section.text)
    for token in tokens:
        if token.level == 0 and token.map and token.type not in _LISTS:
            problems.add(
                MISTAKES_NOT_LIST,
                section.first_line + token.map[0],
                "there is text outside the list of mistakes",
                "make it an item `- the mistake`, followed by a line `**Fix:** what to do`",
            )
    mistakes = []
    for line, item in _list_items(tokens, lines):
        mistake = _split_item(item, section.first_line + line, problems, _find_paragraphs(item))
        if mistake:
            mistakes.append(mistake)
    return tuple(mistakes)


def _list_items(tokens: Sequence[Token], lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """List the outer items as line offset and lines without marker and indent."""
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            first, end = token.map
            marker = _MARKER.match(lines[first])
            width = marker.end() if marker else 0
            rest = [_dedent(line, width) for line in lines[first + 1 : end]]
            yield first, [lines[first][width:], *rest]


def _dedent(line: str, width: int) -> str:
    """Take up to `width` spaces away; a lazy continuation line has fewer."""
    return line[min(width, len(line) - len(line.lstrip(" "))) :]


def _split_item(
    item: Sequence[str], line: int, problems: Problems, paragraphs: Iterable[int]
) -> Mistake | None:
    """Split an item where its fix begins, which is one of its lines of text, given by number."""
    at = next((number for number in paragraphs if starts_fix(item[number])), None)
    if at is None:
        problems.add(
            MISTAKE_NO_FIX,
            line,
            "this mistake has no fix",
            "end the item with a line that begins with `**Fix:**`",
        )
        return None
    mistake = "\n".join(item[:at]).strip()
    fix = "\n".join([_FIX.sub("", item[at], count=1), *item[at + 1 :]]).strip()
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
    """Whether the fix of a mistake begins with this line."""
    return _FIX.match(line) is not None


def _find_paragraphs(item: Sequence[str]) -> Iterator[int]:
    """Give the numbers of an item's own lines of text; code blocks and inner lists are passed over."""
    for token in parse_blocks("\n".join(item)):
        if token.type == "paragraph_open" and token.level == 0 and token.map:
            yield from range(*token.map)
