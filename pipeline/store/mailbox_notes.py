"""Notes among the events whether the mailboxes of bounces could be read, when that changes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, select

from pipeline.store.reading import MAIL_READ, MAIL_UNREAD
from pipeline.store.remedies import note
from pipeline.store.tables import event


def note_mailboxes(engine: Engine, error: str, now: datetime) -> None:
    """Note why mailboxes could not be read, or by an empty `error` that they were."""
    mine = event.c.kind.in_((MAIL_UNREAD, MAIL_READ)), event.c.issue_id.is_(None)
    statement = select(event.c.detail).where(*mine).order_by(event.c.id.desc()).limit(1)
    with engine.begin() as connection:
        if error != (connection.execute(statement).scalar() or ""):
            note(connection, now, MAIL_UNREAD if error else MAIL_READ, None, error)
