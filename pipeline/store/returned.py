"""What came back, written down: the delivery of a report, an unknown outcome settled, the reader acted on.

One transaction takes a batch of reports: until it commits nothing is marked as read anywhere, and a report
that is taken again counts once.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

from pipeline.bounces.match import clean_detail, clean_status, names_reader
from pipeline.bounces.options import BounceOptions
from pipeline.bounces.policy import ReturnDecision, decide
from pipeline.model.delivery import DeliveryState
from pipeline.model.returned import (
    Returned,
    ReturnKind,
    ReturnOutcome,
    ReturnReport,
    ReturnResult,
)
from pipeline.store import remedies
from pipeline.store.return_lookup import FoundDelivery, find_deliveries
from pipeline.store.return_results import find_refused, find_results, is_mass_refusal
from pipeline.store.tables import delivery, event, issue, returned
from pipeline.store.unmatched_reports import count_unmatched
from pipeline.store.webhook_tokens import use_token
from subscribers.store import changes
from subscribers.store.changes import Witness
from subscribers.store.statements import Standing, insert_new
from subscribers.store.tables import subscriber
from subscribers.tokens import Keyring

_TRIES = 4
"""Seven processes with the same reports at once needed one each on PostgreSQL. After the last a provider, or
the next run, comes again."""


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """One report about one reader, for the operator."""

    week: str
    kind: ReturnKind
    code: int
    status: str
    detail: str
    source: str
    taken_at: datetime


class _DryRun(Exception):
    """Rolls a transaction back that only wanted to know."""


class ReturnedMail:
    """The reports of a database, one committed transaction per method."""

    def __init__(self, engine: Engine, *, keyring: Keyring, options: BounceOptions) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._keyring = keyring
        self._options = options

    def take(
        self, reports: Sequence[ReturnReport], now: datetime, *, dry_run: bool = False, token: str = ""
    ) -> list[tuple[ReturnResult, ...]]:
        """Write reports down, settle the deliveries and act on the readers that they are about, all or none.

        Returns what became of each `Returned` of each report. The same report again changes nothing, in
        whichever order they come. A dry run returns the same and writes nothing. A `token` may be used once:
        with one that was used before, nothing is taken and nothing returned.
        """
        for last in (False,) * (_TRIES - 1) + (True,):
            results: list[tuple[ReturnResult, ...]] = []
            try:
                with self._engine.begin() as connection:
                    if token and not use_token(connection, token, now):
                        return []
                    results = self._take(connection, reports, now)
                    if dry_run:
                        raise _DryRun  # noqa: TRY301 - how a transaction is rolled back
            except _DryRun:
                return results
            except DataError as error:
                raise ValueError("the database cannot store a value of these reports") from error
            except DBAPIError as error:
                # Another process takes the same report, or waits for what this one holds: the next try
                # finds what it wrote.
                if last or not (isinstance(error, IntegrityError) or _is_deadlock(error)):
                    raise
                continue
            return results
        raise AssertionError("the last try returns or raises")

    def act_on_refusals(self, issue_id: int, now: datetime) -> int:
        """Act on the readers whose address was refused during the send; returns how many left.

        No reader is touched when no letter was sent, or when so large a share was refused that single
        addresses cannot be the cause.
        """
        with self._engine.begin() as connection:
            if is_mass_refusal(connection, issue_id):
                return 0
            left, known = 0, {issue_id: False}
            public_ids = (
                connection.scalar(select(subscriber.c.public_id).where(subscriber.c.id == subscriber_id))
                for subscriber_id in find_refused(connection, issue_id)
            )
            # In the order of `_take`, which may run at the same time for webhooks.
            for public_id in sorted(each or 0 for each in public_ids):
                reader = changes.find_standing(connection, public_id)
                left += bool(reader and self._act(connection, reader, issue_id, "send", now, known=known))
        return left

    def settle(self, now: datetime) -> int:
        """Settle the unknown deliveries that something came back of; returns how many."""
        with self._engine.begin() as connection:
            return _settle(connection, now)

    def note_lift(self, reason: str, now: datetime) -> None:
        """Append an event: a person took an address off the suppression list."""
        with self._engine.begin() as connection:
            remedies.note(connection, now, "suppression.lifted", None, reason)

    def find_lines(self, subscriber_id: int) -> list[ReturnedLine]:
        """Read what came back from one reader, oldest issue first."""
        statement = (
            select(returned, issue.c.week)
            .join(issue, issue.c.id == returned.c.issue_id)
            .where(returned.c.subscriber_id == subscriber_id)
            .order_by(issue.c.week, returned.c.taken_at)
        )
        with self._reading.connect() as connection:
            return [
                ReturnedLine(row.week, row.kind, row.code, row.status, row.detail, row.source, row.taken_at)
                for row in connection.execute(statement)
            ]

    def _take(
        self, connection: Connection, reports: Sequence[ReturnReport], now: datetime
    ) -> list[tuple[ReturnResult, ...]]:
        found = find_deliveries(connection, self._keyring, reports)
        results: dict[tuple[int, int], ReturnResult] = {}
        # In the order of the readers, so that two processes never wait for each other; the gravest first,
        # because a report counts once for a delivery.
        order = sorted(
            found.items(),
            key=lambda item: (
                item[1].public_id if item[1] else 0,
                -reports[item[0][0]].returned[item[0][1]].kind,
            ),
        )
        for (number, part), place in order:
            report = reports[number]
            results[number, part] = self._record(connection, report, report.returned[part], place, now)
        # After every reader is locked, and in the order of the issues: settling locks an issue.
        for issue_id, group in groupby(sorted(_to_settle(found, results)), key=lambda each: each[0]):
            places = {subscriber_id: place for _, subscriber_id, place in group}
            for subscriber_id in remedies.settle(connection, issue_id, list(places), now):
                results[places[subscriber_id]] = replace(results[places[subscriber_id]], settled=True)
        taken = [
            tuple(results[number, part] for part in range(len(report.returned)))
            for number, report in enumerate(reports)
        ]
        count_unmatched(connection, reports, taken, now)
        return taken

    def _record(
        self,
        connection: Connection,
        report: ReturnReport,
        one: Returned,
        found: FoundDelivery | None,
        now: datetime,
    ) -> ReturnResult:
        if found is None:
            return ReturnResult(ReturnOutcome.UNMATCHED, one.kind)
        # A provider that proved who it is may name the address that the reader forwards to.
        is_doubtful = bool(found.email_key) and not report.is_authenticated
        if is_doubtful and not names_reader(one, found.email_key):
            return ReturnResult(ReturnOutcome.MISMATCHED, one.kind, found.week, email=found.email)
        reader = changes.get_standing(connection, found.public_id)
        values = {
            "issue_id": found.issue_id,
            "subscriber_id": found.subscriber_id,
            "report": hashlib.sha256(report.report_id.encode(errors="replace")).digest()[:16],
            "kind": one.kind,
            "code": one.code,
            "status": clean_status(one.status),
            "detail": clean_detail(one.detail),
            "source": report.source[:64],
            "reported_at": one.at,
            "taken_at": now,
        }
        written = insert_new(connection, returned).returning(returned.c.kind)
        is_new = connection.execute(written, values).first() is not None
        if not is_new:
            return ReturnResult(ReturnOutcome.DUPLICATE, one.kind, found.week, email=found.email)
        decides = one.kind > ReturnKind.DELIVERED
        action = self._act(connection, reader, found.issue_id, report.source, now) if decides else ""
        return ReturnResult(ReturnOutcome.RECORDED, one.kind, found.week, action, email=found.email)

    def _act(
        self,
        connection: Connection,
        reader: Standing,
        issue_id: int,
        source: str,
        now: datetime,
        *,
        known: dict[int, bool] | None = None,
    ) -> str:
        """Carry out what a reader's results mean; returns the state that follows, empty if nothing did."""
        decision = decide(find_results(connection, reader.id, {} if known is None else known), self._options)
        if decision is None or not _leave(connection, reader, decision, source, now):
            return ""
        kind = f"reader.{decision.event.word.replace(' ', '_')}"
        row = {"at": now, "kind": kind[:32], "issue_id": issue_id, "subscriber_id": reader.id}
        connection.execute(insert(event).values(**row, detail=decision.reason))
        return decision.event.word.partition(" ")[0]


