"""Fetch the followed feeds into the snapshot of a week, and remember them in the cache."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from pipeline.errors import FileError
from pipeline.feeds.cache import Cache, make_body_digest
from pipeline.feeds.entries import Parsed
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Answer, Failed, NotModified
from pipeline.feeds.items import get_max_age, item_id, make_items, mark_seen
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.snapshot import (
    KnownIds,
    merge_items,
    read_brought,
    read_sightings,
    snapshot_to_text,
    write_snapshot,
)
from pipeline.feeds.sources import find_source, read_source
from pipeline.feeds.state import FeedState, Seen, is_left_alone, note_failure, note_success
from pipeline.logs import log
from pipeline.model.news import Feed, Item
from pipeline.model.problem import Problem

NO_TIME = "no time left"

Became = Literal["new", "unchanged", "failed", "left alone"]


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """The result for one feed. `items` come from an earlier fetch when this one failed.

    `added` counts the items that were not there before; `drops` counts by reason the entries that are not
    items. `undated` are the ids of all entries without a date. `trace` is the traceback of an internal error.
    """

    feed: Feed
    became: Became
    reason: str
    state: FeedState
    items: tuple[Item, ...]
    drops: Mapping[str, int]
    added: int = 0
    undated: frozenset[str] = frozenset()
    trace: str = ""


@dataclass(frozen=True, slots=True)
class FetchContext:
    """What fetching feeds works with. `max_age` is for feeds without one of their own.

    `sightings` are earlier items by feed and id, for feeds that the cache knows nothing about.
    """

    fetcher: Fetcher
    parsers: Parsers
    cache: Cache
    now: datetime
    max_age: timedelta
    sightings: Mapping[str, Mapping[str, Seen]] = field(default_factory=dict)
    folder: Path = Path()
    """The newsletter's folder, where sources of installed packages may read."""

    async def fetch(self, url: str, **validators: str) -> Answer:
        """Fetch a feed of the web, or read the source that the address names; validators as for `Fetcher`."""
        if find_source(url):
            return await read_source(url, self.folder, self.now)
        return await self.fetcher.fetch(url, **validators)


@dataclass(frozen=True, slots=True)
class NewsUpdate:
    """The outcome of every feed, how many items the week has now, and whether its file changed."""

    outcomes: tuple[FeedOutcome, ...]
    items: int
    is_changed: bool
    problems: tuple[Problem, ...] = ()
    """Lines of the week's snapshot that could not be read, and are no longer in it."""
    cache_error: str = ""
    """Why the cache could not be written; that costs another fetch and no item."""

    @property
    def failed(self) -> int:
        """How many feeds have nothing new because they failed, or are left alone after failures."""
        return sum(outcome.became in ("failed", "left alone") for outcome in self.outcomes)


async def update_week(
    folder: Path,
    week: str,
    followed: Sequence[Feed],
    context: FetchContext,
    *,
    only: Sequence[Feed] | None = None,
    save: bool = True,
    on_done: Callable[[FeedOutcome], None] = lambda _: None,
) -> NewsUpdate:
    """Fetch the followed feeds into the snapshot of a week; or `only` some, even if they are left alone.

    A feed that fails stops nothing, nor does a cache that cannot be written. Without `save` no file changes.

    Raises FileError when a snapshot cannot be read, or that of the week cannot be written.
    """
    wanted = [feed for feed in (followed if only is None else only) if not feed.hidden]
    old = read_brought(folder, week)
    context = replace(context, sightings=read_sightings(folder, week))
    outcomes = await update_feeds(wanted, context, save=save, insist=only is not None, on_done=on_done)
    shown = {feed.slug for feed in followed if not feed.hidden}
    items = merge_items(old.items, [item for outcome in outcomes for item in outcome.items], shown)
    known = _merge_known(old.known, outcomes, {item.id for item in items}, shown)
    if save:
        context.cache.prune([feed.slug for feed in followed])
        _log_internal_errors(folder, context.now, outcomes)
        is_changed = bool(wanted or old.items) and write_snapshot(folder, week, items, known)
    else:
        is_changed = snapshot_to_text(items, known) != snapshot_to_text(old.items, old.known)
    return NewsUpdate(outcomes, len(items), is_changed, old.problems, context.cache.error)


def _merge_known(
    old: KnownIds, outcomes: Sequence[FeedOutcome], items: Collection[str], shown: Collection[str]
) -> dict[str, frozenset[str]]:
    """Add the undated entries of this fetch to those that are known; items are not among them."""
    known = {feed: set(ids) for feed, ids in old.items() if feed in shown}
    for outcome in outcomes:
        known.setdefault(outcome.feed.slug, set()).update(outcome.undated)
    return {feed: frozenset(ids.difference(items)) for feed, ids in known.items() if ids.difference(items)}


def _log_internal_errors(folder: Path, now: datetime, outcomes: Sequence[FeedOutcome]) -> None:
    with contextlib.suppress(FileError):  # a log that cannot be written must not cost the news
        for outcome in outcomes:
            if outcome.trace:
                log(folder, "feed.internal_error", now, feed=outcome.feed.slug, trace=outcome.trace)


def describe_failure(outcome: FeedOutcome) -> str:
    """Describe why a feed failed and until when it is left alone; empty when it did not fail."""
    state = outcome.state
    if outcome.reason != state.reason:
        return outcome.reason
    words = f"{outcome.reason}, {state.failures} times in a row" if state.failures > 1 else outcome.reason
    return f"{words}; left alone until {state.try_at:%Y-%m-%dT%H:%M}Z" if state.try_at else words


