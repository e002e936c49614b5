"""Who is asked to confirm, and how often: pending readers of a list get one mail and one reminder. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from subscribers.model import ConsentEvent, Event

MAILS_MOST = 2
"""A mail and one reminder: who answers neither does not want the letter."""
REMINDER_AFTER = timedelta(days=7)
"""As long as the link of the first mail works."""


def is_invitation_due(record: Iterable[ConsentEvent], now: datetime) -> bool:
    """Return whether a pending reader may be asked now, by their record since they joined."""
    mailed: list[datetime] = []
    for event in record:
        if event.event is Event.CONFIRM_MAILED:
            mailed.append(event.at)
        elif event.event in (Event.REQUESTED, Event.IMPORTED):
            mailed.clear()
    return not mailed or (len(mailed) < MAILS_MOST and mailed[-1] + REMINDER_AFTER <= now)
