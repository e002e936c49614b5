"""Retry, resolve, cancel, close: one transaction each, over the deliveries and the state of an issue.

The lock on the issue's row serialises them with the claims of a run, on PostgreSQL too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, exists, insert, or_, select, update

from pipeline.errors import StoreError
from pipeline.model.delivery import NEED_A_PERSON, OURS, OWED, DeliveryState, FailureClass, SkipReason
from pipeline.model.issue_state import TRANSITIONS, IssueState
from pipeline.store.delivery_statements import move_many
from pipeline.store.tables import delivery, event, issue


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
        _update_state(connection, issue_id, state, now)
        note(connection, now, "delivery.retried", issue_id, f"{count} deliveries")
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
        _update_state(connection, issue_id, state, now)
        note(connection, now, "delivery.resolved", issue_id, f"{count} as {to.word}")
    return count


def settle(connection: Connection, issue_id: int, ids: Sequence[int], now: datetime) -> int:
    """Resolve unknown deliveries as sent, because something came back of them; returns how many.

    In the caller's transaction; deliveries in other states are left unchanged.
    """
    statement = move_many(issue_id, DeliveryState.UNKNOWN, DeliveryState.SENT, now)
    count = connection.execute(statement.where(delivery.c.subscriber_id.in_(ids))).rowcount
    if count:
        locked = select(issue.c.state).where(issue.c.id == issue_id).with_for_update()
        _update_state(connection, issue_id, IssueState(connection.execute(locked).scalar_one()), now)
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


def close(engine: Engine, issue_id: int, now: datetime) -> None:
    """End an issue that is being sent and owes nothing; others are left unchanged."""
    with engine.begin() as connection:
        state = _lock(connection, issue_id)
        if state is IssueState.SENDING:
            _update_state(connection, issue_id, state, now)


def _lock(connection: Connection, issue_id: int) -> IssueState:
    statement = select(issue.c.state).where(issue.c.id == issue_id).with_for_update()
    state = IssueState(connection.execute(statement).scalar_one())
    if state is IssueState.CANCELLED:
        raise StoreError("the issue is cancelled: nothing more of it will be sent")
    return state


def _update_state(connection: Connection, issue_id: int, state: IssueState, now: datetime) -> None:
    """Derive the issue's state from its deliveries; a paused or unsent one keeps its state."""
    if state not in (IssueState.SENDING, IssueState.SENT, IssueState.SENT_WITH_PROBLEMS):
        return
    mine = delivery.c.issue_id == issue_id
    if connection.execute(select(exists().where(mine, delivery.c.state.in_(OWED)))).scalar():
        to = IssueState.SENDING
    else:
        bad = or_(delivery.c.state.in_(NEED_A_PERSON), delivery.c.failure.in_(OURS))
        has_problems = connection.execute(select(exists().where(mine, bad))).scalar()
        to = IssueState.SENT_WITH_PROBLEMS if has_problems else IssueState.SENT
    if to is not state:
        _move(connection, issue_id, to, now)
        note(connection, now, f"issue.{to.word}", issue_id, "")


def _move(connection: Connection, issue_id: int, to: IssueState, now: datetime) -> None:
    ended_at = None if to is IssueState.SENDING else now
    connection.execute(
        update(issue).where(issue.c.id == issue_id).values(state=to, paused_reason="", ended_at=ended_at)
    )


def note(connection: Connection, now: datetime, kind: str, issue_id: int, detail: str) -> None:
    """Append an event about an issue, such as `issue.paused`, in the caller's transaction."""
    connection.execute(insert(event).values(at=now, kind=kind, issue_id=issue_id, detail=detail))
