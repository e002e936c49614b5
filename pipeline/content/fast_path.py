"""The plain forms that most files have, read without a parser of YAML or Markdown.

Pure. Each function gives exactly what the parser would give, or None where that is not certain; nothing here
knows a rule or finds a problem. The text holds none of `document.HIDDEN`, and its line ends are LF.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from sys import intern

import yaml

_STRING = "tag:yaml.org,2002:str"
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers

# A plain text begins with a letter or digit and holds no tab, no `#` and no `:` but within a word.
_VALUE = r'[^\W_][^\n\t:#]*(?::[^\s:#][^\n\t:#]*)*|"[^"\\\n\t]*"'
_ROW = r"\[[\w ./()+&%,'-]*\]"
_LINE = re.compile(
    rf"([a-z][a-z_]{{0,63}}):(?: +({_VALUE}|{_ROW}))? *(?:\n|\Z)"  # a key with its value, if there is one
    rf"|( *-) +({_VALUE}) *(?:\n|\Z)"  # an item of a list
    r"|(\n|[^\n]+\n?)"  # anything else
)

# Lines that may be a heading, make one of the line above, or begin or end a code block.
_MARK = re.compile(
    r"\n(?= {0,3}[#`~=-])( {0,3})(#{1,6}(?=[ \t\n])|`{3,}|~{3,}|=+(?=[ \t]*\n)|-+(?=[ \t]*\n))([^\n]*)"
)
_FENCE = re.compile("(`{3,}|~{3,})[^`\n]*")
# The start of a line that can be nothing but text of a paragraph.
_PROSE = re.compile("\\*{0,2}[\"'(“‘`]?[^\\W\\d_]")

Value = yaml.Node | str | tuple[str, ...] | list[str]
"""What a key holds. Plain texts stand for themselves: thousands of files are read at once, and nodes cost.

