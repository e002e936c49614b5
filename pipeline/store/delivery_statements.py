"""Statements on `delivery`, each a compare-and-set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Select, Update, bindparam, case, select, update

from pipeline.model.delivery import TRANSITIONS, DeliveryState
from pipeline.store.raw_sql import is_among
from pipeline.store.tables import delivery, issue
from subscribers.store.statements import is_deliverable
from subscribers.store.tables import subscriber


def next_queued(issue_id: int) -> Select[Any]:
    """Select the next queued deliveries in reader order, with what the letter needs of each reader.

    Its parameters are `b_after`, the reader where the last page ended, and `b_limit`.

    The limit sits in a subquery on the primary key: a limit after the join makes PostgreSQL start its
    merge join at the first reader for every page.
    """
    page = (
        select(delivery.c.subscriber_id, delivery.c.variant, delivery.c.attempts)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.state == DeliveryState.QUEUED,
            delivery.c.subscriber_id > bindparam("b_after"),
        )
        .order_by(delivery.c.subscriber_id)
        .limit(bindparam("b_limit"))
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
            # A letter greets by the first name where it is known apart from the whole name.
            case((subscriber.c.first_name != "", subscriber.c.first_name), else_=subscriber.c.name).label(
                "name"
            ),
            subscriber.c.state,
            is_deliverable().label("deliverable"),
        )
        .join(subscriber, subscriber.c.id == page.c.subscriber_id)
        .order_by(page.c.subscriber_id)
    )


def move(issue_id: int, engine: Engine) -> Update:
    """Move the deliveries of the readers `b_readers` from one state to another, with one answer for all."""
    return (
        update(delivery)
        .where(
            delivery.c.issue_id == issue_id,
            is_among(delivery.c.subscriber_id, "b_readers", engine),
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


def take(issue_id: int) -> Update:
    """Claim everything that is queued between the readers `b_after` and `b_last`.

    A range costs less than a list of ids.
    """
    return (
        update(delivery)
        .where(
            delivery.c.issue_id == issue_id,
            delivery.c.state == DeliveryState.QUEUED,
            delivery.c.subscriber_id > bindparam("b_after"),
            delivery.c.subscriber_id <= bindparam("b_last"),
        )
        .values(state=DeliveryState.CLAIMED, next_at=None, changed_at=bindparam("b_changed_at"))
    )


def skip(issue_id: int, engine: Engine) -> Update:
    """Skip the queued deliveries of the readers `b_readers`."""
    return (
        update(delivery)
        .where(
            delivery.c.issue_id == issue_id,
            is_among(delivery.c.subscriber_id, "b_readers", engine),
            delivery.c.state == DeliveryState.QUEUED,
        )
        .values(
            state=DeliveryState.SKIPPED,
            skipped=bindparam("b_skipped"),
            next_at=None,
            changed_at=bindparam("b_changed_at"),
        )
    )


def standing(issue_id: int) -> Select[Any]:
    """Read the fence and the state of an issue, and keep others from changing them meanwhile."""
    return select(issue.c.fence, issue.c.state).where(issue.c.id == issue_id).with_for_update(read=True)


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
