"""Whether the mailboxes of bounces could be read: noted among the events when it changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, select

from pipeline.store.remedies import note
from pipeline.store.tables import event

_UNREAD, _READ = "bounces.unread", "bounces.read"


def note_mailboxes(engine: Engine, error: str, now: datetime) -> None:
    """Note why mailboxes could not be read, or by an empty `error` that they were; only what is news."""
    with engine.begin() as connection:
        last = _find_last(connection)
        if error != (last[1] if last else ""):
            note(connection, now, _UNREAD if error else _READ, None, error)


def find_unread(engine: Engine) -> tuple[datetime, str] | None:
    """Return since when and why mailboxes cannot be read; None when the last attempt could."""
    with engine.connect() as connection:
        last = _find_last(connection)
    return last if last and last[1] else None


def _find_last(connection: Connection) -> tuple[datetime, str] | None:
    mine = event.c.kind.in_((_UNREAD, _READ)), event.c.issue_id.is_(None)
    statement = select(event.c.at, event.c.detail).where(*mine).order_by(event.c.id.desc()).limit(1)
    row = connection.execute(statement).first()
    return (row.at, row.detail) if row else None
