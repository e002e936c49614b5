"""Sends what is owed of one frozen issue: N workers over N connections, one writer for the ledger.

Does not decide who is owed, does not read content, and commits `handed` before every dot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.retry import Breaker, follow
from pipeline.deliver.transport import Session, Transport, TransportError
from pipeline.model.delivery import AttemptOutcome, Claim, DeliveryState, Envelope, FailureClass, Verdict

STRIKES = 3
"""Connection failures in a row after which a worker gives up; two may be a relay that restarts."""

BACKOFF_S = 0.5
"""Waited after a first failure to connect, twice that after the next: long enough for a relay that restarts,
short enough that a run which cannot connect ends within seconds."""

CLAIMS_PER_CONNECTION = 10
"""Deliveries claimed at once per connection: few, so that a reader who leaves meanwhile gets nothing."""

Fill = Callable[[Claim], tuple[Envelope, bytes]]
"""Makes the bytes of one reader's letter; raises ValueError when they cannot be made."""


@dataclass(slots=True)
class Progress:
    """The progress of a run; workers update it, `watch` reads it."""

    attempted: int = 0
    sent: int = 0
    skipped: int = 0
    stopped: str = ""
    """Why the run ended early, in a sentence; empty when everything queued was tried."""
    temporary: bool = True
    """Whether the next run may continue by itself."""
    pause: bool = False
    """Whether the issue must wait for a person."""

    def stop(self, why: str, *, temporary: bool, pause: bool = False) -> None:
        """Stop the run; the first reason stays."""
        if not self.stopped:
            self.stopped, self.temporary, self.pause = why, temporary, pause


@dataclass(slots=True)
class Run:
    """What the workers of one run share."""

    ledger: Ledger
    transport: Transport
    fill: Fill
    rules: DeliveryOptions
    clock: Callable[[], datetime]
    stop: asyncio.Event
    watch: Callable[[Progress], None]
    recorder: LedgerWriter
    backoff_s: float = BACKOFF_S
    progress: Progress = field(default_factory=Progress)
    breaker: Breaker = field(default_factory=Breaker)
    lost: set[int] = field(default_factory=set)
    """Deliveries that were lost before their dot once already in this run."""
    slowed: set[int] = field(default_factory=set)
    """Readers at whom the relay asked to slow down."""
    last_error: str = ""
    """The last temporary error, in case every worker gives up."""
    answers_missing: bool = False
    """Whether a worker gave up because no answer came: continuing would only make more deliveries unknown."""

    @property
    def is_over(self) -> bool:
        """Whether workers must not take another delivery."""
        return bool(self.progress.stopped) or self.stop.is_set()


async def deliver(
    ledger: Ledger,
    transport: Transport,
    fill: Fill,
    *,
    rules: DeliveryOptions,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
    watch: Callable[[Progress], None] = lambda _progress: None,
    backoff_s: float = BACKOFF_S,
) -> Progress:
    """Try every queued delivery; return when all were tried or the run has to stop.

    A delivery that was lost before its dot is tried once more. Setting `stop` lets the messages in flight
    finish and queues again what was only claimed. After an error of the ledger (a full disk, a conflict) no
    further dot is written; the error is raised.
    """
    async with LedgerWriter(ledger, clock) as recorder:
        run = Run(ledger, transport, fill, rules, clock, stop, watch, recorder, backoff_s)
        again = True
        while again and not run.is_over:
            lost_before = len(run.lost)
            await _pass(run)
            again = len(run.lost) > lost_before
    if stop.is_set():
        run.progress.stop("asked to stop", temporary=True)
    return run.progress


