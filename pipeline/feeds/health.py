"""The condition of a feed: what the cache and earlier letters know of it, in figures to act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pipeline.feeds.cache import Cache
from pipeline.feeds.items import items_per_month
from pipeline.feeds.snapshot import read_snapshot
from pipeline.feeds.state import FAILURES_ALLOWED, FeedState
from pipeline.model.news import Feed
from pipeline.model.past import Past

Condition = Literal["well", "silent", "failing", "in quarantine", "never fetched", "hidden"]

RECENT_ISSUES = 8
"""The share of a feed is that of the last two months: one letter alone has too few stories for a rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The condition of one feed."""

    slug: str
    condition: Condition
    succeeded_at: datetime | None
    """The last fetch that succeeded."""
    failures: int
    """How many fetches in a row failed."""
    reason: str = ""
    """Why the last one failed."""
    try_at: datetime | None
    """When it is tried again, in quarantine."""
    items_per_month: float
    silent_days: int | None
    """Days since its newest item, if it ever had one."""
    moved_to: str = ""
    """Where it has moved for good."""
    share: float = 0.0
    """Its share of the stories in the last eight issues, 0 to 1."""


def check_health(
    folder: Path, feeds: Sequence[Feed], history: Sequence[Past], now: datetime, *, silent_after_days: int
) -> tuple[Health, ...]:
    """Judge the feeds of a newsletter folder, in their order, without fetching anything."""
    cache, recent = Cache(folder), history[-RECENT_ISSUES:]
    states = {feed.slug: cache.load(feed.slug) for feed in feeds}
    owners = {id_: slug for slug, state in states.items() for id_ in state.seen}
    for past in recent:
        owners |= {item.id: item.feed for item in read_snapshot(folder, past.week)[0]}
    shares = share_recent([past.stories for past in recent], owners)
    found = [
        judge_health(feed, states[feed.slug], now, silent_after_days=silent_after_days) for feed in feeds
    ]
    return tuple(replace(health, share=round(shares.get(health.slug, 0.0), 3)) for health in found)


def share_recent(stories: Sequence[Sequence[str]], owners: Mapping[str, str]) -> dict[str, float]:
    """Return the share that each feed had of the stories of some issues, by the keys of their stories.

    `owners` are the feeds of items, by id. An item that is no longer known is attributed by the title in its
    key; careers have no such keys. A story of several feeds counts for each; feeds without any are left out.
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
    """Judge a feed by what its fetches left in the cache; its share stays 0."""
    if state.url != feed.url:
        state = FeedState(url=feed.url)
    dates = [one.dated_at for one in state.seen.values()]
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
