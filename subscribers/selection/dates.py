"""Dates of selections: days, weeks, months and years, also counted back from today. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from subscribers.instants import YEARS
from subscribers.selection.model import Period

FORMS = "write a date like 2026-01-31, 2026-01, 2026, 2026-W05, today, 30d (30 days ago), 4w, 6m or 1y"
_BACK = re.compile(r"(\d{1,4})([dwmy])")
_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*")
_MONTHS = 12


def parse_period(text: str, now: datetime, zone: tzinfo) -> Period:
    """Parse a date as the period it names, in a time zone; raises ValueError with what can be written."""
    try:
        first, last = _find_days(text.strip().lower(), now.astimezone(zone).date())
        start = datetime.combine(first, time(), zone).astimezone(UTC)
        return Period(start, datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC))
    except (ValueError, OverflowError):
        instant = _parse_instant(text.strip(), zone)
        if instant is None:
            raise ValueError(FORMS) from None
        return Period(instant, instant)


def _find_days(text: str, today: date) -> tuple[date, date]:
    """Return the first and the last day."""
    if text in ("today", "yesterday"):
        day = today - timedelta(days=int(text == "yesterday"))
        return day, day
    if back := _BACK.fullmatch(text):
        day = _count_back(today, int(back[1]), back[2])
        return day, day
    if week := _WEEK.fullmatch(text):
        day = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        return _known(day), day + timedelta(days=6)
    if month := _MONTH.fullmatch(text):
        return _known(date(int(month[1]), int(month[2]), 1)), _end_of_month(int(month[1]), int(month[2]))
    if _YEAR.fullmatch(text):
        return _known(date(int(text), 1, 1)), date(int(text), _MONTHS, 31)
    day = _known(datetime.strptime(text, "%Y-%m-%d").date())  # noqa: DTZ007 - a day has no zone
    return day, day


def _known(day: date) -> date:
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError("a typing error")
    return day


def _count_back(today: date, count: int, unit: str) -> date:
    if unit in "dw":
        return today - timedelta(days=count * (7 if unit == "w" else 1))
    months = today.year * _MONTHS + today.month - 1 - count * (1 if unit == "m" else _MONTHS)
    year, month = months // _MONTHS, months % _MONTHS + 1
    return min(date(year, month, 1) + timedelta(days=today.day - 1), _end_of_month(year, month))


def _end_of_month(year: int, month: int) -> date:
    following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return following - timedelta(days=1)


def _parse_instant(text: str, zone: tzinfo) -> datetime | None:
    if not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.replace(tzinfo=found.tzinfo or zone).astimezone(UTC)
        return found if YEARS[0] <= found.year <= YEARS[1] else None
    except (ValueError, OverflowError):
        return None
