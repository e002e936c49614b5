"""The tables of issues, deliveries and runs; foreign keys point to people, never back."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from pipeline.model.delivery import DeliveryState, FailureClass, SkipReason
from pipeline.model.issue_state import STORED, IssueState
from pipeline.model.returned import ReturnKind
from subscribers.store.tables import Id, metadata
from subscribers.store.types import Instant, IntState, range_check, state_check

issue = Table(
    "issue",
    metadata,
    Column("id", Id, primary_key=True),
    Column("week", String(8), nullable=False, unique=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("state", IntState(IssueState), nullable=False),
    Column("paused_reason", Text, nullable=False, default=""),
    # When a pause by a breaker ends by itself; empty when a person must resume the issue.
    Column("resumes_at", Instant),
    # Why the last run was stopped: the pattern of answers, their wording, and the sentence about it.
    Column("trip", String(16), nullable=False, server_default=""),
    Column("refusal", Text, nullable=False, server_default=""),
    Column("stopped_reason", Text, nullable=False, server_default=""),
    Column("subject", Text, nullable=False),
    # SHA-256 of the rendered letter with its slots open.
    Column("digest", String(64), nullable=False),
    # The line of history.jsonl, so that a lost push repeats no content.
    Column("past", Text, nullable=False),
    # Who the envelope and the unsubscribe links of this issue name, as JSON.
    Column("letterhead", Text, nullable=False),
    Column("audience", Integer, nullable=False),
    # The name and the text of the segment whose readers are the audience; empty for everyone.
    Column("segment", Text, nullable=False, server_default=""),
    # Raised by every process that takes the issue over; who holds an older number may write no more.
    Column("fence", Integer, nullable=False, default=0),
    Column("frozen_at", Instant, nullable=False),
    # When a person last resumed or retried it: its age counts from then.
    Column("renewed_at", Instant),
    Column("ended_at", Instant),
    CheckConstraint("audience >= 0", name="audience"),
    CheckConstraint(f"state IN ({', '.join(str(int(state)) for state in STORED)})", name="state"),
)

issue_variant = Table(
    "issue_variant",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True),
    Column("variant", SmallInteger, primary_key=True, autoincrement=False),
    # `ordinary` for 0, and what the readers of the others chose.
    Column("name", String(128), nullable=False, server_default="ordinary"),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    # The compiled message: literal bytes and slots, as JSON.
    Column("message", Text, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("issue_id", ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True, autoincrement=False),
    Column("variant", SmallInteger, nullable=False, default=0),
    Column("state", IntState(DeliveryState), nullable=False),
    # Definite answers so far; a connection that was lost early is not an attempt.
    Column("attempts", SmallInteger, nullable=False, default=0),
    Column("failure", IntState(FailureClass), nullable=False, default=FailureClass.NONE),
    Column("skipped", IntState(SkipReason), nullable=False, default=SkipReason.NONE),
    Column("code", SmallInteger, nullable=False, default=0),
    Column("detail", Text),
    Column("next_at", Instant),
    Column("changed_at", Instant),
    CheckConstraint(range_check("state", DeliveryState), name="state"),
    CheckConstraint(range_check("failure", FailureClass), name="failure"),
    CheckConstraint(range_check("skipped", SkipReason), name="skipped"),
    CheckConstraint(
        f"(state = {int(DeliveryState.DEFERRED)}) = (next_at IS NOT NULL)", name="deferred_is_due"
    ),
    # No index on state on purpose: it costs more on every mark than it ever saves.
    # PostgreSQL looks for the letters of every reader that is deleted: without an index 15 ms for each with
    # 500,000 deliveries, with it a freeze's INSERT takes a third longer (measured). SQLite's undo of imports
    # does not look for them, so the index stays empty there.
    Index(None, "subscriber_id", sqlite_where=text("0")),
    sqlite_with_rowid=False,
    postgresql_with={"fillfactor": 80},
)

run = Table(
    "run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("issue_id", ForeignKey("issue.id"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    Column("exit_code", SmallInteger, nullable=False),
    Column("report", Text, nullable=False),
    Index(None, "issue_id", "id"),
)

event = Table(
    "event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    # issue.frozen, issue.paused, delivery.resolved …; append-only.
    Column("kind", String(32), nullable=False),
    Column("issue_id", ForeignKey("issue.id")),
    Column("subscriber_id", ForeignKey("subscriber.id")),
    Column("detail", Text, nullable=False, default=""),
    Index(None, "issue_id", "id"),
    # For readers that are deleted, as above; few events name a reader.
    Index(
        None,
        "subscriber_id",
        sqlite_where=text("subscriber_id IS NOT NULL"),
        postgresql_where=text("subscriber_id IS NOT NULL"),
    ),
)

returned = Table(
    "returned",
    metadata,
    # In this order: the reports of one issue, and of one reader in it, are found by the primary key.
    Column("issue_id", ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    Column("subscriber_id", ForeignKey("subscriber.id"), primary_key=True, autoincrement=False),
    # A hash of the report's own id, so that a report that is read twice counts once.
    Column("report", LargeBinary(16), primary_key=True),
    Column("kind", IntState(ReturnKind), nullable=False),
    Column("code", SmallInteger, nullable=False, default=0),
    Column("status", String(16), nullable=False, default=""),
    # The words of the server, without addresses.
    Column("detail", Text, nullable=False, default=""),
    Column("source", String(64), nullable=False, default=""),
    # When it was reported; when it was written down here.
    Column("reported_at", Instant),
    Column("taken_at", Instant, nullable=False),
    CheckConstraint(state_check("kind", ReturnKind), name="kind"),
    Index(None, "subscriber_id", "issue_id"),
    sqlite_with_rowid=False,
)

unmatched_report = Table(
    "unmatched_report",
    metadata,
    # The newest issue when the report came: whose letter it is about is not known.
    Column("issue_id", ForeignKey("issue.id"), primary_key=True, autoincrement=False),
    Column("source", String(64), primary_key=True),
    Column("kind", IntState(ReturnKind), primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    CheckConstraint(state_check("kind", ReturnKind), name="kind"),
    sqlite_with_rowid=False,
)

webhook_token = Table(
    "webhook_token",
    metadata,
    # A hash of what a provider's signature covers, where it does not cover the events.
    Column("token", LargeBinary(16), primary_key=True),
    Column("used_at", Instant, nullable=False),
    # Old ones are deleted with every new one.
    Index(None, "used_at"),
    sqlite_with_rowid=False,
)

pace = Table(
    "pace",
    metadata,
    # The relay and the sender's domain that the limits are for.
    Column("scope", String(512), primary_key=True),
    # The PaceBook as JSON: small, and always read and written as a whole.
    Column("book", Text, nullable=False),
    sqlite_with_rowid=False,
)
