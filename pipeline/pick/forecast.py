"""What goes out in the coming weeks if nothing else happens: the same choice, week after week. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from pipeline.model.news import NO_NEWS, Snapshot
from pipeline.model.past import Past
from pipeline.model.picks import Pick, PickKind, Picks
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import choose
from pipeline.pick.inputs import SelectionInputs
from pipeline.pick.options import Selection
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.model.content import Catalogue

_NO_WISHES: Mapping[Week, Wishes] = MappingProxyType({})
_NO_LOCKS: Mapping[Week, Picks] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Planned:
    """One coming week: its choice, and what history will say of it.

    `unused` are those that had never been used before this week, by kind.
    """

    week: Week
    picks: Picks
    past: Past
    wishes: Wishes
    locked: bool
    unused: Mapping[PickKind, frozenset[str]]

    def is_repeat(self, pick: Pick) -> bool:
        """Tell whether an earlier letter had the term or tip that this pick names."""
        return pick.kind in self.unused and pick.ref not in self.unused[pick.kind]


def play(
    catalogue: Catalogue,
    history: Sequence[Past],
    start: Week,
    weeks: int,
    rules: Selection,
    *,
    wishes: Mapping[Week, Wishes] = _NO_WISHES,
    locked: Mapping[Week, Picks] = _NO_LOCKS,
    snapshots: Callable[[Week], Snapshot] = lambda _: NO_NEWS,
) -> Iterator[Planned]:
    """Choose so many weeks from `start` on, each seeing those before it as if they had been sent.

    A locked week keeps its choice. A week without any pick is planned all the same, with none.
    KeyError when a wish pins what is not in the catalogue.
    """
    so_far = [past for past in history if past.week < str(start)]
    number = max((past.number for past in so_far), default=0)
    unused: dict[PickKind, frozenset[str]] = {
        "term": frozenset(catalogue.term_by_slug) - {past.term for past in so_far},
        "tip": frozenset(catalogue.tip_by_slug) - {past.tip for past in so_far},
    }
    week = start
    for _ in range(weeks):
        wished = wishes.get(week, Wishes())
        picks = locked.get(week)
        if picks is None:
            picks = choose(SelectionInputs(catalogue, so_far, week, wished, rules, snapshots(week)))
        past = make_past(picks, number + 1)
        number = past.number
        yield Planned(week, picks, past, wished, week in locked, dict(unused))
        so_far.append(past)
        unused = {"term": unused["term"] - {past.term}, "tip": unused["tip"] - {past.tip}}
        week = week.next()


def make_past(picks: Picks, number: int, *, readers: int = 0, digest: str = "") -> Past:
    """Say of a choice what history does, once it was sent as the letter of that number.

    A week that is skipped uses nothing up, not even its number.
    """
    record = picks.record
    mentions, items = tuple(record.mentions.items()), tuple(record.items.items())
    if picks.layout == "skip":
        return Past(picks.week, number - 1, "", "", mentions=mentions, items=items, skipped=picks.note)
    refs = {pick.slot: pick.ref for pick in picks.picks}
    return Past(
        week=picks.week,
        number=number,
        term=refs.get("term", ""),
        tip=refs.get("tip", ""),
        readers=readers,
        digest=digest,
        pinned=tuple(pick.slot for pick in picks.picks if pick.pinned),
        stories=record.stories,
        mentions=mentions,
        items=items,
    )


def find_end_of_unused(plan: Sequence[Planned], kind: PickKind) -> Week | None:
    """Find the first week that has nothing unused to choose from, at one a week behind the plan's end.

    None when there is none of that kind at all, or no plan.
    """
    if not plan or not (plan[0].unused[kind] or any(each.picks.find(kind) for each in plan)):
        return None
    for each in plan:
        if not each.unused[kind]:
            return each.week
    last = plan[-1]
    pick = last.picks.find(kind)
    week = last.week.next()
    for _ in range(len(last.unused[kind] - {pick.ref if pick else ""})):
        week = week.next()
    return week


def explain_briefly(pick: Pick) -> str:
    """Say in a few words what spoke most for a pick."""
    if pick.pinned:
        return "pinned by the editor"
    given = [reason for reason in pick.reasons if reason.value > 0 and reason.name != "jitter"]
    if not given:
        return "next in line"
    best = max(given, key=lambda reason: reason.value)
    if best.name == "coverage":
        return f"{best.detail.partition(':')[0]} had less than its share"
    if best.name == "variety":
        return f"{best.detail.rpartition(' in the last')[0]} came less often of late"
    return best.detail
