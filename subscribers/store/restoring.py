"""Gives readers back what an act changed of them, where it is as the act left it; consent is never raised."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from subscribers.lifecycle import TRANSITIONS, has_less_consent, lowering_event
from subscribers.model import SubscriberState
from subscribers.store import changes, statements
from subscribers.store.changes import Witness
from subscribers.store.raw_acts import SETTLED
from subscribers.store.removing import CHANGED
from subscribers.store.tables import subscriber

ERASED = "was erased since"
STAYS = "stays {word}: an undo never raises consent"


@dataclass(slots=True)
class Restoring:
    """What to give back to one reader, and why some of it is not given back."""

    id: int
    public_id: int
    email: str
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of `subscriber`, and `tags`."""
    lower_to: SubscriberState | None = None
    reasons: list[str] = field(default_factory=list)


def plan(connection: Connection, rows: Sequence[RowMapping], *, locking: bool = False) -> list[Restoring]:
    """Compare rows of `reader_act_change` with the readers as they are."""
    ids = [row["subscriber_id"] for row in rows]
    wanted = select(subscriber).where(subscriber.c.id.in_(ids)).order_by(subscriber.c.id)
    found = connection.execute(wanted.with_for_update() if locking else wanted).mappings()
    readers = {row["id"]: row for row in found}
    tags = statements.tags_of(connection, ids)
    # A reader whom the act itself added is removed or stays as a whole.
    present = [row for row in rows if readers[row["subscriber_id"]]["act_id"] != row["act_id"]]
    return [_compare(readers[row["subscriber_id"]], tags, row) for row in present]


def carry_out(connection: Connection, plans: Sequence[Restoring], source: str, now: datetime) -> None:
    """Write what was planned inside the caller's transaction."""
    for one in plans:
        values = dict(one.values)
        tags = values.pop("tags", None)
        if tags is not None:
            statements.replace_tags(connection, one.id, tags)
        if values:
            connection.execute(update(subscriber).where(subscriber.c.id == one.id).values(values))
        event = None if one.lower_to is None else lowering_event(one.lower_to)
        if event is not None:
            reader = changes.get_standing(connection, one.public_id)
            changes.change(connection, reader, event, Witness(now, source))


def _compare(reader: RowMapping, tags: Mapping[int, Sequence[str]], row: RowMapping) -> Restoring:
    one = Restoring(reader["id"], reader["public_id"], reader["email"] or "")
    if reader["state"] is SubscriberState.ERASED:
        one.reasons.append(ERASED)
        return one
    before, after = json.loads(row["before"]), json.loads(row["after"])
    current = {**reader, "tags": list(tags.get(reader["id"], ()))}
    for name in before.keys() - {"state", SETTLED}:
        if current[name] == after[name] and current[name] != before[name]:
            one.values[name] = before[name]
        elif current[name] != before[name] and CHANGED not in one.reasons:
            one.reasons.append(CHANGED)
    if "state" in before:
        _compare_state(one, reader["state"], SubscriberState[before["state"].upper()])
    return one


def _compare_state(one: Restoring, current: SubscriberState, before: SubscriberState) -> None:
    if current is before:
        return
    event = lowering_event(before)
    if has_less_consent(before, current) and event and TRANSITIONS.get((current, event)) is before:
        one.lower_to = before
    else:
        one.reasons.append(STAYS.format(word=current.word))
