"""Hands the deliveries of an issue to the workers of a run: in reader order, or from elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from pipeline.deliver.judge import Judge
from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.progress import Progress
from pipeline.model.delivery import Claim, DeliveryState

CLAIMS_PER_CONNECTION = 10
"""Deliveries claimed at once per connection: few, so that a reader who leaves meanwhile gets nothing."""

_GOLDEN = 0.618034
"""Steps of the golden ratio spread any number of places evenly over a list."""

_MINUTES = 97
"""The first place elsewhere moves with every minute of the clock and returns after so many: a prime number,
so that it differs between the calls of cron."""


class ClaimQueue:
    """Hands claims to workers; claims a chunk at a time, never more than a few ahead."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: LedgerWriter,
        judge: Judge,
        progress: Progress,
        *,
        connections: int,
        clock: Callable[[], datetime],
        is_over: Callable[[], bool],
    ) -> None:
        self._ledger, self._recorder, self._judge, self._progress = ledger, recorder, judge, progress
        self._limit = connections * CLAIMS_PER_CONNECTION
        self._clock, self._is_over = clock, is_over
        self._claims: deque[Claim] = deque()
        self._after = 0
        self._place = clock().timestamp() // 60 % _MINUTES / _MINUTES
        self._exhausted = False

    @property
    def is_done(self) -> bool:
        """Whether everything queued was handed to a worker."""
        return self._exhausted and not self._claims

    def next(self) -> Claim | None:
        """Return the next delivery; None if there are no more, or the run is over."""
        while not self._claims and not self._exhausted and not self._is_over():
            self._claim_chunk()
        if self._is_over() or not self._claims:
            return None
        return self._take_elsewhere() if self._judge.wants_others else self._claims.popleft()

    def _claim_chunk(self) -> None:
        last, claims = self._claim(self._after, self._limit)
        if last is None:
            self._exhausted = True
            return
        self._after = last
        self._claims.extend(claims)

    def _claim(self, after: int, limit: int) -> tuple[int | None, tuple[Claim, ...]]:
        self._recorder.flush()  # what was queued again is claimed again
        chunk = self._ledger.claim(after=after, limit=limit, now=self._clock())
        self._progress.skipped += chunk.skipped
        return chunk.last_id, chunk.claims

    def _take_elsewhere(self) -> Claim:
        """Take a reader far from the last one, or one of those that are claimed already."""
        self._place = (self._place + _GOLDEN) % 1
        last = None if self._exhausted else self._ledger.last_queued()
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

    def give_back(self) -> None:
        """Queue again what was claimed and not begun."""
        while self._claims:
            claim = self._claims.popleft()
            self._recorder.put(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.QUEUED)
            )
