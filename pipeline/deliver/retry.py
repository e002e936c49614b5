"""Pure: what follows an outcome, and when a deferred delivery is due again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.deliver.ledger import DeliveryChange
from pipeline.model.delivery import AttemptOutcome, Claim, DeliveryState, FailureClass, Verdict

RETRY_AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=8),
    timedelta(hours=24),
)
"""The wait after the first, second … definite "try later"; after the last the delivery expires."""

JITTER = 0.2
"""Each wait is stretched or shrunk by up to this share, so that a list does not come back as one burst."""

_ENDS = {
    Verdict.SENT: DeliveryState.SENT,
    Verdict.FAILED: DeliveryState.FAILED,
    Verdict.UNKNOWN: DeliveryState.UNKNOWN,
}


def retry_at(now: datetime, attempts: int, public_id: int) -> datetime | None:
    """Tell when a delivery is due after its n-th "try later"; None when it was the last one.

    The jitter is hashed from reader and attempt, so it is the same on every machine.
    """
    if attempts > len(RETRY_AFTER):
        return None
    digest = hashlib.blake2b(f"{public_id}\x1f{attempts}".encode(), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / 2**64 * 2 - 1
    return now + RETRY_AFTER[attempts - 1] * (1 + JITTER * share)


def follow(
    claim: Claim, outcome: AttemptOutcome, *, handed: bool, lost_before: bool, now: datetime
) -> DeliveryChange:
    """Turn the outcome of an attempt into the change of its delivery.

    `handed` says whether the `handed` mark was committed; `lost_before` whether this delivery was lost
    before its dot once already in this run. A second loss counts as "try later", so that one letter that
    breaks every connection cannot keep the rest from going out.
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
    due_at = retry_at(now, claim.attempts, claim.public_id)
    return DeliveryChange(
        claim.subscriber_id,
        expected,
        DeliveryState.EXPIRED if due_at is None else DeliveryState.DEFERRED,
        counted=True,
        failure=FailureClass.SOFT if due_at is None else FailureClass.NONE,
        code=outcome.code,
        detail=outcome.detail,
        next_at=due_at,
    )


SAMPLE = 200
"""Nothing is judged before so many answers: one angry server in ten proves nothing."""

LIMITS = {"policy": 0.05, "hard": 0.2, "unknown": 0.05}
"""The largest share of answers that each kind may have."""

_ADVICE = {
    "policy": "servers refuse the letter by policy: check SPF, DKIM, DMARC and the sender's reputation",
    "hard": "addresses do not exist: the list is old, or the relay refuses everybody",
    "unknown": "connections are lost after the letter was handed over: ask the relay's operator",
}


@dataclass(slots=True)
class Breaker:
    """Counts answers of one run; `tripped` says why the run should stop."""

    sample: int = SAMPLE
    answers: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIMITS, 0))

    def note(self, outcome: AttemptOutcome) -> None:
        """Count one outcome; what never reached a server is no answer."""
        if outcome.verdict is Verdict.NOT_SENT:
            return
        self.answers += 1
        if outcome.verdict is Verdict.UNKNOWN:
            self.counts["unknown"] += 1
        elif outcome.failure is FailureClass.POLICY:
            self.counts["policy"] += 1
        elif outcome.failure is FailureClass.HARD:
            self.counts["hard"] += 1

    def tripped(self) -> str:
        """Say in a sentence why the run should stop; empty while it need not."""
        if self.answers < self.sample:
            return ""
        for kind, limit in LIMITS.items():
            count = self.counts[kind]
            if count > limit * self.answers:
                return f"{count} of {self.answers} answers are `{kind}` (limit {limit:.0%}): {_ADVICE[kind]}"
        return ""
