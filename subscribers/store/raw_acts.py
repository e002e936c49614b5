"""The rows of acts, in the statements of the driver; see `subscribers.store.acts`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from subscribers.consent import to_micros
from subscribers.errors import ReaderStoreError
from subscribers.store.raw import RawCursor

IMPORT = "import"
"""The kind of an import; other kinds are named by the command that acts."""

SETTLED = "kept_out"
"""What is noted of a reader whom an import added although an earlier list kept them out: that reason."""


class ReaderActChange(NamedTuple):
    """What an act changed of a reader who was there: the changed fields as they were, and as it left them.

    Fields are `state` (its word), `name`, `first_name`, `attributes` (as stored) and `tags` (a sorted list,
    always all of them). Of a reader whom the act added, only SETTLED is noted.
    """

    subscriber_id: int
    before: Mapping[str, object]
    after: Mapping[str, object]


def open_act(
    cursor: RawCursor,
    kind: str,
    at: datetime,
    *,
    source: str = "",
    wording: str = "",
    given_at: datetime | None = None,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Record that an act begins and return its id."""
    given = None if given_at is None else to_micros(given_at)
    values = (kind, to_micros(at), source, wording, given, _write(detail or {}))
    rows = cursor.rows(
        "INSERT INTO reader_act (kind, started_at, source, wording, given_at, detail)"
        " VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
        values,
    )
    return int(rows[0][0])


def note_changes(cursor: RawCursor, act_id: int, changes: Iterable[ReaderActChange]) -> None:
    """Record what an act changed; of a reader whom it changes twice, the first `before` stays."""
    wanted = {change.subscriber_id: change for change in changes}
    if not wanted:
        return
    condition, values = cursor.among("subscriber_id", list(wanted))
    query = f"SELECT subscriber_id, before, after FROM reader_act_change WHERE act_id = ? AND {condition}"  # noqa: S608 - only marks
    earlier = {
        reader: (json.loads(before), json.loads(after))
        for reader, before, after in cursor.rows(query, (act_id, *values))
    }
    rows: list[tuple[int, int, str, str]] = []
    for reader, change in wanted.items():
        first, last = earlier.get(reader, ({}, {}))
        before, after = {**change.before, **first}, {**last, **change.after}
        rows.append((act_id, reader, _write(before), _write(after)))
    cursor.many(
        "INSERT INTO reader_act_change (act_id, subscriber_id, before, after) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (act_id, subscriber_id) DO UPDATE SET before = excluded.before, after = excluded.after",
        rows,
    )


def finish_act(
    cursor: RawCursor, act_id: int, at: datetime, detail: Mapping[str, object] | None = None
) -> None:
    """Record that an act is complete; `detail` replaces the one that it was opened with."""
    cursor.run("UPDATE reader_act SET finished_at = ? WHERE id = ?", (to_micros(at), act_id))
    if detail is not None:
        cursor.run("UPDATE reader_act SET detail = ? WHERE id = ?", (_write(detail), act_id))


def refuse_undone(cursor: RawCursor, act_id: int) -> None:
    """Raise ReaderStoreError if an act was undone meanwhile; it cannot be until the caller commits."""
    lock = "" if cursor.is_sqlite else " FOR SHARE"
    rows = cursor.rows(f"SELECT undone_at FROM reader_act WHERE id = ?{lock}", (act_id,))  # noqa: S608 - ours
    if rows[0][0] is not None:
        raise ReaderStoreError(f"act {act_id} was undone while it was under way; nothing more was done")


def unfinished_acts(cursor: RawCursor) -> Sequence[int]:
    """Return the ids of the acts that are under way or were cut off."""
    return [row[0] for row in cursor.rows("SELECT id FROM reader_act WHERE finished_at IS NULL")]


def _write(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)
