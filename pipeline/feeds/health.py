"""How a feed fares: what is known of it, in figures that an editor can act on. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pipeline.feeds.items import items_per_month
from pipeline.feeds.state import FAILURES_ALLOWED, FeedState
from pipeline.model.news import Feed

Condition = Literal["well", "silent", "failing", "in quarantine", "never fetched", "hidden"]


@dataclass(frozen=True, slots=True)
class Health:
    """One feed's condition; `silent_days` since its newest item, None when it never had one."""

    slug: str
    condition: Condition
    succeeded_at: datetime | None
    failures: int
    reason: str
    try_at: datetime | None
    items_per_month: float
    silent_days: int | None
    moved_to: str


def share_recent(stories: Sequence[Sequence[str]], owners: Mapping[str, str]) -> dict[str, float]:
    """Tell the share that each feed had of the stories of some issues, by the keys of their stories.

    `owners` are the feeds of items, by id. Titles tell the feed too, where an item is known no more; those of
    careers are no keys. A story that several feeds had counts for each of them; a feed with none is left out.
    """
    counts: Counter[str] = Counter()
    for keys in stories:
        items = Counter(owners[key[1:]] for key in keys if key.startswith("#") and key[1:] in owners)
        titles = Counter(key.partition("|")[0] for key in keys if _is_title(key))
        counts += items | titles
    total = sum(counts.values())
    return {feed: count / total for feed, count in sorted(counts.items())}


def _is_title(key: str) -> bool:
    return "|" in key and not key.startswith(("https://", "#"))


def judge_health(feed: Feed, state: FeedState, now: datetime, *, silent_after_days: int) -> Health:
    """Judge a feed by what its fetches left."""
    if state.url != feed.url:
        state = FeedState(url=feed.url)
    dates = [one.published_at or one.first_seen_at for one in state.seen.values()]
    silent = (now - max(dates)).days if dates else None
    condition: Condition = "well"
    if feed.hidden:
        condition = "hidden"
    elif state.checked_at is None:
        condition = "never fetched"
    elif state.failures >= FAILURES_ALLOWED:
        condition = "in quarantine"
    elif state.failures:
        condition = "failing"
    elif silent is None or silent > silent_after_days:
        condition = "silent"
    return Health(
        slug=feed.slug,
        condition=condition,
        succeeded_at=state.succeeded_at,
        failures=state.failures,
        reason=state.reason,
        try_at=state.try_at,
        items_per_month=items_per_month(state.seen, now),
        silent_days=silent,
        moved_to=state.moved_to,
    )
