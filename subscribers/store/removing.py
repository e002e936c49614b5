"""Removes readers whom an import added and nobody has touched since, with the record of their consent.

Those who had less than the full consent, or were kept out before, are remembered as kept out. The queries
take the values `act`, `started` and `source` of the import, and ask for its readers after the id `after` up
to `last`; so does `mailed`, a query for the ids of readers who were ever in an audience.
"""

# ruff: noqa: S608 - the statements are made of our own names and numbers

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import IntegrityError

from subscribers.consent import to_micros
from subscribers.lifecycle import LEFT
from subscribers.model import SubscriberState
from subscribers.store.raw_acts import SETTLED

CHUNK_READERS = 1_000
"""Readers a transaction; everyone else who writes waits for one of them, which takes about 0.1 s."""

LAST_ID = 2**63 - 1
"""The largest id that a database can give."""

RECIPIENT = "is a recipient of a letter"
RECORD = "their record of consent went on"
CHANGED = "was changed since"

_RECORD_WENT_ON = """EXISTS (SELECT 1 FROM consent_event WHERE consent_event.subscriber_id = subscriber.id
    AND NOT (consent_event.at = subscriber.created_at AND consent_event.source = subscriber.source)
    AND NOT (consent_event.at = :started AND consent_event.source = :source))"""
_WAS_CHANGED = """EXISTS (SELECT 1 FROM reader_act_change
    WHERE reader_act_change.subscriber_id = subscriber.id AND reader_act_change.act_id <> :act)"""
_WAS_MERGED = """(subscriber.merged_into IS NOT NULL
    OR subscriber.id IN (SELECT merged_into FROM subscriber WHERE merged_into IS NOT NULL))"""
_WAS_TOUCHED = f"({_RECORD_WENT_ON} OR {_WAS_CHANGED} OR {_WAS_MERGED})"
_RANGE = "FROM subscriber WHERE act_id = :act AND id > :after AND id <= :last"
_CHUNK = "FROM subscriber WHERE act_id = :undo AND id > :after AND id <= :last"


def _words(states: Iterable[SubscriberState]) -> str:
    whens = " ".join(f"WHEN {int(state)} THEN '{state.word}'" for state in sorted(states))
    return f"CASE state {whens} END"


_LEFT_WORD = _words(LEFT - {SubscriberState.ERASED})
_WAITING_WORD = _words({SubscriberState.PENDING, SubscriberState.PAUSED})
_GIVE_BACK = "UPDATE subscriber SET act_id = :act WHERE act_id = :undo"
_NOTED = {
    "sqlite": f"json_extract(before, '$.{SETTLED}')",
    "postgresql": f"CAST(before AS json) ->> '{SETTLED}'",
}
_REMEMBER = {
    dialect: f"""INSERT INTO kept_out (email_hmac, reason, act_id, at)
    SELECT email_hmac, reason, :act, :now FROM (
        SELECT email_hmac, coalesce({_LEFT_WORD}, (SELECT {noted} FROM reader_act_change
            WHERE subscriber_id = subscriber.id AND reader_act_change.act_id = :act), {_WAITING_WORD})
            AS reason {_CHUNK}
    ) AS removed WHERE reason IS NOT NULL
    ON CONFLICT DO NOTHING"""
    for dialect, noted in _NOTED.items()
}
# Whoever was touched meanwhile goes back to the import.
_SPARE = f"{_GIVE_BACK} AND id > :after AND id <= :last AND {_WAS_TOUCHED}"
_DELETIONS = (
    f"DELETE FROM consent_event WHERE subscriber_id IN (SELECT id {_CHUNK})",
    f"DELETE FROM subscriber_tag WHERE subscriber_id IN (SELECT id {_CHUNK})",
    f"DELETE FROM reader_act_change WHERE subscriber_id IN (SELECT id {_CHUNK})",
    f"DELETE {_CHUNK}",
)


