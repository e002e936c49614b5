"""Convert a feed's entries to items: stable ids, no dates in the future, only what is new. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

from pipeline.feeds.entries import FeedEntry, Parsed
from pipeline.feeds.patterns import compile_pattern
from pipeline.feeds.state import REMEMBERED, Seen
from pipeline.model.news import Feed, Item

_MONTH_DAYS = 30
_RATE_DAYS = (28, 90)
"""Items per month are counted over at least, and at most, so many days: a week is too short for a rate."""


def item_id(feed: str, entry: FeedEntry) -> str:
    """Return the id of an item: the same entry of the same feed has the same id at every fetch."""
    return blake2b(f"{feed}\0{entry.key}".encode("utf-8", "replace"), digest_size=10).hexdigest()


def get_max_age(feed: Feed, default: timedelta) -> timedelta:
    """Return how old an item of a feed may be: its own limit, else the default."""
    return timedelta(days=feed.max_age_days) if feed.max_age_days else default


def mark_seen(
    feed: Feed, parsed: Parsed, seen: Mapping[str, Seen], now: datetime, max_age: timedelta, *, is_first: bool
) -> dict[str, Seen]:
    """Return when each entry was first seen, added to everything seen so far but for what is long ago.

    At the first fetch of a feed only entries with a date younger than `max_age` are new.
    """
    marked = {key: one for key, one in seen.items() if now - one.first_seen_at <= REMEMBERED}
    for entry in parsed.entries:
        key = item_id(feed.slug, entry)
        if key in seen:
            marked[key] = seen[key]
            continue
        published = min(entry.published_at, now) if entry.published_at else None
        is_young = published is not None and now - published <= max_age
        marked[key] = Seen(now, published, is_young or not is_first)
    return marked


def make_items(
    feed: Feed, parsed: Parsed, seen: Mapping[str, Seen], now: datetime, max_age: timedelta
) -> tuple[tuple[Item, ...], dict[str, int]]:
    """Build the items that a letter may choose from, newest first; count the other entries by reason."""
    items, drops = [], dict(parsed.drops)
    for entry in parsed.entries:
        key = item_id(feed.slug, entry)
        one = seen.get(key) or Seen(now)
        item = Item(
            id=key,
            feed=feed.slug,
            section=feed.section,
            title=_strip(entry.title, feed.title_strip),
            url=entry.url,
            first_seen_at=one.first_seen_at,
            published_at=min(entry.published_at, one.first_seen_at) if entry.published_at else None,
            summary=entry.summary,
            language=feed.language or parsed.language,
            source=feed.title or parsed.title,
            words=entry.words,
        )
        reason = _find_reason(item, one, now, max_age)
        if reason:
            drops[reason] = drops.get(reason, 0) + 1
        else:
            items.append(item)
    return tuple(sorted(items, key=lambda item: (item.dated_at, item.id), reverse=True)), drops


def items_per_month(seen: Mapping[str, Seen], now: datetime) -> float:
    """Return how many items a feed brings in thirty days, from the last three months."""
    ages = [age for one in seen.values() if (age := (now - one.dated_at).days) <= _RATE_DAYS[1]]
    days = min(max(_RATE_DAYS[0], *ages), _RATE_DAYS[1]) if ages else 1
    return round(len(ages) * _MONTH_DAYS / days, 1)


def _strip(title: str, pattern: str) -> str:
    """Remove the first match of the pattern, unless nothing would be left."""
    if not pattern:
        return title
    return " ".join(compile_pattern(pattern).sub(" ", title, count=1).split()) or title


def _find_reason(item: Item, one: Seen, now: datetime, max_age: timedelta) -> str:
    if now - item.dated_at > max_age:
        return f"older than {max_age.days} days"
    return "" if one.is_new else "without a date, and there before the feed was followed"
