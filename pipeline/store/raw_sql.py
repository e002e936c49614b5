"""Statements that run for every group of letters: compiled once, passed to the driver directly.

SQLAlchemy's own connection costs several times what SQLite needs for so small a transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Engine,
    Select,
    Update,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.pool import PoolProxiedConnection

from pipeline.store.errors import describe_store_error

Cursor = DBAPICursor
Values = Mapping[str, Any]
"""Values of one row: integers, text, None and, for `is_among`, a list of integers."""


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

    def _place(self, row: Values) -> Any:  # noqa: ANN401 - a tuple or a mapping, as the driver wants it
        values = {**self._own, **row}
        if self._order is None:
            return values
        return tuple(
            [
                json.dumps(value) if isinstance(value, list) else value
                for value in map(values.get, self._order)
            ]
        )


def is_among(column: ColumnElement[int], name: str, engine: Engine) -> ColumnElement[bool]:
    """Condition that a column is one of the numbers in the list bound as `name`, however many there are."""
    if engine.dialect.name == "sqlite":
        # A statement that runs once for all readers pays once for the table's checks.
        given = func.json_each(bindparam(name)).table_valued("value")
        return column.in_(select(given.c.value))
    return column == any_(bindparam(name, type_=ARRAY(BigInteger)))


class RawConnection:
    """Transactions on the driver's own connection: one each, or one for all while it is kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None
        self._is_kept = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the connection between transactions, for the time of a run."""
        self._is_kept = True
        try:
            yield
        finally:
            self._is_kept = False
            self._close()

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """Open a transaction that will write: committed at the end, rolled back by any exception.

        Raises:
            PipelineError: the database failed; the message names the next step.
        """
        is_done = False
        try:
            connection = self._connection = self._connection or self._engine.raw_connection()
            cursor = connection.cursor()
            if self._engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")  # as in subscribers.store.engine
            yield cursor
            connection.commit()
            is_done = True
        except self._engine.dialect.loaded_dbapi.Error as error:
            raise describe_store_error(error) from error
        finally:
            if not (is_done and self._is_kept):
                self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(self._engine.dialect.loaded_dbapi.Error):  # it may be what failed
                connection.rollback()
            connection.close()
