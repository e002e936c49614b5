"""Acts: what was done to many readers at once, recorded so that it can be listed and undone by its id.

The caller opens the transaction and commits it. An act that is not finished is under way or was cut off.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from subscribers.errors import ReaderStoreError
from subscribers.store.tables import reader_act, reader_act_change, subscriber

IMPORT = "import"
"""The kind of an import; other kinds are named by the command that acts."""


class ReaderActChange(NamedTuple):
    """What an act changed of a reader who was there: the changed fields as they were, and as it left them.

    Fields are `state` (its word), `name`, `first_name`, `attributes` (as stored) and `tags` (a sorted list,
    always all of them).
    """

    subscriber_id: int
    before: Mapping[str, object]
    after: Mapping[str, object]


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
    values = {
        "kind": kind,
        "started_at": at,
        "source": source,
        "wording": wording,
        "given_at": given_at,
        "detail": _write(detail or {}),
    }
    return int(connection.execute(insert(reader_act).values(values).returning(reader_act.c.id)).scalar_one())


def note_changes(connection: Connection, act_id: int, changes: Iterable[ReaderActChange]) -> None:
    """Record what an act changed; of a reader whom it changes twice, the first `before` stays."""
    wanted = {change.subscriber_id: change for change in changes}
    if not wanted:
        return
    table = reader_act_change
    known = select(table).where(table.c.act_id == act_id, table.c.subscriber_id.in_(list(wanted)))
    rows: list[dict[str, Any]] = []
    earlier = {row.subscriber_id: row for row in connection.execute(known)}
    for reader, change in wanted.items():
        before, after = change.before, change.after
        if reader in earlier:
            before = {**before, **json.loads(earlier[reader].before)}
            after = {**json.loads(earlier[reader].after), **after}
        rows.append(
            {"act_id": act_id, "subscriber_id": reader, "before": _write(before), "after": _write(after)}
        )
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["act_id", "subscriber_id"],
            set_={"before": statement.excluded.before, "after": statement.excluded.after},
        ),
        rows,
    )


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
    values: dict[str, Any] = {"finished_at": at}
    if detail is not None:
        values["detail"] = _write(detail)
    connection.execute(update(reader_act).where(reader_act.c.id == act_id).values(values))


def refuse_undone(connection: Connection, act_id: int) -> None:
    """Raise ReaderStoreError if an act was undone meanwhile; it cannot be until the caller commits."""
    wanted = select(reader_act.c.undone_at).where(reader_act.c.id == act_id).with_for_update(read=True)
    if connection.scalar(wanted) is not None:
        raise ReaderStoreError(f"act {act_id} was undone while it was under way; nothing more was done")


def unfinished_acts(connection: Connection) -> Sequence[int]:
    """Return the ids of the acts that are under way or were cut off."""
    wanted = select(reader_act.c.id).where(reader_act.c.finished_at.is_(None))
    return connection.execute(wanted).scalars().all()


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


def _write(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)
