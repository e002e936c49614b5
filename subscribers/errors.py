"""Errors of this package; no message ever carries an address or a token.

SubscribersError
├── AddressError       an address cannot be used           (.reason)
├── TokenError         a link does not open anything       (.expired)
├── TransitionError    a state change is not allowed       (.state, .event)
├── SuppressedAddress  an address must not be added        (.reason)
├── KeptOutAddress     a list kept an address out         (.reason)
├── UnreadableImport   a file cannot be imported at all    (.reason)
│   └── UnclearList    a list must be asked about first    (.questions)
└── ReaderStoreError   the database refuses
"""

from __future__ import annotations

from collections.abc import Sequence


class SubscribersError(Exception):
    """Root of this package's errors."""


class AddressError(SubscribersError, ValueError):
    """An e-mail address cannot be used; `reason` says why without repeating it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class TokenError(SubscribersError, ValueError):
    """A token is damaged, foreign, revoked or too old."""

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        self.expired = expired
        super().__init__(reason)


class TransitionError(SubscribersError):
    """A subscriber cannot go from `state` by `event`."""

    def __init__(self, state: str, event: str) -> None:
        self.state = state
        self.event = event
        super().__init__(f"a subscriber who is {state} cannot be {event}")


class SuppressedAddress(SubscribersError):
    """An address must not be added; `reason` is a value of `SuppressionReason`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"this address is suppressed ({reason}) and was not added")


class KeptOutAddress(SubscribersError):
    """A list denied the consent of an address; `reason` is its word. A sign-up of the owner ends that."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"an imported list kept this address out ({reason})")


class UnreadableImport(SubscribersError):
    """A file cannot be imported at all; single bad rows never raise this."""


class UnclearList(UnreadableImport):
    """Something in a list may be about consent and is not understood; `questions` say what."""

    def __init__(self, questions: Sequence[str]) -> None:
        self.questions = tuple(questions)
        super().__init__("; ".join(questions))


class ReaderStoreError(SubscribersError):
    """The database refused or lacks what was asked for."""
