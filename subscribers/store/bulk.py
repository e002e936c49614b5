"""Writes a chunk of an imported list: a few statements for thousands of readers instead of a few for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from subscribers.consent import FIRST, chain_hash, to_micros
from subscribers.errors import ReaderStoreError
from subscribers.importing.decide import KnownReader
from subscribers.lifecycle import LEFT, advance, lowering_event
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store import statements
from subscribers.store.acts import ReaderActChange, note_changes, refuse_undone
from subscribers.store.changes import Witness, new_public_id
from subscribers.store.planning import Carried, ChunkPlan, ReaderChange, ReaderChunk, plan_chunk
from subscribers.store.tables import consent_event, kept_out, subscriber, subscriber_tag, suppression
from subscribers.suppression import SuppressionReason

CACHE_KIB = 64 * 1024
"""What SQLite may keep of a chunk before it writes: 2,000 readers are at random places of three indexes."""

_SUPPRESSING = {
    SubscriberState.BOUNCED: SuppressionReason.BOUNCED,
    SubscriberState.COMPLAINED: SuppressionReason.COMPLAINED,
}


_EVENT_COLUMNS = [column.name for column in consent_event.columns if column.name != "id"]


def import_chunk(connection: Connection, chunk: ReaderChunk, proof: Proof, now: datetime) -> ChunkPlan:
    """Import a chunk inside the caller's transaction and return what was done."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
    refuse_undone(connection, chunk.act_id)
    plan = plan_chunk(connection, chunk, Carried(), locking=True)
    added = [change for change in plan.changes.values() if change.before is None]
    known = [change for change in plan.changes.values() if change.before is not None]
    _adopt(connection, plan.adopted, chunk.act_id)
    ids = _insert_readers(connection, added, proof, now, chunk.act_id)
    lowered = [change for change in known if change.before and change.before.state is not change.after.state]
    _lower_readers(connection, lowered, now)
    _append_lowering_events(connection, lowered, proof, now)
    _fill_in(connection, known)
    _append_first_events(connection, added, ids, proof, now)
    _add_tags(connection, zip([*ids, *(change.after.id for change in known)], [*added, *known], strict=True))
    _suppress(connection, plan.changes.values(), proof, now)
    _remember(connection, plan, added, chunk.act_id, now)
    note_changes(connection, chunk.act_id, _changes_of(known))
    return plan


def _adopt(connection: Connection, ids: Sequence[int], act_id: int) -> None:
    if ids:
        mark = statements.placeholder(connection)
        connection.exec_driver_sql(
            f"UPDATE subscriber SET act_id = {mark} WHERE id = {mark}",  # noqa: S608 - only placeholders
            [(act_id, reader) for reader in ids],
        )


def _remember(
    connection: Connection, plan: ChunkPlan, added: Sequence[ReaderChange], act_id: int, now: datetime
) -> None:
    rows = [
        {"email_hmac": hmac, "reason": reason, "act_id": act_id, "at": now}
        for hmac, reason in plan.kept.items()
    ]
    if rows:
        connection.execute(statements.insert_new(connection, kept_out), rows)
    # The state of a reader who is known remembers as much.
    known = [change.hmac for change in added if change.hmac not in plan.kept]
    if known and connection.execute(select(kept_out.c.email_hmac).limit(1)).first():
        mark = statements.placeholder(connection)
        statement = f"DELETE FROM kept_out WHERE email_hmac = {mark}"  # noqa: S608 - only placeholders
        connection.exec_driver_sql(statement, [(hmac,) for hmac in known])


def _changes_of(known: Iterable[ReaderChange]) -> Iterable[ReaderActChange]:
    for change in known:
        # What this import brought goes as a whole when it is undone.
        if change.before is not None and not change.before.added:
            before, after = _fields(change.before), _fields(change.after)
            changed = [name for name in before if before[name] != after[name]]
            yield ReaderActChange(
                change.after.id,
                {name: before[name] for name in changed},
                {name: after[name] for name in changed},
            )


def _fields(reader: KnownReader) -> dict[str, object]:
    return {
        "state": reader.state.word,
        "name": reader.name,
        "first_name": reader.first_name,
        "attributes": reader.attributes,
        "tags": sorted(reader.tags),
    }


def _insert_readers(
    connection: Connection, added: Sequence[ReaderChange], proof: Proof, now: datetime, act_id: int
) -> Sequence[int]:
    """Insert new readers and return their row ids, in the same order."""
    ids = _new_ids(connection, len(added))
    at = to_micros(now)
    rows = []
    for row_id, change in zip(ids, added, strict=True):
        address, state = change.row.address, change.after.state
        confirmed_at = (
            to_micros(_given_at(change, proof))
            if state in (SubscriberState.ACTIVE, SubscriberState.PAUSED)
            else None
        )
        left_at = at if state in LEFT else None
        who = (row_id, new_public_id(), address.email, address.key, change.hmac, change.after.name)
        more = (change.after.first_name, change.after.attributes, act_id)
        rows.append((*who, int(state), 0, proof.source, at, confirmed_at, left_at, *more))
    _insert(connection, [column.name for column in subscriber.columns], subscriber.name, rows)
    return ids


def _new_ids(connection: Connection, count: int) -> Sequence[int]:
    # Known before the rows are written, so that nothing must be asked back for the events.
    if connection.dialect.name == "sqlite":
        # No other process can number rows: the transaction has the write lock from its first statement.
        newest = connection.scalar(select(func.max(subscriber.c.id))) or 0
        return range(newest + 1, newest + 1 + count)
    query = "SELECT nextval(pg_get_serial_sequence('subscriber', 'id')) FROM generate_series(1, %s)"
    return [row_id for (row_id,) in connection.exec_driver_sql(query, (count,))]


