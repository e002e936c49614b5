"""Fetches every feed, parses what is new, remembers it, and gives the items that a letter may choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from pipeline.feeds.answers import Failed, NotModified
from pipeline.feeds.cache import Cache, digest_of
from pipeline.feeds.entries import Parsed
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.items import make_items, mark_seen
from pipeline.feeds.model import Feed, Item
from pipeline.feeds.parse import Parsers
from pipeline.feeds.state import State, is_left_alone, note_failure, note_success

Became = Literal["new", "unchanged", "failed", "left alone"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one feed. `items` also come from an earlier fetch when this one failed.

    `added` counts the items that were not there before; `drops` says why others are no items.
    """

    feed: Feed
    became: Became
    reason: str
    state: State
    items: tuple[Item, ...]
    drops: Mapping[str, int]
    added: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What a fetch of feeds works with. `max_age` is for feeds that have none of their own."""

    fetcher: Fetcher
    parsers: Parsers
    cache: Cache
    now: datetime
    max_age: timedelta

    def age(self, feed: Feed) -> timedelta:
        """Tell how old an item of a feed may be."""
        return timedelta(days=feed.max_age_days) if feed.max_age_days else self.max_age


async def collect(
    feeds: Sequence[Feed],
    desk: Desk,
    *,
    save: bool = True,
    on_done: Callable[[Outcome], None] = lambda _: None,
) -> tuple[Outcome, ...]:
    """Fetch feeds, many at once; every feed has its outcome, in the order given, whatever happens to others.

    Without `save` the cache stays as it is. Raises FileError when the cache cannot be written.
    """

    async def one(feed: Feed) -> Outcome:
        outcome = await _collect_one(feed, desk, save=save)
        on_done(outcome)
        return outcome

    return tuple(await asyncio.gather(*(one(feed) for feed in feeds)))


@dataclass(frozen=True, slots=True)
class _Step:
    """How a fetch ended: the feed's new state, and what its body was parsed to, if there was a good one."""

    became: Became
    state: State
    parsed: Parsed | None = None


async def _collect_one(feed: Feed, desk: Desk, *, save: bool) -> Outcome:
    before = desk.cache.load(feed.slug)
    if before.url != feed.url:
        # Another address: its validators, failures and bodies are another's.
        before = State(url=feed.url)
    known = desk.cache.parsed(before.digest) if before.digest else None
    if is_left_alone(before, desk.now):
        step = _Step("left alone", before, known)
    else:
        step = await _fetch(before, known, desk, save=save)
    state = step.state
    if step.became == "new" and step.parsed is not None:
        is_first = not before.seen
        seen = mark_seen(feed, step.parsed, before.seen, desk.now, desk.age(feed), is_first=is_first)
        state = replace(state, seen=seen)
    if save and step.became != "left alone":
        desk.cache.save(feed.slug, state)
    items, drops = make_items(feed, step.parsed or Parsed(), state.seen, desk.now, desk.age(feed))
    added = sum(item.id not in before.seen for item in items)
    return Outcome(feed, step.became, state.reason, state, items, drops, added)


async def _fetch(before: State, known: Parsed | None, desk: Desk, *, save: bool) -> _Step:
    # Validators are worth nothing without the body they stand for.
    asked = {"etag": before.etag, "last_modified": before.last_modified} if known else {}
    answer = await desk.fetcher.fetch(before.url, **asked)
    if isinstance(answer, NotModified):
        return _Step("unchanged", note_success(before, desk.now), known)
    if isinstance(answer, Failed):
        return _fail(before, known, answer, desk.now)
    digest = digest_of(answer.body, answer.final_url)
    parsed = desk.cache.parsed(digest)
    if parsed is None:
        parsed = await desk.parsers.parse(
            answer.body, content_type=answer.content_type, base=answer.final_url
        )
        if parsed.error:
            # The last good body stays, and so do its validators: a feed that recovers is noticed.
            return _fail(before, known, Failed(parsed.error), desk.now)
        if save:
            desk.cache.keep(digest, answer.body, parsed)
    state = replace(
        note_success(before, desk.now),
        etag=answer.etag,
        last_modified=answer.last_modified,
        digest=digest,
        moved_to=answer.moved_to,
    )
    return _Step("unchanged" if digest == before.digest else "new", state, parsed)


def _fail(before: State, known: Parsed | None, failed: Failed, now: datetime) -> _Step:
    noted = note_failure(before, failed.reason, now, retry_at=failed.retry_at, is_gone=failed.is_gone)
    return _Step("failed", noted, known)
