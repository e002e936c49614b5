"""Values of a choice: every slot with its score, its reasons, its runners-up and what was dropped.

Pure: the reasons of a term or tip add up to its score, those of an item multiply to it; tests say so.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["term", "tip", "item"]

Layout = Literal["ordinary", "deep-dive", "short", "skip"]
"""A deep dive has the whole term in the place of news that is missing; a short letter goes without.

A week to skip has no letter at all.
"""

ALGORITHM = 3
"""Raised whenever the same inputs may choose differently; stored in every lock."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One factor of a score: its name, what it adds, and a sentence for people."""

    name: str
    value: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What could fill a slot; `score` is the sum of the reasons, for an item their product, to 6 places."""

    ref: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Pick:
    """What fills a slot, and why. A pinned pick carries the scored reasons too, for comparison."""

    slot: str
    kind: Kind
    ref: str
    score: float
    reasons: tuple[Reason, ...]
    pinned: bool = False
    runners_up: tuple[Candidate, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    """How many candidates fell out before scoring, by reason (`used this cycle`, `banned`, …)."""
    items: tuple[str, ...] = ()
    """Ids of items behind it: the other copies of a story, or the stories that speak of a term."""


@dataclass(frozen=True, slots=True)
class Record:
    """What later weeks need to know of a week's news, as in history; empty without news.

    `dropped` counts by section and reason what became no pick, also where a section stayed empty.
    """

    stories: tuple[str, ...] = ()
    mentions: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picks:
    """The choice for one week, in the order of the letter. `note` says why the layout is no ordinary one."""

    week: str
    picks: tuple[Pick, ...]
    layout: Layout = "ordinary"
    note: str = ""
    record: Record = field(default_factory=Record)

    def find(self, slot: str) -> Pick | None:
        """Find the pick of a slot; None when the letter has no such slot."""
        return next((pick for pick in self.picks if pick.slot == slot), None)


def add_up(ref: str, reasons: Iterable[Reason]) -> Candidate:
    """Score a candidate by its reasons; those that add nothing are left out."""
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
    """Score a candidate by the product of its factors; every one is kept, also those that change nothing."""
    # Rounded before the product, as above.
    rounded = tuple(Reason(each.name, round(each.value, 6), each.detail) for each in factors)
    return Candidate(ref, round(math.prod(each.value for each in rounded), 6) + 0.0, rounded)


def h01(*parts: str) -> float:
    """Hash parts to a number in [0, 1), the same on every machine and Python version."""
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
