"""Acts: what was done to many readers at once, recorded so that it can be listed and undone by its id.

The caller opens the transaction and commits it. An act that is not finished is under way or was cut off.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, select

from subscribers.store import raw_acts
from subscribers.store.engine import cursor_of
from subscribers.store.raw_acts import IMPORT, ReaderActChange
from subscribers.store.tables import reader_act, subscriber

__all__ = [
    "IMPORT",
    "ReaderAct",
    "ReaderActChange",
    "finish_act",
    "list_acts",
    "note_change",
    "note_changes",
    "open_act",
    "to_act",
]


@dataclass(frozen=True, slots=True)
class ReaderAct:
    """An act as it was recorded. `waiting` are its readers who receive nothing while it is unfinished."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    source: str
    wording: str
    given_at: datetime | None
    detail: Mapping[str, Any]
    waiting: int = 0


def open_act(
    connection: Connection,
    kind: str,
    at: datetime,
    *,
    source: str = "",
    wording: str = "",
    given_at: datetime | None = None,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Record that an act begins and return its id. `detail` is JSON: files or a selection, and counts."""
    return raw_acts.open_act(
        cursor_of(connection), kind, at, source=source, wording=wording, given_at=given_at, detail=detail
    )


def note_changes(connection: Connection, act_id: int, changes: Iterable[ReaderActChange]) -> None:
    """Record what an act changed; of a reader whom it changes twice, the first `before` stays."""
    raw_acts.note_changes(cursor_of(connection), act_id, changes)


def note_change(
    connection: Connection,
    act_id: int,
    subscriber_id: int,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    """Record what an act changed of one reader; see `note_changes`."""
    note_changes(connection, act_id, [ReaderActChange(subscriber_id, before, after)])


def finish_act(
    connection: Connection, act_id: int, at: datetime, detail: Mapping[str, object] | None = None
) -> None:
    """Record that an act is complete; `detail` replaces the one that it was opened with."""
    raw_acts.finish_act(cursor_of(connection), act_id, at, detail)


def list_acts(connection: Connection, kind: str | None) -> Sequence[ReaderAct]:
    """Return the acts of a kind, or of all kinds, the oldest first."""
    wanted = select(reader_act).order_by(reader_act.c.id)
    rows = connection.execute(wanted if kind is None else wanted.where(reader_act.c.kind == kind)).mappings()
    found = [to_act(row) for row in rows]
    waiting: dict[int, int] = {}
    if any(act.finished_at is None for act in found):
        # Without an index, which every reader would pay for: acts are unfinished for a moment, or cut off.
        counts = select(subscriber.c.act_id, func.count()).where(
            subscriber.c.act_id.in_([act.id for act in found if act.finished_at is None])
        )
        rows_of = connection.execute(counts.group_by(subscriber.c.act_id))
        waiting = {row[0]: row[1] for row in rows_of}
    return [replace(act, waiting=waiting.get(act.id, 0)) for act in found]


def to_act(row: RowMapping) -> ReaderAct:
    """Map a row of `reader_act`."""
    return ReaderAct(**{**row, "detail": json.loads(row["detail"] or "{}")})
