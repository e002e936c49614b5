"""The lease: one process at a time works on a database, and a dead one holds nothing.

The kernel (a lock on a file beside SQLite) or PostgreSQL (an advisory lock of a connection) lets go by
itself when the holder dies. No process ids, no time-outs that steal.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from pipeline.errors import AlreadyRunning, FileError

ADVISORY_KEY = 0x7765656B6C79
"""The word `weekly` as a number: names the lock within one PostgreSQL database."""

_BUSY = (
    "another run is working on this newsletter; nothing was done, the next call will find out what is left"
)


@contextmanager
def lease(engine: Engine) -> Iterator[None]:
    """Hold the lease while the block runs; raises AlreadyRunning when somebody else holds it."""
    held = (
        _file_lease(Path(f"{engine.url.database}.lease"))
        if engine.dialect.name == "sqlite"
        else _session_lease(engine)
    )
    with held:
        yield


@contextmanager
def _file_lease(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FileError(error.filename or path, error, "the run keeps its lock there") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_BUSY) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _session_lease(engine: Engine) -> Iterator[None]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar()
        if not got:
            raise AlreadyRunning(_BUSY)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
