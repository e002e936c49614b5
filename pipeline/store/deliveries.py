"""The ledger of one issue: statements on `delivery`, each a compare-and-set, and the class that runs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Engine, Select, Update, bindparam, case, func, select, update

from pipeline.deliver.ledger import ClaimedChunk, DeliveryChange, LedgerConflict
from pipeline.model.delivery import TRANSITIONS, Claim, DeliveryState, FailureClass, SkipReason
from pipeline.model.issue_state import OPEN, IssueState
from pipeline.store.raw_sql import RawStatement
from pipeline.store.tables import delivery, issue
from subscribers.consent import to_micros
from subscribers.model import SubscriberState
from subscribers.store.statements import is_deliverable
from subscribers.store.tables import subscriber


def next_queued(issue_id: int, after: int, limit: int) -> Select[Any]:
    """Select the next queued deliveries in reader order, with what the letter needs of each reader.

    The limit sits in a subquery on the primary key: a limit after the join makes PostgreSQL start its
    merge join at the first reader for every page.
    """
    page = (
        select(delivery.c.subscriber_id, delivery.c.variant, delivery.c.attempts)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.state == DeliveryState.QUEUED,
            delivery.c.subscriber_id > after,
        )
        .order_by(delivery.c.subscriber_id)
        .limit(limit)
        .subquery()
    )
    return (
        select(
            page.c.subscriber_id,
            page.c.variant,
            page.c.attempts,
            subscriber.c.public_id,
            subscriber.c.token_epoch,
            subscriber.c.email,
            subscriber.c.name,
            subscriber.c.state,
            is_deliverable().label("deliverable"),
        )
        .join(subscriber, subscriber.c.id == page.c.subscriber_id)
        .order_by(page.c.subscriber_id)
    )


def move(issue_id: int) -> Update:
    """Move single deliveries from an expected state, with the answer that moved them.

    One statement for every kind of change, so that a batch goes to the driver as a whole, in its order.
    """
    return (
        update(delivery)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.subscriber_id == bindparam("b_subscriber_id"),
            delivery.c.state == bindparam("b_expected"),
        )
        .values(
            state=bindparam("b_to"),
            attempts=delivery.c.attempts + bindparam("b_counted"),
            failure=bindparam("b_failure"),
            code=bindparam("b_code"),
            detail=bindparam("b_detail"),
            next_at=bindparam("b_next_at"),
            changed_at=bindparam("b_changed_at"),
        )
    )


def move_many(issue_id: int, expected: DeliveryState, to: DeliveryState, now: datetime) -> Update:
    """Move every delivery of an issue from one state to another; ValueError for a forbidden move."""
    if to not in TRANSITIONS[expected]:
        raise ValueError(f"a delivery cannot go from {expected.word} to {to.word}")
    return (
        update(delivery)
        .where(delivery.c.issue_id == issue_id, delivery.c.state == expected)
        .values(state=to, next_at=None, changed_at=now)
    )


def due_again(issue_id: int, now: datetime) -> Update:
    """Queue the deferred deliveries that are due."""
    statement = move_many(issue_id, DeliveryState.DEFERRED, DeliveryState.QUEUED, now)
    return statement.where(delivery.c.next_at <= now)


@dataclass(frozen=True, slots=True)
class Stuck:
    """One delivery that a person may look at; `email` is for the operator only."""

    subscriber_id: int
    public_id: int
    email: str
    state: DeliveryState
    failure: FailureClass
    code: int
    detail: str
    changed_at: datetime | None


class DeliveryLedger:
    """The deliveries of one frozen issue, one committed transaction per method."""

    def __init__(self, engine: Engine, issue_id: int) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self.issue_id = issue_id
        self._fence: int | None = None
        # Run for every batch of changes: compiled once, because compiling costs more than running.
        self._move = RawStatement(move(issue_id), engine)
        self._standing = RawStatement(
            select(issue.c.fence, issue.c.state).where(issue.c.id == issue_id).with_for_update(read=True),
            engine,
        )

    def claim(self, *, after: int, limit: int, now: datetime) -> ClaimedChunk:
        """Claim the next queued deliveries; readers who are no longer deliverable are skipped."""
        with self._engine.begin() as connection:
            if self._guard(connection) not in OPEN:
                return ClaimedChunk((), 0, None)  # paused or cancelled while this run was working
            rows = connection.execute(next_queued(self.issue_id, after, limit)).all()
            if not rows:
                return ClaimedChunk((), 0, None)
            ready = [row for row in rows if row.deliverable]
            gone = [row for row in rows if not row.deliverable]
            for reason, group in groupby(sorted(gone, key=_skip_reason), key=_skip_reason):
                self._skip(connection, [row.subscriber_id for row in group], reason, now)
            self._take(connection, after, rows[-1].subscriber_id, len(ready), now)
        claims = tuple(
            Claim(
                subscriber_id=row.subscriber_id,
                public_id=row.public_id,
                token_epoch=row.token_epoch,
                email=row.email,
                name=row.name,
                variant=row.variant,
                attempts=row.attempts + 1,
            )
            for row in ready
        )
        return ClaimedChunk(claims, len(gone), rows[-1].subscriber_id)

    def _guard(self, connection: Connection) -> IssueState:
        # A lease can be lost unnoticed (the database restarts); the fence number cannot.
        fence, state = tuple(self._standing.run(connection).one())
        if fence != self._fence:
            raise LedgerConflict("another process has taken this issue over")
        return IssueState(state)

    def _take(self, connection: Connection, after: int, last: int, count: int, now: datetime) -> None:
        # A range costs less than a list of ids; everything queued in it was just read or skipped.
        taken = connection.execute(
            move_many(self.issue_id, DeliveryState.QUEUED, DeliveryState.CLAIMED, now).where(
                delivery.c.subscriber_id > after, delivery.c.subscriber_id <= last
            )
        ).rowcount
        if taken != count:
            raise LedgerConflict(f"{count} deliveries were queued, {taken} could be claimed")

    def _skip(self, connection: Connection, ids: Sequence[int], reason: SkipReason, now: datetime) -> None:
        connection.execute(
            move_many(self.issue_id, DeliveryState.QUEUED, DeliveryState.SKIPPED, now)
            .where(delivery.c.subscriber_id.in_(ids))
            .values(skipped=reason)
        )

    def apply(self, changes: Sequence[DeliveryChange], now: datetime) -> None:
        """Write changes in order, all or none."""
        with self._engine.begin() as connection:
            self._guard(connection)
            at = to_micros(now)
            moved = self._move.run(connection, [_bind(change, at) for change in changes]).rowcount
            if moved != len(changes):
                raise LedgerConflict(f"{len(changes)} deliveries should have moved, {moved} did")

    def take_over(self, now: datetime, *, resend_unknown: bool) -> tuple[int, int]:
        """Recover after a process that died, and fence it out; only to be called while holding the lease.

        Claimed deliveries are queued again: nothing of them left the machine. Handed ones may have arrived:
        they become unknown, or are queued again with `resend_unknown`. Returns how many of each.
        """
        handed_to = DeliveryState.QUEUED if resend_unknown else DeliveryState.UNKNOWN
        with self._engine.begin() as connection:
            self._fence = connection.execute(
                update(issue)
                .where(issue.c.id == self.issue_id)
                .values(fence=issue.c.fence + 1)
                .returning(issue.c.fence)
            ).scalar_one()
            claimed = connection.execute(
                move_many(self.issue_id, DeliveryState.CLAIMED, DeliveryState.QUEUED, now)
            ).rowcount
            handed = connection.execute(
                move_many(self.issue_id, DeliveryState.HANDED, handed_to, now).values(
                    detail="the sending process died before the answer"
                )
            ).rowcount
        return claimed, handed

    def requeue_due(self, now: datetime) -> int:
        """Queue the deferred deliveries that are due; returns how many."""
        with self._engine.begin() as connection:
            return connection.execute(due_again(self.issue_id, now)).rowcount

    def counts(self) -> Mapping[DeliveryState, int]:
        """Count the deliveries by state; every state is a key."""
        statement = (
            select(delivery.c.state, func.count())
            .where(delivery.c.issue_id == self.issue_id)
            .group_by(delivery.c.state)
        )
        with self._reading.connect() as connection:
            found = {row[0]: row[1] for row in connection.execute(statement)}
        return {state: found.get(state, 0) for state in DeliveryState}

    def failures(self) -> Mapping[FailureClass, int]:
        """Count the failed deliveries by class; classes without any are left out."""
        statement = (
            select(delivery.c.failure, func.count())
            .where(delivery.c.issue_id == self.issue_id, delivery.c.state == DeliveryState.FAILED)
            .group_by(delivery.c.failure)
        )
        with self._reading.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(statement)}

    def next_at(self) -> datetime | None:
        """Return when the earliest deferred delivery is due; None without any."""
        statement = select(func.min(delivery.c.next_at)).where(
            delivery.c.issue_id == self.issue_id, delivery.c.state == DeliveryState.DEFERRED
        )
        with self._reading.connect() as connection:
            return connection.execute(statement).scalar()

    def stuck(self, limit: int) -> Iterator[Stuck]:
        """List deliveries that a person may look at, unknown ones first, in reader order."""
        rank = case((delivery.c.state == DeliveryState.UNKNOWN, 0), else_=1)
        statement = (
            select(delivery, subscriber.c.email, subscriber.c.public_id)
            .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
            .where(
                delivery.c.issue_id == self.issue_id,
                delivery.c.state.in_((DeliveryState.UNKNOWN, DeliveryState.EXPIRED, DeliveryState.FAILED)),
            )
            .order_by(rank, delivery.c.subscriber_id)
            .limit(limit)
        )
        with self._reading.connect() as connection:
            rows = connection.execute(statement).all()
        for row in rows:
            yield Stuck(
                row.subscriber_id,
                row.public_id,
                row.email or "",
                row.state,
                row.failure,
                row.code,
                row.detail or "",
                row.changed_at,
            )


def _bind(change: DeliveryChange, now_micros: int) -> dict[str, Any]:
    if change.to not in TRANSITIONS[change.expected]:
        raise LedgerConflict(f"a delivery cannot go from {change.expected.word} to {change.to.word}")
    return {
        "b_subscriber_id": change.subscriber_id,
        "b_expected": int(change.expected),
        "b_to": int(change.to),
        "b_counted": int(change.counted),
        "b_failure": int(change.failure),
        "b_code": change.code,
        "b_detail": change.detail or None,
        "b_next_at": to_micros(change.next_at) if change.next_at else None,
        "b_changed_at": now_micros,
    }


def _skip_reason(row: Any) -> SkipReason:  # noqa: ANN401 - a row of next_queued
    if row.state is SubscriberState.ERASED:
        return SkipReason.ERASED
    if row.state in (SubscriberState.PENDING, SubscriberState.PAUSED, SubscriberState.UNSUBSCRIBED):
        return SkipReason.LEFT
    return SkipReason.SUPPRESSED
