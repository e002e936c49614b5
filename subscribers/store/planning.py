"""Decides what a chunk of an imported list does to whom, with a few look-ups for thousands of rows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from subscribers.importing.decide import ImportRow, KnownReader, RowOutcome, decide, explain_kept_out
from subscribers.lifecycle import LEFT
from subscribers.model import SubscriberState
from subscribers.store.raw import RawCursor, find_tags
from subscribers.store.raw_acts import unfinished_acts

CARRIED_CACHE_KIB = 8 * 1024
"""What a dry run keeps in memory of the readers it would have added; the rest is in a temporary file."""


@dataclass(frozen=True, slots=True)
class ReaderChunk:
    """Rows, the keyed hashes of their addresses, and the act of the import (0: a dry run has none)."""

    rows: Sequence[ImportRow]
    hmacs: Sequence[bytes]
    act_id: int = 0


class NewReader(NamedTuple):
    """A reader who becomes exactly what one row says, as most do."""

    row: ImportRow
    hmac: bytes

    @property
    def after(self) -> KnownReader:
        """The reader who is added."""
        row = self.row
        return KnownReader(0, row.state, row.name, row.tags, True, row.first_name, row.attributes)


class ReaderChange(NamedTuple):
    """The result of all rows of one address. `row` is the first of them that changed anything."""

    row: ImportRow
    hmac: bytes
    before: KnownReader | None
    after: KnownReader


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """What a chunk would do, by comparison key of the address; `kept` by keyed hash."""

    changes: dict[str, NewReader | ReaderChange] = field(default_factory=dict)
    counts: Counter[RowOutcome] = field(default_factory=Counter)
    kept_out: Counter[str] = field(default_factory=Counter)
    """How many rows are kept out, by reason."""
    kept: dict[bytes, str] = field(default_factory=dict)
    """Addresses to remember as kept out, with the reason."""
    settled: dict[bytes, str] = field(default_factory=dict)
    """Addresses that are added although they were kept out: a person has answered for that reason."""
    adopted: list[int] = field(default_factory=list)
    """Readers whom an import brought that never finished."""


class Carried:
    """What earlier chunks of a dry run would have written; it takes precedence over the database."""

    def __init__(self) -> None:
        # A database without a name is a temporary file, which goes when it is closed.
        self._connection = sqlite3.connect("", isolation_level=None)
        for statement in (
            "PRAGMA journal_mode = OFF",
            f"PRAGMA cache_size = -{CARRIED_CACHE_KIB}",
            f"CREATE TABLE reader (key TEXT PRIMARY KEY, {', '.join(KnownReader._fields)}) WITHOUT ROWID",
            "CREATE TABLE kept (hmac BLOB PRIMARY KEY, reason) WITHOUT ROWID",
            "BEGIN",
        ):
            self._connection.execute(statement)

    def close(self) -> None:
        """Delete the temporary file."""
        self._connection.close()

    def add(self, plan: ChunkPlan) -> None:
        """Remember what a chunk would have written."""
        rows = (
            (key, *change.after._replace(tags=frozenset(("\n".join(change.after.tags),))))
            for key, change in plan.changes.items()
        )
        self._connection.executemany(
            "INSERT OR REPLACE INTO reader VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((*row[:4], *row[4], *row[5:]) for row in rows),
        )
        self._connection.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", plan.kept.items())

    def readers(self, keys: Sequence[str]) -> dict[str, KnownReader]:
        """Find readers as earlier chunks would have left them."""
        query = f"SELECT * FROM reader WHERE key IN ({', '.join('?' * len(keys))})"  # noqa: S608 - only marks
        return {
            key: KnownReader(
                row_id,
                SubscriberState(state),
                name,
                frozenset(tags.split("\n")) if tags else frozenset(),
                bool(added),
                first_name,
                attributes,
                bool(adopted),
            )
            for key, row_id, state, name, tags, added, first_name, attributes, adopted in (
                self._connection.execute(query, keys)
            )
        }

    def kept(self, hmacs: Sequence[bytes]) -> dict[bytes, str]:
        """Find addresses that earlier chunks would have kept out."""
        query = f"SELECT hmac, reason FROM kept WHERE hmac IN ({', '.join('?' * len(hmacs))})"  # noqa: S608 - only marks
        return dict(self._connection.execute(query, hmacs).fetchall())


class _Stored(NamedTuple):
    """A reader as the database has them."""

    id: int
    state: int
    name: str
    first_name: str
    attributes: str
    act_id: int | None


def plan_chunk(cursor: RawCursor, chunk: ReaderChunk, carried: Carried | None = None) -> ChunkPlan:
    """Decide every row, in order; readers are locked unless it is a dry run, which has `carried`."""
    return _Planner(cursor, chunk, carried).plan()


class _Planner:
    """What one chunk is decided by."""

    def __init__(self, cursor: RawCursor, chunk: ReaderChunk, carried: Carried | None) -> None:
        keys = list({row.address.key for row in chunk.rows})
        self._chunk = chunk
        self._stored = _find_readers(cursor, keys, locking=carried is None)
        self._tags = {
            reader: frozenset(slugs)
            for reader, slugs in find_tags(cursor, [each.id for each in self._stored.values()]).items()
        }
        self._cut_off = set(unfinished_acts(cursor)) - {chunk.act_id}
        self._carried = carried.readers(keys) if carried else {}
        self._suppressed = _look_up(cursor, chunk.hmacs, "suppression")
        self._memories = _look_up(cursor, chunk.hmacs, "kept_out")
        if carried:
            self._memories |= carried.kept(chunk.hmacs)
        self._plan = ChunkPlan(
            adopted=[reader.id for reader in self._stored.values() if reader.act_id in self._cut_off]
        )

    def plan(self) -> ChunkPlan:
        changes, stored, carried, plan = self._plan.changes, self._stored, self._carried, self._plan
        suppressed, memories, kept = self._suppressed, self._memories, plan.kept
        added = unchanged = 0
        for row, hmac in zip(self._chunk.rows, self._chunk.hmacs, strict=True):
            key = row.address.key
            if not (key in changes or key in carried or row.kept_out):
                known = stored.get(key)
                if known is None:
                    if not (hmac in suppressed or hmac in memories or hmac in kept):
                        changes[key] = NewReader(row, hmac)
                        added += 1
                        continue
                elif self._is_unchanged(known, row):
                    unchanged += 1
                    continue
            self._decide(key, row, hmac)
        plan.counts.update({RowOutcome.ADDED: added, RowOutcome.UNCHANGED: unchanged})
        for outcome in [each for each, count in plan.counts.items() if not count]:
            del plan.counts[outcome]
        return plan

    def _is_unchanged(self, known: _Stored, row: ImportRow) -> bool:
        """Return whether a row surely changes nothing of a reader who was there before the import."""
        if known.state != row.state or known.act_id in self._cut_off or known.act_id == self._chunk.act_id:
            return False
        return row.state in LEFT or (
            (not row.name or bool(known.name))
            and (not row.tags or row.tags <= self._tags.get(known.id, frozenset()))
            and (not row.first_name or bool(known.first_name))
            and row.attributes in ("", known.attributes)
        )

    def _decide(self, key: str, row: ImportRow, hmac: bytes) -> None:
        plan = self._plan
        earlier = plan.changes.get(key)
        before = earlier.after if earlier else self._carried.get(key) or self._known(key)
        memory, suppressed = plan.kept.get(hmac) or self._memories.get(hmac, ""), hmac in self._suppressed
        outcome, after = decide(before, row, suppressed=suppressed, memory=memory)
        plan.counts[outcome] += 1
        if outcome is RowOutcome.KEPT_OUT:
            plan.kept_out[explain_kept_out(before, row, suppressed=suppressed, memory=memory)] += 1
        if outcome is RowOutcome.ADDED and memory in row.settles:
            plan.settled[hmac] = memory
            plan.kept.pop(hmac, None)
        if row.kept_out and (before is None or after is not before):
            plan.kept.setdefault(hmac, row.kept_out)
        if after is None or after is before:
            return
        if earlier is None:
            plan.changes[key] = ReaderChange(row, hmac, before, after)
        else:
            first = earlier.before if isinstance(earlier, ReaderChange) else None
            plan.changes[key] = ReaderChange(earlier.row, hmac, first, after)

    def _known(self, key: str) -> KnownReader | None:
        known = self._stored.get(key)
        return (
            None
            if known is None
            else KnownReader(
                known.id,
                SubscriberState(known.state),
                known.name,
                self._tags.get(known.id, frozenset()),
                added=bool(self._chunk.act_id) and known.act_id == self._chunk.act_id,
                first_name=known.first_name,
                attributes=known.attributes,
                adopted=known.act_id in self._cut_off,
            )
        )


def _look_up(cursor: RawCursor, hmacs: Sequence[bytes], table: str) -> dict[bytes, str]:
    if not cursor.rows(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 - a name of the schema
        return {}
    condition, values = cursor.among("email_hmac", hmacs)
    return dict(cursor.rows(f"SELECT email_hmac, reason FROM {table} WHERE {condition}", values))  # noqa: S608 - only marks


def _find_readers(cursor: RawCursor, keys: Sequence[str], *, locking: bool) -> dict[str, _Stored]:
    condition, values = cursor.among("email_key", keys)
    query = (
        "SELECT email_key, id, state, name, first_name, attributes, act_id FROM subscriber"  # noqa: S608 - only marks
        f" WHERE {condition}"
    )
    if locking and not cursor.is_sqlite:
        # In one order, so that two imports cannot wait for each other.
        query += " ORDER BY id FOR UPDATE"
    return {key: _Stored._make(more) for key, *more in cursor.rows(query, values)}
