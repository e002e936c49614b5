"""Opens the database: SQLite by default, PostgreSQL when the URL says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.pool import NullPool, QueuePool

from subscribers.errors import ReaderStoreError
from subscribers.store.dialect_functions import add_sqlite_functions
from subscribers.store.raw import RawCursor, retry
from subscribers.store.reading import BUSY_TIMEOUT_MS, Query

CACHE_KIB = 8 * 1024
"""SQLite's cache of pages, for each connection. Runs read and write in the order of the readers, which needs
little; with 64 MiB for each, a run for a million readers took 154 MiB (measured)."""


T = TypeVar("T")


def open_engine(url: str, *, keep_open: bool = False) -> Engine:
    """Open an engine whose transactions are real on both databases; connects at first use.

    It never makes a file of SQLite: that is the work of whoever makes the tables.

    `keep_open` keeps connections to SQLite between transactions, for a caller that makes thousands and then
    disposes of the engine. A server must not: it would keep using a file that a restored backup replaced.

    `postgresql://` means psycopg 3. SQLite gets a write-ahead log, foreign keys, a busy timeout and
    full synchronisation: what the ledger has committed survives a power cut.
    """
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        try:
            return create_engine(parsed, poolclass=QueuePool, pool_size=5, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise ReaderStoreError(
                'PostgreSQL needs its driver: pip install "weekly-insights[postgres]"'
            ) from error
    waits = {"timeout": BUSY_TIMEOUT_MS / 1000}
    if keep_open:
        # Every transaction here ends by itself, so a connection needs no clearing up on its way back.
        engine = create_engine(parsed, poolclass=QueuePool, pool_reset_on_return=None, connect_args=waits)
    else:
        engine = create_engine(parsed, poolclass=NullPool, connect_args=waits)
    event.listen(engine, "do_connect", _open_existing)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_query(engine: Engine) -> Query:
    """Return what asks a database in plain SQL, each question in a transaction of its own."""
    reading = engine.execution_options(reading=True)

    def query(statement: str, /, **values: object) -> Sequence[Sequence[Any]]:
        with reading.connect() as connection:
            return connection.execute(text(statement), values).all()

    return query


def write(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Do some work in a transaction; again if another process wrote the same at the same time."""

    def attempt() -> T:
        with engine.begin() as connection:
            return work(connection)

    return retry(attempt, IntegrityError)


def cursor_of(connection: Connection) -> RawCursor:
    """Return a cursor of the driver in the transaction of a connection."""
    return RawCursor(connection.connection.cursor(), is_sqlite=connection.dialect.name == "sqlite")


class EngineTransactions:
    """Transactions of the driver on connections of an engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        # SQLite checkpoints its log whenever the last connection closes: one stays open throughout.
        self._open = self._reading.connect()

    def write(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work in a transaction; again if another process wrote the same at the same time."""

        def attempt() -> T:
            with self._engine.begin() as connection:
                return work(cursor_of(connection))

        dbapi = self._engine.dialect.loaded_dbapi
        return retry(attempt, dbapi.IntegrityError)

    def read(self, work: Callable[[RawCursor], T], /) -> T:
        """Do some work that writes nothing."""
        with self._reading.begin() as connection:
            return work(cursor_of(connection))

    def close(self) -> None:
        """Close the connection that stayed open."""
        self._open.close()


def _open_existing(_dialect: object, _record: object, place: list[str], options: dict[str, Any]) -> None:
    # SQLite would make a missing file: a lost database would become an empty one that nobody asked for.
    if place[0] != ":memory:" and not place[0].startswith("file:"):
        place[0] = f"{Path(place[0]).absolute().as_uri()}?mode=rw"
        options["uri"] = True


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    # The driver's own transaction control begins too late for BEGIN IMMEDIATE; see _begin_sqlite.
    connection.isolation_level = None
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "synchronous = FULL",
        f"cache_size = -{CACHE_KIB}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    add_sqlite_functions(connection)


def _begin_sqlite(connection: Any) -> None:  # noqa: ANN401 - a SQLAlchemy connection
    # A transaction that will write takes the write lock at once: a read lock that wants to become a write
    # lock fails without waiting as soon as somebody else wrote in between. Readers say so by an option.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
