"""What follows the outcome of an attempt, when a deferred delivery is due, when a run must stop. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.deliver.ledger import DeliveryChange
from pipeline.model.delivery import AttemptOutcome, Claim, DeliveryState, FailureClass, Verdict
from pipeline.model.issue_state import Trip

RETRY_AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=24),
)
"""The wait after the first, second … "try later"; about 36 hours in all, after which the delivery expires.

Short waits first, for greylisting (postgrey lets a repeat pass after 5 minutes); then long ones, as RFC 5321
(4.5.4.1) asks.
"""

COOL_DOWN = timedelta(hours=1)
"""How long an issue rests whose answers are lost; then one letter is tried. Long enough to restart a relay,
short against the age at which letters expire."""

REPEATED = 6
"""So many times longer an issue rests when the answer to that letter is lost, too: it may have arrived, and a
day has four such attempts. Chosen by judgement."""

JITTER = 0.2
"""Each wait varies by up to this share, so that deferred deliveries do not return in one burst: a spread of
two minutes for the first wait, less than the quarter of an hour between two calls of cron."""

_ENDS = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.FAILED: DeliveryState.FAILED,
    Verdict.UNKNOWN: DeliveryState.UNKNOWN,
}


def retry_at(now: datetime, attempts: int, public_id: int) -> datetime | None:
    """Return when a delivery is due after its n-th "try later"; None if that was the last one.

    The jitter is hashed from reader and attempt, so it is the same on every machine.
    """
    if attempts > len(RETRY_AFTER):
        return None
    digest = hashlib.blake2b(f"{public_id}\x1f{attempts}".encode(), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / 2**64 * 2 - 1
    return now + RETRY_AFTER[attempts - 1] * (1 + JITTER * share)


def follow(
    claim: Claim,
    outcome: AttemptOutcome,
    *,
    handed: bool,
    lost_before: bool,
    now: datetime,
    uses_patience: bool = True,
) -> DeliveryChange:
    """Return the change of a delivery that follows from the outcome of an attempt.

    `handed` is whether the `handed` mark was committed, `lost_before` whether this delivery was lost before
    its dot once already in this run. A second loss counts as "try later", so that one letter that breaks
    every connection does not hold up the others. Without `uses_patience` a "try later" uses up no attempt:
    the relay has put off everybody.
    """
    expected = DeliveryState.HANDED if handed else DeliveryState.CLAIMED
    end = _ENDS.get(outcome.verdict)
    if end is not None:
        return DeliveryChange(
            claim.subscriber_id,
            expected,
            end,
            counted=True,
            failure=outcome.failure,
            code=outcome.code,
            detail=outcome.detail if end is not DeliveryState.SENT else "",
        )
    if outcome.verdict is Verdict.NOT_SENT and not lost_before:
        return DeliveryChange(claim.subscriber_id, expected, DeliveryState.QUEUED, detail=outcome.detail)
    due_at = retry_at(now, claim.attempts if uses_patience else 1, claim.public_id)
    return DeliveryChange(
        claim.subscriber_id,
        expected,
        DeliveryState.EXPIRED if due_at is None else DeliveryState.DEFERRED,
        counted=uses_patience,
        failure=FailureClass.SOFT if due_at is None else FailureClass.NONE,
        code=outcome.code,
        detail=outcome.detail,
        next_at=due_at,
    )


SAMPLE = 200
"""Answers before a run is judged: below it, a few refusals of one server would look like a trend. The
smallest limit below, 5 %, means ten readers then."""


LIMITS = {Trip.POLICY: 0.05, Trip.HARD: 0.2, Trip.UNKNOWN: 0.05}
"""The largest share of answers of each kind that single readers can explain; above it the cause is the run's:
reputation, an old list, the relay. Chosen by judgement, not measured."""

_ADVICE = {
    Trip.POLICY: "servers refuse the letter by policy: check SPF, DKIM, DMARC and the sender's reputation",
    Trip.HARD: "addresses do not exist: the list is old, or the relay refuses every reader",
    Trip.UNKNOWN: "connections are lost after the letter was handed over: ask the relay's operator",
}


@dataclass(slots=True)
class Breaker:
    """Counts the answers of one run and decides when it should stop."""

    sample: int = SAMPLE
    answers: int = 0
    counts: dict[Trip, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))

    def note(self, outcome: AttemptOutcome) -> None:
        """Count one outcome; an attempt that never reached a server is not an answer."""
        if outcome.verdict is Verdict.NOT_SENT:
            return
        self.answers += 1
        if outcome.verdict is Verdict.UNKNOWN:
            self.counts[Trip.UNKNOWN] += 1
        elif outcome.failure is FailureClass.POLICY:
            self.counts[Trip.POLICY] += 1
        elif outcome.failure is FailureClass.HARD:
            self.counts[Trip.HARD] += 1

    def tripped(self) -> Trip:
        """Return the kind of answers because of which the run should stop; NONE if it need not."""
        if self.answers < self.sample or not any(self.counts.values()):
            return Trip.NONE
        over = (trip for trip, limit in LIMITS.items() if self.counts[trip] > limit * self.answers)
        return next(over, Trip.NONE)

    def explain(self, trip: Trip) -> str:
        """Return in a sentence why a kind of answers stops the run."""
        share = f"{self.counts[trip]} of {self.answers} answers are `{trip}` (limit {LIMITS[trip]:.0%})"
        return f"{share}: {_ADVICE[trip]}"