async def _pass(run: Run) -> None:
    """Try every queued delivery once, in reader order."""
    queue = ClaimQueue(run)
    workers = [asyncio.create_task(Worker(run, queue).work()) for _ in range(run.rules.connections)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        queue.give_back()
    if not queue.is_done and not run.is_over:
        why = run.last_error or "no connection to the relay lasted"
        run.progress.stop(why, temporary=True, pause=run.answers_missing)


class ClaimQueue:
    """Hands claims to workers; claims a chunk at a time, never more than a few ahead."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._claims: deque[Claim] = deque()
        self._after = 0
        self._exhausted = False

    @property
    def is_done(self) -> bool:
        """Whether everything queued was handed to a worker."""
        return self._exhausted and not self._claims

    def next(self) -> Claim | None:
        """Return the next delivery; None if there are no more, or the run is over."""
        while not self._claims and not self._exhausted and not self._run.is_over:
            self._claim()
        return self._claims.popleft() if self._claims and not self._run.is_over else None

    def _claim(self) -> None:
        run = self._run
        limit = run.rules.connections * CLAIMS_PER_CONNECTION
        chunk = run.ledger.claim(after=self._after, limit=limit, now=run.clock())
        if chunk.last_id is None:
            self._exhausted = True
            return
        self._after = chunk.last_id
        self._claims.extend(chunk.claims)
        run.progress.skipped += chunk.skipped

    def put_back(self, claim: Claim) -> None:
        """Return a delivery that was not begun, for another worker."""
        self._claims.appendleft(claim)

    def give_back(self) -> None:
        """Queue again what was claimed and not begun."""
        while self._claims:
            claim = self._claims.popleft()
            self._run.recorder.put(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.QUEUED)
            )


class Worker:
    """Sends deliveries one by one over its own connection."""

    def __init__(self, run: Run, queue: ClaimQueue) -> None:
        self._run = run
        self._queue = queue
        self._session: Session | None = None
        self._messages = 0
        self._strikes = 0
        self._answer_missing = False

    async def work(self) -> None:
        """Work until nothing is left, the run is over, or the connection failed three times in a row."""
        try:
            with self._run.recorder.worker():
                while self._strikes < STRIKES and (claim := self._queue.next()) is not None:
                    await self._deliver(claim)
            self._run.answers_missing |= self._strikes >= STRIKES and self._answer_missing
        finally:
            await self._close()

    async def _deliver(self, claim: Claim) -> None:
        try:
            envelope, message = self._run.fill(claim)
        except ValueError as error:
            self._settle(
                claim, AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=str(error)), handed=False
            )
            return
        handed = False

        async def before_handover() -> None:
            nonlocal handed
            await self._run.recorder.commit(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)
            )
            handed = True

        try:
            session = await self._connected()
            outcome = await session.send(envelope, message, before_handover)
        except TransportError as error:
            await self._recover(claim, error, handed=handed)
            return
        self._messages += 1
        self._settle(claim, outcome, handed=handed)

    def _settle(self, claim: Claim, outcome: AttemptOutcome, *, handed: bool) -> None:
        run = self._run
        is_lost = outcome.verdict is Verdict.NOT_SENT
        if is_lost and outcome.unbegun:
            # The relay recycles its connections; this reader was not named on this one.
            self._queue.put_back(claim)
            return
        self._answer_missing = outcome.verdict is Verdict.UNKNOWN
        lost_before = claim.subscriber_id in run.lost
        run.recorder.put(
            follow(claim, outcome, handed=handed, lost_before=is_lost and lost_before, now=run.clock())
        )
        if outcome.verdict in (Verdict.NOT_SENT, Verdict.UNKNOWN):
            self._strikes += 1
        else:
            self._strikes = 0
        if is_lost:
            run.lost.add(claim.subscriber_id)
        if self._strikes:
            run.last_error = outcome.detail or "connections to the relay are lost"
        run.progress.attempted += 1
        if outcome.verdict is Verdict.SENT:
            run.progress.sent += 1
        run.breaker.note(outcome)
        if why := run.breaker.tripped():
            run.progress.stop(why, temporary=True, pause=True)
        run.watch(run.progress)

    async def _recover(self, claim: Claim, error: TransportError, *, handed: bool) -> None:
        run = self._run
        if handed:
            run.recorder.put(DeliveryChange(claim.subscriber_id, DeliveryState.HANDED, DeliveryState.QUEUED))
            run.lost.add(claim.subscriber_id)
        elif error.is_about_rate and claim.subscriber_id in run.slowed:
            # Twice for one reader: others go first, and this one when nobody else is left.
            run.recorder.put(DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.QUEUED))
            run.lost.add(claim.subscriber_id)
        else:
            self._queue.put_back(claim)
        if error.is_about_rate:
            run.slowed.add(claim.subscriber_id)
        await self._close()
        if not error.temporary:
            # A refused message stays refused; a refused login or sender is fixed elsewhere and tried again.
            run.progress.stop(str(error), temporary=False, pause=error.stage.is_message_refused)
            return
        run.last_error = str(error)
        self._strikes += 1
        if self._strikes < STRIKES:
            await _pause(run.stop, run.backoff_s * 2 ** (self._strikes - 1))

    async def _connected(self) -> Session:
        if self._session is not None and (
            not self._session.usable or self._messages >= self._run.rules.messages_per_connection
        ):
            await self._close()
        if self._session is None:
            self._session = await self._run.transport.open()
            self._messages = 0
        return self._session

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
