"""The one form of an instant in everything that programs read: RFC 3339, UTC, whole seconds. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

YEARS = (2000, 2999)
"""The first and last year of an instant that is typed: dates beyond them are typing errors."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)  # the readers of an import share their instants
def format_instant(at: datetime) -> str:
    """Write an aware instant as `2026-11-24T09:00:00Z`; fractions of a second are dropped."""
    # A third of the cost of strftime, which an export pays for every reader.
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.isoformat(timespec='seconds')[:19]}Z"


def from_micros(micros: int | None) -> datetime | None:
    """Return the aware UTC instant of microseconds since 1970, as the database stores it; None for None."""
    return None if micros is None else to_instant(micros)


@lru_cache(maxsize=4096)  # the readers of an import share their instants
def to_instant(micros: int) -> datetime:
    """Return the aware UTC instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=micros)


def parse_instant(text: str) -> datetime:
    """Return an instant such as `2026-11-24T09:00Z` in UTC; without a zone it is UTC. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    try:
        return parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error
