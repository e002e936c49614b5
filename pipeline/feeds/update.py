"""Fetches every feed, parses what is new, remembers it, and gives the items that a letter may choose from."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal

from pipeline.errors import FileError
from pipeline.feeds.cache import Cache, digest_of
from pipeline.feeds.entries import Parsed
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Failed, NotModified
from pipeline.feeds.items import item_id, make_items, mark_seen
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.state import FeedState, Seen, is_left_alone, note_failure, note_success
from pipeline.model.news import Feed, Item

NO_TIME = "no time left"

Became = Literal["new", "unchanged", "failed", "left alone"]


@dataclass(frozen=True, slots=True)
class FeedOutcome:
    """What became of one feed. `items` also come from an earlier fetch when this one failed.

    `added` counts the items that were not there before; `drops` says why others are no items. `undated` are
    the ids of all entries without a date. `unsaved` says why the cache knows nothing of this fetch, `trace`
    where this program stumbled over the feed.
    """

    feed: Feed
    became: Became
    reason: str
    state: FeedState
    items: tuple[Item, ...]
    drops: Mapping[str, int]
    added: int = 0
    undated: frozenset[str] = frozenset()
    unsaved: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class FetchContext:
    """What a fetch of feeds works with. `max_age` is for feeds that have none of their own.

    `sightings` say by feed and item id what was there before, for feeds of which the cache knows nothing.
    """

    fetcher: Fetcher
    parsers: Parsers
    cache: Cache
    now: datetime
    max_age: timedelta
    sightings: Mapping[str, Mapping[str, Seen]] = field(default_factory=dict)

    def age(self, feed: Feed) -> timedelta:
        """Tell how old an item of a feed may be."""
        return age_of(feed, self.max_age)


def age_of(feed: Feed, usual: timedelta) -> timedelta:
    """Tell how old an item of a feed may be, when it may usually be so old."""
    return timedelta(days=feed.max_age_days) if feed.max_age_days else usual


async def update_feeds(
    feeds: Sequence[Feed],
    desk: FetchContext,
    *,
    save: bool = True,
    insist: bool = False,
    on_done: Callable[[FeedOutcome], None] = lambda _: None,
) -> tuple[FeedOutcome, ...]:
    """Fetch feeds, many at once; every feed has its outcome, in the order given, whatever happens to others.

    Without `save` the cache stays as it is; a cache that cannot be written loses nobody's items.
    With `insist` feeds are tried that would be left alone. Whom the deadline leaves no time is not blamed.
    """
    deadline = asyncio.get_running_loop().time() + desk.fetcher.rules.deadline_s

    async def one(feed: Feed) -> FeedOutcome:
        try:
            outcome = await _collect_one(feed, desk, deadline, save=save, insist=insist)
        except Exception as error:  # noqa: BLE001 - whatever one feed sets off, the others go on
            outcome = _give_up(feed, desk, error, save=save)
        on_done(outcome)
        return outcome

    tasks = [asyncio.ensure_future(one(feed)) for feed in feeds]
    try:
        return tuple(await asyncio.gather(*tasks))
    finally:
        # Nobody may still be at work when the desk is closed.
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class _Step:
    """How a fetch ended: the feed's new state, and what its body was parsed to, if there was a good one."""

    became: Became
    state: FeedState
    parsed: Parsed | None = None
    unsaved: str = ""
    is_late: bool = False


