"""The lease: one process at a time works on a database, and a dead one holds nothing.

The kernel (a lock on a file next to the SQLite database) or PostgreSQL (an advisory lock of a connection)
releases it when the holder dies. No process ids, no time-outs.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from pipeline.errors import AlreadyRunning, FileError, StoreUnusable, TryLater

ADVISORY_KEY = 0x7765656B6C79
"""The word `weekly` as a number: names the lock within one PostgreSQL database."""

_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_BUSY = "another run is working on this newsletter; nothing was done, the next call continues"


class Lease:
    """The lease while it is held."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection

    def check(self) -> None:
        """Check that it is still held; raises TryLater if the database server went away."""
        if self._connection is None:
            return  # the kernel keeps a file's lock as long as this process lives
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise TryLater("the database server went away and the lease with it; call again") from error


@contextmanager
def lease(engine: Engine) -> Iterator[Lease]:
    """Hold the lease while the block runs; raises AlreadyRunning if another process holds it."""
    held = (
        _file_lease(Path(f"{engine.url.database}.lease"))
        if engine.dialect.name == "sqlite"
        else _session_lease(engine)
    )
    with held as lease:
        yield lease


@contextmanager
def _file_lease(path: Path) -> Iterator[Lease]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        place = error.filename or path
        if error.errno in _CLOSED:
            raise StoreUnusable(
                f"{place}: {str(error.strerror).lower()}; give the user that runs weekly permission to write "
                "the database's folder",
                "closed",
            ) from error
        raise FileError(place, error, "the run keeps its lock there") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AlreadyRunning(_BUSY) from error
        yield Lease()
    finally:
        os.close(descriptor)


@contextmanager
def _session_lease(engine: Engine) -> Iterator[Lease]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        got = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar()
        if not got:
            raise AlreadyRunning(_BUSY)
        try:
            yield Lease(connection)
        finally:
            # A lost connection has released the lock already.
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
