"""The statements on the tables of people, and the mapping of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Insert,
    LargeBinary,
    Row,
    RowMapping,
    Select,
    Table,
    Update,
    case,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import NullType

from subscribers.model import ConsentEvent, Subscriber, SubscriberState
from subscribers.store.engine import cursor_of
from subscribers.store.raw import find_tags
from subscribers.store.reading import DELIVERABLE, READER_COLUMNS, to_subscriber
from subscribers.store.tables import consent_event, reader_act, subscriber, subscriber_tag, tag


class Standing(NamedTuple):
    """A reader's row as far as a change needs it."""

    id: int
    public_id: int
    email_hmac: bytes | None
    state: SubscriberState
    token_epoch: int
    name: str


_STANDING = (
    subscriber.c.id,
    subscriber.c.public_id,
    subscriber.c.email_hmac,
    subscriber.c.state,
    subscriber.c.token_epoch,
    subscriber.c.name,
)


def is_deliverable() -> ColumnElement[bool]:
    """Condition on `subscriber`: active, and the address is not suppressed.

    For any statement whose FROM, or whose enclosing statement's FROM, has the table `subscriber`.
    """
    return literal_column(DELIVERABLE, Boolean)


def act_if_finished() -> ColumnElement[Any]:
    """Value for `act_id` of a reader who confirms: none if the import that brought them is not finished.

    Such readers receive letters by their own consent, and not only once the import is.
    """
    unfinished = select(reader_act.c.id).where(reader_act.c.finished_at.is_(None))
    return case((subscriber.c.act_id.in_(unfinished), None), else_=subscriber.c.act_id)


def insert_new(connection: Connection, table: Table) -> Insert:
    """Build an INSERT that skips rows that exist."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def placeholder(connection: Connection) -> str:
    """Return the driver's own placeholder, for the few statements that bypass SQLAlchemy."""
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"


def is_beyond_ascii(connection: Connection) -> ColumnElement[bool]:
    """Condition on `subscriber`: the address has other letters than ASCII, which only SMTPUTF8 delivers."""
    if connection.dialect.name == "sqlite":
        octets = func.length(cast(subscriber.c.email, LargeBinary))
    else:
        octets = func.octet_length(subscriber.c.email)
    return octets > func.length(subscriber.c.email)


def lock(where: ColumnElement[bool]) -> Select[Any]:
    """Read a reader's standing and keep others from changing it until the transaction ends.

    SQLite needs no lock: a transaction that may write has the whole database.
    """
    return select(*_STANDING).where(where).with_for_update()


def standing(row: Row[Any]) -> Standing:
    """Map a row of `lock`."""
    return Standing._make(row)


def move(reader: Standing, to: SubscriberState, values: dict[str, Any]) -> Update:
    """Change a reader's state if it is unchanged since it was read."""
    return (
        update(subscriber)
        .where(subscriber.c.id == reader.id, subscriber.c.state == reader.state)
        .values(state=to, **values)
    )


def last_hash(subscriber_id: int) -> Select[Any]:
    """Read the hash of the newest line of a reader's record."""
    return (
        select(consent_event.c.row_hash)
        .where(consent_event.c.subscriber_id == subscriber_id)
        .order_by(consent_event.c.id.desc())
        .limit(1)
    )


def read_events(subscriber_id: int) -> Select[Any]:
    """Read a reader's record, oldest first."""
    return (
        select(consent_event)
        .where(consent_event.c.subscriber_id == subscriber_id)
        .order_by(consent_event.c.id)
    )


def to_event(row: RowMapping) -> ConsentEvent:
    """Map a row of `read_events`."""
    return ConsentEvent(
        subscriber_id=row["subscriber_id"],
        event=row["event"],
        at=row["at"],
        source=row["source"],
        wording=row["wording"],
        previous_hash=bytes(row["previous_hash"]).hex(),
        row_hash=bytes(row["row_hash"]).hex(),
        given_at=row["given_at"],
    )


def read_page(
    after: int, limit: int, where: ColumnElement[bool] | None = None, tag_id: int | None = None
) -> Select[Any]:
    """Read the next readers by id: those of a condition, or with one tag, if these are given."""
    page = select(subscriber).limit(limit)
    if where is not None:
        page = page.where(where)
    if tag_id is None:
        return page.where(subscriber.c.id > after).order_by(subscriber.c.id)
    # By the tag's own key: its readers are found in order without reading any others.
    return (
        page.join(subscriber_tag, subscriber_tag.c.subscriber_id == subscriber.c.id)
        .where(subscriber_tag.c.tag_id == tag_id, subscriber_tag.c.subscriber_id > after)
        .order_by(subscriber_tag.c.subscriber_id)
    )


def read_subscribers(connection: Connection, page: Select[Any]) -> list[Subscriber]:
    """Read a page of `read_page`, with tags; an erased reader's address is empty."""
    # Numbers as they are stored: converting each by its column costs more than reading them.
    columns: list[ColumnElement[Any]] = [
        type_coerce(subscriber.c[name], NullType()) for name in READER_COLUMNS
    ]
    rows: Sequence[Any] = connection.execute(
        page.with_only_columns(*columns, maintain_column_froms=True)
    ).all()
    tags = tags_of(connection, [row[0] for row in rows])
    return [to_subscriber(row, tags.get(row[0], [])) for row in rows]


def find_subscriber(connection: Connection, where: ColumnElement[bool]) -> Subscriber | None:
    """Find one reader, with tags."""
    found = read_subscribers(connection, select(subscriber).where(where).limit(1))
    return found[0] if found else None


def tags_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Read the tags of readers, sorted; readers without tags are left out."""
    return {reader: sorted(slugs) for reader, slugs in find_tags(cursor_of(connection), ids).items()}


def tag_ids(connection: Connection, slugs: Sequence[str]) -> dict[str, int]:
    """Read the ids of tags, making those that are new."""
    if not slugs:
        return {}
    wanted = select(tag.c.slug, tag.c.id).where(tag.c.slug.in_(slugs))
    known: dict[str, int] = {row.slug: row.id for row in connection.execute(wanted)}
    missing = [{"slug": slug} for slug in slugs if slug not in known]
    if missing:
        connection.execute(insert_new(connection, tag), missing)
        known = {row.slug: row.id for row in connection.execute(wanted)}
    return known


def replace_tags(connection: Connection, subscriber_id: int, slugs: Sequence[str]) -> None:
    """Replace the tags of a reader."""
    connection.execute(delete(subscriber_tag).where(subscriber_tag.c.subscriber_id == subscriber_id))
    ids = tag_ids(connection, slugs)
    if ids:
        connection.execute(
            insert(subscriber_tag),
            [{"tag_id": tag_id, "subscriber_id": subscriber_id} for tag_id in ids.values()],
        )


def new_subscriber(values: dict[str, Any], created_at: datetime) -> Insert:
    """Write a new reader and return the row's id."""
    return insert(subscriber).values(created_at=created_at, **values).returning(subscriber.c.id)
