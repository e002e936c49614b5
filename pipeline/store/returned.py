"""What came back, written down: the delivery of a report, an unknown outcome settled, the reader acted on.

One transaction takes a batch of reports: until it commits nothing is marked as read anywhere, and a report
that is taken again counts once.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from pipeline.bounces.match import clean_detail, clean_status, names_reader
from pipeline.bounces.options import BounceOptions
from pipeline.bounces.parse.reply import REFUSED, classify_refusal, is_about_mailbox
from pipeline.bounces.policy import ReturnDecision, decide
from pipeline.model.delivery import DeliveryState, FailureClass
from pipeline.model.returned import (
    IssueResult,
    Returned,
    ReturnKind,
    ReturnOutcome,
    ReturnReport,
    ReturnResult,
)
from pipeline.store import remedies
from pipeline.store.return_lookup import HISTORY, FoundDelivery, find_deliveries
from pipeline.store.tables import delivery, event, issue, returned
from pipeline.store.webhook_tokens import use_token
from subscribers.store import changes
from subscribers.store.changes import Witness
from subscribers.store.statements import Standing, insert_new
from subscribers.store.tables import subscriber
from subscribers.tokens import Keyring

_TRIES = 4

_MAX_HARD_SHARE = 0.2
"""Above this share of an issue the refusals are not about single addresses but about us or an old list: the
breaker of `pipeline.deliver.retry` stops a run at the same share."""
_FEW = 5
"""So many refusals of an issue are about single addresses, whatever their share."""


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
            except IntegrityError:
                # Another process takes the same report: the next try finds what it wrote.
                if last:
                    raise
                continue
            return results
        raise AssertionError("the last try returns or raises")

    def act_on_refusals(self, issue_id: int, now: datetime) -> int:
        """Act on the readers whose address was refused during the send; returns how many left.

        No reader is touched when no letter was sent, or when so large a share was refused that single
        addresses cannot be the cause.
        """
        mine = delivery.c.issue_id == issue_id
        refused = ((delivery.c.state == DeliveryState.FAILED) & (delivery.c.failure == FailureClass.HARD)) | (
            delivery.c.state == DeliveryState.EXPIRED
        )
        was_sent = exists().where(mine, delivery.c.state == DeliveryState.SENT)
        with self._engine.begin() as connection:
            audience = connection.scalar(select(issue.c.audience).where(issue.c.id == issue_id)) or 0
            ids = connection.scalars(select(delivery.c.subscriber_id).where(mine, refused)).all()
            if len(ids) > max(_FEW, audience * _MAX_HARD_SHARE) or not connection.scalar(select(was_sent)):
                return 0
            left = 0
            for subscriber_id in ids:
                public_id = connection.scalar(
                    select(subscriber.c.public_id).where(subscriber.c.id == subscriber_id)
                )
                reader = changes.find_standing(connection, public_id or 0)
                left += bool(reader and self._act(connection, reader, issue_id, "send", now))
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
        return [
            tuple(results[number, part] for part in range(len(report.returned)))
            for number, report in enumerate(reports)
        ]

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
        if found.email_key and not names_reader(one, found.email_key):
            return ReturnResult(ReturnOutcome.MISMATCHED, one.kind, found.week)
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
        if connection.execute(written, values).first() is None:
            return ReturnResult(ReturnOutcome.DUPLICATE, one.kind, found.week)
        settled = remedies.settle(connection, found.issue_id, [found.subscriber_id], now) > 0
        decides = one.kind > ReturnKind.DELIVERED
        action = self._act(connection, reader, found.issue_id, report.source, now) if decides else ""
        return ReturnResult(ReturnOutcome.RECORDED, one.kind, found.week, action, settled)

    def _act(
        self, connection: Connection, reader: Standing, issue_id: int, source: str, now: datetime
    ) -> str:
        """Carry out what a reader's results mean; returns the state that follows, empty if nothing did."""
        decision = decide(_results_of(connection, reader.id), self._options)
        if decision is None or not _leave(connection, reader, decision, source, now):
            return ""
        kind = f"reader.{decision.event.word.replace(' ', '_')}"
        row = {"at": now, "kind": kind[:32], "issue_id": issue_id, "subscriber_id": reader.id}
        connection.execute(insert(event).values(**row, detail=decision.reason))
        return decision.event.word.partition(" ")[0]


def _results_of(connection: Connection, subscriber_id: int) -> list[IssueResult]:
    """Read how the newest issues went for one reader since they confirmed, oldest first."""
    confirmed_at = (
        select(func.coalesce(subscriber.c.confirmed_at, 0))
        .where(subscriber.c.id == subscriber_id)
        .scalar_subquery()
    )
    recent = connection.execute(
        select(issue.c.id, issue.c.week)
        .where(issue.c.frozen_at >= confirmed_at)
        .order_by(issue.c.week.desc())
        .limit(HISTORY)
    ).all()
    weeks = {row.id: row.week for row in recent}
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.issue_id.in_(list(weeks)))
    deliveries = connection.execute(
        select(
            delivery.c.issue_id,
            delivery.c.state,
            delivery.c.failure,
            delivery.c.code,
            delivery.c.detail,
        ).where(*mine)
    ).all()
    reports = connection.execute(
        select(returned.c.issue_id, returned.c.kind, returned.c.detail).where(
            returned.c.subscriber_id == subscriber_id, returned.c.kind > ReturnKind.DELIVERED
        )
    ).all()
    gravest: dict[int, IssueResult] = {}
    for issue_id, kind, detail in sorted(reports, key=lambda report: int(report.kind)):
        if issue_id in weeks:
            gravest[issue_id] = IssueResult(weeks[issue_id], kind, detail)
    for row in deliveries:
        week = weeks[row.issue_id]
        if row.state is DeliveryState.FAILED and row.failure in REFUSED:
            kind = classify_refusal(row.failure, row.code, row.detail or "")
            gravest.setdefault(row.issue_id, IssueResult(week, kind, row.detail or ""))
        elif row.state is DeliveryState.EXPIRED and is_about_mailbox(row.code, row.detail or ""):
            gravest.setdefault(row.issue_id, IssueResult(week, ReturnKind.SOFT, row.detail or ""))
        elif row.state is DeliveryState.SENT:
            gravest.setdefault(row.issue_id, IssueResult(week))
    return sorted(gravest.values(), key=lambda result: result.week)


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
    return sum(remedies.settle(connection, issue_id, ids, now) for issue_id, ids in by_issue.items())
