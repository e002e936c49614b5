"""Where an author wrote the words that a rule found: the file, and its line when that is known. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]+|(?<=<)[^\s<>@]+@[^\s<>]+(?=>)")
_WORDS = re.compile(r"[^\W_]+")
_FEWEST = 2
"""A single word may be anywhere; two and more name a place, whatever marks are between them."""


class SourceLocation(NamedTuple):
    """A file below the newsletter's folder and a line counted from 1; empty and 0 when not known."""

    file: str = ""
    line: int = 0


NOWHERE = SourceLocation()


def flatten(words: str) -> str:
    """Keep the words alone: their order, and nothing of case, marks and addresses."""
    return f" {' '.join(_WORDS.findall(without_addresses(words).casefold()))} "


def without_addresses(words: str) -> str:
    """Take out what is an address."""
    return _ADDRESS.sub(" ", words) if ":" in words or "@" in words else words


def find_addresses(words: str) -> list[str]:
    """List the addresses in a text."""
    return _ADDRESS.findall(words)


def has_words(text: str, words: str) -> bool:
    """Whether words are in a text, with or without Markdown between them."""
    flat = flatten(words)
    return " ".join(words.split()) in " ".join(text.split()) or (
        len(flat.split()) >= _FEWEST and flat in flatten(text)
    )


def find_line(text: str, words: str, key: str) -> int:
    """Find the line of a TOML file where the words of a key begin, or the key is; 0 when it is not there."""
    lines = list(enumerate(text.split("\n"), 1))
    begins = next((n for n, line in lines if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line)), 0)
    lines = lines[max(begins - 1, 0) :]
    if exact := next((n for n, line in lines if words.strip() and words.strip() in line), 0):
        return exact
    placed = [(word, n) for n, line in lines for word in flatten(line).split()]
    before, found, _ = f" {' '.join(word for word, _ in placed)} ".partition(flatten(words))
    return placed[len(before.split())][1] if found and flatten(words).strip() else begins
