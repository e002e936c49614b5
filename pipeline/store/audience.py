"""The audience of an issue, and the variant of each reader: fixed when it is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Subquery,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    select,
)

from pipeline.issue.variants import assign_variants
from pipeline.model.delivery import DeliveryState, FailureClass, SkipReason
from pipeline.store.tables import delivery, issue
from subscribers.selection.model import EVERYONE, Selection
from subscribers.store.people import People
from subscribers.store.selection import ForeignFields, compile_selection
from subscribers.store.statements import is_deliverable
from subscribers.store.tables import subscriber, subscriber_tag, tag

IN_AN_AUDIENCE = """SELECT delivery.subscriber_id FROM issue CROSS JOIN delivery
    WHERE delivery.issue_id = issue.id AND delivery.subscriber_id > :after
    AND delivery.subscriber_id <= :last"""
"""Query for the ids after `after` up to `last` of readers to whom a letter was sent, or will be.

By the primary key, issue by issue: SQLite keeps the order of a CROSS JOIN."""


def has_received(week: str) -> ColumnElement[bool]:
    """Condition on `subscriber`: the letter of a week was taken over by the reader's server."""
    issue_id = select(issue.c.id).where(issue.c.week == week).scalar_subquery()
    of_reader = and_(delivery.c.issue_id == issue_id, delivery.c.subscriber_id == subscriber.c.id)
    return exists().where(of_reader, delivery.c.state == DeliveryState.SENT).correlate(subscriber)


LETTER_FIELDS: ForeignFields = MappingProxyType({"received": has_received})
"""The fields of selections that deliveries answer."""


def open_people(engine: Engine, suppression_key: bytes) -> People:
    """Open the readers, who can be selected by the letters that they received, too."""
    return People(engine, suppression_key=suppression_key, foreign=LETTER_FIELDS)


def insert_deliveries(
    connection: Connection,
    issue_id: int,
    variants: Sequence[str],
    now: datetime,
    selection: Selection = EVERYONE,
) -> int:
    """Write a delivery for every deliverable reader of a selection, and return how many.

    `variants` are the names of the rendered letters, the ordinary one first. The variant that a reader's
    tags choose is fixed here; later changes of tags do not matter.
    """
    chosen = _find_chosen(connection, assign_variants(variants))
    audience = select(
        literal(issue_id),
        subscriber.c.id,
        literal(0) if chosen is None else func.coalesce(chosen.c.variant, 0),
        literal(int(DeliveryState.QUEUED)),
        literal(0),
        literal(int(FailureClass.NONE)),
        literal(int(SkipReason.NONE)),
        literal(0),
        literal(now, type_=delivery.c.changed_at.type),
    ).where(is_deliverable())
    if selection != EVERYONE:
        audience = audience.where(compile_selection(selection, LETTER_FIELDS))
    if chosen is not None:
        audience = audience.outerjoin_from(subscriber, chosen, chosen.c.subscriber_id == subscriber.c.id)
    columns = (
        "issue_id",
        "subscriber_id",
        "variant",
        "state",
        "attempts",
        "failure",
        "skipped",
        "code",
        "changed_at",
    )
    # Without the option psycopg's count is dropped: SQLAlchemy reports -1 for an INSERT … SELECT.
    return connection.execute(
        insert(delivery).from_select(columns, audience.order_by(subscriber.c.id), include_defaults=False),
        execution_options={"preserve_rowcount": True},
    ).rowcount


def _find_chosen(connection: Connection, table: Mapping[frozenset[str], int]) -> Subquery | None:
    """Select the variant of each reader whose tags choose one; None if no such tag exists.

    Only readers with these tags are read, and each choice is a bit of a sum, so the cost depends on how many
    readers chose, not on how many there are.
    """
    slugs = sorted({slug for choices in table for slug in choices})
    ids = {
        row.slug: row.id
        for row in connection.execute(select(tag.c.slug, tag.c.id).where(tag.c.slug.in_(slugs)))
    }
    bits = {slug: 1 << place for place, slug in enumerate(sorted(ids))}
    variants = {
        sum(bits[each] for each in some): number for some, number in table.items() if some <= set(ids)
    }
    if not variants:
        return None
    bit = case({ids[slug]: bits[slug] for slug in ids}, value=subscriber_tag.c.tag_id)
    return (
        select(subscriber_tag.c.subscriber_id, case(variants, value=func.sum(bit), else_=0).label("variant"))
        .where(subscriber_tag.c.tag_id.in_(ids.values()))
        .group_by(subscriber_tag.c.subscriber_id)
        .subquery()
    )
