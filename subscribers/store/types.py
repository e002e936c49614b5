"""Column types: aware instants and enums as integers."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, SmallInteger
from sqlalchemy.types import TypeDecorator

from subscribers.consent import to_micros
from subscribers.instants import from_micros


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as microseconds since 1970 in a 64-bit integer; refuses naive datetimes.

    An integer compares and sorts the same on every database, and SQLite would drop the zone of a text.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn an aware datetime into microseconds."""
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002
        """Turn microseconds into an aware UTC datetime."""
        return from_micros(value)


class IntState(TypeDecorator[IntEnum]):
    """An `IntEnum` stored as a small integer; `state_check` makes the database refuse the rest."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, enum: type[IntEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> int | None:  # noqa: ANN401, ARG002
        """Turn a member into its integer; refuses an integer that is not a member."""
        return None if value is None else int(self.enum(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> IntEnum | None:  # noqa: ANN401, ARG002
        """Turn an integer into its member."""
        return None if value is None else self.enum(value)


def state_check(column: str, enum: type[IntEnum]) -> str:
    """Build the text of a CHECK that allows exactly the members of an enum."""
    members = ", ".join(str(int(member)) for member in enum)
    return f"{column} IN ({members})"


def range_check(column: str, enum: type[IntEnum]) -> str:
    """Build the same for an enum without gaps, for a table whose rows change for every letter.

    SQLite evaluates a range by two comparisons. Of a longer list it makes a table, in every statement that
    writes: three of them cost five times the update itself (measured).
    """
    first, last = min(enum), max(enum)
    if len(enum) != last - first + 1:
        raise ValueError(f"{enum.__name__} has gaps")
    return f"{column} BETWEEN {int(first)} AND {int(last)}"
