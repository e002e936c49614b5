"""Frozen issues: the transaction that creates them, their states, the runs that worked on them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from pipeline.model.delivery import MIN_SENT
from pipeline.model.issue import Letterhead
from pipeline.model.issue_state import OPEN, TRANSITIONS, IssueState, Trip
from pipeline.store import remedies
from pipeline.store.audience import insert_deliveries
from pipeline.store.deliveries import DeliveryLedger
from pipeline.store.reading import FrozenIssue, ReadIssues
from pipeline.store.tables import issue, issue_variant, run
from subscribers.selection.model import EVERYONE, Selection
from subscribers.store.engine import make_query, open_engine
from subscribers.store.statements import is_deliverable
from subscribers.store.tables import subscriber


@dataclass(frozen=True, slots=True)
class FrozenLetter:
    """One variant as it is frozen: its name, the parts it was rendered to, and the compiled message."""

    name: str
    html: str
    text: str
    message: str


@dataclass(frozen=True, slots=True)
class Freezing:
    """What a freeze writes, except the audience, which the database knows.

    `letters` begin with the ordinary one; the index of each is its number.
    """

    week: str
    number: int
    subject: str
    digest: str
    past: str
    letterhead: Letterhead
    letters: tuple[FrozenLetter, ...]
    segment: str = ""
    """The name and the text of the segment that it goes to; empty for everyone."""
    selection: Selection = EVERYONE
    """The readers of the segment."""


class Issues(ReadIssues):
    """The frozen issues of a database, one committed transaction per method."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(make_query(engine))
        self._engine = engine
        self._reading = engine.execution_options(reading=True)

    def ledger(self, issue_id: int) -> DeliveryLedger:
        """Open the ledger of an issue."""
        return DeliveryLedger(self._engine, issue_id)

    def readers(self) -> int:
        """Count the readers who would receive an issue that is frozen now."""
        statement = select(func.count()).select_from(subscriber).where(is_deliverable())
        with self._reading.connect() as connection:
            return connection.execute(statement).scalar_one()

    def has_readers(self) -> bool:
        """Return whether a reader was ever added."""
        with self._reading.connect() as connection:
            return connection.execute(select(subscriber.c.id).limit(1)).first() is not None

    def freeze(self, freezing: Freezing, now: datetime) -> FrozenIssue:
        """Store bytes and audience; an issue that is frozen already is returned unchanged."""
        try:
            with self._engine.begin() as connection:
                issue_id = _insert_issue(connection, freezing, now)
                names = [letter.name for letter in freezing.letters]
                audience = insert_deliveries(connection, issue_id, names, now, freezing.selection)
                connection.execute(update(issue).where(issue.c.id == issue_id).values(audience=audience))
                remedies.note(connection, now, "issue.frozen", issue_id, f"{audience} readers")
        except IntegrityError:
            frozen = self.find(freezing.week)
            if frozen is None:
                raise
            return frozen
        return self.get(freezing.week)

    def message(self, issue_id: int, variant: int = 0) -> str:
        """Get the compiled message of a variant as it was frozen."""
        return str(self._variant(issue_id, variant).message)

    def variants(self, issue_id: int) -> Mapping[int, str]:
        """Return the names of the variants by number; 0 is the ordinary letter."""
        statement = select(issue_variant.c.variant, issue_variant.c.name).where(
            issue_variant.c.issue_id == issue_id
        )
        with self._reading.connect() as connection:
            found = connection.execute(statement.order_by(issue_variant.c.variant))
            return {row.variant: row.name for row in found}

    def _variant(self, issue_id: int, variant: int) -> Row[Any, Any, Any]:
        statement = select(issue_variant.c.html, issue_variant.c.text, issue_variant.c.message).where(
            issue_variant.c.issue_id == issue_id, issue_variant.c.variant == variant
        )
        with self._reading.connect() as connection:
            return connection.execute(statement).one()

    def begin(self, issue_id: int, now: datetime) -> bool:
        """Begin or continue to send an issue; False if it is paused, cancelled or has ended."""
        locked = select(issue.c.state, issue.c.resumes_at).where(issue.c.id == issue_id).with_for_update()
        with self._engine.begin() as connection:
            state, resumes_at = connection.execute(locked).one()
            is_rested = state is IssueState.PAUSED and resumes_at is not None and resumes_at <= now
            if state is IssueState.FROZEN or is_rested:
                begun = {"state": IssueState.SENDING, "paused_reason": "", "resumes_at": None}
                connection.execute(update(issue).where(issue.c.id == issue_id).values(begun))
                remedies.note(connection, now, "issue.sending", issue_id, "")
        return state in OPEN or is_rested

    def pause(self, issue_id: int, reason: str, now: datetime, *, resumes_at: datetime | None = None) -> bool:
        """Pause an issue until it is resumed, or until `resumes_at`; False if that cannot be.

        It cannot when the issue has ended or waits for a person already.
        """
        allowed = [state for state in IssueState if IssueState.PAUSED in TRANSITIONS[state]]
        paused = {"state": IssueState.PAUSED, "paused_reason": reason, "resumes_at": resumes_at}
        rests = and_(issue.c.state == IssueState.PAUSED, issue.c.resumes_at.is_not(None))
        can_pause = or_(issue.c.state.in_(allowed), rests)
        statement = update(issue).where(issue.c.id == issue_id, can_pause).values(paused)
        with self._engine.begin() as connection:
            is_paused = connection.execute(statement).rowcount == 1
            if is_paused:
                remedies.note(connection, now, "issue.paused", issue_id, reason)
        return is_paused

    def record_stop(self, issue_id: int, trip: Trip, refusal: str, reason: str) -> None:
        """Remember why the last run was stopped; empty values forget it."""
        stopped = {"trip": trip.value, "refusal": refusal, "stopped_reason": reason}
        with self._engine.begin() as connection:
            connection.execute(update(issue).where(issue.c.id == issue_id).values(stopped))

    def resume(self, issue_id: int, now: datetime) -> int | None:
        """Resume a paused issue; see `remedies.resume`."""
        return remedies.resume(self._engine, issue_id, now)

    def close(self, issue_id: int, now: datetime, *, min_sent: float = MIN_SENT) -> None:
        """End an issue that is being sent and owes nothing; others are left unchanged."""
        remedies.close(self._engine, issue_id, now, min_sent=min_sent)

    def record_run(
        self,
        issue_id: int,
        started_at: datetime,
        ended_at: datetime,
        exit_code: int,
        report: Mapping[str, object],
    ) -> None:
        """Store the report of one run."""
        values = {
            "issue_id": issue_id,
            "started_at": started_at,
            "ended_at": ended_at,
            "exit_code": exit_code,
            "report": json.dumps(report, sort_keys=True),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(run).values(values))


@contextmanager
def sending(url: str) -> Iterator[Issues]:
    """Open the issues of a database with connections that stay open, for thousands of transactions."""
    engine = open_engine(url, keep_open=True)
    try:
        yield Issues(engine)
    finally:
        engine.dispose()


def _insert_issue(connection: Connection, freezing: Freezing, now: datetime) -> int:
    values = {
        "week": freezing.week,
        "number": freezing.number,
        "state": IssueState.FROZEN,
        "subject": freezing.subject,
        "digest": freezing.digest,
        "past": freezing.past,
        "letterhead": json.dumps(asdict(freezing.letterhead), sort_keys=True),
        "audience": 0,
        "segment": freezing.segment,
        "fence": 0,
        "frozen_at": now,
    }
    issue_id = connection.execute(insert(issue).values(values).returning(issue.c.id)).scalar_one()
    connection.execute(
        insert(issue_variant),
        [
            {"issue_id": issue_id, "variant": number, **asdict(letter)}
            for number, letter in enumerate(freezing.letters)
        ],
    )
    return int(issue_id)
