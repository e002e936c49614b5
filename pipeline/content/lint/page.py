"""A file of content as its readers see it: prose without keys, code, comments and addresses. Pure.

Everything that is not prose is blanked, never cut, so that every offset is the stored text's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.content.document import parse_blocks
from pipeline.model.content import Term, Tip
from pipeline.model.frozen import dataclass
from pipeline.model.problem import Problem, Rule

_FRONT = re.compile(r"\A---[ \t\r]*\n(?:.*?\n)??---[ \t\r]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^title:(.*)$", re.MULTILINE)
_EXTRA = re.compile(r"^extra[ \t]*:[^\n]*\n(?:[ \t#][^\n]*\n|[ \t\r]*\n)*", re.MULTILINE)
"""What another program keeps with a term, and an import of the original: neither checked nor fixed."""

_FENCE = re.compile(
    r"""
    ^[ \t>]*(?:[-*+][ ]+|\d+[.)][ ]+)?              # a block may be in a quotation or begin an item
    (?:(?P<ticks>`{3,})[^`\n]*|(?P<tildes>~{3,})[^\n]*)\n
    .*?
    ^[ \t>]*(?:(?P=ticks)|(?P=tildes))[`~]*[ \t\r]*$
    """,
    re.DOTALL | re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_INDENTED = re.compile(r"\n[ \t\r]*\n(?: {4}|\t)[ \t]*[^\s]")
_TICKS = re.compile(r"`+|\n[ \t\r]*\n")
"""Marks of code, and the ends of paragraphs, which end all code."""
_ADDRESS = re.compile(
    r"(?<=\]\()[^)\s]*|(?:https?://|mailto:)[^\s)>\]]*|^ {0,3}\[[^\]\n]+\]:[ \t]*\S+", re.MULTILINE
)
_QUOTED = re.compile(
    r'"(?:[^"\n]|\n(?![ \t]*\n)){1,600}?"|“(?:[^”\n]|\n(?![ \t]*\n)){1,600}?”|^[ \t]*>.*$', re.MULTILINE
)
_WORD = re.compile(r"[a-z]+")
_LETTERS_ALONE = {code: " " for code in range(128) if not chr(code).islower()}
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_MARKS_OF_ADDRESSES = ("](", "://", "mailto:", "]:")


@dataclass(frozen=True, slots=True)
class ContentPage:
    """One file, `text` as stored, and three views of it with the same offsets.

    `markup` lacks front matter, code and comments; `prose` lacks addresses too and has the title's
    value; `claims` lacks quotations as well, which show a thing and do not assert it.
    `low` is the claims in lower case, `words` the words of that, `body` the offset where the text begins.
    """

    path: str
    text: str
    body: int
    markup: str
    prose: str
    claims: str
    low: str
    words: frozenset[str]

    @property
    def linked(self) -> str:
        """The text whose links are checked: keys and prose, neither `extra` nor code."""
        return _EXTRA.sub(_blank_match, self.text[: self.body]) + self.markup[self.body :]

    def line(self, offset: int) -> int:
        """Return the line of an offset, counted from 1."""
        return self.text.count("\n", 0, offset) + 1

    def problem(self, offset: int, rule: Rule, message: str, fix: str) -> Problem:
        """Build a problem of this file at an offset."""
        return rule.problem(message, fix, path=self.path, line=self.line(offset))


def about(what: Term | Tip, key: str, rule: Rule, message: str, fix: str) -> Problem:
    """Build a problem of a term or tip, in the line of one of its keys."""
    return rule.problem(message, fix, path=what.path, line=what.lines.get(key, 0))


def make_page(path: str, text: str) -> ContentPage:
    """Build a page from a file's text, whose line ends are LF or CRLF."""
    front = _FRONT.match(text)
    body = front.end() if front else 0
    head = _blank(text[:body])
    markup = head + blank_code(text[body:])
    title = _TITLE.search(text, 0, body)
    if title:
        head = head[: title.start(1)] + title[1] + head[title.end(1) :]
    prose = head + markup[body:]
    if any(mark in markup for mark in _MARKS_OF_ADDRESSES):
        prose = head + _ADDRESS.sub(_blank_match, markup[body:])
    claims = prose
    if '"' in prose or "“" in prose or ">" in prose:
        claims = _QUOTED.sub(_blank_match, prose)
    low = _lower(claims)
    return ContentPage(path, text, body, markup, prose, claims, low, _list_words(low))


def blank_code(body: str) -> str:
    """Blank code and comments in Markdown."""
    if "```" in body or "~~~" in body:
        body = _FENCE.sub(_blank_match, body)
    if "<!--" in body:
        body = _COMMENT.sub(_blank_match, body)
    if _INDENTED.search(body):
        body = _blank_indented(body)
    return _blank_spans(body) if "`" in body else body


def _blank_spans(body: str) -> str:
    """Blank code within lines; by hand, because Python up to 3.11.4 has a bug in possessive quantifiers."""
    marks = [(mark.start(), mark[0]) for mark in _TICKS.finditer(body)]
    pieces: list[str] = []
    at = number = 0
    while number < len(marks):
        start, ticks = marks[number]
        closing = None if body[start - 1 : start] == "\\" else _find_closing(marks, number)
        if closing is not None:
            end = marks[closing][0] + len(ticks)
            pieces += [body[at:start], _blank(body[start:end])]
            at, number = end, closing
        number += 1
    return "".join((*pieces, body[at:]))


def _find_closing(marks: Sequence[tuple[int, str]], opening: int) -> int | None:
    """Find the same number of ticks within the paragraph; other ticks between are part of the code."""
    ticks = marks[opening][1]
    for number in range(opening + 1, len(marks) if ticks[0] == "`" else 0):
        if marks[number][1] == ticks:
            return number
        if marks[number][1][0] == "\n":
            return None
    return None


def _blank_indented(body: str) -> str:
    lines: Sequence[str] = body.split("\n")
    left = list(lines)
    for token in parse_blocks("\n".join(line.removesuffix("\r") for line in lines)):
        if token.type == "code_block" and token.map:
            for number in range(*token.map):
                left[number] = _blank(lines[number])
    return "\n".join(left)


def _blank(text: str) -> str:
    return "\n".join([" " * len(line) for line in text.split("\n")])


def _blank_match(match: re.Match[str]) -> str:
    return _blank(match[0])


def _list_words(low: str) -> frozenset[str]:
    """List the runs of a to z; nearly all text is ASCII, which can be split much faster."""
    return frozenset(low.translate(_LETTERS_ALONE).split() if low.isascii() else _WORD.findall(low))


def _lower(text: str) -> str:
    """Return lower-case text of the same length; a few letters are longer in lower case."""
    low = text.lower()
    return low if len(low) == len(text) else text.translate(_LOWER)
