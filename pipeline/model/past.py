"""One frozen issue, as far as later choices need it."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.model.frozen import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Past:
    """One frozen issue, as far as later choices need it. Sorted by week.

    `term` and `tip` are slugs, empty when the letter had none; `pinned` are the slots that the editor pinned.
    `stories` are the keys of the stories sent, `mentions` the number of sources that spoke of each term,
    `items` how many items each feed brought in the week before. A `skipped` week had no letter, for a reason.
    """

    week: str
    number: int
    term: str
    tip: str
    readers: int = 0
    digest: str = ""
    pinned: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    mentions: tuple[tuple[str, int], ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    skipped: str = ""

    def __post_init__(self) -> None:
        for name in ("pinned", "stories", "mentions", "items"):
            object.__setattr__(self, name, tuple(sorted(set(getattr(self, name)))))


def find_uses(history: Iterable[Past]) -> dict[tuple[str, str], tuple[Past, ...]]:
    """Return the issues that each term and tip was in, oldest first, by kind and slug."""
    uses: dict[tuple[str, str], tuple[Past, ...]] = {}
    for past in sorted(history):
        for key in (("term", past.term), ("tip", past.tip)):
            uses[key] = (*uses.get(key, ()), past)
    return uses
