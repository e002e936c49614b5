"""What is known of a feed between two fetches: validators, entries seen, failures. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

from pydantic import AwareDatetime, BeforeValidator

from pipeline.model.frozen import dataclass

FAILURES_ALLOWED = 3
"""A server that restarts or is updated fails once or twice; a feed that fails more often is broken."""
LONGEST_QUARANTINE = timedelta(days=7)
"""Letters are weekly: a feed that recovers misses one at most."""
REMEMBERED = timedelta(days=400)
"""Longer than a year, so that an entry which a feed shows again every year is not taken for new."""


Instant = Annotated[AwareDatetime | None, BeforeValidator(lambda value: value or None)]
"""An instant that may be missing; an empty text means so in files of the cache."""


class Seen(NamedTuple):
    """When an item was first seen; without `is_new` it was old already when the feed was first fetched."""

    first_seen_at: AwareDatetime
    published_at: Instant = None
    is_new: bool = True

    @property
    def dated_at(self) -> datetime:
        """When it was published, or first seen when the feed gives no date."""
        return self.published_at or self.first_seen_at


@dataclass(frozen=True, slots=True)
class FeedState:
    """Everything known of one feed between two fetches; `seen` by item id.

    `failures` counts those since the last success; until `try_at` the feed is left alone.
    """

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    moved_to: str = ""
    checked_at: Instant = None
    succeeded_at: Instant = None
    failures: int = 0
    reason: str = ""
    try_at: Instant = None
    seen: Mapping[str, Seen] = field(default_factory=dict)


def note_failure(
    state: FeedState, reason: str, now: datetime, *, retry_at: datetime | None, is_gone: bool
) -> FeedState:
    """Count a failure; after the third the feed is left alone for a day, then two, up to a week."""
    failures = state.failures + 1
    beyond = failures - FAILURES_ALLOWED
    wait = timedelta()
    if is_gone:
        wait = LONGEST_QUARANTINE
    elif beyond >= 0:
        wait = min(timedelta(days=2 ** min(beyond, 10)), LONGEST_QUARANTINE)
    try_at = now + wait
    if retry_at is not None:
        try_at = min(max(try_at, retry_at), now + LONGEST_QUARANTINE)
    return replace(
        state, checked_at=now, failures=failures, reason=reason, try_at=try_at if try_at > now else None
    )


def note_success(state: FeedState, now: datetime) -> FeedState:
    """Reset the failures."""
    return replace(state, checked_at=now, succeeded_at=now, failures=0, reason="", try_at=None)


def is_left_alone(state: FeedState, now: datetime) -> bool:
    """Check whether a feed is in quarantine, or its server asked to be left alone for now."""
    return state.try_at is not None and now < state.try_at
