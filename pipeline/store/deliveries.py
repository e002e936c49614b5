"""The ledger of one issue: what was frozen for every reader, and how far each delivery is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Engine, func, select, update

from pipeline.deliver.ledger import ClaimedChunk, DeliveryChange, LedgerConflict
from pipeline.model.delivery import TRANSITIONS, Claim, DeliveryState, SkipReason
from pipeline.model.issue_state import OPEN, IssueState
from pipeline.store import delivery_statements as statements
from pipeline.store import remedies
from pipeline.store.delivery_statements import move_many
from pipeline.store.raw_sql import Cursor, RawConnection, RawStatement
from pipeline.store.reading import ReadLedger
from pipeline.store.tables import delivery, issue
from subscribers.consent import to_micros
from subscribers.model import SubscriberState
from subscribers.store.engine import make_query


class DeliveryLedger(ReadLedger):
    """The deliveries of one frozen issue, one committed transaction per method."""

    def __init__(self, engine: Engine, issue_id: int) -> None:
        super().__init__(make_query(engine), issue_id)
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._fence: int | None = None
        self._raw = RawConnection(engine)

    # Run for every group of changes: compiled once, because compiling costs more than running, and not before
    # the first use, because a report needs none of them.

    @cached_property
    def _standing(self) -> RawStatement:
        return RawStatement(statements.standing(self.issue_id), self._engine)

    @cached_property
    def _next(self) -> RawStatement:
        return RawStatement(statements.next_queued(self.issue_id), self._engine)

    @cached_property
    def _take(self) -> RawStatement:
        return RawStatement(statements.take(self.issue_id), self._engine)

    @cached_property
    def _skip(self) -> RawStatement:
        return RawStatement(statements.skip(self.issue_id, self._engine), self._engine)

    @cached_property
    def _move(self) -> RawStatement:
        return RawStatement(statements.move(self.issue_id, self._engine), self._engine)

    def claim(self, *, after: int, limit: int, now: datetime) -> ClaimedChunk:
        """Claim the next queued deliveries; readers who are no longer deliverable are skipped."""
        at, claims = to_micros(now), []
        gone: dict[SkipReason, list[int]] = {}
        with self._raw.transaction() as cursor:
            if self._guard(cursor) not in OPEN:
                return ClaimedChunk((), 0, None)  # paused or cancelled while this run was working
            rows = self._next.run(cursor, {"b_after": after, "b_limit": limit}).fetchall()
            if not rows:
                return ClaimedChunk((), 0, None)
            last = rows[-1][0]
            for reader, variant, attempts, public_id, epoch, email, name, state, is_deliverable in rows:
                if is_deliverable:
                    claims.append(Claim(reader, public_id, epoch, email, name, variant, attempts + 1))
                else:
                    gone.setdefault(_skip_reason(SubscriberState(state)), []).append(reader)
            for reason, readers in gone.items():
                self._skip.run(cursor, {"b_readers": readers, "b_skipped": int(reason), "b_changed_at": at})
            # Everything queued up to the last was just read or skipped.
            taken = self._take.run(cursor, {"b_after": after, "b_last": last, "b_changed_at": at}).rowcount
            if taken != len(claims):
                raise LedgerConflict(f"{len(claims)} deliveries were queued, {taken} could be claimed")
        return ClaimedChunk(tuple(claims), len(rows) - len(claims), last)

    def last_queued(self) -> int | None:
        """Return the last reader in reader order whose delivery is queued; None without any."""
        statement = select(func.max(delivery.c.subscriber_id)).where(
            delivery.c.issue_id == self.issue_id, delivery.c.state == DeliveryState.QUEUED
        )
        with self._reading.connect() as connection:
            return connection.execute(statement).scalar()

    def _guard(self, cursor: Cursor) -> IssueState:
        # A lease can be lost unnoticed (the database restarts); the fence number cannot.
        found = self._standing.run(cursor).fetchone()
        if found is None or found[0] != self._fence:
            raise LedgerConflict("another process has taken this issue over")
        return IssueState(found[1])

    def apply(self, changes: Sequence[DeliveryChange], now: datetime) -> None:
        """Write changes in order, all or none."""
        at = to_micros(now)
        with self._raw.transaction() as cursor:
            self._guard(cursor)
            for change, readers in _group(changes):
                moved = self._move.run(cursor, _bind(change, readers, at)).rowcount
                if moved != len(readers):
                    raise LedgerConflict(f"{len(readers)} deliveries should have moved, {moved} did")

    def kept_open(self) -> AbstractContextManager[None]:
        """Keep one connection open for claims and changes, for the time of a run."""
        return self._raw.kept()

    def take_over(self, now: datetime, *, resend_unknown: bool) -> tuple[int, int]:
        """Recover after a process that died, and fence it out; only to be called while holding the lease.

        Claimed deliveries are queued again: nothing of them left the machine. Handed ones may have arrived:
        they become sent if something came back of them, else unknown, or are queued again with
        `resend_unknown`. Returns how many were claimed, and how many were handed with nothing come back.
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
            remedies.settle_handed(connection, self.issue_id, now)
            handed = connection.execute(
                move_many(self.issue_id, DeliveryState.HANDED, handed_to, now).values(
                    detail="the sending process died before the answer"
                )
            ).rowcount
        return claimed, handed

    def requeue_due(self, now: datetime) -> int:
        """Queue the deferred deliveries that are due; returns how many."""
        with self._engine.begin() as connection:
            return connection.execute(statements.due_again(self.issue_id, now)).rowcount


def _group(changes: Sequence[DeliveryChange]) -> Iterator[tuple[DeliveryChange, list[int]]]:
    """Group changes that differ in nothing but the reader: the answer is nearly always the same.

    Every group costs a statement. The order between groups counts only where a reader has two changes.
    """
    has_order = len({change.subscriber_id for change in changes}) < len(changes)
    groups: dict[tuple[object, ...], tuple[DeliveryChange, list[int]]] = {}
    for place, change in enumerate(changes):
        # Numbers, for an enum is hashed by a function of Python.
        states = int(change.expected), int(change.to), int(change.failure)
        kind = (*states, change.counted, change.code, change.detail, change.next_at, has_order and place)
        groups.setdefault(kind, (change, []))[1].append(change.subscriber_id)
    yield from groups.values()


def _bind(change: DeliveryChange, readers: Sequence[int], now_micros: int) -> dict[str, Any]:
    if change.to not in TRANSITIONS[change.expected]:
        raise LedgerConflict(f"a delivery cannot go from {change.expected.word} to {change.to.word}")
    return {
        "b_readers": readers,
        "b_expected": int(change.expected),
        "b_to": int(change.to),
        "b_counted": int(change.counted),
        "b_failure": int(change.failure),
        "b_code": change.code,
        "b_detail": change.detail or None,
        "b_next_at": to_micros(change.next_at) if change.next_at else None,
        "b_changed_at": now_micros,
    }


def _skip_reason(state: SubscriberState) -> SkipReason:
    if state is SubscriberState.ERASED:
        return SkipReason.ERASED
    if state in (SubscriberState.PENDING, SubscriberState.PAUSED, SubscriberState.UNSUBSCRIBED):
        return SkipReason.LEFT
    return SkipReason.SUPPRESSED
