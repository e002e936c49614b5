"""Durations as people write them."""

from __future__ import annotations

import re


def days_of(text: str) -> int:
    """Read a span such as `14 days` or `2 weeks`; 0 when it is none."""
    span = _DAYS.fullmatch(text.strip().lower())
    return int(span[1]) * (7 if span[2].startswith("w") else 1) if span else 0


_DAYS = re.compile(r"([1-9][0-9]{0,2})\s*(d|days?|w|weeks?)")
