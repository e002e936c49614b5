"""Sends what is owed of one frozen issue: N workers over N connections, one writer for the ledger.

Does not decide who is owed, does not read content, and commits `handed` before every dot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from pipeline.deliver.claims import ClaimQueue
from pipeline.deliver.connection import WorkerConnection
from pipeline.deliver.domains import DomainLimits
from pipeline.deliver.judge import NONE_TAKEN, Answer, Judge
from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pace import Limits
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
from pipeline.deliver.progress import Progress
from pipeline.deliver.shared import BACKOFF_S, Fill, Run, judge_held, raise_about_rate, record
from pipeline.deliver.transport import Transport, TransportError
from pipeline.model.delivery import (
    AttemptOutcome,
    Claim,
    DeliveryState,
    FailureClass,
    Verdict,
)
from pipeline.model.issue_state import Trip

LONG_WAIT_S = 5
"""Before a longer wait for a limit, claims are queued again: a reader who leaves meanwhile gets nothing."""

STRIKES = 3
"""Connection failures in a row after which a worker gives up; two may be a relay that restarts."""


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
    pace: Pacer | None = None,
    has_sent: bool = False,
    last_refusal: str = "",
    is_probe: bool = False,
) -> Progress:
    """Try every queued delivery; return when all were tried or the run has to stop.

    One connection begins, until a letter is taken. Without a `pace` there are no limits, and a relay that
    asks for patience ends the run. `has_sent` is whether most of the issue was taken earlier, `last_refusal`
    the `refusal` that stopped the last run, `is_probe` whether losing the first letter stops this one. A
    delivery that was lost before its dot is tried once more. Setting `stop` lets the messages in flight
    finish and queues again what was only claimed. After an error of the ledger (a full disk, a conflict) no
    further dot is written; the error is raised.
    """
    async with LedgerWriter(ledger, clock) as recorder:
        judge = Judge(has_sent, last_refusal, rules.connections)
        pace = pace or Pacer(PrivatePaceLedger(), Limits(), owner="", clock=clock, until=clock())
        run = Run(
            ledger,
            transport,
            fill,
            rules,
            clock,
            stop,
            watch,
            recorder,
            judge,
            pace,
            DomainLimits(rules.per_domain),
            backoff_s,
            is_probe,
        )
        again = True
        while again and not run.is_over:
            before = len(run.lost), run.requeued
            await _pass(run)
            again = (len(run.lost), run.requeued) != before
            judge_held(run)
        pace.close()
    if stop.is_set():
        run.progress.stop("this process was asked to end", temporary=True)
    return run.progress


async def _pass(run: Run) -> None:
    """Try every queued delivery once, in reader order."""
    queue = ClaimQueue(run)
    count = min(run.rules.connections, run.pace.connections or run.rules.connections)
    workers = [Worker(run, queue) for _ in range(count)]
    tasks: list[asyncio.Task[None]] = []
    try:
        await workers[0].begin()
        tasks = [asyncio.create_task(worker.work()) for worker in workers]
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await workers[0].connection.close()
        is_done = queue.is_done
        queue.give_back()
    if not is_done and not run.is_over and any(worker.has_given_up for worker in workers):
        why = run.last_error or "no connection to the relay lasted"
        trip = Trip.UNKNOWN if run.answers_missing else Trip.NONE
        run.progress.stop(why, temporary=True, pause=run.answers_missing, trip=trip)


class Worker:
    """Sends deliveries one by one over its own connection."""

    def __init__(self, run: Run, queue: ClaimQueue) -> None:
        self._run = run
        self._queue = queue
        self.connection = WorkerConnection(run)
        self._strikes = 0
        self._answer_missing = False
        self._is_spare = False

    @property
    def has_given_up(self) -> bool:
        """Whether the connection failed so often in a row that this worker ended."""
        return self._strikes >= STRIKES

    async def begin(self) -> None:
        """Work alone until the relay has taken a letter, asked for patience, or lost one."""
        judge, tried = self._run.judge, 0
        while not (judge.is_open or self._strikes) and tried < NONE_TAKEN:
            if (claim := await self._next()) is None:
                return
            await self._deliver(claim)
            tried += 1
        if self._strikes and self._run.is_probe and not judge.is_proven:
            self._run.answers_missing |= self._answer_missing
            why = self._run.last_error or "the connection to the relay was lost"
            trip = Trip.UNKNOWN if self._answer_missing else Trip.NONE
            self._run.progress.stop(why, temporary=True, pause=self._answer_missing, trip=trip)

    async def work(self) -> None:
        """Work until nothing is left, the run is over, or the connection failed three times in a row."""
        try:
            with self._run.recorder.worker():
                while not self.has_given_up and (claim := await self._next()) is not None:
                    await self._deliver(claim)
            self._run.answers_missing |= self.has_given_up and self._answer_missing
        finally:
            await self.connection.close()

    async def _next(self) -> Claim | None:
        """Return the next delivery when its time has come; None when this worker is to end."""
        run, queue = self._run, self._queue
        while not self._is_spare:
            if not run.pace.is_limited:
                claim = queue.next()
            else:
                async with run.pace.turn:
                    claim = await self._next_in_time()
            if claim is not None or not queue.has_claims:
                return claim
            await run.domains.wait()
        return None

    async def _next_in_time(self) -> Claim | None:
        run, queue = self._run, self._queue
        while (claim := queue.next()) is not None and not run.pace.take():
            queue.put_back(claim)
            if run.pace.wait_s > LONG_WAIT_S:
                queue.release()
            if not await run.pace.wait():
                run.progress.stop_for(run.pace.blocked)
                return None
        return claim

    async def _deliver(self, claim: Claim) -> None:
        self._run.domains.begin(claim)
        try:
            await self._try(claim)
        finally:
            self._run.domains.end(claim)
            if self._run.is_over:
                self._run.pace.wake()

    async def _try(self, claim: Claim) -> None:
        try:
            envelope, message = self._run.fill(claim)
        except ValueError as error:
            refused = AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=str(error))
            self._settle(Answer(claim, refused))
            return
        handed, begun = False, self._run.judge.heard

        async def before_handover() -> None:
            nonlocal handed
            await self._run.recorder.commit(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)
            )
            handed = True

        try:
            session = await self.connection.get()
            outcome = await session.send(envelope, message, before_handover)
            raise_about_rate(outcome, handed=handed)
        except TransportError as error:
            await self._recover(claim, error, handed=handed)
            return
        self.connection.messages += 1
        self._settle(Answer(claim, outcome, handed, begun))

    def _settle(self, answer: Answer) -> None:
        run, claim, outcome = self._run, answer.claim, answer.outcome
        is_lost = outcome.verdict is Verdict.NOT_SENT
        if is_lost and outcome.unbegun:
            # The relay recycles its connections; this reader was not named on this one.
            self._queue.put_back(claim)
            return
        self._answer_missing = outcome.verdict is Verdict.UNKNOWN
        if is_lost or self._answer_missing:
            self._strikes += 1
            run.last_error = outcome.detail or "connections to the relay are lost"
            record(run, answer)
            if is_lost:
                run.lost.add(claim.subscriber_id)
        else:
            self._strikes = 0
            self._hear(answer)
        run.progress.attempted += 1
        if outcome.verdict is Verdict.SENT:
            run.progress.sent += 1
            run.pace.accepted()
        elif outcome.verdict is Verdict.DEFERRED:
            run.progress.put_off = f"{outcome.code} {outcome.detail}"
        if trip := run.breaker.tripped():
            run.progress.stop(run.breaker.explain(trip), temporary=True, pause=True, trip=trip)
        run.watch(run.progress)

    def _hear(self, answer: Answer) -> None:
        """Record what counts now; a delivery whose answer is held back is owed meanwhile."""
        run, reader = self._run, answer.claim.subscriber_id
        counted = run.judge.hear(answer)
        for each in counted:
            record(run, each, was_held=each is not answer)
        if answer.handed and run.judge.is_holding(answer):
            # If this process dies, the delivery is owed, and not one whose answer nobody knows.
            run.recorder.put(DeliveryChange(reader, DeliveryState.HANDED, DeliveryState.QUEUED))
            run.recorder.put(DeliveryChange(reader, DeliveryState.QUEUED, DeliveryState.CLAIMED))

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
        await self.connection.close()
        if error.is_about_rate:
            run.slowed.add(claim.subscriber_id)
            run.progress.put_off = str(error)
            run.requeued += 1
            run.last_error = str(error)
            self._is_spare = run.pace.refused(
                error,
                sent=run.progress.sent,
                sessions=run.sessions,
                messages=self.connection.messages,
            )
            return
        if not error.temporary:
            # A refused message stays refused; a refused login or sender is fixed elsewhere and tried again.
            run.progress.stop(str(error), temporary=False, pause=error.stage.is_message_refused)
            return
        run.last_error = str(error)
        self._strikes += 1
        if self._strikes < STRIKES:
            await pause(run.stop, run.backoff_s * 2 ** (self._strikes - 1))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, or until the run is asked to stop."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
