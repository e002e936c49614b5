"""Whether a locked choice still obeys the editor's wishes. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.news.stories import list_names, name_wish

if TYPE_CHECKING:
    from pipeline.model.news import Snapshot
    from pipeline.model.picks import Pick, Picks
    from pipeline.model.wishes import Wishes


def find_unmet(picks: Picks, wishes: Wishes, snapshot: Snapshot) -> Iterator[str]:
    """Say of every wish that a choice does not obey what is against it.

    A pin of a story that no feed has is none of them: nothing could obey it.
    """
    of_slot = {"term": (wishes.term_pin, wishes.term_ban), "tip": (wishes.tip_pin, wishes.tip_ban)}
    for pick in picks.picks:
        pin, bans = of_slot.get(pick.kind, ("", ()))
        if pick.ref in bans or pin not in ("", pick.ref):
            yield f"the locked {pick.kind} is `{pick.ref}`, against your wish"
    stories = [(pick, _list_story_names(pick, snapshot)) for pick in picks.picks if pick.kind == "item"]
    pinned = {name_wish(wish) for wish in wishes.items.pin}
    for wish in wishes.items.ban:
        for pick, names in stories:
            if name_wish(wish) in names and pinned.isdisjoint(names):
                yield f"the locked {pick.slot} is `{wish}`, which you banned"
    there = {name for item in snapshot.item_by_id.values() for name in list_names(item)}
    for wish in wishes.items.pin:
        if name_wish(wish) in there and all(name_wish(wish) not in names for _, names in stories):
            yield f"`{wish}` is pinned and not in the locked letter"


def _list_story_names(pick: Pick, snapshot: Snapshot) -> set[str]:
    items = [snapshot.item_by_id[each] for each in (pick.ref, *pick.items) if each in snapshot.item_by_id]
    return {f"#{pick.ref}", *(name for item in items for name in list_names(item))}
