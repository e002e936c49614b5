"""Brings a week's snapshot up to date: fetches feeds and writes what they have beside the lock."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import FileError
from pipeline.feeds.snapshot import (
    KnownIds,
    merge_items,
    read_brought,
    read_sightings,
    snapshot_to_text,
    write_snapshot,
)
from pipeline.feeds.update import FeedOutcome, FetchContext, update_feeds
from pipeline.logs import log
from pipeline.model.news import Feed
from pipeline.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of every feed, how many items the week has now, and whether its file changed."""

    outcomes: tuple[FeedOutcome, ...]
    items: int
    is_changed: bool
    problems: tuple[Problem, ...] = ()
    """Lines of the week's snapshot that could not be read, and are no more in it."""
    unsaved: str = ""
    """Why the cache knows nothing of this fetch, which costs another one and no item."""

    @property
    def failed(self) -> int:
        """How many feeds gave nothing new because they failed, or are left alone after failures."""
        return sum(outcome.became in ("failed", "left alone") for outcome in self.outcomes)


async def refresh(
    folder: Path,
    week: str,
    followed: Sequence[Feed],
    desk: FetchContext,
    *,
    only: Sequence[Feed] | None = None,
    save: bool = True,
    on_done: Callable[[FeedOutcome], None] = lambda _: None,
) -> Refreshed:
    """Fetch the feeds that are followed, or `only` some in any case, into the snapshot of a week.

    A feed that fails stops nothing, nor does a cache that cannot be written. Without `save` every file stays
    as it is.

    Raises FileError when a snapshot cannot be read, or that of the week not written.
    """
    wanted = [feed for feed in (followed if only is None else only) if not feed.hidden]
    old = read_brought(folder, week)
    desk = replace(desk, sightings=read_sightings(folder, week))
    outcomes, unsaved = (
        await update_feeds(wanted, desk, save=save, insist=only is not None, on_done=on_done),
        "",
    )
    if save:
        unsaved = _forget(desk, followed)
        _log_stumbles(folder, desk, outcomes)
    shown = {feed.slug for feed in followed if not feed.hidden}
    items = merge_items(old.items, [item for outcome in outcomes for item in outcome.items], shown)
    known = _merge_known(old.known, outcomes, {item.id for item in items}, shown)
    if save:
        is_changed = bool(wanted or old.items) and write_snapshot(folder, week, items, known)
    else:
        is_changed = snapshot_to_text(items, known) != snapshot_to_text(old.items, old.known)
    unsaved = next((outcome.unsaved for outcome in outcomes if outcome.unsaved), unsaved)
    return Refreshed(outcomes, len(items), is_changed, old.problems, unsaved)


def _merge_known(
    old: KnownIds, outcomes: Sequence[FeedOutcome], items: Collection[str], shown: Collection[str]
) -> dict[str, frozenset[str]]:
    """Bring up to date what feeds carry without a date and beside their items."""
    known = {feed: set(ids) for feed, ids in old.items() if feed in shown}
    for outcome in outcomes:
        known.setdefault(outcome.feed.slug, set()).update(outcome.undated)
    return {feed: frozenset(ids.difference(items)) for feed, ids in known.items() if ids.difference(items)}


def _forget(desk: FetchContext, followed: Sequence[Feed]) -> str:
    """Forget the feeds that nobody follows any more; says why that cannot be done."""
    try:
        desk.cache.prune([feed.slug for feed in followed])
    except FileError as error:
        return str(error)
    return ""


def _log_stumbles(folder: Path, desk: FetchContext, outcomes: Sequence[FeedOutcome]) -> None:
    """Keep for the programmers where this program stumbled over a feed."""
    with contextlib.suppress(FileError):  # a log that fails is no reason to lose the news
        for outcome in outcomes:
            if outcome.trace:
                log(folder, "feed.stumbled", desk.now, feed=outcome.feed.slug, trace=outcome.trace)


def describe_trouble(outcome: FeedOutcome) -> str:
    """Say what is wrong with a feed and until when it is left alone."""
    state = outcome.state
    if outcome.reason != state.reason:
        return outcome.reason
    words = f"{outcome.reason}, {state.failures} times in a row" if state.failures > 1 else outcome.reason
    return f"{words}; left alone until {state.try_at:%Y-%m-%dT%H:%M}Z" if state.try_at else words
