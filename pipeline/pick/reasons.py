"""Scores from reasons: those of a term or tip add up to its score, those of a story multiply to it. Pure."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

from pipeline.model.picks import Candidate, Reason

RUNNERS_UP = 3
"""How many of the next best are kept with a pick: what an editor can compare at a glance."""


def add_up(ref: str, reasons: Iterable[Reason]) -> Candidate:
    """Score a candidate by the sum of its reasons; those that add nothing are left out."""
    kept: list[Reason] = []
    score = 0.0
    for reason in reasons:
        # Rounded before the sum, so that what a lock stores adds up as well.
        value = round(reason.value, 6)
        if value:
            kept.append(reason if value == reason.value else Reason(reason.name, value, reason.detail))
            score += value
    return Candidate(ref, round(score, 6) + 0.0, tuple(kept))


def multiply(ref: str, factors: Iterable[Reason]) -> Candidate:
    """Score a candidate by the product of its factors; all are kept, also those that change nothing."""
    rounded = tuple(_round(each) for each in factors)
    return Candidate(ref, score_factors([each.value for each in rounded]), rounded)


def score_factors(values: Iterable[float]) -> float:
    """Return the score that `multiply` gives to factors of these values."""
    # Rounded before the product, as above.
    return round(math.prod([round(value, 6) for value in values]), 6) + 0.0


def _round(reason: Reason) -> Reason:
    value = round(reason.value, 6)
    return reason if value == reason.value else Reason(reason.name, value, reason.detail)


def h01(*parts: str) -> float:
    """Hash parts to a number in [0, 1), the same on every machine and Python version."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
