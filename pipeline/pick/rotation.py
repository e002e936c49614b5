"""The rotation of terms and tips: which may come this week, and which of them is chosen. Pure.

Each is used once before any comes again; new ones come first, and none comes again within the gap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from pipeline.model.frozen import dataclass
from pipeline.model.past import Past
from pipeline.model.picks import Candidate, Pick, PickKind
from pipeline.pick.reasons import RUNNERS_UP
from pipeline.weeks import Week


@dataclass(frozen=True, slots=True)
class Use:
    """What one issue had in the slot, empty for nothing, and whether the editor had pinned it."""

    ref: str
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """The entries that may come now, and how many others may not, by reason.

    `position` is the share of the catalogue that the current cycle has used, in [0, 1].
    """

    candidates: tuple[str, ...]
    dropped: Mapping[str, int]
    position: float


def earlier(history: Sequence[Past], week: Week) -> tuple[Past, ...]:
    """Return the issues before a week, oldest first: an old week sees what it saw when it was new."""
    return tuple(sorted((past for past in history if past.week < str(week)), key=lambda past: past.week))


def take_turns(
    slugs: Sequence[str],
    uses: Sequence[Use],
    *,
    banned: Collection[str] = (),
    min_gap: int,
    waits: Callable[[str], bool] = lambda _: False,
) -> Turn:
    """Return which entries may come after these uses: the least used, rested, whose prerequisites came.

    A ban always holds: when all are banned, none may come. When bans, pins and deletions leave no rested
    entry among the least used, the gap shrinks for these, down to half; after that, the next more used may
    come. When all that remain wait for a prerequisite, they wait no longer.
    """
    counts, cycle = _count(slugs, uses)
    free = [slug for slug in slugs if slug not in banned]
    # At most one fewer than there are, so that one can always come.
    gap = max(0, min(min_gap, len(slugs) - 1))
    rested = _find_rested(free, counts, uses, gap)
    level = counts[rested[0]] if rested else 0
    ready = [slug for slug in rested if not waits(slug)] or rested
    more = [counts[slug] for slug in free if counts[slug] > level]
    dropped = {
        "used this cycle": sum(count >= cycle for count in more),
        "newer ones first": sum(count < cycle for count in more),
        f"within {gap} issues": len(free) - len(more) - len(rested),
        "prerequisite missing": len(rested) - len(ready),
        "banned": len(slugs) - len(free),
    }
    return Turn(
        candidates=tuple(ready),
        dropped={why: count for why, count in dropped.items() if count},
        position=sum(count >= cycle for count in counts.values()) / max(1, len(slugs)),
    )


def _find_rested(
    free: Sequence[str], counts: Mapping[str, int], uses: Sequence[Use], gap: int
) -> Sequence[str]:
    last = {use.ref: place for place, use in enumerate(uses)}
    since = {slug: len(uses) - last.get(slug, -gap - 1) for slug in free}
    for level in sorted({counts[slug] for slug in free}):
        for rest in range(gap, (gap - 1) // 2, -1):
            rested = [slug for slug in free if counts[slug] == level and since[slug] > rest]
            if rested:
                return rested
    return sorted(free, key=lambda slug: (-since[slug], slug))[:1]


def _count(slugs: Sequence[str], uses: Sequence[Use]) -> tuple[dict[str, int], int]:
    """Count the uses of each, and the number of the cycle that the next choice belongs to.

    An entry that is added late is counted as if it had been there from the start; otherwise it would come
    again and again until it had caught up. A pin out of turn is counted, but starts no cycle for the others.
    """
    counts: dict[str, int] = {}
    cycle = 0
    for use in uses:
        if not use.ref:
            continue
        counts[use.ref] = max(counts.get(use.ref, 0) + 1, cycle)
        if not use.pinned:
            cycle = max(cycle, counts[use.ref])
    present = {slug: counts.get(slug, 0) for slug in slugs}
    return present, max(cycle, min(present.values(), default=0) + 1)


def choose_best(slot: PickKind, turn: Turn, pin: str, score: Callable[[str], Candidate]) -> Pick | None:
    """Choose the pinned entry, else the one with the highest score; None when none may come."""
    ranked = sorted(map(score, turn.candidates), key=lambda each: (each.score, each.ref), reverse=True)
    if not pin and not ranked:
        return None
    best = score(pin) if pin else ranked[0]
    return Pick(
        slot=slot,
        kind=slot,
        ref=best.ref,
        score=best.score,
        reasons=best.reasons,
        pinned=bool(pin),
        runners_up=tuple(each for each in ranked if each.ref != best.ref)[:RUNNERS_UP],
        dropped=turn.dropped,
    )


def shares(labels: Sequence[Collection[str]]) -> Mapping[str, float]:
    """Return for each label the share of these that carry it."""
    counts = Counter(label for each in labels for label in sorted(set(each)))
    return {label: count / len(labels) for label, count in counts.items()}