def _to_settle(
    found: Mapping[tuple[int, int], FoundDelivery | None], results: Mapping[tuple[int, int], ReturnResult]
) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Yield issue, reader and place of every result that belongs to a delivery."""
    for place, each in found.items():
        if each is not None and results[place].outcome is not ReturnOutcome.MISMATCHED:
            yield each.issue_id, each.subscriber_id, place


def _is_deadlock(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) == "40P01"  # PostgreSQL: deadlock_detected


def _leave(
    connection: Connection, reader: Standing, decision: ReturnDecision, source: str, now: datetime
) -> bool:
    # A reader who has left stays so, but a complaint after unsubscribing still suppresses the address.
    witness = Witness(now, f"{source}: {decision.reason}")
    return changes.leave(connection, reader, decision.event, witness)


def _settle(connection: Connection, now: datetime) -> int:
    """Settle every unknown delivery that something came back of: so it was handed over."""
    open_ones = (
        select(returned.c.issue_id, returned.c.subscriber_id)
        .join(
            delivery,
            (delivery.c.issue_id == returned.c.issue_id)
            & (delivery.c.subscriber_id == returned.c.subscriber_id),
        )
        .where(delivery.c.state == DeliveryState.UNKNOWN)
        .distinct()
    )
    by_issue: dict[int, list[int]] = defaultdict(list)
    for row in connection.execute(open_ones).all():
        by_issue[row.issue_id].append(row.subscriber_id)
    return sum(
        len(remedies.settle(connection, issue_id, ids, now)) for issue_id, ids in sorted(by_issue.items())
    )
