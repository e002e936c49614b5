"""A statement that runs for every batch of letters: compiled once, passed to the driver directly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Select, Update

Values = Mapping[str, Any]


class RawStatement:
    """One statement for one database. Values go to the driver as they are: integers, text, None."""

    def __init__(self, statement: Select[Any] | Update, engine: Engine) -> None:
        compiled = statement.compile(dialect=engine.dialect)
        self._sql = str(compiled)
        # Values bound in the statement itself, such as the id of the issue.
        self._own = {name: value for name, value in compiled.params.items() if value is not None}
        self._order = compiled.positiontup

    def run(self, connection: Connection, rows: Sequence[Values] = ()) -> CursorResult[Any]:
        """Run it for every row of values, in order; once if there are none."""
        if not rows:
            return connection.exec_driver_sql(self._sql, self._place({}))
        return connection.exec_driver_sql(self._sql, [self._place(row) for row in rows])

    def _place(self, row: Values) -> tuple[Any, ...] | dict[str, Any]:
        values = {**self._own, **row}
        return values if self._order is None else tuple(values[name] for name in self._order)
