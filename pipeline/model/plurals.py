"""Counts with their nouns, for messages."""

from __future__ import annotations


def count_noun(count: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun, such as `1 letter` or `1,200 letters`; `plural` is for irregular ones."""
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
