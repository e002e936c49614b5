"""Writes a chunk of an imported list: a few statements for thousands of readers instead of a few for each."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime

from subscribers.consent import FIRST, hash_line, line_tail, to_micros
from subscribers.errors import ReaderStoreError
from subscribers.importing.decide import KnownReader
from subscribers.lifecycle import LEFT, advance, lowering_event
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store.planning import ChunkPlan, NewReader, ReaderChange, ReaderChunk, plan_chunk
from subscribers.store.raw import RawCursor
from subscribers.store.raw_acts import SETTLED, ReaderActChange, note_changes, refuse_undone
from subscribers.suppression import SuppressionReason
from subscribers.tokens import SAMPLE_ID

CACHE_KIB = 32 * 1024
"""What SQLite may keep of a chunk before it writes: its readers are at random places of three indexes."""

READER_COLUMNS = (
    *("id", "public_id", "email", "email_key", "email_hmac", "name", "state", "token_epoch", "source"),
    *("created_at", "confirmed_at", "left_at", "first_name", "attributes", "act_id"),
)
EVENT_COLUMNS = (
    *("subscriber_id", "event", "at", "source", "wording", "given_at", "previous_hash", "row_hash"),
)

_SUPPRESSING = {
    SubscriberState.BOUNCED: SuppressionReason.BOUNCED,
    SubscriberState.COMPLAINED: SuppressionReason.COMPLAINED,
}
_CONFIRMED = frozenset({SubscriberState.ACTIVE, SubscriberState.PAUSED})
_LOWERING = {state: lowering_event(state) for state in SubscriberState}

Lines = list[tuple[object, ...]]


def import_chunk(cursor: RawCursor, chunk: ReaderChunk, proof: Proof, now: datetime) -> ChunkPlan:
    """Import a chunk inside the caller's transaction and return what was done."""
    if cursor.is_sqlite:
        cursor.rows(f"PRAGMA cache_size = -{CACHE_KIB}")
    refuse_undone(cursor, chunk.act_id)
    plan = plan_chunk(cursor, chunk)
    added: list[NewReader | ReaderChange] = []
    known: list[ReaderChange] = []
    for change in plan.changes.values():
        if isinstance(change, NewReader) or change.before is None:
            added.append(change)
        else:
            known.append(change)
    witness = ImportWitness(proof, now)
    _adopt(cursor, plan.adopted, chunk.act_id)
    ids = _new_ids(cursor, len(added))
    _insert_readers(cursor, added, ids, witness, chunk.act_id)
    _lower_readers(cursor, known, witness)
    _fill_in(cursor, known)
    _add_tags(cursor, [*zip(ids, added, strict=True), *((change.after.id, change) for change in known)])
    _suppress(cursor, plan.changes.values(), witness)
    _remember(cursor, plan, added, chunk.act_id, witness)
    settled = (
        ReaderActChange(row_id, {SETTLED: plan.settled[change.hmac]}, {})
        for row_id, change in zip(ids, added, strict=True)
        if change.hmac in plan.settled
    )
    note_changes(cursor, chunk.act_id, [*_changes_of(known), *settled])
    return plan


class ImportWitness:
    """What is recorded with the events of an import, in the values of the database."""

    def __init__(self, proof: Proof, now: datetime) -> None:
        self.proof = proof
        self.now = now
        self.at = to_micros(now)
        self._tails: dict[tuple[Event, datetime], tuple[int, bytes]] = {}

    def tail(self, event: Event, given_at: datetime) -> tuple[int, bytes]:
        """Return when the consent was given, and what is hashed of a line after the reader's id."""
        found = self._tails.get((event, given_at))
        if found is None:
            text = line_tail(event, self.now, self.proof.source, self.proof.wording, given_at)
            found = self._tails[event, given_at] = (to_micros(given_at), text)
        return found

    def add_line(
        self, lines: Lines, previous: bytes, subscriber_id: int, event: Event, given_at: datetime | None
    ) -> bytes:
        """Append a line of the record; returns its hash."""
        given, tail = self.tail(event, given_at or self.proof.given_at)
        row_hash = hash_line(previous, subscriber_id, tail)
        about = (subscriber_id, int(event), self.at, self.proof.source, self.proof.wording)
        lines.append((*about, given, previous, row_hash))
        return row_hash


def _adopt(cursor: RawCursor, readers: Sequence[int], act_id: int) -> None:
    """Take over readers of an import that was cut off, with what it noted of them."""
    cursor.many(
        "UPDATE reader_act_change SET act_id = ? WHERE subscriber_id = ?"
        " AND act_id = (SELECT act_id FROM subscriber WHERE id = ?)",
        [(act_id, each, each) for each in readers],
    )
    cursor.many("UPDATE subscriber SET act_id = ? WHERE id = ?", [(act_id, each) for each in readers])


def _insert_readers(
    cursor: RawCursor,
    added: Sequence[NewReader | ReaderChange],
    ids: Sequence[int],
    witness: ImportWitness,
    act_id: int,
) -> None:
    """Insert new readers, each with the first lines of the record."""
    readers: Lines = []
    lines: Lines = []
    source, at = witness.proof.source, witness.at
    for row_id, public_id, change in zip(ids, _draw_public_ids(len(added)), added, strict=True):
        row = change.row
        # Of several rows the first counts, unless a later one filled something in or lowered it.
        after = row if isinstance(change, NewReader) else change.after
        state, address = after.state, row.address
        last = witness.add_line(lines, FIRST, row_id, Event.IMPORTED, row.given_at)
        lowering = _LOWERING[state]
        if lowering is not None:
            witness.add_line(lines, last, row_id, lowering, row.given_at)
        confirmed = to_micros(row.given_at or witness.proof.given_at) if state in _CONFIRMED else None
        readers.append(
            (
                row_id,
                public_id,
                address.email,
                address.key,
                change.hmac,
                after.name,
                int(state),
                0,
                source,
                at,
                confirmed,
                at if state in LEFT else None,
                after.first_name,
                after.attributes,
                act_id,
            )
        )
    cursor.insert("subscriber", READER_COLUMNS, readers)
    cursor.insert("consent_event", EVENT_COLUMNS, lines)


