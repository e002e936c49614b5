"""Hands the deliveries of an issue to the workers of a run: in reader order, or from elsewhere."""

from __future__ import annotations

from collections import deque

from pipeline.deliver.ledger import DeliveryChange
from pipeline.deliver.shared import Run
from pipeline.model.delivery import Claim, DeliveryState

CLAIMS_PER_CONNECTION = 10
"""Deliveries claimed at once per connection: few, so that a reader who leaves meanwhile gets nothing, and
enough that the transaction of a claim costs little per letter; chosen by judgement."""

_GOLDEN = 0.618034
"""Steps of the golden ratio spread any number of places evenly over a list."""

_MINUTES = 97
"""The first place elsewhere moves with every minute of the clock and returns after so many: a prime number,
so that it differs between the calls of cron."""


class ClaimQueue:
    """Hands claims to workers; claims a chunk at a time, never more than a few ahead."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._limit = run.rules.connections * CLAIMS_PER_CONNECTION
        self._claims: deque[Claim] = deque()
        self._after = 0
        self._place = run.clock().timestamp() // 60 % _MINUTES / _MINUTES
        self._exhausted = False

    @property
    def is_done(self) -> bool:
        """Whether everything queued was handed to a worker."""
        return self._exhausted and not self._claims

    @property
    def has_claims(self) -> bool:
        """Whether there are deliveries that no worker has, which wait for room at their domain."""
        return bool(self._claims) and not self._run.is_over

    def next(self) -> Claim | None:
        """Return the next delivery, or None when none can be sent now or the run is over."""
        while not self._claims and not self._exhausted and not self._run.is_over:
            self._claim_chunk()
        if self._run.is_over or not self._claims:
            return None
        return (
            self._take_elsewhere() if self._run.judge.wants_others else self._run.domains.pick(self._claims)
        )

    def _claim_chunk(self) -> None:
        limit = min(self._limit, self._run.pace.ahead) if self._run.pace.is_limited else self._limit
        last, claims = self._claim(self._after, limit)
        if last is None:
            self._exhausted = True
            return
        self._after = last
        self._claims.extend(claims)

    def _claim(self, after: int, limit: int) -> tuple[int | None, tuple[Claim, ...]]:
        self._run.recorder.flush()  # what was queued again is claimed again
        chunk = self._run.ledger.claim(after=after, limit=limit, now=self._run.clock())
        self._run.progress.skipped += chunk.skipped
        return chunk.last_id, chunk.claims

    def _take_elsewhere(self) -> Claim:
        """Take a reader far from the last one, or one of those that are claimed already."""
        self._place = (self._place + _GOLDEN) % 1
        last = None if self._exhausted else self._run.ledger.last_queued()
        if last is not None and last > self._after:
            place = self._after + int((last - self._after) * self._place)
            _, claims = self._claim(place, 1)
            if claims:
                return claims[0]
        self._claims.rotate(-int(len(self._claims) * self._place))
        return self._claims.popleft()

    def put_back(self, claim: Claim) -> None:
        """Return a delivery that was not begun, for another worker."""
        self._claims.appendleft(claim)

    def release(self) -> None:
        """Queue again what was claimed and not begun, to claim it once more later."""
        if self._claims:
            self._after = min(self._after, min(claim.subscriber_id for claim in self._claims) - 1)
            self._exhausted = False
            self.give_back()

    def give_back(self) -> None:
        """Queue again what was claimed and not begun."""
        while self._claims:
            claim = self._claims.popleft()
            self._run.recorder.put(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.QUEUED)
            )
