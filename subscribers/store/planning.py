"""Decides what a chunk of an imported list does to whom, with a few look-ups for thousands of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from subscribers.importing.decide import ImportRow, KnownReader, RowOutcome, decide, explain_kept_out
from subscribers.model import SubscriberState
from subscribers.store import statements
from subscribers.store.acts import unfinished_acts


@dataclass(frozen=True, slots=True)
class ReaderChunk:
    """Rows, the keyed hashes of their addresses, and the act of the import (0: a dry run has none)."""

    rows: Sequence[ImportRow]
    hmacs: Sequence[bytes]
    act_id: int = 0


@dataclass(frozen=True, slots=True)
class ReaderChange:
    """The result of all rows of one address. `row` is the first of them that changed anything."""

    row: ImportRow
    hmac: bytes
    before: KnownReader | None
    after: KnownReader


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """What a chunk would do, by comparison key of the address; `kept` by keyed hash."""

    changes: dict[str, ReaderChange] = field(default_factory=dict)
    counts: Counter[RowOutcome] = field(default_factory=Counter)
    kept_out: Counter[str] = field(default_factory=Counter)
    """How many rows are kept out, by reason."""
    kept: dict[bytes, str] = field(default_factory=dict)
    """Addresses to remember as kept out, with the reason."""
    adopted: list[int] = field(default_factory=list)
    """Readers whom an import brought that never finished."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What earlier chunks of a dry run would have written; it takes precedence over the database."""

    readers: dict[str, KnownReader] = field(default_factory=dict)
    kept: dict[bytes, str] = field(default_factory=dict)

    def add(self, plan: ChunkPlan) -> None:
        """Remember what a chunk would have written."""
        self.readers.update((key, change.after) for key, change in plan.changes.items())
        self.kept.update(plan.kept)


def plan_chunk(
    connection: Connection, chunk: ReaderChunk, carried: Carried, *, locking: bool = False
) -> ChunkPlan:
    """Decide every row, in order."""
    found = _known_readers(connection, chunk, locking=locking)
    suppressed = set(_look_up(connection, chunk.hmacs, "suppression"))
    memories = _look_up(connection, chunk.hmacs, "kept_out") | carried.kept
    plan = ChunkPlan(adopted=[reader.id for reader in found.values() if reader.adopted])
    for row, hmac in zip(chunk.rows, chunk.hmacs, strict=True):
        key = row.address.key
        earlier = plan.changes.get(key)
        before = earlier.after if earlier else carried.readers.get(key) or found.get(key)
        memory, is_suppressed = plan.kept.get(hmac) or memories.get(hmac, ""), hmac in suppressed
        outcome, after = decide(before, row, suppressed=is_suppressed, memory=memory)
        plan.counts[outcome] += 1
        if outcome is RowOutcome.KEPT_OUT:
            plan.kept_out[explain_kept_out(before, row, suppressed=is_suppressed, memory=memory)] += 1
        if row.kept_out and (before is None or after is not before):
            plan.kept.setdefault(hmac, row.kept_out)
        if after is None or after is before:
            continue
        if earlier is None:
            plan.changes[key] = ReaderChange(row, hmac, before, after)
        else:
            plan.changes[key] = ReaderChange(earlier.row, hmac, earlier.before, after)
    return plan


def _look_up(connection: Connection, hmacs: Sequence[bytes], table: str) -> dict[bytes, str]:
    query = f"SELECT email_hmac, reason FROM {table} WHERE email_hmac IN ({_marks(connection, len(hmacs))})"  # noqa: S608 - only placeholders
    return {bytes(hmac): reason for hmac, reason in connection.exec_driver_sql(query, tuple(hmacs))}


def _known_readers(connection: Connection, chunk: ReaderChunk, *, locking: bool) -> dict[str, KnownReader]:
    keys = tuple({row.address.key for row in chunk.rows})
    marks = _marks(connection, len(keys))
    query = (
        "SELECT id, email_key, state, name, first_name, attributes, act_id FROM subscriber"  # noqa: S608 - only placeholders
        f" WHERE email_key IN ({marks})"
    )
    if locking and connection.dialect.name != "sqlite":
        # In one order, so that two imports cannot wait for each other.
        query += " ORDER BY id FOR UPDATE"
    rows = connection.exec_driver_sql(query, keys).all()
    tags = statements.tags_of(connection, [row[0] for row in rows]) if rows else {}
    cut_off = set(unfinished_acts(connection)) - {chunk.act_id} if rows else set()
    return {
        key: KnownReader(
            row_id,
            SubscriberState(state),
            name,
            frozenset(tags.get(row_id, ())),
            added=bool(chunk.act_id) and act_id == chunk.act_id,
            first_name=first_name,
            attributes=attributes,
            adopted=act_id in cut_off,
        )
        for row_id, key, state, name, first_name, attributes, act_id in rows
    }


def _marks(connection: Connection, count: int) -> str:
    # The driver's own SQL: building thousands of bound parameters would take longer than the look-up.
    return ", ".join([statements.placeholder(connection)] * count)
