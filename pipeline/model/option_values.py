"""Parses the values that options of several packages have: lines and spans of time. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SPAN = re.compile(r"(\d+)\s*(m|min|minutes?|h|hours?|d|days?|w|weeks?)", re.ASCII)
_DAYS = re.compile(r"([1-9][0-9]{0,2})\s*(d|days?|w|weeks?)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def one_line(value: str) -> str:
    """Return a text without space around it; raises ValueError when it is more than one line."""
    if _CONTROL.search(value):
        raise ValueError("must be a single line without control characters")
    return value.strip()


def check_host(value: str) -> str:
    """Return the name or address of a host unchanged; raises ValueError for a URL and for one with a port."""
    if re.search(r"[/@\s]", value) or re.fullmatch(r"[^:]*:\d*", value):
        raise ValueError('write the host alone, such as "smtp.example.org"; its port goes into `port`')
    return value


def parse_span(value: object) -> timedelta:
    """Return a span such as `36 hours`; raises ValueError with what to write."""
    if isinstance(value, timedelta):
        return value
    match = _SPAN.fullmatch(str(value).strip().lower())
    if match is None:
        raise ValueError('write a span such as "3 days", "36 hours" or "90 minutes"')
    return timedelta(**{_UNITS[match[2][0]]: int(match[1])})


def days_of(text: str) -> int:
    """Read a span such as `14 days` or `2 weeks`; 0 when it is none."""
    span = _DAYS.fullmatch(text.strip().lower())
    return int(span[1]) * (7 if span[2].startswith("w") else 1) if span else 0


def parse_age(value: object) -> timedelta:
    """Return a span of whole days; raises ValueError with what to write."""
    if isinstance(value, timedelta):
        return value
    days = days_of(str(value))
    if not days:
        raise ValueError('write a span such as "14 days" or "2 weeks"')
    return timedelta(days=days)