def count_reasons(mailed: str) -> TextClause:
    """Count the readers of an import by the reason for which they stay; an empty one: they go."""
    return text(f"SELECT {_reason(mailed)} AS reason, count(*) {_RANGE} GROUP BY 1")


def kept_page(mailed: str) -> TextClause:
    """Select readers of an import: address, reason to stay or empty."""
    return text(f"SELECT email, {_reason(mailed)} {_RANGE} ORDER BY id")


def give_up(engine: Engine, values: Mapping[str, Any], undo_id: int, mailed: str) -> None:
    """Give the untouched readers of an import to the act `undo_id`, chunk by chunk, each in a transaction."""
    after = 0
    statement = text(
        "UPDATE subscriber SET act_id = :undo WHERE act_id = :act AND id > :after AND id <= :last"
        f" AND {_reason(mailed)} = ''"
    )
    with engine.connect() as connection:
        while True:
            with connection.begin():
                chunk = _next_range(connection, values, after)
                if chunk is None:
                    return
                connection.execute(statement, {**chunk, "undo": undo_id})
            after = chunk["last"]


def ranges(connection: Connection, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values with `after` and `last` of one chunk of the import's readers after the other."""
    after = 0
    while (chunk := _next_range(connection, values, after)) is not None:
        yield chunk
        after = chunk["last"]


def _next_range(connection: Connection, values: Mapping[str, Any], after: int) -> dict[str, Any] | None:
    query = text(
        "SELECT max(id) FROM (SELECT id FROM subscriber WHERE act_id = :act AND id > :after"
        f" ORDER BY id LIMIT {CHUNK_READERS}) AS chunk"
    )
    last = connection.execute(query, {**values, "after": after}).scalar()
    return None if last is None else {**values, "after": after, "last": last}


def remove(engine: Engine, values: Mapping[str, Any], undo_id: int, mailed: str, now: datetime) -> int:
    """Delete the readers that were given to the act `undo_id`, chunk by chunk; returns how many they were."""
    removed, after = 0, 0
    with engine.connect() as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        driver: Any = connection.connection.driver_connection
        if is_sqlite:
            # No letter was sent to these readers, and a foreign key without an index of its own would read
            # all deliveries for each of them.
            driver.execute("PRAGMA foreign_keys = OFF")
        try:
            while True:
                try:
                    with connection.begin():
                        found = _remove_chunk(
                            connection, {**values, "undo": undo_id, "after": after, "now": to_micros(now)}
                        )
                except IntegrityError:
                    # A freeze that began earlier took some of them.
                    with connection.begin():
                        connection.execute(
                            text(f"{_GIVE_BACK} AND id IN ({mailed})"),
                            {"act": values["act"], "undo": undo_id, "after": after, "last": LAST_ID},
                        )
                    continue
                if found is None:
                    return removed
                after, removed = found[0], removed + found[1]
        finally:
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys = ON")


def _remove_chunk(connection: Connection, values: Mapping[str, Any]) -> tuple[int, int] | None:
    lock = "" if connection.dialect.name == "sqlite" else " FOR UPDATE"
    wanted = text(
        "SELECT id FROM subscriber WHERE act_id = :undo AND id > :after"
        f" ORDER BY id LIMIT {CHUNK_READERS}{lock}"
    )
    ids = connection.execute(wanted, values).scalars().all()
    if not ids:
        return None
    removed = 0
    for step in (_SPARE, _REMEMBER[connection.dialect.name], *_DELETIONS):
        removed = connection.execute(text(step), {**values, "last": ids[-1]}).rowcount
    return ids[-1], removed


def _reason(mailed: str) -> str:
    return (
        f"CASE WHEN subscriber.id IN ({mailed}) THEN '{RECIPIENT}' WHEN {_RECORD_WENT_ON} THEN '{RECORD}'"
        f" WHEN {_WAS_CHANGED} OR {_WAS_MERGED} THEN '{CHANGED}' ELSE '' END"
    )
