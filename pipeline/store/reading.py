"""Asks the tables of issues and deliveries in plain SQL, through SQLAlchemy or without it.

`weekly status` and a run with nothing to do ask a file of SQLite directly; the stores that write inherit
these questions. Every statement is one that SQLite and PostgreSQL read alike.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.errors import StoreError
from pipeline.model.delivery import DeliveryState, FailureClass
from pipeline.model.frozen import dataclass
from pipeline.model.issue import Letterhead
from pipeline.model.issue_state import OPEN, IssueState, Trip
from pipeline.model.returned import ReturnKind
from pipeline.store.schema import HEAD
from subscribers.instants import from_micros
from subscribers.store.reading import Query, SqliteQuery


@dataclass(frozen=True, slots=True)
class FrozenIssue:
    """An issue in the database. `past` is its line of history.jsonl."""

    id: int
    week: str
    number: int
    state: IssueState
    paused_reason: str
    subject: str
    digest: str
    past: str
    letterhead: Letterhead
    audience: int
    frozen_at: datetime
    ended_at: datetime | None
    resumes_at: datetime | None = None
    trip: Trip = Trip.NONE
    refusal: str = ""
    stopped_reason: str = ""
    renewed_at: datetime | None = None
    segment: str = ""
    """The segment it went to, by name and text; empty for everyone."""

    @property
    def fresh_from(self) -> datetime:
        """The instant from which its age counts: frozen, or renewed by a person."""
        return max(self.frozen_at, self.renewed_at or self.frozen_at)

    def can_continue(self, now: datetime) -> bool:
        """Return whether a run may work on it: it is open, or its pause is over."""
        is_rested = self.resumes_at is not None and self.resumes_at <= now
        return self.state in OPEN or (self.state is IssueState.PAUSED and is_rested)


@dataclass(frozen=True, slots=True)
class Stuck:
    """One delivery that a person may look at; `email` is for the operator only."""

    subscriber_id: int
    public_id: int
    email: str
    state: DeliveryState
    failure: FailureClass
    code: int
    detail: str
    changed_at: datetime | None


DELIVERIES_SHOWN = 10
"""What a support question is about, on one screen."""


@dataclass(frozen=True, slots=True)
class ReaderDelivery:
    """One delivery of a reader; `code` is 0 and `answer` empty where the server said nothing."""

    week: str
    state: str
    code: int
    answer: str
    at: datetime | None


MAIL_UNREAD, MAIL_READ = "bounces.unread", "bounces.read"
"""The events of a mailbox that could not be read, with the reason, and of one that can be read again."""
HISTORY_ACCEPTED = "history.accepted"
"""The event of a person who goes on with a database that the history is ahead of; its detail is the week."""

_ISSUE = f"SELECT {', '.join(field.name for field in fields(FrozenIssue))} FROM issue"  # noqa: S608 - our own names


class ReadLedger:
    """The deliveries of one frozen issue, for reading alone."""

    def __init__(self, query: Query, issue_id: int) -> None:
        self._query = query
        self.issue_id = issue_id

    def counts(self) -> Mapping[DeliveryState, int]:
        """Count the deliveries by state; every state is a key."""
        # One pass: for a GROUP BY without an index SQLite sorts all deliveries in memory.
        counts = ", ".join(f"count(CASE state WHEN {int(state)} THEN 1 END)" for state in DeliveryState)
        (found,) = self._query(f"SELECT {counts} FROM delivery WHERE issue_id = :issue", issue=self.issue_id)  # noqa: S608 - numbers
        return dict(zip(DeliveryState, found, strict=True))

    def count_unknown(self) -> int:
        """Count the deliveries with an unknown outcome."""
        statement = "SELECT count(*) FROM delivery WHERE issue_id = :issue AND state = :unknown"
        rows = self._query(statement, issue=self.issue_id, unknown=int(DeliveryState.UNKNOWN))
        return int(rows[0][0])

    def failures(self) -> Mapping[FailureClass, int]:
        """Count the failed deliveries by class; classes without any are left out."""
        rows = self._query(
            "SELECT failure, count(*) FROM delivery WHERE issue_id = :issue AND state = :failed"
            " GROUP BY failure",
            issue=self.issue_id,
            failed=int(DeliveryState.FAILED),
        )
        return {FailureClass(failure): count for failure, count in rows}

    def next_at(self) -> datetime | None:
        """Return when the earliest deferred delivery is due; None without any."""
        rows = self._query(
            "SELECT min(next_at) FROM delivery WHERE issue_id = :issue AND state = :deferred",
            issue=self.issue_id,
            deferred=int(DeliveryState.DEFERRED),
        )
        return from_micros(rows[0][0])

    def stuck(self, limit: int) -> Iterator[Stuck]:
        """Yield deliveries that a person may look at, unknown ones first, in reader order."""
        rows = self._query(
            "SELECT delivery.subscriber_id, subscriber.public_id, subscriber.email, delivery.state,"
            " delivery.failure, delivery.code, delivery.detail, delivery.changed_at FROM delivery"
            " JOIN subscriber ON subscriber.id = delivery.subscriber_id"
            " WHERE delivery.issue_id = :issue AND delivery.state IN (:unknown, :expired, :failed)"
            " ORDER BY CASE WHEN delivery.state = :unknown THEN 0 ELSE 1 END, delivery.subscriber_id"
            " LIMIT :count",
            issue=self.issue_id,
            unknown=int(DeliveryState.UNKNOWN),
            expired=int(DeliveryState.EXPIRED),
            failed=int(DeliveryState.FAILED),
            count=limit,
        )
        for reader, public_id, email, state, failure, code, detail, changed_at in rows:
            how = DeliveryState(state), FailureClass(failure)
            yield Stuck(reader, public_id, email or "", *how, code, detail or "", from_micros(changed_at))


class ReadIssues:
    """The frozen issues of a database, for reading alone."""

    def __init__(self, query: Query) -> None:
        self._query = query

    def ledger(self, issue_id: int) -> ReadLedger:
        """Open the ledger of an issue."""
        return ReadLedger(self._query, issue_id)

    def find(self, week: str) -> FrozenIssue | None:
        """Find the frozen issue of a week."""
        rows = self._query(f"{_ISSUE} WHERE week = :week", week=week)
        return _issue_from_row(rows[0]) if rows else None

    def get(self, week: str) -> FrozenIssue:
        """Get the frozen issue of a week; raises StoreError when there is none."""
        found = self.find(week)
        if found is None:
            raise StoreError(
                f"{week} has no frozen issue here; `weekly issue list` shows which weeks have one"
            )
        return found

    def find_latest(self) -> FrozenIssue | None:
        """Find the frozen issue of the latest week."""
        rows = self._query(f"{_ISSUE} ORDER BY week DESC LIMIT 1")
        return _issue_from_row(rows[0]) if rows else None

    def all(self) -> tuple[FrozenIssue, ...]:
        """List every frozen issue, oldest week first."""
        return tuple(_issue_from_row(row) for row in self._query(f"{_ISSUE} ORDER BY week"))

    def list_deliveries(self, subscriber_id: int) -> tuple[ReaderDelivery, ...]:
        """List the last deliveries of a reader, the newest first; of a year's issues, by their key."""
        rows = self._query(
            "SELECT recent.week, delivery.state, delivery.code, delivery.detail, delivery.changed_at"
            " FROM (SELECT id, week FROM issue ORDER BY week DESC LIMIT 53) AS recent JOIN delivery"
            " ON delivery.issue_id = recent.id AND delivery.subscriber_id = :reader"
            " ORDER BY recent.week DESC LIMIT :shown",
            reader=subscriber_id,
            shown=DELIVERIES_SHOWN,
        )
        return tuple(
            ReaderDelivery(week, DeliveryState(state).word, code or 0, detail or "", from_micros(at))
            for week, state, code, detail, at in rows
        )

    def find_unread(self) -> tuple[datetime, str] | None:
        """Return since when and why mailboxes of bounces cannot be read; None when the last run could."""
        rows = self._query(
            "SELECT at, detail FROM event WHERE issue_id IS NULL AND kind IN (:unread, :read)"
            " ORDER BY id DESC LIMIT 1",
            unread=MAIL_UNREAD,
            read=MAIL_READ,
        )
        at = from_micros(rows[0][0]) if rows else None
        return (at, rows[0][1]) if at and rows[0][1] else None

    def returned(self, issue_id: int) -> Mapping[str, int]:
        """Count the deliveries that something came back of, by the word of the most severe kind."""
        rows = self._query(
            "SELECT kind, count(*) FROM (SELECT max(kind) AS kind FROM returned WHERE issue_id = :issue"
            " GROUP BY subscriber_id) AS worst GROUP BY kind ORDER BY kind",
            issue=issue_id,
        )
        return {ReturnKind(kind).word: count for kind, count in rows}

    def unmatched(self, issue_id: int) -> Mapping[str, Mapping[str, int]]:
        """Count the reports about no letter that came while this issue was the newest.

        By source and by the word of the kind, the least severe first.
        """
        rows = self._query(
            "SELECT source, kind, count FROM unmatched_report WHERE issue_id = :issue ORDER BY source, kind",
            issue=issue_id,
        )
        found: dict[str, dict[str, int]] = {}
        for source, kind, count in rows:
            found.setdefault(source, {})[ReturnKind(kind).word] = count
        return found


def open_current(url: str) -> SqliteQuery | None:
    """Open a file of SQLite at the present schema; None for any other database, and where there is none."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or "?" in url or not path.exists():
        return None
    query = SqliteQuery(path)
    try:
        is_current = query("SELECT version_num FROM alembic_version") == [(HEAD,)]
    except sqlite3.Error:
        return None  # opening it with SQLAlchemy reports the reason
    return query if is_current else None


def _issue_from_row(row: Sequence[Any]) -> FrozenIssue:
    columns: dict[str, Any] = dict(zip((field.name for field in fields(FrozenIssue)), row, strict=True))
    columns["state"] = IssueState(columns["state"])
    columns["trip"] = Trip(columns["trip"])
    columns["letterhead"] = Letterhead(**json.loads(columns["letterhead"]))
    for name in ("frozen_at", "ended_at", "resumes_at", "renewed_at"):
        columns[name] = from_micros(columns[name])
    return FrozenIssue(**columns)
