"""Databases for tests: made once in a process, and brought back to what they were for every further test.

The engine of a database stays: compiling its statements again costs more than most tests execute.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event, text

from pipeline.store.schema import upgrade
from subscribers.store.engine import open_engine
from subscribers.store.tables import metadata
from support.environment import NOW

_made: dict[Hashable, tuple[list[tuple[str, object]], object]] = {}
"""What was made in a database of a dialect: the statements that wrote it, and what the caller got."""
_files: dict[Hashable, bytes] = {}
"""The same as files of SQLite, which are copied faster than the statements are executed."""


def make_tables(engine, backups: Path) -> None:
    """Upgrade an empty database to the newest revision."""
    make_once(engine, "tables", lambda: upgrade(engine, backups=backups, now=NOW))


def make_once(engine, key: Hashable, make: Callable[[], object]) -> object:
    """Return what `make` returns of a database, having written to it what `make` writes.

    It is called once for a key and a dialect. The database is as it was then: empty for `make_tables`, with
    the tables and no row for everything else.
    """
    dialect = engine.dialect.name
    if (dialect, key) not in _made:
        with _recorded(engine) as statements:
            result = make()
        _made[dialect, key] = statements, result
        if dialect == "sqlite":
            engine.dispose()  # the last connection that closes moves the write-ahead log into the file
            _files[key] = _file_of(engine).read_bytes()
    elif dialect == "sqlite":
        engine.dispose()
        _file_of(engine).write_bytes(_files[key])
    else:
        with engine.begin() as connection:
            for statement, values in _made[dialect, key][0]:
                connection.exec_driver_sql(statement, values)
    return copy.copy(_made[dialect, key][1])


def _file_of(engine) -> Path:
    return Path(engine.url.database)


@contextmanager
def _recorded(engine):
    """Yield a list that receives the statements which write."""
    statements: list[tuple[str, object]] = []

    def record(_connection, _cursor, statement, values, *_how):
        if not statement.lstrip().upper().startswith(("BEGIN", "PRAGMA", "SELECT")):
            statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", record)
    yield statements
    event.remove(engine, "before_cursor_execute", record)


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
        self.name = name
        self.engine = open_engine(f"{url}&options=-csearch_path%3D{name}")
        with self.engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {name}"))
        make_tables(self.engine, folder)
        # A test that failed may hold its transaction open, which would keep the deletions waiting for ever.
        end_others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
        )
        # Deleting a few rows costs a fraction of truncating the tables.
        deletions = [f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)]
        restart = (
            "SELECT setval(oid::regclass, 1, false) FROM pg_class "
            f"WHERE relkind = 'S' AND relnamespace = '{name}'::regnamespace"
        )
        self.clearing = ";".join([end_others, *deletions, restart])

    def clear(self) -> None:
        with self.engine.begin() as connection:
            connection.connection.driver_connection.execute(self.clearing)


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
