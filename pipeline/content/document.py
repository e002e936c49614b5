"""A Markdown file with YAML front matter, parsed into keys and sections with their lines.

Pure: knows neither folders nor what the keys and sections mean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.content.comments import take_comments_out
from pipeline.model.frozen import dataclass
from pipeline.model.problem import CONTENT_RULES, Problems

CONTROL_CHARACTER = CONTENT_RULES.error(
    "control-character", "An invisible character can break a header or a reader's screen."
)
BIDI_CHARACTER = CONTENT_RULES.error(
    "bidi-character", "A bidi override makes text look different from what it is."
)
FRONT_MATTER_MISSING = CONTENT_RULES.error(
    "front-matter-missing", "Title, slug and category have no other place."
)
FRONT_MATTER_UNCLOSED = CONTENT_RULES.error(
    "front-matter-unclosed", "It is not clear where the keys end and the text begins."
)
FRONT_MATTER_SYNTAX = CONTENT_RULES.error(
    "front-matter-syntax", "Keys that YAML cannot read cannot be guessed."
)
KEY_DUPLICATE = CONTENT_RULES.error("key-duplicate", "YAML would silently take one of the two values.")
COMMENT_UNCLOSED = CONTENT_RULES.error(
    "comment-unclosed", "A note without an end swallows the text below it, or reaches readers."
)
HEADING_LEVEL = CONTENT_RULES.error(
    "heading-level", "A first-level heading outranks the letter's own and does not begin a section."
)
FENCE_UNCLOSED = CONTENT_RULES.error(
    "fence-unclosed", "A code block without an end swallows all sections below it."
)


HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u2028\u2029\ufeff\ufffe\uffff"  # line ends and marks that editors do not show
    "\u202a-\u202e\u2066-\u2069]"  # bidi overrides: shown text differs from stored text
)
"""Characters that have no place in text because they are invisible."""

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FENCE = "---"
_COMMENT = "<!--"
_HEADING_TOKENS = 3  # open, inline, close
_SEEN = bytes([*b"\t\n", *range(0x20, 0x7F)])

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # PyYAML can be built without libyaml

_BLOCKS = MarkdownIt("commonmark", {"html": False})
_BLOCKS.core.ruler.enableOnly(["block"])


class DocumentSection(NamedTuple):
    """A level-2 heading and the Markdown below it.

    `line` is the heading's, `first_line` that of the first line of `text`; both count from 1.
    `blocks` are the block tokens of `text`, whose `map` counts its lines from 0.
    """

    heading: str
    line: int
    text: str
    first_line: int
    blocks: Sequence[Token]


@dataclass(frozen=True, slots=True)
class Document:
    """Front matter by key, each with its line; the text before the first section; the sections in order."""

    keys: Mapping[str, tuple[int, yaml.Node]]
    lead: DocumentSection
    sections: tuple[DocumentSection, ...]


def parse_document(text: str, problems: Problems) -> Document | None:
    """Parse a file's text; None when there is no front matter to build on.

    Line ends are LF and the text is NFC; what is wrong is added to `problems`.
    """
    _check_characters(text, problems)
    cut = _cut_front(text, problems)
    if cut is None:
        return None
    front, start, body = cut
    keys = _parse_keys(front, problems)
    if _COMMENT in body:
        body = _take_comments_out(body, start + 1, problems)
    lead, *sections = _split_sections(body, start, problems)
    return None if keys is None else Document(keys, lead, tuple(sections))


def _cut_front(text: str, problems: Problems) -> tuple[str, int, str] | None:
    """Cut into front matter, the number of lines down to its end, and the text below it."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        problems.add(
            FRONT_MATTER_MISSING,
            1,
            "the file does not begin with front matter",
            "begin with a line `---`, then `key: value` lines, then `---`",
        )
        return None
    closing = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if closing is None:
        problems.add(
            FRONT_MATTER_UNCLOSED, 1, "the front matter has no end", "put a line `---` before the text"
        )
        return None
    return "\n".join(lines[1:closing]), closing + 1, "\n".join(lines[closing + 1 :])


def parse_blocks(markdown: str) -> list[Token]:
    """List the block tokens of Markdown; their `map` counts lines from 0."""
    return _BLOCKS.parse(markdown)


def _take_comments_out(body: str, first_line: int, problems: Problems) -> str:
    left = take_comments_out(body.split("\n"))
    if left.unclosed is not None:
        problems.add(
            COMMENT_UNCLOSED,
            first_line + left.unclosed,
            "a comment begins here and never ends",
            "end it with `-->`, or put the mark in backticks if readers shall see it",
        )
    return "\n".join(left.lines)


