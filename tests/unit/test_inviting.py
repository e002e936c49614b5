from datetime import UTC, datetime, timedelta

import pytest

from subscribers.inviting import is_invitation_due
from subscribers.model import ConsentEvent, Event

NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("record", "is_due"),
    [
        ([(Event.IMPORTED, 60)], True),
        ([(Event.IMPORTED, 60), (Event.CONFIRM_MAILED, 6)], False),
        ([(Event.IMPORTED, 60), (Event.CONFIRM_MAILED, 7)], True),
        ([(Event.IMPORTED, 60), (Event.CONFIRM_MAILED, 40), (Event.CONFIRM_MAILED, 30)], False),
        ([(Event.CONFIRM_MAILED, 40), (Event.CONFIRM_MAILED, 30), (Event.REQUESTED, 1)], True),
    ],
)
def test_a_pending_reader_is_asked_once_and_reminded_once(record, is_due):
    events = [ConsentEvent(1, event, NOW - timedelta(days=days), "", "", "", "") for event, days in record]
    assert is_invitation_due(events, NOW) is is_due
