"""Values of delivery: the states of one delivery, the outcome of an attempt, the report of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import IntEnum, StrEnum

from pipeline.model.frozen import dataclass


class DeliveryState(IntEnum):
    """Where one delivery stands; stored as these integers."""

    QUEUED = 0
    """Owed; no process works on it."""
    CLAIMED = 1
    """Taken by the running process; nothing was handed over."""
    HANDED = 2
    """The body is with the server and the terminating dot may be on its way."""
    DEFERRED = 3
    """The server asked to try again later; due at `next_at`."""
    SENT = 4
    """The server took responsibility."""
    FAILED = 5
    """Refused for good, with a class."""
    SKIPPED = 6
    """No longer owed: left, suppressed or erased since the freeze."""
    EXPIRED = 7
    """Deferred until the retries were used up, or owed until the letter was too old."""
    UNKNOWN = 8
    """It cannot be known whether the server took it; never sent again automatically."""

    @property
    def word(self) -> str:
        """The state as people and `status --json` write it."""
        return self.name.lower()


TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.CLAIMED, DeliveryState.SKIPPED, DeliveryState.EXPIRED}),
    DeliveryState.CLAIMED: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.HANDED,
            DeliveryState.DEFERRED,
            DeliveryState.FAILED,
            DeliveryState.EXPIRED,
        }
    ),
    DeliveryState.HANDED: frozenset(
        {
            DeliveryState.QUEUED,
            DeliveryState.SENT,
            DeliveryState.DEFERRED,
            DeliveryState.FAILED,
            DeliveryState.EXPIRED,
            DeliveryState.UNKNOWN,
        }
    ),
    DeliveryState.DEFERRED: frozenset({DeliveryState.QUEUED, DeliveryState.SKIPPED, DeliveryState.EXPIRED}),
    DeliveryState.SENT: frozenset(),
    DeliveryState.FAILED: frozenset({DeliveryState.QUEUED}),
    DeliveryState.SKIPPED: frozenset(),
    DeliveryState.EXPIRED: frozenset({DeliveryState.QUEUED}),
    DeliveryState.UNKNOWN: frozenset({DeliveryState.SENT, DeliveryState.QUEUED, DeliveryState.FAILED}),
}
"""The allowed moves; EXPIRED is left only by `weekly retry`, FAILED also by `weekly resume` of an issue that
a breaker paused, UNKNOWN by `weekly resolve` or by a bounce."""

OWED = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.HANDED, DeliveryState.DEFERRED)
"""The states of a delivery that has not ended."""

NEED_A_PERSON = (DeliveryState.UNKNOWN, DeliveryState.EXPIRED)
"""The states that a person must look at."""


class SkipReason(IntEnum):
    """Why a frozen delivery is no longer owed."""

    NONE = 0
    LEFT = 1
    """Unsubscribed, or paused, since the freeze."""
    SUPPRESSED = 2
    """Bounced, complained, or on the suppression list."""
    ERASED = 3
    """Asked to be forgotten."""
    CANCELLED = 4
    """The issue was cancelled."""


class FailureClass(IntEnum):
    """Whose fault a refusal is."""

    NONE = 0
    HARD = 1
    """The address does not exist or is closed (RFC 3463: 5.1.x, 5.2.1): the reader's."""
    SOFT = 2
    """Mailbox full and similar, after all retries."""
    POLICY = 3
    """The letter or the sender is refused (RFC 3463: 5.7.x): never held against the reader."""
    CONTENT = 4
    """The message itself is refused (too big, malformed): ours."""
    ADDRESS = 5
    """Cannot be written into an SMTP command, or the relay lacks SMTPUTF8."""


OURS = (FailureClass.POLICY, FailureClass.CONTENT)
"""The refusals that are the sender's fault and that a person must look at."""


class Verdict(StrEnum):
    """The result of one attempt, as the transport knows it."""

    SENT = "sent"
    DEFERRED = "deferred"
    """A definite 4xx for this reader."""
    FAILED = "failed"
    """A definite 5xx for this reader."""
    UNKNOWN = "unknown"
    """The dot was written and no well-formed answer came."""
    NOT_SENT = "not_sent"
    """Lost before the dot, or never begun: still owed, no one's fault."""


class About(StrEnum):
    """What a refusal is about, as far as its codes and words show."""

    UNCLEAR = "unclear"
    """Nothing in the answer tells: only a comparison with other readers' answers can."""
    READER = "reader"
    """This mailbox: it does not exist, is closed or full."""
    SENDER = "sender"
    """The sender, this machine, its login or its right to relay: every reader would be refused."""
    RATE = "rate"
    """How much was sent, how fast or over how many connections: the same letter is taken later."""
    GREYLIST = "greylist"
    """The first attempt for a reader: a repeat after some minutes is taken."""


class RateLimit(StrEnum):
    """Which limit a refusal about the rate speaks of, as far as its codes and words show."""

    PACE = "pace"
    """Too fast, or nothing more is known: a pause and a lower rate help."""
    CONNECTIONS = "connections"
    """Too many connections at once."""
    SESSION = "session"
    """So many letters over one connection: another connection is free."""
    HOUR = "hour"
    """A quota of an hour, or one that names no time."""
    DAY = "day"
    """A quota of a day or longer."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The end of one attempt. `code` is the SMTP reply code or 0, `detail` the reply without addresses."""

    verdict: Verdict
    failure: FailureClass = FailureClass.NONE
    code: int = 0
    enhanced: str = ""
    detail: str = ""
    about: About = About.UNCLEAR
    unbegun: bool = False
    """Whether a connection that had served before ended before this reader was named on it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One delivery taken for sending, with what is needed to fill the letter.

    `attempts` counts this one too, so it is at least 1.
    """

    subscriber_id: int
    public_id: int
    token_epoch: int
    email: str
    name: str
    variant: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP needs in addition to the bytes. `sender` and `recipient` are bare addresses."""

    sender: str
    recipient: str
    ref: str
    """Names the message in files and logs: `2026-W48.5f1c2a…`; no address in it."""


MIN_SENT = 0.5
"""The default of `[delivery] min_sent`: an issue that fewer than half of its readers were sent went wrong."""


def share_sent(counts: Mapping[str, int]) -> float:
    """Return the share of the readers who still wanted a letter that it was sent to; 1 if there are none."""
    wanted = sum(counts.values()) - counts.get(DeliveryState.SKIPPED.word, 0)
    return counts.get(DeliveryState.SENT.word, 0) / wanted if wanted else 1.0


@dataclass(frozen=True, slots=True)
class ReferenceHeader:
    """A header of a provider that brings the reference of a copy back with its reports.

    The reference stands between `before` and `after`.
    """

    name: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The numbers of one delivery run and of the whole issue after it.

    `counts` has every state's word as a key and adds up to `audience`.
    """

    week: str
    audience: int
    counts: Mapping[str, int]
    attempted: int = 0
    state: str = ""
    paused_reason: str = ""
    resumes_at: datetime | None = None
    """When a pause ends by itself."""
    stopped_reason: str = ""
    """Why the last run was stopped, if it was."""
    next_at: datetime | None = None
    """When the earliest deferred delivery is due."""
    failures: Mapping[str, int] = field(default_factory=dict)
    """Failed deliveries by class word."""
    returned: Mapping[str, int] = field(default_factory=dict)
    """Deliveries that something came back of, by the word of the gravest `ReturnKind`."""
    unmatched: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """What webhooks reported about no letter here while this was the newest issue, by source and kind."""
    segment: str = ""
    """The segment that the issue went to, by name and text; empty for everyone."""
