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
_LIST = "tag:yaml.org,2002:seq"
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

_Keys = list[tuple[str, int, yaml.Node]]
_Heading = tuple[int, int, str]


def read_plain_keys(front: str) -> _Keys | None:
    """List the keys of front matter in order, each with its line from 0 and its value."""
    pairs: _Keys = []
    items: list[yaml.Node] = []
    marker = ""
    for line, (key, value, dash, item, other) in enumerate(_LINE.findall(front)):
        place = _mark(line)
        if key:
            node = _make_list(value[1:-1], place) if value.startswith("[") else _make_text(value, place)
            if node is None:
                return None
            pairs.append((intern(key), line, node))
            items = []
        elif other or not (dash == marker if items else _open_list(pairs, items, place)):
            return None
        else:
            marker = dash
            items.append(_make_text(item, place))
    return pairs or None


def _make_text(value: str, place: yaml.Mark) -> yaml.ScalarNode:
    first = value[:1]
    if first == '"':
        return yaml.ScalarNode(_STRING, value[1:-1], place, place, style='"')
    text = value.rstrip(" ")
    return yaml.ScalarNode(_resolve(text) if first in _RESOLVERS else _STRING, text, place, place)


def _make_list(row: str, place: yaml.Mark) -> yaml.SequenceNode | None:
    """Read what stands between brackets; None when an item is empty or begins with a sign."""
    items: list[yaml.Node] = []
    for item in row.split(",") if row.strip(" ") else ():
        text = item.strip(" ")
        first = text[:1]
        if not first.isalnum():
            return None
        items.append(yaml.ScalarNode(_resolve(text) if first in _RESOLVERS else _STRING, text, place, place))
    return yaml.SequenceNode(_LIST, items, place, place)


def _resolve(text: str) -> str:
    """Tell what YAML takes a text for that could be something else: a number, a date, yes or no."""
    return next((tag for tag, pattern in _RESOLVERS[text[:1]] if pattern.match(text)), _STRING)


@lru_cache
def _mark(line: int) -> yaml.Mark:
    """Make the place of a node, of which the line is all that anybody asks."""
    return yaml.Mark("", 0, line, 0, None, 0)


def _open_list(pairs: _Keys, items: list[yaml.Node], place: yaml.Mark) -> bool:
    """Make these items the value of the last key; false when that has a value of its own."""
    if not pairs:
        return False
    key, line, value = pairs[-1]
    if not isinstance(value, yaml.ScalarNode) or value.value or value.style:
        return False
    pairs[-1] = (key, line, yaml.SequenceNode(_LIST, items, place, place))
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
