"""Values of people: a subscriber, the states, the proof of consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class SubscriberState(IntEnum):
    """Where a subscriber stands; stored as these integers."""

    PENDING = 0
    """Asked to join and has not confirmed; receives nothing but the confirmation mail."""
    ACTIVE = 1
    """Confirmed; receives every issue."""
    PAUSED = 2
    """Confirmed and asked for a break; receives nothing until resumed."""
    UNSUBSCRIBED = 3
    """Left; returns only by a new, confirmed sign-up."""
    BOUNCED = 4
    """The address does not exist; suppressed."""
    COMPLAINED = 5
    """Reported the letter as spam; suppressed."""
    ERASED = 6
    """Asked to be forgotten; the row holds no address and no name."""

    @property
    def word(self) -> str:
        """The state as people write it: `active`."""
        return self.name.lower()


class Event(IntEnum):
    """What moves a subscriber from state to state, and is written as a consent event."""

    REQUESTED = 0
    """The address was typed into the form, or the operator added it."""
    CONFIRM_MAILED = 1
    """The confirmation mail was handed over."""
    CONFIRMED = 2
    """The reader pressed the button of the confirmation page, or proof was recorded by hand."""
    IMPORTED = 3
    """Came with a list, with its source, date and wording."""
    PAUSED = 4
    """Asked for a break."""
    RESUMED = 5
    """Ended the break."""
    UNSUBSCRIBED_ONE_CLICK = 6
    """A mail program posted the List-Unsubscribe address (RFC 8058)."""
    UNSUBSCRIBED_PAGE = 7
    """Pressed the button of the unsubscribe page."""
    UNSUBSCRIBED_BY_HAND = 8
    """The operator did it on the reader's request, or an imported list said so."""
    BOUNCED = 9
    """A hard bounce."""
    COMPLAINED = 10
    """A spam complaint."""
    ERASED = 11
    """Everything but the proof was deleted."""

    @property
    def word(self) -> str:
        """The event as people write it: `unsubscribed by hand`."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """One reader as stored. `email` is what SMTP gets (ASCII domain), `email_key` what is compared."""

    id: int
    public_id: int
    email: str
    name: str
    state: SubscriberState
    token_epoch: int
    tags: tuple[str, ...]
    source: str
    created_at: datetime
    confirmed_at: datetime | None = None
    left_at: datetime | None = None
    first_name: str = ""
    attributes: str = ""
    """A JSON object of texts, or empty; see `read_attributes`."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why somebody may be written to: where it comes from, when, and the words agreed to."""

    source: str
    given_at: datetime
    wording: str


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One line of the append-only, hash-chained record of a subscriber."""

    subscriber_id: int
    event: Event
    at: datetime
    source: str
    wording: str
    previous_hash: str
    row_hash: str
    given_at: datetime | None = None
    """When the consent itself was given, if that was before it was written down here."""
