"""Acts on the readers of a selection, chunk by chunk; what they changed is recorded, for an undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from subscribers.addresses import clean_name
from subscribers.attributes import read_attributes, write_attributes
from subscribers.lifecycle import LEFT, TRANSITIONS
from subscribers.model import Event, Subscriber, SubscriberState
from subscribers.selection.model import AllOf, AnyOf, Not, Selection, by_state, by_tag, join_all
from subscribers.store import acts, changes, statements
from subscribers.store.acts import ReaderActChange
from subscribers.store.changes import Witness
from subscribers.store.engine import write
from subscribers.store.selected import SelectedReaders
from subscribers.store.statements import Standing
from subscribers.store.tables import subscriber, subscriber_tag
from subscribers.suppression import SuppressionReason

CHUNK_READERS = 500
"""Readers a transaction: everyone else who writes waits for one of them, which takes about 0.1 s."""
SAMPLES = 5
"""Readers that are shown before an act; enough to notice a wrong selection."""


@dataclass(frozen=True, slots=True)
class Retagging:
    """Adds tags and removes others; both normalized."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    kind: str = "tag"

    @property
    def candidates(self) -> Selection:
        """Whom it changes."""
        return AnyOf((*(Not(by_tag(slug)) for slug in self.add), *map(by_tag, self.remove)))


@dataclass(frozen=True, slots=True)
class Filling:
    """Sets names and attributes; an empty text takes an attribute off."""

    columns: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    kind: str = "set"

    @property
    def candidates(self) -> Selection:
        """Whom it may change."""
        return AllOf()


@dataclass(frozen=True, slots=True)
class Moving:
    """Carries an event out; with a reason, the addresses are suppressed."""

    kind: str
    event: Event
    states: tuple[SubscriberState, ...]
    suppressing: SuppressionReason | None = None

    @property
    def candidates(self) -> Selection:
        """Whom it changes."""
        return AnyOf(tuple(map(by_state, self.states)))


_HERE = tuple(state for state in SubscriberState if state not in LEFT)
_KNOWN = tuple(state for state in SubscriberState if state is not SubscriberState.ERASED)
PAUSE = Moving("pause", Event.PAUSED, (SubscriberState.ACTIVE,))
RESUME = Moving("resume", Event.RESUMED, (SubscriberState.PAUSED,))
UNSUBSCRIBE = Moving("unsubscribe", Event.UNSUBSCRIBED_BY_HAND, _HERE)
ERASE = Moving("erase", Event.ERASED, _KNOWN)


def suppress_by(reason: SuppressionReason) -> Moving:
    """Return the act that suppresses addresses for a reason."""
    events = {
        SuppressionReason.BOUNCED: Event.BOUNCED,
        SuppressionReason.COMPLAINED: Event.COMPLAINED,
    }
    return Moving("suppress", events.get(reason, Event.UNSUBSCRIBED_BY_HAND), _KNOWN, reason)


Change = Retagging | Filling | Moving


@dataclass(frozen=True, slots=True)
class Affected:
    """Whom an act is about: how many, and the first of them."""

    count: int
    samples: Sequence[Subscriber]


@dataclass(frozen=True, slots=True)
class ActDone:
    """An act by its id, and how many readers it changed."""

    id: int
    changed: int


class SelectionActs:
    """Acts on selections of readers; those who were erased are left out."""

    def __init__(self, engine: Engine, selected: SelectedReaders) -> None:
        self._engine = engine
        self._selected = selected

    def preview(self, change: Change, selection: Selection) -> Affected:
        """Find whom an act would be about."""
        where = _candidates(change, selection)
        count = sum(self._selected.count_by_state(where).values())
        return Affected(count, self._selected.page(limit=SAMPLES, where=where))

    def act(self, change: Change, selection: Selection, words: str, now: datetime) -> ActDone:
        """Carry an act out; `words` is the selection as it was written, for the record."""
        condition = self._selected.condition(_candidates(change, selection))
        return self._carry_out(change, condition, {"selection": words}, now)

    def act_on(self, change: Change, subscriber_id: int, now: datetime) -> ActDone:
        """Carry an act out on one reader."""
        condition = self._selected.condition(_candidates(change, AllOf()))
        return self._carry_out(change, (subscriber.c.id == subscriber_id) & condition, {}, now)

    def _carry_out(
        self, change: Change, condition: ColumnElement[bool], detail: Mapping[str, object], now: datetime
    ) -> ActDone:
        def begin(connection: Connection) -> int:
            return acts.open_act(connection, change.kind, now, source="command line", detail=detail)

        act_id, changed, after = write(self._engine, begin), 0, 0
        while step := write(
            self._engine,
            partial(_change_chunk, act_id=act_id, change=change, condition=condition, after=after, now=now),
        ):
            after, changed = step[0], changed + step[1]
        found = {**detail, "counts": {"changed": changed}}
        write(self._engine, lambda connection: acts.finish_act(connection, act_id, now, found))
        return ActDone(act_id, changed)


