"""Authors' notes to themselves, `<!-- … -->`: removed before anything else reads the text.

Pure. A comment never reaches a letter; one inside code is code and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt

from pipeline.model.frozen import dataclass

_OPEN = "<!--"
_MARK = re.compile(
    r"""
    \\[\\`<]                                                                # an escape is not a mark
    | (?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)*?(?<!`)(?P=ticks)(?!`)    # code within a paragraph
    | (?P<lead>^[ \t]*|[ \t]*)<!--.*?-->[ \t]*(?P<end>$)?
    | (?P<open><!--)
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)

_BLOCKS = MarkdownIt("commonmark", {"html": True})
_BLOCKS.core.ruler.enableOnly(["block"])


@dataclass(frozen=True, slots=True)
class Uncommented:
    """Lines without comments, as many as before; `unclosed` is the offset of a comment without an end."""

    lines: Sequence[str]
    unclosed: int | None = None


def take_comments_out(lines: Sequence[str]) -> Uncommented:
    """Blank every comment outside code, so that what is left keeps its line."""
    text = "\n".join(lines)
    if _OPEN not in text:
        return Uncommented(lines)
    left: list[str] = []
    for first, end in _prose(text, len(lines)):
        left += lines[len(left) : first]
        run = "\n".join(lines[first:end])
        for mark in _MARK.finditer(run):
            if mark["open"]:
                return Uncommented(lines, first + run.count("\n", 0, mark.start()))
        left += _MARK.sub(_blank, run).split("\n")
    return Uncommented([*left, *lines[len(left) :]])


def _prose(text: str, count: int) -> Iterator[tuple[int, int]]:
    """Yield the runs of lines outside code blocks, as offsets of their first line and their end."""
    first = 0
    for token in _BLOCKS.parse(text):
        if token.type in ("fence", "code_block") and token.map:
            if first < token.map[0]:
                yield first, token.map[0]
            first = token.map[1]
    if first < count:
        yield first, count


def _blank(mark: re.Match[str]) -> str:
    if mark["lead"] is None:
        return mark[0]
    line_ends = "\n" * mark[0].count("\n")
    if mark["end"] is not None:
        return line_ends
    starts_line = mark.start() == 0 or mark.string[mark.start() - 1] == "\n"
    if starts_line:
        return line_ends + mark["lead"]  # what follows keeps its place in a list
    return line_ends or (mark["lead"] and " ")
