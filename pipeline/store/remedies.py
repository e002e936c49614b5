"""Retry, resolve, cancel, close: one transaction each, over the deliveries and the state of an issue.

The lock on the issue's row serialises them with the claims of a run, on PostgreSQL too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, exists, func, insert, or_, select, update

from pipeline.errors import StoreError
from pipeline.model.delivery import (
    MIN_SENT,
    NEED_A_PERSON,
    OURS,
    OWED,
    DeliveryState,
    FailureClass,
    SkipReason,
    share_sent,
)
from pipeline.model.issue_state import TRANSITIONS, IssueState, Trip
from pipeline.store.delivery_statements import move_many
from pipeline.store.tables import delivery, event, issue, returned


def retry(engine: Engine, issue_id: int, classes: Sequence[FailureClass], now: datetime) -> int:
    """Queue expired deliveries again, and failed ones of the classes given, with fresh attempts.

    A paused issue stays paused. Raises StoreError for a cancelled one.
    """
    with engine.begin() as connection:
        state = _lock(connection, issue_id)
        expired = move_many(issue_id, DeliveryState.EXPIRED, DeliveryState.QUEUED, now)
        failed = move_many(issue_id, DeliveryState.FAILED, DeliveryState.QUEUED, now).where(
            delivery.c.failure.in_(classes)
        )
        count = sum(
            connection.execute(statement.values(attempts=0, failure=FailureClass.NONE)).rowcount
            for statement in (expired, failed)
        )
        _renew(connection, issue_id, now)
        _update_state(connection, issue_id, state, now)
        note(connection, now, "delivery.retried", issue_id, f"{count} deliveries")
    return count


_TRIPPED = {Trip.POLICY: FailureClass.POLICY, Trip.HARD: FailureClass.HARD}


def resume(engine: Engine, issue_id: int, now: datetime) -> int | None:
    """Resume a paused issue, and queue again the refusals that made a breaker pause it.

    Returns how many were queued again; None if the issue is not paused.
    """
    locked = select(issue.c.state, issue.c.trip).where(issue.c.id == issue_id).with_for_update()
    with engine.begin() as connection:
        state, trip = connection.execute(locked).one()
        if state is not IssueState.PAUSED:
            return None
        again = move_many(issue_id, DeliveryState.FAILED, DeliveryState.QUEUED, now)
        failure = _TRIPPED.get(Trip(trip), FailureClass.NONE)
        count = connection.execute(
            again.where(delivery.c.failure == failure).values(attempts=0, failure=FailureClass.NONE)
        ).rowcount
        resumed = {"state": IssueState.SENDING, "paused_reason": "", "resumes_at": None}
        forgotten = {"trip": "", "refusal": "", "stopped_reason": ""}
        connection.execute(update(issue).where(issue.c.id == issue_id).values(resumed | forgotten))
        _renew(connection, issue_id, now)
        note(connection, now, "issue.sending", issue_id, f"{count} deliveries" if count else "")
    return count


def expire(engine: Engine, issue_id: int, why: str, now: datetime) -> int:
    """Expire what is still owed of an issue that is too old; returns how many deliveries."""
    with engine.begin() as connection:
        _lock(connection, issue_id)
        count = sum(
            connection.execute(
                move_many(issue_id, owed, DeliveryState.EXPIRED, now).values(detail=why)
            ).rowcount
            for owed in (DeliveryState.QUEUED, DeliveryState.DEFERRED)
        )
        if count:
            note(connection, now, "delivery.expired", issue_id, f"{count} deliveries")
    return count


def resolve(
    engine: Engine, issue_id: int, ids: Sequence[int] | None, to: DeliveryState, now: datetime
) -> int:
    """Resolve unknown deliveries as sent or queued, as a person decided; None means all of them.

    Raises StoreError for a cancelled issue.
    """
    statement = move_many(issue_id, DeliveryState.UNKNOWN, to, now)
    if ids is not None:
        statement = statement.where(delivery.c.subscriber_id.in_(ids))
    with engine.begin() as connection:
        state = _lock(connection, issue_id)
        count = connection.execute(statement).rowcount
        if to is DeliveryState.QUEUED:
            _renew(connection, issue_id, now)
        _update_state(connection, issue_id, state, now)
        note(connection, now, "delivery.resolved", issue_id, f"{count} as {to.word}")
    return count


def settle(connection: Connection, issue_id: int, ids: Sequence[int], now: datetime) -> list[int]:
    """Resolve unknown deliveries as sent, because something came back of them; returns whose they were.

    In the caller's transaction; deliveries in other states are left unchanged.
    """
    statement = move_many(issue_id, DeliveryState.UNKNOWN, DeliveryState.SENT, now)
    mine = statement.where(delivery.c.subscriber_id.in_(ids)).returning(delivery.c.subscriber_id)
    settled = list(connection.scalars(mine))
    if settled:
        # Another report holds the key of the issue by its foreign key: it must not have to wait for this one.
        locked = select(issue.c.state).where(issue.c.id == issue_id).with_for_update(key_share=True)
        _update_state(connection, issue_id, IssueState(connection.execute(locked).scalar_one()), now)
        note(connection, now, "delivery.settled", issue_id, f"{len(settled)} by what came back")
    return settled


def settle_handed(connection: Connection, issue_id: int, now: datetime) -> int:
    """Resolve handed deliveries that something came back of as sent; returns how many.

    In the caller's transaction; only to be called while holding the lease, after a process that died.
    """
    came_back = exists().where(
        returned.c.issue_id == issue_id, returned.c.subscriber_id == delivery.c.subscriber_id
    )
    statement = move_many(issue_id, DeliveryState.HANDED, DeliveryState.SENT, now)
    count = connection.execute(statement.where(came_back)).rowcount
    if count:
        note(connection, now, "delivery.settled", issue_id, f"{count} by what came back")
    return count


def cancel(engine: Engine, issue_id: int, now: datetime) -> int:
    """Cancel an issue: what is queued or deferred is skipped for good; returns how many.

    Only to be called while holding the lease: a run may have claimed deliveries. Raises StoreError for an
    issue that has ended.
    """
    with engine.begin() as connection:
        state = _lock(connection, issue_id)
        if IssueState.CANCELLED not in TRANSITIONS[state]:
            raise StoreError(f"the issue is {state.word} and cannot be cancelled")
        count = sum(
            connection.execute(
                move_many(issue_id, owed, DeliveryState.SKIPPED, now).values(skipped=SkipReason.CANCELLED)
            ).rowcount
            for owed in (DeliveryState.QUEUED, DeliveryState.DEFERRED)
        )
        _move(connection, issue_id, IssueState.CANCELLED, now)
        note(connection, now, "issue.cancelled", issue_id, f"{count} deliveries")
    return count


def close(engine: Engine, issue_id: int, now: datetime, *, min_sent: float = MIN_SENT) -> None:
    """End an issue that is being sent and owes nothing; others are left unchanged."""
    with engine.begin() as connection:
        state = _lock(connection, issue_id)
        if state is IssueState.SENDING:
            _update_state(connection, issue_id, state, now, min_sent=min_sent)


def _lock(connection: Connection, issue_id: int) -> IssueState:
    statement = select(issue.c.state).where(issue.c.id == issue_id).with_for_update()
    state = IssueState(connection.execute(statement).scalar_one())
    if state is IssueState.CANCELLED:
        raise StoreError("the issue is cancelled: nothing more of it will be sent")
    return state


def _renew(connection: Connection, issue_id: int, now: datetime) -> None:
    """Let the age of an issue begin again: a person wants it sent."""
    connection.execute(update(issue).where(issue.c.id == issue_id).values(renewed_at=now))


def _update_state(
    connection: Connection, issue_id: int, state: IssueState, now: datetime, *, min_sent: float = MIN_SENT
) -> None:
    """Derive the issue's state from its deliveries; a paused or unsent one keeps its state."""
    if state not in (IssueState.SENDING, IssueState.SENT, IssueState.SENT_WITH_PROBLEMS):
        return
    mine = delivery.c.issue_id == issue_id
    if connection.execute(select(exists().where(mine, delivery.c.state.in_(OWED)))).scalar():
        to = IssueState.SENDING
    else:
        bad = or_(delivery.c.state.in_(NEED_A_PERSON), delivery.c.failure.in_(OURS))
        has_problems = connection.execute(select(exists().where(mine, bad))).scalar()
        has_problems = has_problems or _share_sent(connection, issue_id) < min_sent
        to = IssueState.SENT_WITH_PROBLEMS if has_problems else IssueState.SENT
    if to is not state:
        _move(connection, issue_id, to, now)
        note(connection, now, f"issue.{to.word}", issue_id, "")


def _share_sent(connection: Connection, issue_id: int) -> float:
    """Return the share of readers whom the letter was sent to; see `share_sent`."""
    counted = select(delivery.c.state, func.count()).where(delivery.c.issue_id == issue_id)
    rows = connection.execute(counted.group_by(delivery.c.state))
    counts = {DeliveryState(state): count for state, count in rows}
    return share_sent({state.word: count for state, count in counts.items()})


def _move(connection: Connection, issue_id: int, to: IssueState, now: datetime) -> None:
    ended_at = None if to is IssueState.SENDING else now
    moved = {"state": to, "paused_reason": "", "resumes_at": None, "ended_at": ended_at}
    connection.execute(update(issue).where(issue.c.id == issue_id).values(moved))


def note(connection: Connection, now: datetime, kind: str, issue_id: int | None, detail: str) -> None:
    """Append an event about an issue, such as `issue.paused`, in the caller's transaction."""
    connection.execute(insert(event).values(at=now, kind=kind, issue_id=issue_id, detail=detail))
