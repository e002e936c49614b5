"""Tags of readers, and the rounded number of the "join us" line. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

TAG_MAX_CHARS = 64
"""The width of the column; longer than any tag that people type."""

_NOT_IN_A_TAG = re.compile(r"[^\w.:+-]+")
_COUNT_HIDDEN_BELOW = 100  # a small number says more about single readers than it boasts
_COUNT_HUNDREDS_BELOW = 10_000  # from here on two digits are as exact as anybody reads


def tag_slug(raw: str) -> str:
    """Normalize a tag: `Early Birds` becomes `early-birds`; empty if nothing is left."""
    return _NOT_IN_A_TAG.sub("-", raw.casefold()).strip("-")[:TAG_MAX_CHARS].rstrip("-")


def tag_slugs(raw: Iterable[str]) -> tuple[str, ...]:
    """Normalize several tags: sorted, unique, without empty ones."""
    return tuple(sorted({slug for slug in map(tag_slug, raw) if slug}))


def floor_count(count: int) -> str:
    """Round a number of readers down for print, so that it is never overstated: `1,300+`, `12,000+`.

    Empty below 100; whole hundreds below 10,000; two leading digits from there on.
    """
    if count < _COUNT_HIDDEN_BELOW:
        return ""
    step = 100 if count < _COUNT_HUNDREDS_BELOW else 10 ** (len(str(count)) - 2)
    return f"{count - count % step:,}+"
