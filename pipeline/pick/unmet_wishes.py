"""Whether a locked choice obeys the editor's wishes, and whether these can be obeyed at all. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.model.frozen import dataclass
from pipeline.model.news import Snapshot
from pipeline.model.picks import Picks
from pipeline.model.wishes import Wishes
from pipeline.news.story_ref import list_names, list_pick_names, list_story_names, parse_name


def find_unmet(picks: Picks, wishes: Wishes, snapshot: Snapshot) -> Iterator[str]:
    """Describe every wish that a choice does not obey.

    A pin of a story that no feed has is not one of them: nothing could obey it.
    """
    of_kind = {"term": (wishes.term_pin, wishes.term_ban), "tip": (wishes.tip_pin, wishes.tip_ban)}
    for pick in picks.picks:
        pin, bans = of_kind.get(pick.kind, ("", ()))
        if pick.ref in bans or pin not in ("", pick.ref):
            yield f"the locked {pick.kind} is `{pick.ref}`, against your wish"
    stories = [(pick, list_pick_names(pick, snapshot)) for pick in picks.picks if pick.kind == "item"]
    pinned = {parse_name(wish) for wish in wishes.items.pin}
    for wish in wishes.items.ban:
        for pick, names in stories:
            if parse_name(wish) in names and pinned.isdisjoint(names):
                yield f"the locked {pick.slot} is `{wish}`, which you banned"
    there = list_story_names(snapshot.item_by_id.values()) if wishes.items.pin else frozenset()
    for wish in wishes.items.pin:
        if parse_name(wish) in there and all(parse_name(wish) not in names for _, names in stories):
            yield f"`{wish}` is pinned and not in the locked letter"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One story that is pinned by one name and banned by another.

    `is_certain` when both name the same item; otherwise they name copies that were merged by what feeds
    brought, where "this copy and not that one" may be meant.
    """

    pin: str
    ban: str
    title: str
    is_certain: bool


def find_contradictions(picks: Picks, wishes: Wishes, snapshot: Snapshot) -> Iterator[Contradiction]:
    """Yield the stories of a choice that the wishes pin and ban at once; the choice takes them.

    A ban of a page that several stories share says nothing against the one of them that is pinned.
    """
    for pick in picks.picks if wishes.items.pin and wishes.items.ban else ():
        names = list_pick_names(pick, snapshot) if pick.kind == "item" else frozenset()
        ids = {pick.ref, *pick.items}
        for ban in (wish for wish in wishes.items.ban if parse_name(wish) in names):
            banned = [item for item in snapshot.item_by_id.values() if parse_name(ban) in list_names(item)]
            if any(item.id not in ids for item in banned):
                continue
            for pin in (wish for wish in wishes.items.pin if parse_name(wish) in names):
                is_certain = any(parse_name(pin) in list_names(item) for item in banned)
                title = snapshot.item_by_id[pick.ref].title if pick.ref in snapshot.item_by_id else pick.ref
                yield Contradiction(pin, ban, title, is_certain)
