"""Asks the tables of people in plain SQL, through SQLAlchemy or without it.

Every statement is one that SQLite and PostgreSQL read alike.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from subscribers.instants import to_instant
from subscribers.model import Subscriber, SubscriberState

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another writer; the longest transaction, an import's chunk, takes under 1 s."""

DELIVERABLE = """(subscriber.state = 1 AND NOT EXISTS (
    SELECT 1 FROM suppression WHERE suppression.email_hmac = subscriber.email_hmac)
    AND coalesce(subscriber.act_id, 0) NOT IN (
    SELECT id FROM reader_act WHERE finished_at IS NULL))"""
"""The condition on `subscriber` of those who receive letters: active, the address is not suppressed, and the
reader does not belong to an import, or to the undo of one, that is not finished. The last is asked once for
all readers."""


READER_COLUMNS = (
    *("id", "public_id", "email", "name", "state", "token_epoch", "source", "created_at", "confirmed_at"),
    *("left_at", "first_name", "attributes"),
)
"""The columns of a `Subscriber`, in the order that `to_subscriber` reads."""
PAGE_ROWS = 1_000
"""Readers a page: bounds the memory of an export and costs few queries."""
_TAGS = """SELECT subscriber_id, slug FROM subscriber_tag JOIN tag ON tag.id = subscriber_tag.tag_id
    WHERE subscriber_id > :after AND subscriber_id <= :last"""
_STATES = {int(state): state for state in SubscriberState}


def to_subscriber(row: Sequence[Any], tags: Sequence[str]) -> Subscriber:
    """Map a row of READER_COLUMNS; an erased reader's address is empty."""
    row_id, public_id, email, name, state, epoch, source, created_at, confirmed_at, left_at, *more = row
    return Subscriber(
        row_id,
        public_id,
        email or "",
        name,
        _STATES[state],
        epoch,
        tuple(sorted(tags)),
        source,
        to_instant(created_at),
        None if confirmed_at is None else to_instant(confirmed_at),
        None if left_at is None else to_instant(left_at),
        *more,
    )


@dataclass(frozen=True, slots=True)
class WaitingAct:
    """An import, or the undo of one, that is not finished: its readers receive nothing until it is."""

    id: int
    kind: str
    source: str
    readers: int

    def __str__(self) -> str:
        """Return the cause and the next step in one line."""
        source = f" ({self.source})" if self.source else ""
        what = "import the list again, or undo it" if self.kind == "import" else "undo it again"
        return (
            f"{self.kind} {self.id}{source} is not finished, and its readers ({self.readers:,}) receive "
            f"nothing until it is. It is still running, or was cut off: then {what}; see "
            "`weekly subscribers imports`"
        )


class Query(Protocol):
    """Runs a statement that reads, with its named values, and returns all rows."""

    def __call__(self, statement: str, /, **values: object) -> Sequence[Sequence[Any]]:
        """Return the rows."""


class SqliteQuery:
    """Asks a file of SQLite, which must be there, and never changes it; each question opens it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._place = (
            f"{path.absolute().as_uri()}?mode=rw"  # read-only would leave the files of the log behind
        )

    def __call__(self, statement: str, /, **values: object) -> Sequence[Sequence[Any]]:
        """Return the rows of a statement."""
        with closing(sqlite3.connect(self._place, uri=True, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
            return connection.execute(statement, values).fetchall()


class ReadPeople:
    """The store of subscribers, for reading alone."""

    def __init__(self, query: Query, *, suppression_key: bytes) -> None:
        self._query = query
        self._key = suppression_key

    def count_by_state(self) -> Mapping[str, int]:
        """Count readers by state word; every state is there."""
        found = self._query("SELECT state, count(*) FROM subscriber GROUP BY state")
        return {state.word: 0 for state in SubscriberState} | {
            SubscriberState(state).word: count for state, count in found
        }

    def count_deliverable(self) -> int:
        """Count the readers who would receive a letter now: active, and not suppressed."""
        return int(self._query(f"SELECT count(*) FROM subscriber WHERE {DELIVERABLE}")[0][0])  # noqa: S608 - ours

    def waiting_acts(self) -> tuple[WaitingAct, ...]:
        """Return the imports that have readers and are not finished, and such undos, the oldest first."""
        rows = self._query(
            "SELECT id, CASE WHEN undone_at IS NULL THEN kind ELSE 'undo' END, source,"
            " (SELECT count(*) FROM subscriber WHERE act_id = reader_act.id)"
            " FROM reader_act WHERE finished_at IS NULL ORDER BY id"
        )
        return tuple(WaitingAct(*row) for row in rows if row[3])

    def iterate_all(self) -> Iterator[Subscriber]:
        """Yield all readers in the order of `id`, read page by page."""
        page = (
            f"SELECT {', '.join(READER_COLUMNS)} FROM subscriber WHERE id > :after ORDER BY id LIMIT :limit"  # noqa: S608 - ours
        )
        after = 0
        while rows := self._query(page, after=after, limit=PAGE_ROWS):
            tags: dict[int, list[str]] = {}
            for reader, slug in self._query(_TAGS, after=after, last=rows[-1][0]):
                tags.setdefault(reader, []).append(slug)
            for row in rows:
                yield to_subscriber(row, tags.get(row[0], ()))
            after = rows[-1][0]

    def knows_key(self) -> bool:
        """Return whether the suppression key is the one of the readers; true without readers."""
        from subscribers.suppression import email_hmac  # noqa: PLC0415 - the library of hashes costs 15 ms

        rows = self._query(
            "SELECT email_key, email_hmac FROM subscriber WHERE email_key IS NOT NULL"
            " ORDER BY id DESC LIMIT 1"
        )
        return all(email_hmac(self._key, email_key) == bytes(known) for email_key, known in rows)
