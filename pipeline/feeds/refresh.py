"""Brings a week's snapshot up to date: fetches feeds and writes what they have beside the lock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.feeds.collect import Desk, Outcome, collect
from pipeline.feeds.model import Feed
from pipeline.feeds.snapshot import merge_items, read_snapshot, snapshot_to_text, write_snapshot


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of every feed, how many items the week has now, and whether its file changed."""

    outcomes: tuple[Outcome, ...]
    items: int
    is_changed: bool

    @property
    def failed(self) -> int:
        """How many feeds gave nothing new because they failed, or are left alone after failures."""
        return sum(outcome.became in ("failed", "left alone") for outcome in self.outcomes)


async def refresh(
    folder: Path,
    week: str,
    followed: Sequence[Feed],
    desk: Desk,
    *,
    only: Sequence[Feed] | None = None,
    save: bool = True,
    on_done: Callable[[Outcome], None] = lambda _: None,
) -> Refreshed:
    """Fetch the feeds that are followed, or `only` some of them, into the snapshot of a week.

    A feed that fails stops nothing. Without `save` every file stays as it is.

    Raises:
        AuthorError: the week's snapshot is broken.
        FileError: snapshot or cache cannot be read or written.
    """
    wanted = [feed for feed in (followed if only is None else only) if not feed.hidden]
    outcomes = await collect(wanted, desk, save=save, on_done=on_done)
    if save:
        desk.cache.prune([feed.slug for feed in followed])
    old = read_snapshot(folder, week)
    shown = {feed.slug for feed in followed if not feed.hidden}
    items = merge_items(old, [item for outcome in outcomes for item in outcome.items], shown)
    if save:
        is_changed = bool(wanted or old) and write_snapshot(folder, week, items)
    else:
        is_changed = snapshot_to_text(items) != snapshot_to_text(old)
    return Refreshed(outcomes, len(items), is_changed)


def describe_trouble(outcome: Outcome) -> str:
    """Say what is wrong with a feed and until when it is left alone."""
    state = outcome.state
    words = f"{outcome.reason}, {state.failures} times in a row" if state.failures > 1 else outcome.reason
    return f"{words}; left alone until {state.try_at:%Y-%m-%dT%H:%M}Z" if state.try_at else words