def _candidates(change: Change, selection: Selection) -> Selection:
    return join_all(selection, change.candidates, Not(by_state(SubscriberState.ERASED)))


def _change_chunk(
    connection: Connection,
    *,
    act_id: int,
    change: Change,
    condition: ColumnElement[bool],
    after: int,
    now: datetime,
) -> tuple[int, int] | None:
    """Change the next readers; returns the last id and how many were changed, None when none are left."""
    wanted = select(subscriber).where(subscriber.c.id > after, condition).order_by(subscriber.c.id)
    rows = connection.execute(wanted.limit(CHUNK_READERS).with_for_update()).mappings().all()
    if not rows:
        return None
    if isinstance(change, Retagging):
        changed = _retag(connection, act_id, change, [row["id"] for row in rows])
    elif isinstance(change, Filling):
        changed = _fill(connection, act_id, change, rows)
    else:
        witness = Witness(now, f"command line, {change.kind} {act_id}")
        changed = sum(_move(connection, act_id, change, row, witness) for row in rows)
    return rows[-1]["id"], changed


def _retag(connection: Connection, act_id: int, change: Retagging, ids: Sequence[int]) -> int:
    before = statements.tags_of(connection, ids)
    tag_ids = statements.tag_ids(connection, change.add)
    noted: list[ReaderActChange] = []
    added: list[dict[str, int]] = []
    for reader in ids:
        known = before.get(reader, [])
        after = sorted({*known, *change.add} - set(change.remove))
        if after != known:
            noted.append(ReaderActChange(reader, {"tags": known}, {"tags": after}))
            added += [
                {"tag_id": tag_ids[slug], "subscriber_id": reader} for slug in change.add if slug not in known
            ]
    if added:
        connection.execute(insert(subscriber_tag), added)
    if change.remove:
        gone = statements.tag_ids(connection, change.remove)
        connection.execute(
            delete(subscriber_tag).where(
                subscriber_tag.c.tag_id.in_(gone.values()), subscriber_tag.c.subscriber_id.in_(ids)
            )
        )
    acts.note_changes(connection, act_id, noted)
    return len(noted)


def _fill(connection: Connection, act_id: int, change: Filling, rows: Sequence[RowMapping]) -> int:
    names = (*change.columns, *(("attributes",) if change.attributes else ()))
    noted: list[ReaderActChange] = []
    for row in rows:
        after: dict[str, object] = {name: clean_name(text) for name, text in change.columns.items()}
        if change.attributes:
            after["attributes"] = write_attributes(
                {**read_attributes(row["attributes"]), **change.attributes}
            )
        before = {name: row[name] for name in names}
        if before != after:
            noted.append(ReaderActChange(row["id"], before, after))
    if noted:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        connection.execute(
            update(subscriber).where(subscriber.c.id == bindparam("reader")).values(values),
            [
                {"reader": one.subscriber_id, **{f"new_{name}": text for name, text in one.after.items()}}
                for one in noted
            ],
        )
    acts.note_changes(connection, act_id, noted)
    return len(noted)


def _move(connection: Connection, act_id: int, change: Moving, row: RowMapping, witness: Witness) -> bool:
    reader = Standing(*(row[name] for name in Standing._fields))
    if change.event is Event.ERASED:
        return changes.erase(connection, reader, witness)
    is_new = False
    if change.suppressing is not None and reader.email_hmac is not None:
        is_new = changes.suppress(connection, reader.email_hmac, change.suppressing, witness)
        moved = changes.leave(connection, reader, change.event, witness)
        is_new = is_new or moved
    else:
        changes.change(connection, reader, change.event, witness)
        moved = True
    if moved:
        word = TRANSITIONS[reader.state, change.event].word
        acts.note_change(connection, act_id, reader.id, {"state": reader.state.word}, {"state": word})
    return moved or is_new