def _lower_readers(connection: Connection, lowered: Sequence[ReaderChange], now: datetime) -> None:
    rows = [
        (
            int(change.after.state),
            to_micros(now) if change.after.state in LEFT else None,
            change.after.id,
            int(change.before.state),
        )
        for change in lowered
        if change.before is not None
    ]
    if not rows:
        return
    mark = statements.placeholder(connection)
    result = connection.exec_driver_sql(
        f"UPDATE subscriber SET state = {mark}, left_at = {mark} WHERE id = {mark} AND state = {mark}",  # noqa: S608 - only placeholders
        rows,
    )
    if result.rowcount != len(rows):
        raise ReaderStoreError("subscribers were changed by another process; import the list again")


def _fill_in(connection: Connection, known: Sequence[ReaderChange]) -> None:
    filled = [
        (change.after.name, change.after.first_name, change.after.attributes, change.after.id)
        for change in known
        if change.before is not None and _texts(change.before) != _texts(change.after)
    ]
    if filled:
        mark = statements.placeholder(connection)
        texts = f"name = {mark}, first_name = {mark}, attributes = {mark}"
        connection.exec_driver_sql(f"UPDATE subscriber SET {texts} WHERE id = {mark}", filled)  # noqa: S608 - only placeholders


def _texts(reader: KnownReader) -> tuple[str, str, str]:
    return reader.name, reader.first_name, reader.attributes


def _append_first_events(
    connection: Connection, added: Sequence[ReaderChange], ids: Sequence[int], proof: Proof, now: datetime
) -> None:
    lines: list[tuple[object, ...]] = []
    for subscriber_id, change in zip(ids, added, strict=True):
        witness = _witness(change, proof, now)
        last = _add_line(lines, FIRST, subscriber_id, Event.IMPORTED, witness)
        event = lowering_event(change.after.state)
        if event is not None:
            _add_line(lines, last, subscriber_id, event, witness)
    _insert(connection, _EVENT_COLUMNS, consent_event.name, lines)


def _append_lowering_events(
    connection: Connection, lowered: Sequence[ReaderChange], proof: Proof, now: datetime
) -> None:
    lines: list[tuple[object, ...]] = []
    last_hashes = _last_hashes(connection, [change.after.id for change in lowered])
    for change in lowered:
        event = lowering_event(change.after.state)
        if (
            event is None
            or change.before is None
            or advance(change.before.state, event) is not change.after.state
        ):
            raise ReaderStoreError("a list cannot lower a reader this way")
        last = last_hashes.get(change.after.id, FIRST)
        _add_line(lines, last, change.after.id, event, _witness(change, proof, now))
    _insert(connection, _EVENT_COLUMNS, consent_event.name, lines)


def _add_line(
    lines: list[tuple[object, ...]], previous: bytes, subscriber_id: int, event: Event, witness: Witness
) -> bytes:
    row_hash = chain_hash(
        previous,
        subscriber_id=subscriber_id,
        event=event,
        at=witness.at,
        source=witness.source,
        wording=witness.wording,
        given_at=witness.given_at,
    )
    at = to_micros(witness.at)
    given_at = None if witness.given_at is None else to_micros(witness.given_at)
    lines.append(
        (subscriber_id, int(event), at, witness.source, witness.wording, given_at, previous, row_hash)
    )
    return row_hash


def _last_hashes(connection: Connection, ids: Sequence[int]) -> dict[int, bytes]:
    if not ids:
        return {}
    newest = (
        select(func.max(consent_event.c.id))
        .where(consent_event.c.subscriber_id.in_(ids))
        .group_by(consent_event.c.subscriber_id)
    )
    query = select(consent_event.c.subscriber_id, consent_event.c.row_hash).where(
        consent_event.c.id.in_(newest)
    )
    return {subscriber_id: bytes(row_hash) for subscriber_id, row_hash in connection.execute(query)}


def _add_tags(connection: Connection, changes: Iterable[tuple[int, ReaderChange]]) -> None:
    wanted = [(subscriber_id, change) for subscriber_id, change in changes if change.after.tags]
    if not wanted:
        return
    slugs = sorted(set[str]().union(*(change.after.tags for _, change in wanted)))
    ids = statements.tag_ids(connection, slugs)
    links = [
        {"tag_id": ids[slug], "subscriber_id": subscriber_id}
        for subscriber_id, change in wanted
        for slug in sorted(change.after.tags - (change.before.tags if change.before else frozenset()))
    ]
    if links:
        connection.execute(statements.insert_new(connection, subscriber_tag), links)


def _suppress(connection: Connection, changes: Iterable[ReaderChange], proof: Proof, now: datetime) -> None:
    rows = [
        {
            "email_hmac": change.hmac,
            "reason": _SUPPRESSING[change.after.state].value,
            "source": proof.source,
            "at": now,
        }
        for change in changes
        if change.after.state in _SUPPRESSING
    ]
    if rows:
        connection.execute(statements.insert_new(connection, suppression), rows)


def _insert(connection: Connection, columns: Sequence[str], table: str, rows: list[Any]) -> None:
    """Insert rows given as tuples of driver values in the order of the columns."""
    if rows:
        marks = ", ".join([statements.placeholder(connection)] * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608 - names of the schema


def _witness(change: ReaderChange, proof: Proof, now: datetime) -> Witness:
    return Witness(now, proof.source, proof.wording, _given_at(change, proof))


def _given_at(change: ReaderChange, proof: Proof) -> datetime:
    return change.row.given_at or proof.given_at