async def update_feeds(
    feeds: Sequence[Feed],
    context: FetchContext,
    *,
    save: bool = True,
    insist: bool = False,
    on_done: Callable[[FeedOutcome], None] = lambda _: None,
) -> tuple[FeedOutcome, ...]:
    """Fetch feeds concurrently; return one outcome for each, in the order given.

    Without `save` the cache stays as it is. With `insist` feeds are tried that would be left alone. A feed
    that is not done at the deadline has no failure counted.
    """
    deadline = asyncio.get_running_loop().time() + context.fetcher.rules.deadline_s

    async def update_one(feed: Feed) -> FeedOutcome:
        try:
            outcome = await _update_feed(feed, context, deadline, save=save, insist=insist)
        except Exception as error:  # noqa: BLE001 - an internal error with one feed must not stop the others
            outcome = _give_up(feed, context, error, save=save)
        on_done(outcome)
        return outcome

    tasks = [asyncio.ensure_future(update_one(feed)) for feed in feeds]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        # No task may still be running when fetcher and parsers are closed.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Step:
    """How a fetch ended: the feed's new state and the last good body, parsed; why it failed, if it did."""

    became: Became
    state: FeedState
    parsed: Parsed | None
    reason: str = ""


async def _update_feed(
    feed: Feed, context: FetchContext, deadline: float, *, save: bool, insist: bool
) -> FeedOutcome:
    before = _load_state(feed, context)
    known = context.cache.parsed(before.digest) if before.digest else None
    if not insist and is_left_alone(before, context.now):
        step = _Step("left alone", before, known, before.reason)
    else:
        try:
            async with asyncio.timeout_at(deadline):
                step = await _fetch(before, known, context, save=save)
            step = _mark_new_body(feed, step, context)
            if save:
                context.cache.save(feed.slug, step.state)
        except TimeoutError:
            step = _Step("failed", before, known, NO_TIME)
    state, parsed = step.state, step.parsed or Parsed()
    items, drops = make_items(feed, parsed, state.seen, context.now, get_max_age(feed, context.max_age))
    added = sum(item.id not in before.seen for item in items)
    undated = frozenset(item_id(feed.slug, entry) for entry in parsed.entries if not entry.published_at)
    return FeedOutcome(feed, step.became, step.reason, state, items, drops, added, undated)


def _load_state(feed: Feed, context: FetchContext) -> FeedState:
    """Return what is known of a feed at its address; validators and failures of another do not count."""
    state = context.cache.load(feed.slug)
    return state if state.url == feed.url else FeedState(url=feed.url)


async def _fetch(before: FeedState, known: Parsed | None, context: FetchContext, *, save: bool) -> _Step:
    # Without the body that they stand for, validators would bring a 304 and no items.
    asked = {"etag": before.etag, "last_modified": before.last_modified} if known else {}
    answer = await context.fetch(before.url, **asked)
    if isinstance(answer, NotModified):
        return _Step("unchanged", note_success(before, context.now), known)
    if isinstance(answer, Failed):
        return _fail(before, known, answer, context.now)
    digest = make_body_digest(answer.body, answer.final_url)
    parsed = context.cache.parsed(digest)
    if parsed is None:
        parsed = await context.parsers.parse(
            answer.body, content_type=answer.content_type, base=answer.final_url
        )
        if parsed.error:
            # The last good body stays, and so do its validators: a feed that recovers is noticed.
            return _fail(before, known, Failed(parsed.error), context.now)
        if save:
            context.cache.keep(digest, answer.body, parsed)
    state = replace(
        note_success(before, context.now),
        etag=answer.etag,
        last_modified=answer.last_modified,
        digest=digest,
        moved_to=answer.moved_to,
    )
    return _Step("unchanged" if digest == before.digest else "new", state, parsed)


def _mark_new_body(feed: Feed, step: _Step, context: FetchContext) -> _Step:
    """Record when each entry of a new body was first seen.

    The feed itself is new when neither the cache nor a snapshot has seen any of its entries.
    """
    if step.became != "new" or step.parsed is None:
        return step
    seen = {**context.sightings.get(feed.slug, {}), **step.state.seen}
    ids = {item_id(feed.slug, entry) for entry in step.parsed.entries}
    is_first = not step.state.seen and ids.isdisjoint(seen)
    max_age = get_max_age(feed, context.max_age)
    marked = mark_seen(feed, step.parsed, seen, context.now, max_age, is_first=is_first)
    return replace(step, state=replace(step.state, seen=marked))


def _fail(before: FeedState, known: Parsed | None, failed: Failed, now: datetime) -> _Step:
    state = note_failure(before, failed.reason, now, retry_at=failed.retry_at, is_gone=failed.is_gone)
    return _Step("failed", state, known, failed.reason)


def _give_up(feed: Feed, context: FetchContext, error: Exception, *, save: bool) -> FeedOutcome:
    """Count an internal error as a failure of the feed, so that the next runs leave it alone."""
    reason = f"internal error ({type(error).__name__}) while processing this feed; see var/log/weekly.jsonl"
    step = _fail(_load_state(feed, context), None, Failed(reason), context.now)
    if save:
        with contextlib.suppress(Exception):  # the cache itself may be what fails
            context.cache.save(feed.slug, step.state)
    trace = "".join(traceback.format_exception(error)).encode("ascii", "backslashreplace").decode()
    return FeedOutcome(feed, "failed", reason, step.state, (), {}, trace=trace)
