"""Statements that run for every group of letters: compiled once, passed to the driver directly.

SQLAlchemy's own connection costs several times what SQLite needs for so small a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Select, Update
from sqlalchemy.engine.interfaces import DBAPICursor

from pipeline.store.errors import describe_store_error

Cursor = DBAPICursor
Values = Mapping[str, Any]
"""Values of one row: integers, text and None go to the driver as they are."""


class RawStatement:
    """One statement for one database."""

    def __init__(self, statement: Select[Any] | Update, engine: Engine) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._sql = str(compiled)
        # Values bound in the statement itself, such as the id of the issue; an enum is stored as its number.
        self._own = {
            name: int(value) if isinstance(value, int) else value for name, value in compiled.params.items()
        }
        self._order = compiled.positiontup

    def run(self, cursor: Cursor, values: Values | None = None) -> Cursor:
        """Run it once; returns the cursor with what was found."""
        cursor.execute(self._sql, self._place(values or {}))
        return cursor

    def run_many(self, cursor: Cursor, rows: Sequence[Values]) -> Cursor:
        """Run it for every row of values, in order."""
        cursor.executemany(self._sql, [self._place(row) for row in rows])
        return cursor

    def _place(self, row: Values) -> Any:  # noqa: ANN401 - a tuple or a mapping, as the driver wants it
        values = {**self._own, **row}
        return values if self._order is None else tuple([values[name] for name in self._order])


@contextmanager
def raw_transaction(engine: Engine) -> Iterator[Cursor]:
    """Open a transaction that will write: committed at the end, rolled back by any exception.

    Raises:
        PipelineError: the database failed; the message names the next step.
    """
    try:
        connection = engine.raw_connection()
        try:
            cursor = connection.cursor()
            if engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")  # as in subscribers.store.engine
            yield cursor
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.close()
    except engine.dialect.loaded_dbapi.Error as error:
        raise describe_store_error(error) from error
