"""Values of a choice: every slot with its score, its reasons, its runners-up and what was dropped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from pipeline.model.frozen import dataclass
from pipeline.model.past import Past

PickKind = Literal["term", "tip", "item"]


Layout = Literal["ordinary", "deep-dive", "short", "skip"]
"""A deep dive has the whole term in the place of news that is missing; a short letter goes without.

A week to skip has no letter at all.
"""


ALGORITHM = 3
"""Raised whenever the same inputs may choose differently; stored in every lock."""


def section_of(slot: str) -> str:
    """Return the section that a slot belongs to: `tools` for `tools-2`."""
    return slot.partition("-")[0]


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
    kind: PickKind
    ref: str
    score: float
    reasons: tuple[Reason, ...]
    pinned: bool = False
    runners_up: tuple[Candidate, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    """How many candidates fell out before scoring, by reason (`used this cycle`, `banned`, …)."""
    items: tuple[str, ...] = ()
    """Ids of items behind it: the other copies of a story, or the stories that speak of a term."""

    @property
    def section(self) -> str:
        """The section its slot belongs to: `tools` for `tools-2`, `term` for `term`."""
        return section_of(self.slot)


@dataclass(frozen=True, slots=True)
class NewsRecord:
    """What later weeks need to know of a week's news, as in history; empty without news.

    `dropped` counts by section and reason what became no pick, also where a section stayed empty.
    """

    stories: tuple[str, ...] = ()
    mentions: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    dropped: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Picks:
    """The choice for one week, in the order of the letter. `note` is why the layout is not ordinary."""

    week: str
    picks: tuple[Pick, ...]
    layout: Layout = "ordinary"
    note: str = ""
    record: NewsRecord = field(default_factory=NewsRecord)

    def find(self, slot: str) -> Pick | None:
        """Find the pick of a slot; None when the letter has no such slot."""
        return next((pick for pick in self.picks if pick.slot == slot), None)

    def to_past(self, number: int, *, readers: int = 0, digest: str = "") -> Past:
        """Return what history records of this selection once it is sent as the letter of that number.

        A week that is skipped uses nothing up, not even its number.
        """
        mentions, items = tuple(self.record.mentions.items()), tuple(self.record.items.items())
        if self.layout == "skip":
            return Past(self.week, number - 1, "", "", mentions=mentions, items=items, skipped=self.note)
        refs = {pick.slot: pick.ref for pick in self.picks}
        return Past(
            week=self.week,
            number=number,
            term=refs.get("term", ""),
            tip=refs.get("tip", ""),
            readers=readers,
            digest=digest,
            pinned=tuple(pick.slot for pick in self.picks if pick.pinned),
            stories=self.record.stories,
            mentions=mentions,
            items=items,
        )
