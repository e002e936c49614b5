"""Pure: what follows an outcome, and when a deferred delivery is due again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pipeline.deliver.ledger import Change
from pipeline.deliver.model import Claim, DeliveryState, FailureClass, Outcome, Verdict

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


def follow(claim: Claim, outcome: Outcome, *, handed: bool, lost_before: bool, now: datetime) -> Change:
    """Turn the outcome of an attempt into the change of its delivery.

    `handed` says whether the `handed` mark was committed; `lost_before` whether this delivery was lost
    before its dot once already in this run. A second loss counts as "try later", so that one letter that
    breaks every connection cannot keep the rest from going out.
    """
    expected = DeliveryState.HANDED if handed else DeliveryState.CLAIMED
    end = _ENDS.get(outcome.verdict)
    if end is not None:
        return Change(
            claim.subscriber_id,
            expected,
            end,
            counted=True,
            failure=outcome.failure,
            code=outcome.code,
            detail=outcome.detail if end is not DeliveryState.SENT else "",
        )
    if outcome.verdict is Verdict.NOT_SENT and not lost_before:
        return Change(claim.subscriber_id, expected, DeliveryState.QUEUED, detail=outcome.detail)
    due_at = retry_at(now, claim.attempts, claim.public_id)
    return Change(
        claim.subscriber_id,
        expected,
        DeliveryState.EXPIRED if due_at is None else DeliveryState.DEFERRED,
        counted=True,
        failure=FailureClass.SOFT if due_at is None else FailureClass.NONE,
        code=outcome.code,
        detail=outcome.detail,
        next_at=due_at,
    )
