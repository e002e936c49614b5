"""Values of what comes back after a letter was sent, whoever reports it: a bounce message or a webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FeedbackKind(StrEnum):
    """What is reported about one copy of a letter, or about the address it went to."""

    HARD_BOUNCE = "hard bounce"
    """The address does not exist or is closed."""
    SOFT_BOUNCE = "soft bounce"
    """Not delivered this time, for a reason of the mailbox: full, or not reached for days."""
    BLOCKED = "blocked"
    """Refused for policy or content, or not sent by the provider: never held against the reader."""
    COMPLAINT = "complaint"
    """The reader reported the letter as spam."""
    UNSUBSCRIBED = "unsubscribed"
    """The reader left through the provider's own link or header."""
    DELAY = "delay"
    """Not delivered yet; the provider goes on trying."""
    DELIVERED = "delivered"
    """The reader's server accepted the letter."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One report. At least one of `address`, `ref` and `message_id` is set.

    `event_id` is the same when the same report comes again, and no other report of that source has it.
    """

    kind: FeedbackKind
    event_id: str
    at: datetime
    """When it happened, as the source says."""
    address: str = field(default="", repr=False)
    """The reader's address as the source writes it."""
    ref: str = ""
    """The value of our X-Newsletter-Ref header, `2026-W48.5f1c2a…`."""
    message_id: str = ""
    """The Message-ID that the source has, without angle brackets: ours, unless the provider replaced it."""
    enhanced: str = ""
    """The enhanced status code (RFC 3463) such as `5.1.1`, where there is one."""
    detail: str = field(default="", repr=False)
    """What the receiving server said, in one line; may contain an address."""
