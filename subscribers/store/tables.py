"""The tables of people. Foreign keys of other tables may point here; none points away."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    text,
)

from subscribers.model import Event, SubscriberState
from subscribers.store.types import Instant, IntState, state_check

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

Id = BigInteger().with_variant(Integer, "sqlite")
"""A row id: 64 bits everywhere (SQLite numbers rows by themselves only for INTEGER)."""

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", Id, primary_key=True),
    # A random 63-bit number that stands for the reader in links and Message-IDs.
    Column("public_id", BigInteger, nullable=False, unique=True),
    # 64 characters, the @ and 255 of a domain; what is checked is narrower (RFC 3696, errata 1690).
    Column("email", String(320)),
    Column("email_key", String(320), unique=True),
    # HMAC of email_key with the suppression key, to ask the suppression list without naming anybody.
    Column("email_hmac", LargeBinary(16)),
    Column("name", Text, nullable=False, default=""),
    Column("state", IntState(SubscriberState), nullable=False),
    Column("token_epoch", SmallInteger, nullable=False, default=0),
    Column("source", Text, nullable=False, default=""),
    Column("created_at", Instant, nullable=False),
    Column("confirmed_at", Instant),
    Column("left_at", Instant),
    # How a letter greets the reader; empty if it is not known apart from the name.
    Column("first_name", Text, nullable=False, default="", server_default=""),
    # A JSON object of texts by name, or empty.
    Column("attributes", Text, nullable=False, default="", server_default=""),
    # The import that brought the reader; a freeze leaves out the readers of an unfinished one.
    Column("act_id", Id),
    # The reader who is the same person: the links of this one act on that one.
    Column("merged_into", Id),
    CheckConstraint(state_check("state", SubscriberState), name="state"),
    CheckConstraint(
        f"(state = {int(SubscriberState.ERASED)}) = (email IS NULL) AND (email IS NULL) = (email_key IS NULL)"
        " AND (email IS NULL) = (email_hmac IS NULL)",
        name="erased_has_no_address",
    ),
    Index(None, "state", "id"),
    Index(
        None,
        "merged_into",
        sqlite_where=text("merged_into IS NOT NULL"),
        postgresql_where=text("merged_into IS NOT NULL"),
    ),
)

tag = Table(
    "tag",
    metadata,
    Column("id", Id, primary_key=True),
    Column("slug", String(64), nullable=False, unique=True),
)

subscriber_tag = Table(
    "subscriber_tag",
    metadata,
    Column("tag_id", ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "subscriber_id"),
    sqlite_with_rowid=False,
)

consent_event = Table(
    "consent_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id"), nullable=False),
    Column("event", IntState(Event), nullable=False),
    Column("at", Instant, nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("wording", Text, nullable=False, default=""),
    # When the consent itself was given, if that was before it was written down here.
    Column("given_at", Instant),
    Column("previous_hash", LargeBinary(32), nullable=False),
    Column("row_hash", LargeBinary(32), nullable=False),
    CheckConstraint(state_check("event", Event), name="event"),
    Index(None, "subscriber_id", "id"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("email_hmac", LargeBinary(16), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

reader_act = Table(
    "reader_act",
    metadata,
    Column("id", Id, primary_key=True),
    # `import`, `tag`, `unsubscribe` …: what was done to many readers at once, and can be undone by its id.
    Column("kind", String(16), nullable=False),
    Column("started_at", Instant, nullable=False),
    # Null while it runs, and for good if it was cut off.
    Column("finished_at", Instant),
    Column("undone_at", Instant),
    Column("source", Text, nullable=False, default=""),
    Column("wording", Text, nullable=False, default=""),
    Column("given_at", Instant),
    # A JSON object: files or selection, and counts.
    Column("detail", Text, nullable=False, default=""),
)

reader_act_change = Table(
    "reader_act_change",
    metadata,
    Column("act_id", ForeignKey("reader_act.id", ondelete="CASCADE"), primary_key=True),
    Column("subscriber_id", ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    # JSON objects of what the act changed (state, name, tags …), as it was and as it left it.
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Index(None, "subscriber_id"),
    sqlite_with_rowid=False,
)

kept_out = Table(
    "kept_out",
    metadata,
    Column("email_hmac", LargeBinary(16), primary_key=True),
    # The word of a list that kept the address out: no later list makes it active, a sign-up does.
    Column("reason", Text, nullable=False),
    Column("act_id", ForeignKey("reader_act.id", ondelete="SET NULL")),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

lifted_suppression = Table(
    "lifted_suppression",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email_hmac", LargeBinary(16), nullable=False),
    # What stood on the list until it was lifted; append-only, and kept when the reader is erased.
    Column("reason", String(32), nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("at", Instant, nullable=False),
    Column("lifted_at", Instant, nullable=False),
    Column("lift_reason", Text, nullable=False),
    Index(None, "email_hmac"),
)
