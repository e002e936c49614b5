"""What a run that died left behind: the deliveries it had handed over, and what became of them after all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine, select

from pipeline.model.delivery import DeliveryState, FailureClass
from pipeline.store.delivery_statements import move_many
from pipeline.store.tables import delivery
from subscribers.store.tables import subscriber


def find_handed(engine: Engine, issue_id: int) -> Mapping[int, int]:
    """Return the deliveries of an issue that were handed over and never settled: public ids by reader."""
    statement = (
        select(delivery.c.subscriber_id, subscriber.c.public_id)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
        .where(delivery.c.issue_id == issue_id, delivery.c.state == DeliveryState.HANDED)
    )
    with engine.connect() as connection:
        return {row.subscriber_id: row.public_id for row in connection.execute(statement)}


def settle_handed(
    engine: Engine, issue_id: int, recalled: Mapping[DeliveryState, Sequence[int]], now: datetime
) -> None:
    """Move handed deliveries to the states that are known of them, SENT or QUEUED.

    Only to be called while holding the lease; a delivery that another process settled meanwhile stays.
    """
    with engine.begin() as connection:
        for to, readers in recalled.items():
            connection.execute(
                move_many(issue_id, DeliveryState.HANDED, to, now)
                .where(delivery.c.subscriber_id.in_(readers))
                .values(
                    attempts=delivery.c.attempts + int(to is DeliveryState.SENT),
                    failure=FailureClass.NONE,
                    code=0,
                    detail=None,
                )
            )
