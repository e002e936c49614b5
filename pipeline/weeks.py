"""ISO weeks, and which of them is due when; knows no clock, `now` always comes in, aware."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

CatchUp = Literal["latest", "skip"]

_FORM = re.compile(r"([0-9]{4})-W([0-9]{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR = 9998  # the last whose weeks all end within what `date` can hold


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """An ISO 8601 week; `year` is the ISO year, which differs from the calendar's around New Year.

    Raises ValueError when there is no such week.
    """

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.year <= _LAST_YEAR:
            raise ValueError(
                f"the year {self.year} is out of range; weeks run from 0001-W01 to {_LAST_YEAR}-W53"
            )
        count = weeks_in(self.year)
        if not 1 <= self.number <= count:
            raise ValueError(
                f"there is no week {self}: the last one of {self.year} is {self.year:04}-W{count}"
            )

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @classmethod
    def parse(cls, text: str) -> Week:
        """Read a week such as `2026-W48`; raises ValueError for anything else."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is not an ISO week; write it like 2026-W48")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> Week:
        """Find the week that a day belongs to."""
        year, number, _ = day.isocalendar()
        return cls(year, number)

    @property
    def monday(self) -> date:
        """The first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    def since(self, earlier: Week) -> int:
        """Return how many weeks have passed since an earlier one."""
        return (self.monday - earlier.monday).days // 7

    def next(self) -> Week:
        """Step one week on."""
        return Week.of(self.monday + timedelta(days=7))

    def previous(self) -> Week:
        """Step one week back."""
        return Week.of(self.monday - timedelta(days=7))


def weeks_in(year: int) -> int:
    """Count the ISO weeks of a year: 52 or 53."""
    return date(year, 12, 28).isocalendar().week  # always in the year's last week (ISO 8601)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When letters go out: a day (0 is Monday) and time in a zone, once in every ISO week.

    `catch_up` says what becomes of a week that ended unsent: "latest" still sends it within `max_age`,
    "skip" does not.
    """

    day: int
    time: time
    zone: ZoneInfo
    max_age: timedelta
    catch_up: CatchUp = "latest"


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be sent now, and the weeks since the last frozen one that will not be, oldest first."""

    week: Week | None
    missed: tuple[Week, ...] = ()


def get_due_at(week: Week, schedule: Schedule) -> datetime:
    """Find the instant of a week's letter, in UTC.

    A local time that the clocks leave out means the first instant after the gap; one that comes twice means
    the first of the two.
    """
    local = datetime.combine(week.monday + timedelta(days=schedule.day), schedule.time, schedule.zone)
    instant = local.replace(fold=0).astimezone(UTC)
    if instant.astimezone(schedule.zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # PEP 495: in a gap, fold=1 lies before the change of the clocks and fold=0 after it.
    return _find_change(local.replace(fold=1).astimezone(UTC), instant, schedule.zone)


def _find_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the first second at which the offset is no longer what it was before."""
    old = before.astimezone(zone).utcoffset()
    first, last = (int((instant - _EPOCH) // timedelta(seconds=1)) for instant in (before, after))

    def has_changed(second: int) -> bool:
        return (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset() != old

    return _EPOCH + timedelta(seconds=first + bisect_left(range(first, last), x=True, key=has_changed))


def week_at(now: datetime, schedule: Schedule) -> Week:
    """Find the ISO week that it is in the schedule's zone; `now` must be aware."""
    if now.tzinfo is None:
        raise ValueError("now must be an aware instant")
    return Week.of(now.astimezone(schedule.zone).date())


def due(now: datetime, schedule: Schedule, frozen: Collection[Week]) -> Due:
    """Decide which week is to be sent now: never an older one than was frozen, never more than one."""
    latest = _find_latest(now, schedule)
    last = max(frozen, default=None)
    if last is not None and latest <= last:
        return Due(None)
    is_fresh = now - get_due_at(latest, schedule) <= schedule.max_age
    # Only the latest week can be due: those before it are older still, and would go out after it.
    may_go = schedule.catch_up == "latest" or latest >= week_at(now, schedule)
    week = latest if is_fresh and may_go else None
    missed = []
    passed = latest if last is None else last.next()
    while last is not None and passed <= latest and passed != week:
        missed.append(passed)
        passed = passed.next()
    return Due(week, tuple(missed))


def next_week(now: datetime, schedule: Schedule, frozen: Collection[Week]) -> Week:
    """Find the week an editor works on: the one that is due, else the next one to come."""
    week = due(now, schedule, frozen).week
    if week is not None:
        return week
    coming = _find_latest(now, schedule).next()
    return max([coming, *(each.next() for each in frozen)])


def open_weeks(now: datetime, schedule: Schedule, frozen: Collection[Week]) -> tuple[Week, Week]:
    """Find the first week that can still have a letter, and the one an editor works on, as `next_week` does.

    The first is the current week, or an earlier one that is due.
    """
    coming = next_week(now, schedule, frozen)
    earliest = min(week_at(now, schedule), coming)
    return max([earliest, *(each.next() for each in frozen)]), coming


def _find_latest(now: datetime, schedule: Schedule) -> Week:
    """Find the latest week whose slot has come."""
    # Where clocks go back at midnight, the next week's slot can come while it is still, or again, Sunday.
    week = week_at(now, schedule).next()
    while get_due_at(week, schedule) > now:
        week = week.previous()
    return week
