"""What came back when a link was asked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a link."""

    GOOD = "good"
    """There is something to read."""
    MOVED = "moved"
    """There is, but for good at another address."""
    BROKEN = "broken"
    """The server says that there is nothing, or there is no such host."""
    TROUBLE = "trouble"
    """A server is there and did not do its work."""
    UNREACHED = "unreached"
    """Nobody answered: the host, or the way there, is away."""
    REFUSED = "refused"
    """The address is one that this program does not ask."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a link answered; `reason` says why it is not good, `moved_to` where it has gone for good."""

    outcome: Outcome
    reason: str = ""
    moved_to: str = ""
    is_unresolved: bool = False
    """No server of names knows the host, or none was reached."""
