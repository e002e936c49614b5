"""The life of an issue: its states and the moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum


class IssueState(IntEnum):
    """Where an issue stands; the first three live in files, the rest in the database as these integers."""

    DRAFT = 0
    """Nothing is fixed; every look chooses again."""
    LOCKED = 1
    """The choice is fixed in `<week>.lock.json`; prose and templates may still change."""
    APPROVED = 2
    """`<week>.toml` carries the digest of the letter as it renders now."""
    FROZEN = 3
    """Bytes and audience are in the database; nothing reads content again."""
    SENDING = 4
    """At least one delivery was begun and some are still owed."""
    PAUSED = 5
    """Stopped, by a person or a breaker, with a reason."""
    SENT = 6
    """Every delivery ended and none needs a person."""
    SENT_WITH_PROBLEMS = 7
    """Every delivery ended, some unknown, expired or refused by policy."""
    CANCELLED = 8
    """Given up by a person; what was owed is skipped."""

    @property
    def word(self) -> str:
        """The state as people and `status --json` write it."""
        return self.name.lower()


STORED = tuple(state for state in IssueState if state >= IssueState.FROZEN)
"""The states that a row of the database can have."""

OPEN = (IssueState.FROZEN, IssueState.SENDING)
"""The states in which `run` works on an issue."""

TRANSITIONS: Mapping[IssueState, frozenset[IssueState]] = {
    IssueState.DRAFT: frozenset({IssueState.LOCKED}),
    IssueState.LOCKED: frozenset({IssueState.APPROVED, IssueState.FROZEN}),
    IssueState.APPROVED: frozenset({IssueState.LOCKED, IssueState.FROZEN}),
    IssueState.FROZEN: frozenset({IssueState.SENDING, IssueState.PAUSED, IssueState.CANCELLED}),
    IssueState.SENDING: frozenset(
        {IssueState.PAUSED, IssueState.SENT, IssueState.SENT_WITH_PROBLEMS, IssueState.CANCELLED}
    ),
    IssueState.PAUSED: frozenset({IssueState.SENDING, IssueState.CANCELLED}),
    IssueState.SENT: frozenset({IssueState.SENDING}),
    IssueState.SENT_WITH_PROBLEMS: frozenset({IssueState.SENDING, IssueState.SENT}),
    IssueState.CANCELLED: frozenset(),
}
"""What may follow what; a resolved or retried delivery reopens a sent issue."""


class Trip(StrEnum):
    """The pattern of answers that stopped a run; stored with the issue."""

    NONE = ""
    REFUSED = "refused"
    """The relay refuses or puts off everybody: no reader was charged, the next run tries one letter."""
    POLICY = "policy"
    """Too many readers' servers refuse the letter by policy."""
    HARD = "hard"
    """Too many addresses do not exist."""
    UNKNOWN = "unknown"
    """Too many connections are lost after the letter was handed over."""
