"""Databases for tests: made once in a process, and brought back to what they were for every further test.

The engine of a database stays: compiling its statements again costs more than most tests execute.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, insert, select, text

from pipeline.store.schema import upgrade
from pipeline.store.tables import metadata
from subscribers.store.engine import open_engine
from support.environment import NOW

_made: dict[Hashable, tuple[object, object]] = {}
"""What was made in a database of a dialect, as it is written again, and what the caller got."""

_END_OTHERS = (
    # A test that failed may hold its transaction open, which would keep the deletions waiting for ever.
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
)
_RESTART = (
    "SELECT setval(oid::regclass, 1, false) FROM pg_class "
    "WHERE relkind = 'S' AND relnamespace = current_schema()::regnamespace"
)
_CLEAR = ";".join(
    # Deleting a few rows costs a fraction of truncating the tables.
    [_END_OTHERS, *(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)), _RESTART]
)


def make_tables(engine, backups: Path) -> None:
    """Upgrade an empty database to the newest revision."""
    _make_once(engine, "tables", lambda: upgrade(engine, backups=backups, now=NOW))


def make_rows(engine, key: Hashable, make: Callable[[], object]) -> object:
    """Return what `make` returns of a database, which is then as `make` leaves it.

    `make` is called once for a key and a dialect, and finds the tables and the rows of keys that were written
    before.
    """
    return _make_once(engine, key, make)


def _make_once(engine, key: Hashable, make: Callable[[], object]) -> object:
    copies: type[_File | _Schema | _Rows] = _File
    if engine.dialect.name != "sqlite":
        copies = _Schema if key == "tables" else _Rows
    key = engine.dialect.name, key
    if key in _made:
        copied, result = _made[key]
        copied.write(engine)
    else:
        copied = copies(engine)
        result = make()
        copied.read(engine)
        _made[key] = copied, result
    return copy.copy(result)


class _File:
    """A database of SQLite as the bytes of its file."""

    def __init__(self, engine) -> None:
        """Begin with whatever there is."""

    def read(self, engine) -> None:
        engine.dispose()  # the last connection that closes moves the write-ahead log into the file
        self.content = _file_of(engine).read_bytes()

    def write(self, engine) -> None:
        engine.dispose()
        _file_of(engine).write_bytes(self.content)


class _Schema:
    """The tables of PostgreSQL as the statements that made them."""

    def __init__(self, engine) -> None:
        self.statements: list[tuple[str, object]] = []
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, values, *_how) -> None:
        if not statement.lstrip().upper().startswith("SELECT"):
            self.statements.append((statement, values))

    def read(self, engine) -> None:
        event.remove(engine, "before_cursor_execute", self._note)

    def write(self, engine) -> None:
        with engine.begin() as connection:
            for statement, values in self.statements:
                connection.exec_driver_sql(statement, values)


class _Rows:
    """The rows of every table of PostgreSQL, and where its sequences stand."""

    def __init__(self, engine) -> None:
        """Begin with whatever there is."""

    def read(self, engine) -> None:
        with engine.connect() as connection:
            rows = [
                (table, [dict(row) for row in connection.execute(select(table)).mappings()])
                for table in metadata.sorted_tables
            ]
            standing = connection.exec_driver_sql(
                "SELECT sequencename, last_value FROM pg_sequences "
                "WHERE schemaname = current_schema() AND last_value IS NOT NULL"
            )
            self.restart = ";".join(f"SELECT setval('{name}', {value})" for name, value in standing)
        self.rows = [(insert(table), found) for table, found in rows if found]

    def write(self, engine) -> None:
        clear_rows(engine)
        with engine.begin() as connection:
            for statement, rows in self.rows:
                connection.execute(statement, rows)
            if self.restart:
                connection.connection.driver_connection.execute(self.restart)


def clear_rows(engine) -> None:
    """Empty the tables of a PostgreSQL database, and let their numbers begin again."""
    with engine.begin() as connection:
        connection.connection.driver_connection.execute(_CLEAR)


def _file_of(engine) -> Path:
    return Path(engine.url.database)


class SqliteDatabase:
    """A file with the tables and no row."""

    def __init__(self, folder: Path, *, keep_open: bool) -> None:
        self.engine = open_fast(f"sqlite:///{folder / 'weekly.db'}", keep_open=keep_open)
        self.clear()

    def clear(self) -> None:
        self.engine.dispose()
        folder = _file_of(self.engine).parent
        for file in folder.iterdir():
            file.unlink()
        make_tables(self.engine, folder)


class PostgresDatabase:
    """A schema with the tables and no row: making one costs a hundredth of making a database."""

    def __init__(self, url: str, name: str, folder: Path) -> None:
        self.engine = open_engine(f"{url}&options=-csearch_path%3D{name}")
        with self.engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        make_tables(self.engine, folder)

    def clear(self) -> None:
        clear_rows(self.engine)


class Databases:
    """Databases of this process that are lent to one test after the other."""

    def __init__(self, make_folder: Callable[[], Path], start_postgres: Callable[[], str]) -> None:
        self.make_folder, self.start_postgres = make_folder, start_postgres
        self.free: dict[str, list[SqliteDatabase | PostgresDatabase]] = {}
        self.made: list[SqliteDatabase | PostgresDatabase] = []

    @contextmanager
    def lend(self, kind: str):
        """Yield an engine on a database with the tables and no row.

        `kind` is "postgres", "sqlite" as a run opens it, or "served sqlite" as a server opens it.
        """
        free = self.free.setdefault(kind, [])
        database = free.pop() if free else self._make(kind)
        try:
            yield database.engine
        finally:
            database.clear()
            free.append(database)

    def _make(self, kind: str) -> SqliteDatabase | PostgresDatabase:
        if kind == "postgres":
            name = f"t{len(self.made)}"
            database = PostgresDatabase(self.start_postgres(), name, self.make_folder())
        else:
            database = SqliteDatabase(self.make_folder(), keep_open=kind == "sqlite")
        self.made.append(database)
        return database

    def close(self) -> None:
        for database in self.made:
            database.engine.dispose()


def open_fast(url: str, *, keep_open: bool = False):
    """Open an engine that does not wait for the disk: what dies in a test is the program, not the machine."""
    engine = open_engine(url, keep_open=keep_open)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda db, _: db.execute("PRAGMA synchronous = OFF"))
    return engine
