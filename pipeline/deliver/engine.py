"""Sends what is owed of one frozen issue: N workers over N connections, one writer for the ledger.

Never decides who is owed, never reads content, and has `handed` committed before every dot.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.retry import Breaker, follow
from pipeline.deliver.transport import RunTrouble, Session, Transport
from pipeline.model.delivery import AttemptOutcome, Claim, DeliveryState, Envelope, FailureClass, Verdict

STRIKES = 3
"""So many failures of its connection in a row, and a worker gives up."""

CLAIMS_PER_CONNECTION = 10
"""How many deliveries are claimed at once for each connection: few, so that a reader who leaves is heeded."""

Fill = Callable[[Claim], tuple[Envelope, bytes]]
"""Makes the bytes of one reader's letter; raises ValueError when they cannot be made."""


@dataclass(slots=True)
class Progress:
    """What happened so far; workers add to it, and whoever watches reads it."""

    attempted: int = 0
    sent: int = 0
    skipped: int = 0
    stopped: str = ""
    """Why the run ended early, in a sentence; empty when everything queued was tried."""
    temporary: bool = True
    """Whether time mends what stopped the run."""
    pause: bool = False
    """Whether the issue must wait for a person."""

    def stop(self, why: str, *, temporary: bool, pause: bool = False) -> None:
        """Stop the run; the first reason stays."""
        if not self.stopped:
            self.stopped, self.temporary, self.pause = why, temporary, pause


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """How hard to push; `backoff_s` is waited after a first failure to connect, twice that after the next."""

    connections: int = 4
    messages_per_connection: int = 100
    backoff_s: float = 0.5


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
    progress: Progress = field(default_factory=Progress)
    breaker: Breaker = field(default_factory=Breaker)
    lost: set[int] = field(default_factory=set)
    """Deliveries that were lost before their dot once already."""
    trouble: str = ""
    """The last temporary trouble, should every worker give up."""
    burns: bool = False
    """Whether a worker gave up because answers never came: going on would only make more unknown."""

    @property
    def is_over(self) -> bool:
        """Whether no worker should take another delivery."""
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
) -> Progress:
    """Try everything that is queued; return when all of it was tried or the run has to stop.

    What was lost before its dot is tried once more. Setting `stop` lets the messages in flight finish and
    gives back what was only claimed. An error of the ledger (a full disk, a conflict) keeps every further
    dot from being written and is raised.
    """
    async with LedgerWriter(ledger, clock) as recorder:
        run = Run(ledger, transport, fill, rules, clock, stop, watch, recorder)
        again = True
        while again and not run.is_over:
            lost_before = len(run.lost)
            await _pass(run)
            again = len(run.lost) > lost_before
    if stop.is_set():
        run.progress.stop("asked to stop", temporary=True)
    return run.progress


async def _pass(run: Run) -> None:
    """Go through everything queued once, in reader order."""
    feed = ClaimQueue(run)
    workers = [asyncio.create_task(Worker(run, feed).work()) for _ in range(run.rules.connections)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        feed.give_back()
    if not feed.is_done and not run.is_over:
        why = run.trouble or "no connection to the relay lasted"
        run.progress.stop(why, temporary=True, pause=run.burns)


class ClaimQueue:
    """Hands claims to workers, a chunk at a time, never more than a few ahead."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._claims: deque[Claim] = deque()
        self._after = 0
        self._exhausted = False
        self._lock = asyncio.Lock()

    @property
    def is_done(self) -> bool:
        """Whether everything queued was handed to a worker."""
        return self._exhausted and not self._claims

    async def next(self) -> Claim | None:
        """Take a delivery; None when there is no more, or the run is over."""
        async with self._lock:
            while not self._claims and not self._exhausted and not self._run.is_over:
                await self._claim()
        return self._claims.popleft() if self._claims and not self._run.is_over else None

    async def _claim(self) -> None:
        run = self._run
        limit = run.rules.connections * CLAIMS_PER_CONNECTION
        chunk = await run.recorder.call(
            lambda: run.ledger.claim(after=self._after, limit=limit, now=run.clock())
        )
        if chunk.last_id is None:
            self._exhausted = True
            return
        self._after = chunk.last_id
        self._claims.extend(chunk.claims)
        run.progress.skipped += chunk.skipped

    def put_back(self, claim: Claim) -> None:
        """Let another worker take a delivery that was not begun."""
        self._claims.appendleft(claim)

    def give_back(self) -> None:
        """Queue again what was claimed and not begun."""
        while self._claims:
            claim = self._claims.popleft()
            self._run.recorder.put(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.QUEUED)
            )


class Worker:
    """Sends one delivery after the other over a connection of its own."""

    def __init__(self, run: Run, feed: ClaimQueue) -> None:
        self._run = run
        self._feed = feed
        self._session: Session | None = None
        self._messages = 0
        self._strikes = 0
        self._is_burning = False

    async def work(self) -> None:
        """Work until nothing is left, the run is over, or the connection failed three times in a row."""
        try:
            while self._strikes < STRIKES and (claim := await self._feed.next()) is not None:
                await self._deliver(claim)
            self._run.burns |= self._strikes >= STRIKES and self._is_burning
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

        async def before_dot() -> None:
            nonlocal handed
            await self._run.recorder.commit(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)
            )
            handed = True

        try:
            session = await self._connected()
            outcome = await session.send(envelope, message, before_dot)
        except RunTrouble as trouble:
            await self._trouble(claim, trouble, handed=handed)
            return
        self._messages += 1
        self._settle(claim, outcome, handed=handed)

    def _settle(self, claim: Claim, outcome: AttemptOutcome, *, handed: bool) -> None:
        run = self._run
        is_lost = outcome.verdict is Verdict.NOT_SENT
        if is_lost and outcome.unbegun:
            # A relay that recycles its connections: the reader was never named on this one.
            self._feed.put_back(claim)
            return
        self._is_burning = outcome.verdict is Verdict.UNKNOWN
        lost_before = claim.subscriber_id in run.lost
        run.recorder.put(
            follow(claim, outcome, handed=handed, lost_before=is_lost and lost_before, now=run.clock())
        )
        self._strikes = self._strikes + 1 if outcome.verdict in (Verdict.NOT_SENT, Verdict.UNKNOWN) else 0
        if is_lost:
            run.lost.add(claim.subscriber_id)
        if self._strikes:
            run.trouble = outcome.detail or "connections to the relay are lost"
        run.progress.attempted += 1
        run.progress.sent += outcome.verdict is Verdict.SENT
        run.breaker.note(outcome)
        if why := run.breaker.tripped():
            run.progress.stop(why, temporary=True, pause=True)
        run.watch(run.progress)

    async def _trouble(self, claim: Claim, trouble: RunTrouble, *, handed: bool) -> None:
        run = self._run
        if handed:
            run.recorder.put(DeliveryChange(claim.subscriber_id, DeliveryState.HANDED, DeliveryState.QUEUED))
            run.lost.add(claim.subscriber_id)
        else:
            self._feed.put_back(claim)
        await self._close()
        if not trouble.temporary:
            # A refused message stays refused; a refused login or sender is mended outside and tried again.
            run.progress.stop(str(trouble), temporary=False, pause=trouble.stage in ("data", "dot"))
            return
        run.trouble = str(trouble)
        self._strikes += 1
        if self._strikes < STRIKES:
            await _pause(run.stop, run.rules.backoff_s * 2 ** (self._strikes - 1))

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
