"""Where an author wrote the words that a rule found: the file, and the line in it when it is known. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>]+|(?<=<)[^\s<>@]+@[^\s<>]+(?=>)")
_WORDS = re.compile(r"[^\W_]+")
_FEWEST = 2
"""A single word may stand anywhere; from two on words name a place, whatever marks are between them."""


class SourceLocation(NamedTuple):
    """A file below the newsletter's folder and a line counted from 1; empty and 0 where nobody can tell."""

    file: str = ""
    line: int = 0


NOWHERE = SourceLocation()


def flatten(words: str) -> str:
    """Keep the words alone: their order, and nothing of case, marks and addresses."""
    return f" {' '.join(_WORDS.findall(_ADDRESS.sub(' ', words).casefold()))} "


def without_addresses(words: str) -> str:
    """Take out what is an address."""
    return _ADDRESS.sub(" ", words)


def find_addresses(words: str) -> list[str]:
    """List the addresses that stand in a text."""
    return _ADDRESS.findall(words)


def is_said(wanted: str, said: str) -> bool:
    """Tell whether words stand in a text, there with Markdown between them or not."""
    flat = flatten(wanted)
    return " ".join(wanted.split()) in " ".join(said.split()) or (
        len(flat.split()) >= _FEWEST and flat in flatten(said)
    )


def find_line(text: str, words: str, key: str) -> int:
    """Find the line of a TOML file where the words of a key begin, or the key stands; 0 when it does not."""
    lines = list(enumerate(text.split("\n"), 1))
    begins = next((n for n, line in lines if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line)), 0)
    lines = lines[max(begins - 1, 0) :]
    if exact := next((n for n, line in lines if words.strip() and words.strip() in line), 0):
        return exact
    told = [(word, n) for n, line in lines for word in flatten(line).split()]
    before, found, _ = f" {' '.join(word for word, _ in told)} ".partition(flatten(words))
    return told[len(before.split())][1] if found and flatten(words).strip() else begins