Texts in one row are a tuple, texts with a line each below their key a list; in either none is empty, holds a
space too many or comes twice.
"""

_Keys = list[tuple[str, int, Value]]
_Heading = tuple[int, int, str]


def read_plain_keys(front: str) -> _Keys | None:
    """List the keys of front matter in order, each with its line from 0 and its value."""
    pairs: _Keys = []
    items: list[str] = []
    marker = ""
    for line, (key, value, dash, item, other) in enumerate(_LINE.findall(front)):
        if key:
            if items and not _close_list(pairs, items):
                return None
            read = _read_row(value[1:-1]) if value[:1] == "[" else _read_text(value, line)
            if read is None:
                return None
            pairs.append((intern(key), line, read))
            items = []
        elif other or not (dash == marker if items else _may_open_list(pairs)):
            return None
        else:
            marker = dash
            items.append(item)
    if items and not _close_list(pairs, items):
        return None
    return pairs or None


def _read_text(value: str, line: int) -> Value:
    first = value[:1]
    if first == '"':
        return value[1:-1]
    text = value.rstrip(" ")
    tag = _resolve(text) if first in _RESOLVERS else _STRING
    return text if tag == _STRING else yaml.ScalarNode(tag, text, _mark(line), _mark(line))


def _read_row(row: str) -> tuple[str, ...] | None:
    """Read what stands between brackets; None when that is not certain to be plain texts."""
    if not row.strip(" "):
        return ()
    items = [item.strip(" ") for item in row.split(",")]
    if all(item[:1].isalnum() and (item[0] not in _RESOLVERS or _resolve(item) == _STRING) for item in items):
        return tuple(items) if _are_tidy(items) else None
    return None


def _are_tidy(items: Sequence[str]) -> bool:
    """Whether there is nothing to be said of any of these texts."""
    return len(set(items)) == len(items) and all(item and " ".join(item.split()) == item for item in items)


def _resolve(text: str) -> str:
    """Tell what YAML takes a text for that could be something else: a number, a date, yes or no."""
    return next((tag for tag, pattern in _RESOLVERS[text[:1]] if pattern.match(text)), _STRING)


@lru_cache
def _mark(line: int) -> yaml.Mark:
    """Make the place of a node, of which the line is all that anybody asks."""
    return yaml.Mark("", 0, line, 0, None, 0)


def _may_open_list(pairs: _Keys) -> bool:
    """Whether the last key has no value of its own, so that items below it are its value."""
    if not pairs:
        return False
    value = pairs[-1][2]
    return isinstance(value, yaml.ScalarNode) and not value.value


def _close_list(pairs: _Keys, items: Sequence[str]) -> bool:
    """Make these items the value of the last key; false when that is not certain to be plain texts."""
    read = (_read_text(item, 0) for item in items)
    texts = [text for text in read if isinstance(text, str)]
    if len(texts) < len(items) or not _are_tidy(texts):
        return False
    key, line, _ = pairs[-1]
    pairs[-1] = (key, line, texts)
    return True


def split_plain(body: str) -> list[tuple[str, int, str, int]] | None:
    """Split text at its level-2 headings: heading, its line, the text below, the line of that, from 0.

    The first is the text before all headings. A line with a mark in its first column is never inside a list
    or quote, so that looking at such lines alone tells headings and code blocks.
    """
    text = f"\n{body}\n"
    headings = _find_headings(text)
    if headings is None:
        return None
    stops = [start for start, _, _ in headings] + [len(text)]
    sections = [("", 0, *_trim(text[1 : stops[0]], 0))]
    line = counted = 0
    for (start, end, heading), stop in zip(headings, stops[1:], strict=True):
        line += text.count("\n", counted, start)
        counted = start
        sections.append((heading, line, *_trim(text[end + 1 : stop], line + 1)))
    return sections


def _find_headings(text: str) -> list[_Heading] | None:
    """Find where level-2 headings start and end; None when one could be elsewhere or something is wrong."""
    headings: list[_Heading] = []
    fence = margin = ""
    inside = 0
    for match in _MARK.finditer(text):
        indent, mark, rest = match.groups()
        if fence:
            if mark.startswith(fence) and not rest.strip(" \t"):
                if margin and not (
                    indent == margin and _is_within(margin, fence, text[inside : match.start()])
                ):
                    return None
                fence = ""
            elif margin:
                return None
        elif mark == "##" and not indent and "#" not in rest:
            headings.append((match.start(), match.end(), " ".join(rest.split())))
        elif mark[0] in "`~" and "`" not in rest:
            fence, margin, inside = mark, indent, match.end()
        elif indent or not mark.startswith("###"):
            return None
    return None if fence else headings


def _is_within(margin: str, fence: str, inside: str) -> bool:
    """Whether an indented code block is the same block inside and outside of a list."""
    lines = [line for line in inside.split("\n") if line.strip(" \t")]
    return all(line.startswith(margin) and not line.lstrip().startswith(fence) for line in lines)


def _trim(text: str, line: int) -> tuple[str, int]:
    """Take blank lines and the spaces at the end away; gives the line of the first that is left, too."""
    kept = text.lstrip()
    if not kept:
        return "", line
    at = text.rfind("\n", 0, len(text) - len(kept)) + 1
    return text[at:].rstrip(), line + text.count("\n", 0, at)


def split_plain_items(lines: Sequence[str]) -> list[tuple[int, list[str]]] | None:
    """List the items of a list that has one paragraph each: offset of the first line, lines without marker.

    Every line is text behind `- ` or behind two spaces.
    """
    items: list[tuple[int, list[str]]] = []
    for number, line in enumerate(lines):
        lead = line[:2]
        if not _PROSE.match(line, 2) or (lead != "- " and (lead != "  " or not items)):
            return None
        if lead == "- ":
            items.append((number, []))
        items[-1][1].append(line[2:])
    return items


def read_plain_block(text: str) -> str | None:
    """Read the inside of a text that is one fenced code block and nothing else."""
    opening = _FENCE.match(text)
    if opening is None:
        return None
    fence = opening[1]
    begin, end = opening.end(), text.rfind("\n")
    if text[begin : begin + 1] != "\n" or text[end + 1 :] != fence or fence in text[begin:end]:
        return None
    return text[begin + 1 : end]
