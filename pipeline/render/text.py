"""Filters of the templates: wrapped words, blocks, addresses, the lines and direction of code. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from html import unescape
from typing import Literal
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from pipeline.render.slots import TOKEN

WIDTH = 72
"""Columns of a plain-text letter."""
KEPT = 512
"""So many wrapped texts are kept: a letter has some hundred, and its variants the same ones."""

_SCHEMES = {"http", "https", "mailto"}
_URL_SAFE = "%/:?#[]@!$&*+,;=~-._"


@lru_cache(maxsize=KEPT)
def wrap(text: str, width: int = WIDTH, indent: str = "", first: str | None = None) -> str:
    """Wrap lines that are too long at white space; longer words, such as addresses, stay whole.

    Every line starts with `indent`, the very first with `first` where given. Wide letters
    (Chinese, Japanese, Korean) count as two columns and may be parted anywhere.
    """
    lines: list[str] = []
    for line in text.split("\n"):
        lead = (first if first is not None and not lines else indent) + _leading(line)
        fits = columns(lead + line.strip()) <= width
        lines += (
            [lead + line.strip()] if fits else _wrap_line(line.split(), width, lead, indent + _leading(line))
        )
    return "\n".join(line.rstrip() for line in lines)


def _leading(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _wrap_line(words: list[str], width: int, lead: str, indent: str) -> list[str]:
    lines, current, empty = [], lead, True
    for word in words:
        for piece, joined in _pieces(word, width - columns(indent)):
            gap = "" if empty or joined else " "
            if not empty and columns(current + gap + piece) > width:
                lines.append(current)
                current, gap = indent, ""
            current += gap + piece
            empty = False
    return [*lines, current]


def _pieces(word: str, room: int) -> list[tuple[str, bool]]:
    """Part a word that is too long, if its script allows it; True marks what joins without a space."""
    if columns(word) <= room or columns(word) == len(word):
        return [(word, False)]
    return [(letter, index > 0) for index, letter in enumerate(word)]


def columns(text: str) -> int:
    """Count the columns of a text in a terminal or a monospaced mail."""
    if text.isascii():
        return len(text)
    return sum(_letter_columns(letter) for letter in text)


def _letter_columns(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def underline(text: str, mark: str = "-", width: int = WIDTH) -> str:
    """Write a heading with a line of marks below it, as long as the heading."""
    wrapped = wrap(text, width)
    longest = max((columns(line) for line in wrapped.splitlines()), default=0)
    return f"{wrapped}\n{mark * longest}"


def keep_whole(words: str) -> str:
    """Join words that must stay on one line."""
    return words.replace(" ", "\u00a0")


def safe_url(url: object) -> str:
    """Check an address for a letter and percent-encode what could leave its place in HTML, CSS or text.

    Takes whole http, https and mailto addresses and open slots. Raises ValueError for anything else.
    """
    address = str(url).strip()
    if TOKEN.fullmatch(address):
        return address
    parts = urlsplit(address)
    if parts.scheme.lower() not in _SCHEMES or not (parts.netloc or parts.path):
        raise ValueError(f"`{address[:60]}` is not an address that a letter can link to; use https://…")
    if parts.scheme.lower() != "mailto" and not parts.hostname:
        raise ValueError(f"`{address[:60]}` names no host; use https://…")
    return quote(address, safe=_URL_SAFE)


LEAST_COLUMNS = 40
"""Shorter lines were broken on purpose."""

_TEXT_FENCE = re.compile(r"^( *)(`{3,}|~{3,})(text)?[ ]*\n(.*?)^\1\2[ ]*$", re.DOTALL | re.MULTILINE)
_GOES_ON = re.compile(r"[a-zß-öø-ÿ][\w'’./-]*[,.;!?]*(?= (?!\()|$)")
_COLUMNS = re.compile(r"\S(?: {2,}|\t+)\S")
_COMPLETE = re.compile(r"[.!?:;(){}\[\]<>=|\\]$")


def wrap_code(prompt: str) -> str:
    """Join a line with the one before where a sentence goes on and only the margin broke it.

    That is where the next word would not have fitted into the widest line. Lists, blank lines, indents,
    columns and code stay as they are.
    """
    lines = prompt.split("\n")
    width = max(*map(len, lines), LEAST_COLUMNS)
    joined: list[str] = []
    last = ""
    for line in lines:
        word = _GOES_ON.match(line)
        is_full = word is not None and len(last) + 1 + len(word[0]) > width
        is_laid_out = _COLUMNS.search(last) or _COLUMNS.search(line) or _COMPLETE.search(last)
        if joined and is_full and len(last) >= LEAST_COLUMNS and not is_laid_out:
            joined[-1] += f" {line}"
        else:
            joined.append(line)
        last = line
    return "\n".join(joined)


def wrap_fences(markdown: str) -> str:
    """Do the same in the fenced blocks of plain text in Markdown; blocks of a language are code."""

    def reflowed(found: re.Match[str]) -> str:
        start, end = found.start(4) - found.start(), found.end(4) - found.start()
        whole = found[0]
        return whole[:start] + wrap_code(found[4]) + whole[end:]

    return _TEXT_FENCE.sub(reflowed, markdown)


_PRE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
_INLINE = re.compile(r"(?<!<pre>)<code>(.*?)</code>", re.DOTALL)
_TAG = re.compile("<[^>]*>")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def direction_of(words: str) -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one, as browsers do; `ltr` without any."""
    for letter in words:
        kind = unicodedata.bidirectional(letter)
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def direct_inline_code(html: Markup) -> Markup:
    """Set the direction of code within a line: in Hebrew words, the end of `f()` would go to its front."""
    return _direct(html, "code", _INLINE)


def direct_code(html: Markup) -> Markup:
    """Set the direction of every block of code in HTML."""
    return _direct(html, "pre", _PRE)


def _direct(html: Markup, tag: str, element: re.Pattern[str]) -> Markup:
    def directed(found: re.Match[str]) -> str:
        return f'<{tag} dir="{direction_of(unescape(_TAG.sub("", found[1])))}">{found[1]}</{tag}>'

    return Markup(element.sub(directed, str(html)))  # noqa: S704 - it was marked up, and ltr or rtl came in
