"""Undoes an act on many readers as far as nobody has touched them since. It never raises consent.

Readers whom an import added are removed in steps, so that others who write wait for one chunk of readers
only. First the import counts as unfinished again, which takes all of its readers out of every audience at
once. Chunk by chunk those who are untouched are given to an act of undoing that is not finished either; then
the import is finished again for the rest, and those who were given up are deleted chunk by chunk. Undoing
again continues an undo that was cut off.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select, update

from subscribers.consent import to_micros
from subscribers.errors import ReaderStoreError
from subscribers.instants import to_instant
from subscribers.store import acts, removing, restoring
from subscribers.store.engine import write
from subscribers.store.tables import reader_act, reader_act_change, subscriber

UNDO = "undo"
"""The kind of the act that records an undo."""
CHUNK_RESTORED = 200
"""Readers a transaction that are given back what they had: several statements each, about 1 ms."""


@dataclass(frozen=True, slots=True)
class KeptReader:
    """A reader whom an undo leaves, and why; the address is empty when it was erased."""

    email: str
    reason: str


@dataclass(slots=True)
class UndoResult:
    """What an undo did, or would do."""

    removed: int = 0
    """Readers who are gone again."""
    restored: int = 0
    """Known readers who have their earlier name, tags or attributes again."""
    kept: Counter[str] = field(default_factory=Counter)
    """Readers who stay as they are, by reason."""


class ReaderActs:
    """Lists acts and undoes them.

    `mailed` is a query for the ids after `:after` up to `:last` of readers who were ever in an audience.
    """

    def __init__(self, engine: Engine, *, mailed: str) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._mailed = mailed

    def list(self, *, all_kinds: bool = False) -> Sequence[acts.ReaderAct]:
        """Return the imports, or the acts of all kinds, the oldest first."""
        with self._reading.begin() as connection:
            return acts.list_acts(connection, None if all_kinds else acts.IMPORT)

    def get(self, act_id: int) -> acts.ReaderAct:
        """Return an act; raises ReaderStoreError if there is none that can be undone."""
        with self._reading.begin() as connection:
            return acts.to_act(_get(connection, act_id))

    def preview(self, act_id: int) -> UndoResult:
        """Find out what undoing an act would do; raises ReaderStoreError if it cannot be undone."""
        result = UndoResult()
        with self._reading.begin() as connection:
            act = _get(connection, act_id)
            reasons = self._count_reasons(connection, act)
            result.removed = reasons.pop("", 0) + _count_given_up(connection, act["id"])
            result.kept.update(reasons)
            for page in _pages(connection, act["id"]):
                _count(result, restoring.plan(connection, page))
        return result

    def undo(self, act_id: int, now: datetime) -> UndoResult:
        """Undo an act; raises ReaderStoreError if it cannot be undone."""
        with self._reading.begin() as connection:
            act = _get(connection, act_id)
        undo_id = write(self._engine, lambda connection: self._begin(connection, act, now))
        removing.give_up(self._engine, _of(act), undo_id, self._mailed)
        write(self._engine, lambda connection: _show_rest(connection, act, undo_id))
        result = UndoResult()
        result.removed = removing.remove(self._engine, _of(act), undo_id, self._mailed, now)
        after = 0
        while step := write(self._engine, partial(_restore, act=act, after=after, now=now)):
            after = step[0]
            _count(result, step[1])
        with self._reading.begin() as connection:
            reasons = self._count_reasons(connection, act)
            reasons.pop("", None)
            result.kept.update(reasons)
        write(self._engine, lambda connection: _finish(connection, act, undo_id, result, now))
        return result

    def kept_readers(self, act_id: int) -> Iterator[KeptReader]:
        """Yield the readers whom undoing an act leaves as they are."""
        with self._reading.begin() as connection:
            act = _get(connection, act_id)
            query = removing.kept_page(self._mailed)
            for chunk in removing.ranges(connection, _of(act)):
                rows = connection.execute(query, chunk).all()
                yield from (KeptReader(email or "", reason) for email, reason in rows if reason)
            for page in _pages(connection, act["id"]):
                for one in restoring.plan(connection, page):
                    yield from (KeptReader(one.email, reason) for reason in one.reasons)

    def _begin(self, connection: Connection, act: RowMapping, now: datetime) -> int:
        undo_id = _find_cut_off(connection, act["id"])
        if undo_id is None:
            finished = act["finished_at"]
            detail = {
                "act": act["id"],
                "kind": act["kind"],
                "finished_at": None if finished is None else to_micros(finished),
            }
            undo_id = acts.open_act(connection, UNDO, now, source=act["source"], detail=detail)
        # From here on its readers receive nothing, and an import that is still running stops.
        connection.execute(
            update(reader_act).where(reader_act.c.id == act["id"]).values(undone_at=now, finished_at=None)
        )
        return undo_id

    def _count_reasons(self, connection: Connection, act: RowMapping) -> Counter[str]:
        counts: Counter[str] = Counter()
        for chunk in removing.ranges(connection, _of(act)):
            rows = connection.execute(removing.count_reasons(self._mailed), chunk)
            counts.update({row[0]: row[1] for row in rows})
        return counts


def _show_rest(connection: Connection, act: RowMapping, undo_id: int) -> None:
    """Let the readers who stay receive letters again; those of an import that was cut off never did."""
    detail = connection.execute(select(reader_act.c.detail).where(reader_act.c.id == undo_id)).scalar_one()
    finished = json.loads(detail).get("finished_at")
    finished_at = None if finished is None else to_instant(finished)
    connection.execute(update(reader_act).where(reader_act.c.id == act["id"]).values(finished_at=finished_at))


def _finish(connection: Connection, act: RowMapping, undo_id: int, result: UndoResult, now: datetime) -> None:
    detail = {
        "act": act["id"],
        "kind": act["kind"],
        "counts": {"removed": result.removed, "restored": result.restored},
        "kept": dict(result.kept),
    }
    acts.finish_act(connection, undo_id, now, detail)


def _get(connection: Connection, act_id: int) -> RowMapping:
    row = connection.execute(select(reader_act).where(reader_act.c.id == act_id)).mappings().first()
    if row is None:
        raise ReaderStoreError(f"there is no act {act_id}; `weekly subscribers imports --all` lists them")
    if row["kind"] == UNDO and row["finished_at"] is None:
        return _get(connection, json.loads(row["detail"])["act"])
    if row["kind"] == UNDO:
        raise ReaderStoreError(f"{act_id} is an undo, which cannot be undone; do what it undid again")
    return row


def _of(act: RowMapping) -> dict[str, Any]:
    return {"act": act["id"], "started": to_micros(act["started_at"]), "source": act["source"]}


def _find_cut_off(connection: Connection, act_id: int) -> int | None:
    unfinished = select(reader_act.c.id, reader_act.c.detail).where(
        reader_act.c.kind == UNDO, reader_act.c.finished_at.is_(None)
    )
    found = [row.id for row in connection.execute(unfinished) if json.loads(row.detail)["act"] == act_id]
    return found[0] if found else None


def _count_given_up(connection: Connection, act_id: int) -> int:
    undo_id = _find_cut_off(connection, act_id)
    if undo_id is None:
        return 0
    given_up = select(func.count()).select_from(subscriber).where(subscriber.c.act_id == undo_id)
    return connection.execute(given_up).scalar_one()


def _pages(connection: Connection, act_id: int) -> Iterator[Sequence[RowMapping]]:
    after = 0
    while page := _page(connection, act_id, after):
        yield page
        after = page[-1]["subscriber_id"]


def _page(connection: Connection, act_id: int, after: int) -> Sequence[RowMapping]:
    table = reader_act_change
    wanted = select(table).where(table.c.act_id == act_id, table.c.subscriber_id > after)
    return connection.execute(wanted.order_by(table.c.subscriber_id).limit(CHUNK_RESTORED)).mappings().all()


def _restore(
    connection: Connection, act: RowMapping, after: int, now: datetime
) -> tuple[int, Sequence[restoring.Restoring]] | None:
    page = _page(connection, act["id"], after)
    if not page:
        return None
    plans = restoring.plan(connection, page, locking=True)
    restoring.carry_out(connection, plans, f"undo of {act['kind']} {act['id']}", now)
    return page[-1]["subscriber_id"], plans


def _count(result: UndoResult, plans: Sequence[restoring.Restoring]) -> None:
    for one in plans:
        result.restored += int(bool(one.values) or one.lower_to is not None)
        result.kept.update(one.reasons)