async def _collect_one(
    feed: Feed, desk: FetchContext, deadline: float, *, save: bool, insist: bool
) -> FeedOutcome:
    before = desk.cache.load(feed.slug)
    if before.url != feed.url:
        # Another address: its validators, failures and bodies are another's.
        before = FeedState(url=feed.url)
    known = desk.cache.parsed(before.digest) if before.digest else None
    if not insist and is_left_alone(before, desk.now):
        step = _Step("left alone", before, known)
    else:
        try:
            async with asyncio.timeout_at(deadline):
                step = await _fetch(before, known, desk, save=save)
        except TimeoutError:
            step = _Step("failed", before, known, is_late=True)
    step = _look_through(feed, step, desk)
    state, parsed, unsaved = step.state, step.parsed or Parsed(), step.unsaved
    if save and step.became != "left alone" and not step.is_late:
        unsaved = _try(partial(desk.cache.save, feed.slug, state)) or unsaved
    items, drops = make_items(feed, parsed, state.seen, desk.now, desk.age(feed))
    added = sum(item.id not in before.seen for item in items)
    reason = NO_TIME if step.is_late else state.reason
    undated = frozenset(item_id(feed.slug, entry) for entry in parsed.entries if not entry.published_at)
    return FeedOutcome(feed, step.became, reason, state, items, drops, added, undated, unsaved)


def _look_through(feed: Feed, step: _Step, desk: FetchContext) -> _Step:
    """Note when each entry of a new body was first there.

    When neither the cache nor a snapshot ever saw one of them, the feed is new itself.
    """
    if step.became != "new" or step.parsed is None:
        return step
    seen = {**desk.sightings.get(feed.slug, {}), **step.state.seen}
    ids = {item_id(feed.slug, entry) for entry in step.parsed.entries}
    is_first = not step.state.seen and ids.isdisjoint(seen)
    marked = mark_seen(feed, step.parsed, seen, desk.now, desk.age(feed), is_first=is_first)
    return replace(step, state=replace(step.state, seen=marked))


def _give_up(feed: Feed, desk: FetchContext, error: Exception, *, save: bool) -> FeedOutcome:
    """Count a failure for a feed that this program stumbled over; nobody else pays for the mistake."""
    before = desk.cache.load(feed.slug)
    reason = f"this program stumbled over it ({type(error).__name__}); var/log/weekly.jsonl says where"
    step = _fail(
        before if before.url == feed.url else FeedState(url=feed.url), None, Failed(reason), desk.now
    )
    if save:
        with contextlib.suppress(Exception):  # it may be the cache that stumbles
            desk.cache.save(feed.slug, step.state)
    trace = "".join(traceback.format_exception(error)).encode("ascii", "backslashreplace").decode()
    return FeedOutcome(feed, "failed", reason, step.state, (), {}, trace=trace)


def _try(write: Callable[[], None]) -> str:
    """Write to the cache; says what went wrong, which costs one more fetch and no item."""
    try:
        write()
    except FileError as error:
        return str(error)
    return ""


async def _fetch(before: FeedState, known: Parsed | None, desk: FetchContext, *, save: bool) -> _Step:
    # Validators are worth nothing without the body they stand for.
    asked = {"etag": before.etag, "last_modified": before.last_modified} if known else {}
    answer = await desk.fetcher.fetch(before.url, **asked)
    if isinstance(answer, NotModified):
        return _Step("unchanged", note_success(before, desk.now), known)
    if isinstance(answer, Failed):
        return _fail(before, known, answer, desk.now)
    digest = digest_of(answer.body, answer.final_url)
    parsed, unsaved = desk.cache.parsed(digest), ""
    if parsed is None:
        parsed = await desk.parsers.parse(
            answer.body, content_type=answer.content_type, base=answer.final_url
        )
        if parsed.error:
            # The last good body stays, and so do its validators: a feed that recovers is noticed.
            return _fail(before, known, Failed(parsed.error), desk.now)
        if save:
            unsaved = _try(partial(desk.cache.keep, digest, answer.body, parsed))
    state = replace(
        note_success(before, desk.now),
        etag=answer.etag,
        last_modified=answer.last_modified,
        digest=digest,
        moved_to=answer.moved_to,
    )
    return _Step("unchanged" if digest == before.digest else "new", state, parsed, unsaved)


def _fail(before: FeedState, known: Parsed | None, failed: Failed, now: datetime) -> _Step:
    noted = note_failure(before, failed.reason, now, retry_at=failed.retry_at, is_gone=failed.is_gone)
    return _Step("failed", noted, known)
