"""Counts who joined and who left, week by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from subscribers.consent import to_micros
from subscribers.store.reading import Query

_WEEK = timedelta(weeks=1)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""The first Monday of the clock of the database."""


@dataclass(slots=True)
class WeekOfGrowth:
    """One week in UTC, from its Monday; `readers` are those on the list at its end, pending ones included."""

    monday: datetime
    joined: int = 0
    left: int = 0
    readers: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)
    """Who joined, by source, the most first."""


def read_growth(query: Query, weeks: int, now: datetime) -> list[WeekOfGrowth]:
    """Return the last weeks, the present one included, the oldest first."""
    last = (now - _MONDAY) // _WEEK
    first = max(0, last - weeks + 1)
    found = [WeekOfGrowth(_MONDAY + number * _WEEK) for number in range(first, last + 1)]
    values = {"monday": to_micros(_MONDAY), "week": _WEEK // timedelta(microseconds=1)}
    start = to_micros(_MONDAY + first * _WEEK)
    # The numbers of weeks are counted here: a bound parameter in GROUP BY is another one for PostgreSQL.
    slot = "({0} - {monday}) / {week}"
    joined = slot.format("created_at", **values)
    for number, source, count in query(
        f"SELECT {joined}, source, count(*) FROM subscriber WHERE created_at >= :start"  # noqa: S608 - numbers
        " GROUP BY 1, 2 ORDER BY 3 DESC, 2",
        start=start,
    ):
        if first <= number <= last:
            week = found[number - first]
            week.joined += count
            week.sources = {**week.sources, source: count}
    gone = slot.format("left_at", **values)
    for number, count in query(
        f"SELECT {gone}, count(*) FROM subscriber WHERE left_at >= :start GROUP BY 1",  # noqa: S608 - numbers
        start=start,
    ):
        if first <= number <= last:
            found[number - first].left += count
    ((before, lost),) = query(
        "SELECT count(CASE WHEN created_at < :start THEN 1 END), count(CASE WHEN left_at < :start THEN 1 END)"
        " FROM subscriber",
        start=start,
    )
    readers = before - lost
    for week in found:
        readers += week.joined - week.left
        week.readers = readers
    return found
