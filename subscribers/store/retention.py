"""Forgets what is not needed any longer: sign-ups that nobody confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, exists, select

from subscribers.model import Event, SubscriberState
from subscribers.store import changes, statements
from subscribers.store.changes import Witness
from subscribers.store.engine import write
from subscribers.store.tables import consent_event, subscriber

FORGOTTEN_AT_ONCE = 1_000
"""Readers of one run's transaction, for which everyone else who writes waits: about 2 s."""
_ASKED = (Event.REQUESTED, Event.CONFIRM_MAILED)


def forget_unconfirmed(engine: Engine, before: datetime, now: datetime) -> int:
    """Erase pending readers who were asked to confirm and whose record is older than `before`; counts them.

    Pending readers of a list who were never asked stay. What is over the limit is left for the next call.
    """

    def work(connection: Connection) -> int:
        of_reader = consent_event.c.subscriber_id == subscriber.c.id
        was_asked = exists().where(of_reader, consent_event.c.event.in_(_ASKED)).correlate(subscriber)
        is_recent = exists().where(of_reader, consent_event.c.at >= before).correlate(subscriber)
        pending = subscriber.c.state == SubscriberState.PENDING
        old = statements.lock(pending & (subscriber.c.created_at < before) & was_asked & ~is_recent)
        readers = connection.execute(old.order_by(subscriber.c.id).limit(FORGOTTEN_AT_ONCE)).all()
        witness = Witness(now, "never confirmed")
        return sum(changes.erase(connection, statements.standing(row), witness) for row in readers)

    return write(engine, work)


def has_pending(engine: Engine) -> bool:
    """Return whether a reader is pending."""
    pending = select(subscriber.c.id).where(subscriber.c.state == SubscriberState.PENDING).limit(1)
    with engine.execution_options(reading=True).begin() as connection:
        return connection.execute(pending).first() is not None
