"""Filters of the plain-text templates: wrapped words, set-off blocks, addresses for both parts. Pure."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote, urlsplit

from pipeline.render.slots import TOKEN

WIDTH = 72
"""Columns of a plain-text letter."""

_SCHEMES = {"http", "https", "mailto"}
_URL_SAFE = "%/:?#[]@!$&*+,;=~-._"


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
