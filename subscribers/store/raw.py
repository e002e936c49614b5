"""Transactions of a database's own driver, for what is done to thousands of rows at once.

SQLAlchemy would cost more than such statements themselves, and a file of SQLite does not need it at all. The
statements are those that SQLite and PostgreSQL read alike, with `?` for every value.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol, TypeVar

from subscribers.store.reading import BUSY_TIMEOUT_MS

TRIES = 4
"""The second finds what another process added; a third and a fourth are for random ids drawn twice."""

Row = Sequence[Any]
T = TypeVar("T")


class RawCursor:
    """A cursor of the driver of SQLite or PostgreSQL, in a transaction that the caller ends."""

    def __init__(self, cursor: Any, *, is_sqlite: bool) -> None:  # noqa: ANN401 - of either driver
        self._cursor = cursor
        self.is_sqlite = is_sqlite

    def rows(self, statement: str, values: Row = ()) -> list[Any]:
        """Run a statement and return its rows."""
        self._cursor.execute(self._written(statement), values)
        return list(self._cursor.fetchall())

    def run(self, statement: str, values: Row = ()) -> int:
        """Run a statement and return how many rows it changed."""
        self._cursor.execute(self._written(statement), values)
        return int(self._cursor.rowcount)

    def many(self, statement: str, rows: Sequence[Row]) -> int:
        """Run a statement for every row of values and return how many rows were changed; nothing for none."""
        if not rows:
            return 0
        self._cursor.executemany(self._written(statement), rows)
        return int(self._cursor.rowcount)

    def among(self, column: str, values: Sequence[Any]) -> tuple[str, Row]:
        """Return the condition that a column has one of these values, and the values of the statement."""
        if self.is_sqlite:
            return f"{column} IN ({', '.join('?' * len(values))})", tuple(values)
        return f"{column} = ANY(?)", (list(values),)

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows that are new, on PostgreSQL by COPY."""
        if not rows:
            return
        if self.is_sqlite:
            marks = ", ".join("?" * len(columns))
            self._cursor.executemany(
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608 - names of the schema
                rows,
            )
            return
        with self._cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _written(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")


def find_tags(cursor: RawCursor, ids: Sequence[int]) -> dict[int, list[str]]:
    """Find the tags of readers; those without tags are left out."""
    if not ids or not cursor.rows("SELECT 1 FROM subscriber_tag LIMIT 1"):
        return {}
    condition, values = cursor.among("subscriber_id", ids)
    query = (
        "SELECT subscriber_id, slug FROM subscriber_tag JOIN tag ON tag.id = subscriber_tag.tag_id"  # noqa: S608 - only marks
        f" WHERE {condition}"
    )
    found: dict[int, list[str]] = {}
    for reader, slug in cursor.rows(query, values):
        found.setdefault(reader, []).append(slug)
    return found


class Transactions(Protocol):
    """Does work in transactions of its own."""

    def write(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work in a transaction; again if another process wrote the same at the same time."""

    def read(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work that writes nothing."""

    def close(self) -> None:
        """Close what was opened."""


class SqliteTransactions:
    """Transactions on a file of SQLite, which must be there, on one connection of the standard library.

    Foreign keys are not checked: who writes here has read the rows that are named, in the same transaction.
    """

    def __init__(self, path: Path, *, cache_kib: int) -> None:
        place = f"{path.absolute().as_uri()}?mode=rw"
        self._connection = sqlite3.connect(
            place, uri=True, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None
        )
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"cache_size = -{cache_kib}",
            "temp_store = MEMORY",
        ):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work in a transaction that has the write lock from its beginning."""
        return retry(lambda: self._do("BEGIN IMMEDIATE", work), sqlite3.IntegrityError)

    def read(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work that writes nothing."""
        return self._do("BEGIN", work)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _do(self, begin: str, work: Callable[[RawCursor], T]) -> T:
        with closing(self._connection.cursor()) as cursor:
            cursor.execute(begin)
            try:
                result = work(RawCursor(cursor, is_sqlite=True))
                cursor.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.rollback()
                raise
        return result


def retry(attempt: Callable[[], T], conflict: type[Exception]) -> T:
    """Try again after a violated UNIQUE: another process added the same address, or drew the same id."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except conflict:
            continue
    return attempt()