def _draw_public_ids(count: int) -> list[int]:
    """Draw numbers for links, as `new_public_id` does; sorted, so that an index takes them in its order."""
    numbers = struct.unpack(f">{count}Q", secrets.token_bytes(8 * count))
    return sorted((number >> 1) if (number >> 1) > SAMPLE_ID else SAMPLE_ID + 1 for number in numbers)


def _new_ids(cursor: RawCursor, count: int) -> Sequence[int]:
    # Known before the rows are written, so that nothing must be asked back for the events.
    if cursor.is_sqlite:
        # No other process can number rows: the transaction has the write lock from its first statement.
        newest = cursor.rows("SELECT max(id) FROM subscriber")[0][0] or 0
        return range(newest + 1, newest + 1 + count)
    query = "SELECT nextval(pg_get_serial_sequence('subscriber', 'id')) FROM generate_series(1, ?)"
    return [row_id for (row_id,) in cursor.rows(query, (count,))]


def _lower_readers(cursor: RawCursor, known: Sequence[ReaderChange], witness: ImportWitness) -> None:
    """Lower the state of readers and append why to their records."""
    rows: Lines = []
    lines: Lines = []
    lowered = [change for change in known if change.before and change.before.state is not change.after.state]
    hashes = _last_hashes(cursor, [change.after.id for change in lowered])
    for change in lowered:
        state, event = change.after.state, _LOWERING[change.after.state]
        before = change.before.state if change.before else state
        if event is None or advance(before, event) is not state:
            raise ReaderStoreError("a list cannot lower a reader this way")
        rows.append((int(state), witness.at if state in LEFT else None, change.after.id, int(before)))
        last = hashes.get(change.after.id, FIRST)
        witness.add_line(lines, last, change.after.id, event, change.row.given_at)
    changed = cursor.many("UPDATE subscriber SET state = ?, left_at = ? WHERE id = ? AND state = ?", rows)
    if changed != len(rows):
        raise ReaderStoreError("subscribers were changed by another process; import the list again")
    cursor.insert("consent_event", EVENT_COLUMNS, lines)


def _last_hashes(cursor: RawCursor, ids: Sequence[int]) -> dict[int, bytes]:
    if not ids:
        return {}
    condition, values = cursor.among("subscriber_id", ids)
    newest = f"SELECT max(id) FROM consent_event WHERE {condition} GROUP BY subscriber_id"  # noqa: S608 - only marks
    query = f"SELECT subscriber_id, row_hash FROM consent_event WHERE id IN ({newest})"  # noqa: S608 - only marks
    return dict(cursor.rows(query, values))


def _fill_in(cursor: RawCursor, known: Sequence[ReaderChange]) -> None:
    filled = [
        (*_texts(change.after), change.after.id)
        for change in known
        if change.before is not None and _texts(change.before) != _texts(change.after)
    ]
    cursor.many("UPDATE subscriber SET name = ?, first_name = ?, attributes = ? WHERE id = ?", filled)


def _texts(reader: KnownReader) -> tuple[str, str, str]:
    return reader.name, reader.first_name, reader.attributes


def _add_tags(cursor: RawCursor, changes: Iterable[tuple[int, NewReader | ReaderChange]]) -> None:
    wanted: list[tuple[int, str]] = []
    for subscriber_id, change in changes:
        tags = change.row.tags if isinstance(change, NewReader) else change.after.tags
        if isinstance(change, ReaderChange) and change.before is not None:
            tags -= change.before.tags
        wanted += [(subscriber_id, slug) for slug in sorted(tags)]
    if not wanted:
        return
    slugs = sorted({slug for _, slug in wanted})
    cursor.many("INSERT INTO tag (slug) VALUES (?) ON CONFLICT DO NOTHING", [(slug,) for slug in slugs])
    condition, values = cursor.among("slug", slugs)
    ids = dict(cursor.rows(f"SELECT slug, id FROM tag WHERE {condition}", values))  # noqa: S608 - only marks
    cursor.many(
        "INSERT INTO subscriber_tag (tag_id, subscriber_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(ids[slug], subscriber_id) for subscriber_id, slug in wanted],
    )


def _suppress(cursor: RawCursor, changes: Iterable[NewReader | ReaderChange], witness: ImportWitness) -> None:
    rows = []
    for change in changes:
        state = change.row.state if isinstance(change, NewReader) else change.after.state
        if state in _SUPPRESSING:
            rows.append((change.hmac, _SUPPRESSING[state].value, witness.proof.source, witness.at))
    cursor.many(
        "INSERT INTO suppression (email_hmac, reason, source, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        rows,
    )


def _remember(
    cursor: RawCursor,
    plan: ChunkPlan,
    added: Sequence[NewReader | ReaderChange],
    act_id: int,
    witness: ImportWitness,
) -> None:
    """Forget of new readers that they were kept out: their state says as much; remember who is kept out."""
    if cursor.rows("SELECT 1 FROM kept_out LIMIT 1"):
        cursor.many("DELETE FROM kept_out WHERE email_hmac = ?", [(change.hmac,) for change in added])
    cursor.many(
        "INSERT INTO kept_out (email_hmac, reason, act_id, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [(hmac, reason, act_id, witness.at) for hmac, reason in plan.kept.items()],
    )


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
