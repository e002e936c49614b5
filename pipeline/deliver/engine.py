"""Sends what is owed of one frozen issue: N workers over N connections, one writer for the ledger.

Does not decide who is owed, does not read content, and commits `handed` before every dot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from pipeline.deliver.claims import ClaimQueue
from pipeline.deliver.domains import DomainLimits
from pipeline.deliver.judge import Judge
from pipeline.deliver.ledger import Ledger
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pace import Limits
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
from pipeline.deliver.progress import Progress
from pipeline.deliver.shared import BACKOFF_S, Fill, Run, judge_held
from pipeline.deliver.transport import Transport
from pipeline.deliver.worker import Worker
from pipeline.model.issue_state import Trip


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
