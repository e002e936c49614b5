"""Decides what a chunk of an imported list does to whom, with a few look-ups for thousands of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from subscribers.importing.decide import ImportRow, KnownReader, RowOutcome, decide
from subscribers.model import SubscriberState
from subscribers.store import statements


@dataclass(frozen=True, slots=True)
class ReaderChunk:
    """Rows, the keyed hashes of their addresses, and the highest id before the import began."""

    rows: Sequence[ImportRow]
    hmacs: Sequence[bytes]
    newest_id: int


@dataclass(frozen=True, slots=True)
class ReaderChange:
    """The result of all rows of one address. `row` is the first of them that changed anything."""

    row: ImportRow
    hmac: bytes
    before: KnownReader | None
    after: KnownReader


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """What a chunk would do, by comparison key of the address."""

    changes: dict[str, ReaderChange] = field(default_factory=dict)
    counts: Counter[RowOutcome] = field(default_factory=Counter)


def plan_chunk(
    connection: Connection, chunk: ReaderChunk, carried: Mapping[str, KnownReader], *, locking: bool = False
) -> ChunkPlan:
    """Decide every row, in order; `carried` takes precedence over the database."""
    found = _known_readers(connection, chunk, locking=locking)
    query = f"SELECT email_hmac FROM suppression WHERE email_hmac IN ({_marks(connection, len(chunk.hmacs))})"  # noqa: S608 - only placeholders
    suppressed = {bytes(hmac) for (hmac,) in connection.exec_driver_sql(query, tuple(chunk.hmacs))}
    plan = ChunkPlan()
    for row, hmac in zip(chunk.rows, chunk.hmacs, strict=True):
        key = row.address.key
        earlier = plan.changes.get(key)
        before = earlier.after if earlier else carried.get(key) or found.get(key)
        outcome, after = decide(before, row, suppressed=hmac in suppressed)
        plan.counts[outcome] += 1
        if after is None or after is before:
            continue
        if earlier is None:
            plan.changes[key] = ReaderChange(row, hmac, before, after)
        else:
            plan.changes[key] = ReaderChange(earlier.row, hmac, earlier.before, after)
    return plan


def _known_readers(connection: Connection, chunk: ReaderChunk, *, locking: bool) -> dict[str, KnownReader]:
    keys = tuple({row.address.key for row in chunk.rows})
    marks = _marks(connection, len(keys))
    query = f"SELECT id, email_key, state, name FROM subscriber WHERE email_key IN ({marks})"  # noqa: S608 - only placeholders
    if locking and connection.dialect.name != "sqlite":
        # In one order, so that two imports cannot wait for each other.
        query += " ORDER BY id FOR UPDATE"
    rows = connection.exec_driver_sql(query, keys).all()
    tags = statements.tags_of(connection, [row[0] for row in rows]) if rows else {}
    return {
        key: KnownReader(
            row_id,
            SubscriberState(state),
            name,
            frozenset(tags.get(row_id, ())),
            added=row_id > chunk.newest_id,
        )
        for row_id, key, state, name in rows
    }


def _marks(connection: Connection, count: int) -> str:
    # The driver's own SQL: building thousands of bound parameters would take longer than the look-up.
    return ", ".join([statements.placeholder(connection)] * count)
