"""What the workers of one run share, and what an answer means for the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.deliver.domains import DomainLimits
from pipeline.deliver.judge import REFUSALS, Answer, Judge, explain, find_outcome_about
from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pacer import Pacer
from pipeline.deliver.progress import Progress
from pipeline.deliver.rate_limit import find_rate_limit
from pipeline.deliver.retry import Breaker, follow
from pipeline.deliver.transport import Stage, Transport, TransportError
from pipeline.model.delivery import About, AttemptOutcome, Claim, DeliveryState, Envelope, Verdict
from pipeline.model.issue_state import Trip

BACKOFF_S = 0.5
"""Waited after a first failure to connect, twice that after the next: long enough for a relay that restarts,
short enough that a run which cannot connect ends within seconds."""

Fill = Callable[[Claim], tuple[Envelope, bytes | Sequence[bytes]]]
"""Builds the bytes of one reader's letter, in parts or joined; raises ValueError when they cannot be made."""


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
    judge: Judge
    pace: Pacer
    domains: DomainLimits
    backoff_s: float = BACKOFF_S
    is_probe: bool = False
    progress: Progress = field(default_factory=Progress)
    breaker: Breaker = field(default_factory=Breaker)
    lost: set[int] = field(default_factory=set)
    """Deliveries that were lost before their dot once already in this run."""
    slowed: set[int] = field(default_factory=set)
    """Readers at whom the relay asked to slow down."""
    requeued: int = 0
    """How often a reader was queued again because the relay asked to slow down."""
    sessions: int = 0
    """Connections that are open or being opened."""
    last_error: str = ""
    """The last temporary error, in case every worker gives up."""
    answers_missing: bool = False
    """Whether a worker gave up because no answer came: continuing would only make more deliveries unknown."""

    @property
    def is_over(self) -> bool:
        """Whether workers must not take another delivery."""
        return bool(self.progress.stopped) or self.judge.stopped_by is not None or self.stop.is_set()

    @property
    def goes_ahead(self) -> bool:
        """Whether a letter may be begun before the answer to the one before it has come."""
        judge = self.judge
        is_steady = judge.is_proven and not judge.held and not self.is_over
        return is_steady and not (self.pace.is_limited or self.domains.are_limited)


def judge_held(run: Run) -> None:
    """Record the answers that were held back, or queue their readers again if the run stops."""
    judge = run.judge
    for answer in () if run.is_over else judge.end():
        record(run, answer, was_held=True)
    if why := explain(judge):
        is_final = judge.stopped_by is not None and judge.stopped_by.is_permanent
        run.progress.refusal = judge.stopped_by.wording if judge.stopped_by else ""
        run.progress.stop(why, temporary=not is_final, trip=Trip.REFUSED)
    for answer in judge.take_held():
        reader = answer.claim.subscriber_id
        run.recorder.put(DeliveryChange(reader, DeliveryState.CLAIMED, DeliveryState.QUEUED))


def record(run: Run, answer: Answer, *, was_held: bool = False) -> None:
    """Record what an answer means for its reader; one that was held back has its delivery claimed again."""
    claim = answer.claim
    run.recorder.put(
        follow(
            claim,
            answer.outcome,
            handed=answer.handed and not was_held,
            lost_before=answer.outcome.verdict is Verdict.NOT_SENT and claim.subscriber_id in run.lost,
            uses_patience=run.judge.is_patience_used or answer.about is About.READER,
            now=run.clock(),
        )
    )
    run.breaker.note(answer.outcome)


def raise_about_rate(outcome: AttemptOutcome, *, handed: bool) -> None:
    """Raise a refusal that is about the rate, for transports that return it."""
    if outcome.verdict in REFUSALS and find_outcome_about(outcome, handed=handed) is About.RATE:
        stage = Stage.DOT if handed else Stage.RCPT
        words = f"the relay asks to slow down: {outcome.code} {outcome.detail}"
        raise TransportError(
            words,
            stage=stage,
            temporary=True,
            code=outcome.code,
            about=About.RATE,
            limit=find_rate_limit(outcome.code, outcome.enhanced, outcome.detail),
        )