def _check_characters(text: str, problems: Problems) -> None:
    rare = text.encode("utf-8", "surrogatepass").translate(None, _SEEN)
    if not rare or not HIDDEN.search(rare.decode("utf-8", "surrogatepass")):
        return
    for number, line in enumerate(text.split("\n"), 1):
        hit = HIDDEN.search(line)
        if hit:
            bidi = _BIDI.match(hit[0])
            problems.add(
                BIDI_CHARACTER if bidi else CONTROL_CHARACTER,
                number,
                f"the line holds U+{ord(hit[0]):04X}, which is invisible",
                "delete the character; text it was copied from may hold more of them",
            )


def _parse_keys(front: str, problems: Problems) -> Mapping[str, tuple[int, yaml.Node]] | None:
    """Read the keys in order, each with its line; None when that fails."""
    try:
        root = _compose(front)
    except (yaml.YAMLError, RecursionError) as error:
        message, line = _describe_yaml_error(error, front)
        problems.add(
            FRONT_MATTER_SYNTAX,
            line,
            f"the front matter is not valid YAML: {message}",
            'put values with `:`, `#`, `"` or a leading symbol in quotes, and indent with spaces',
        )
        return None
    if root is None:
        return {}
    if not isinstance(root, yaml.MappingNode):
        problems.add(FRONT_MATTER_SYNTAX, 2, "the front matter has no keys", "write `key: value` lines")
        return None
    keys: dict[str, tuple[int, yaml.Node]] = {}
    for key, value in root.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        line = key.start_mark.line + 2
        if name in keys:
            problems.add(
                KEY_DUPLICATE,
                line,
                f"`{name}` is given twice, first in line {keys[name][0]}",
                "keep one of them",
            )
        else:
            keys[name] = (line, value)
    return keys


def _compose(front: str) -> yaml.Node | None:
    """Compose with libyaml if it is there; errors come from the loader in Python, whose messages say more."""
    try:
        return yaml.compose(front, Loader=_LOADER)
    except (yaml.YAMLError, UnicodeError):
        return yaml.compose(front, Loader=yaml.SafeLoader)


def _describe_yaml_error(error: Exception, front: str) -> tuple[str, int]:
    """Return what YAML found wrong, and the line of the file; front matter starts in line 2."""
    if isinstance(error, yaml.MarkedYAMLError):
        is_open_to_the_end = error.context_mark and "end of stream" in str(error.problem)
        mark = error.context_mark if is_open_to_the_end else error.problem_mark
        return str(error.problem or error.context), (mark.line if mark else 0) + 2
    if isinstance(error, yaml.reader.ReaderError):
        return "a character is not allowed", front.count("\n", 0, error.position) + 2
    return "it is nested too deeply", 2


def _split_sections(body: str, start: int, problems: Problems) -> list[DocumentSection]:
    """Split text at level-2 headings; the first section is the text before them.

    `start` is the number of lines above it in the file.
    """
    lines, tokens = body.split("\n"), parse_blocks(body)
    _check_headings_and_fences(tokens, lines, start, problems)
    heads = [(0, 0, "", 0)]  # the line of a heading, the one below it, its words, its first token
    for number, (token, inline) in enumerate(pairwise(tokens)):
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0 and token.map:
            at, below = token.map
            heads.append((at, below, " ".join(inline.content.split()), number))
    ends = [(at, number) for at, _, _, number in heads[1:]] + [(len(lines), len(tokens))]
    sections = []
    for (at, below, heading, number), (end, stop) in zip(heads, ends, strict=True):
        first = next((n for n in range(below, end) if lines[n].strip()), below)
        blocks = tokens[number + (_HEADING_TOKENS if below else 0) : stop]
        for token in blocks:
            token.map = token.map and [line - first for line in token.map]
        text = "\n".join(lines[first:end]).rstrip()
        sections.append(DocumentSection(heading, start + at + 1, text, start + first + 1, blocks))
    return sections


def _check_headings_and_fences(
    tokens: Sequence[Token], lines: Sequence[str], start: int, problems: Problems
) -> None:
    for token in tokens:
        if token.level or not token.map:
            continue
        line = start + token.map[0] + 1
        if token.type == "heading_open" and token.tag == "h1":
            problems.add(
                HEADING_LEVEL, line, "the text holds a heading of the first level", "use `## ` for sections"
            )
        if token.type == "fence" and not _is_closed(token, lines[token.map[1] - 1]):
            problems.add(
                FENCE_UNCLOSED,
                line,
                "a code block begins here and never ends",
                f"close it with a line `{token.markup}`",
            )


def _is_closed(fence: Token, last_line: str) -> bool:
    end = last_line.strip()
    opening_only = fence.map is not None and fence.map[1] - fence.map[0] < 2  # noqa: PLR2004 - opening and closing line
    return not opening_only and len(end) >= len(fence.markup) and set(end) == {fence.markup[0]}
