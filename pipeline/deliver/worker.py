"""Sends deliveries one after the other over one connection, and records what became of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.deliver.claims import ClaimQueue
from pipeline.deliver.connection import WorkerConnection
from pipeline.deliver.judge import NONE_TAKEN, Answer
from pipeline.deliver.ledger import DeliveryChange
from pipeline.deliver.shared import Run, raise_about_rate, record
from pipeline.deliver.transport import TransportError
from pipeline.model.delivery import (
    AttemptOutcome,
    Claim,
    DeliveryState,
    Envelope,
    FailureClass,
    Verdict,
)
from pipeline.model.issue_state import Trip

LONG_WAIT_S = 5
"""Before a longer wait for a limit, claims are queued again: a reader who leaves meanwhile gets nothing. A
shorter one is about the time that a letter takes through a slow relay."""

STRIKES = 3
"""Connection failures in a row after which a worker gives up; two may be a relay that restarts."""


@dataclass(slots=True)
class _Letter:
    """One delivery with its bytes; `begun` is how many answers had been heard then."""

    claim: Claim
    envelope: Envelope
    message: bytes | Sequence[bytes]
    begun: int


class Worker:
    """Sends deliveries one by one over its own connection."""

    def __init__(self, run: Run, queue: ClaimQueue) -> None:
        self._run = run
        self._queue = queue
        self.connection = WorkerConnection(run)
        self._strikes = 0
        self._answer_missing = False
        self._is_spare = False
        self._goes_ahead = True
        self._upcoming: _Letter | None = None

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
                # All workers count before the first commits: one that never waits would keep the others out.
                await asyncio.sleep(0)
                while not self.has_given_up and (claim := await self._next()) is not None:
                    await self._deliver(claim)
            self._run.answers_missing |= self.has_given_up and self._answer_missing
        finally:
            self._return_upcoming()
            await self.connection.close()

    async def _next(self) -> Claim | None:
        """Return the next delivery when its time has come; None when this worker is to end."""
        run, queue = self._run, self._queue
        if self._upcoming is not None:
            if not (run.is_over or run.pace.is_limited or self._is_spare):
                return self._upcoming.claim
            self._return_upcoming()
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
        run = self._run
        run.domains.begin(claim)
        try:
            if (answer := await self._try(claim)) is not None:
                self._settle(answer)
        finally:
            run.domains.end(claim)
            if run.is_over:
                run.pace.wake()

    async def _try(self, claim: Claim) -> Answer | None:
        """Try one delivery; None when it is recorded already, for the error was the run's."""
        try:
            letter = self._fill(claim)
        except ValueError as error:
            refused = AttemptOutcome(Verdict.FAILED, FailureClass.ADDRESS, detail=str(error))
            return Answer(claim, refused)
        handed = False

        async def before_handover() -> None:
            nonlocal handed
            self._announce_next()
            await self._run.recorder.commit(
                DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)
            )
            handed = True
            if self._run.is_over:
                self.connection.announce(None)

        try:
            await self.connection.get()
            outcome = await self.connection.send(letter.envelope, letter.message, before_handover)
            raise_about_rate(outcome, handed=handed)
        except TransportError as error:
            await self._recover(claim, error, handed=handed)
            return None
        self.connection.messages += 1
        return Answer(claim, outcome, handed, letter.begun)

    def _fill(self, claim: Claim) -> _Letter:
        """Fill the letter of a delivery, or take the one that was filled when it was announced."""
        letter, self._upcoming = self._upcoming, None
        return letter or _Letter(claim, *self._run.fill(claim), self._run.judge.heard)

    def _announce_next(self) -> None:
        """Take the next delivery, to begin it together with the dot of this one.

        Not where its turn could depend on this one's answer: with limits of pace or domain, while refusals
        are compared, and after one behind the dot, which costs the connection what was announced on it.
        """
        run = self._run
        if not (self._goes_ahead and self.connection.may_announce and run.goes_ahead):
            return
        if (claim := self._queue.next()) is None:
            return
        try:
            self._upcoming = self._fill(claim)
        except ValueError:
            self._queue.put_back(claim)
            return
        self.connection.announce(self._upcoming.envelope)

    def _return_upcoming(self) -> None:
        if self._upcoming is not None:
            self._queue.put_back(self._upcoming.claim)
            self._upcoming = None

    def _settle(self, answer: Answer) -> None:
        run, claim, outcome = self._run, answer.claim, answer.outcome
        is_lost = outcome.verdict is Verdict.NOT_SENT
        if is_lost and outcome.unbegun:
            # The relay recycles its connections; this reader was not named on this one.
            self._queue.put_back(claim)
            return
        self._goes_ahead &= outcome.verdict is Verdict.SENT or not answer.handed
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
