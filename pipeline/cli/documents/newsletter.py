"""Documents of `weekly subscribers …`, `config`, `db` and `templates`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from pipeline.cli.documents.common import Counts, WeekName
from pipeline.model.returned import ReturnKind
from pipeline.project.templates import Template
from subscribers.importing.report import RejectedRow
from subscribers.model import SubscriberState
from subscribers.suppression import SuppressionReason

State = Annotated[str, Field(json_schema_extra={"enum": [state.word for state in SubscriberState]})]
ReturnedKind = Annotated[str, Field(json_schema_extra={"enum": [kind.word for kind in ReturnKind]})]


class SubscriberRow(TypedDict):
    """One reader."""

    email: str
    state: State
    name: str | None
    tags: list[str]
    source: str | None
    created_at: datetime
    confirmed_at: datetime | None


class SubscriberList(TypedDict):
    """Readers in the order they joined; those who were erased are left out."""

    subscribers: list[SubscriberRow]


class RecordEntry(TypedDict):
    """One entry of the record of consent."""

    event: str
    at: datetime
    source: str | None
    wording: str | None
    """What the reader agreed to, word for word."""
    given_at: datetime | None
    """When the consent was given, where that was before it was written down."""


class ProofEntry(RecordEntry):
    """One entry of the record, with the hash that chains it to the one before."""

    row_hash: str


class SubscriberProof(TypedDict):
    """The record of one reader's consent, and whether it is as it was written."""

    email: str
    state: State
    intact: bool
    """Whether every entry has the hash that was made of it and of the entry before."""
    broken_at: int | None
    """The first altered entry, from 1."""
    record: list[ProofEntry]


class DeliveryEntry(TypedDict):
    """One letter to this reader."""

    week: WeekName
    state: str
    code: int | None
    """The SMTP reply code."""
    answer: str | None
    """What the server said."""
    at: datetime | None


class ReturnedEntry(TypedDict):
    """One report about a letter of this reader."""

    week: WeekName
    kind: ReturnedKind
    code: int | None
    """The SMTP reply code that was reported."""
    status: str | None
    """The enhanced status code, such as `5.1.1`."""
    detail: str | None
    """What the server said, without addresses."""
    source: str
    """Where the report came from: `imap`, `maildir`, `file`, `stdin`, or the name of a provider."""
    at: datetime
    """When it was written down."""


class SuppressedRow(TypedDict):
    """One address that must not be written to."""

    hash: str
    """The address as a keyed hash, in hexadecimal."""
    email: str | None
    """Null when no reader has the address, or its reader was erased."""
    reason: SuppressionReason
    source: str | None
    at: datetime


class LiftedRow(SuppressedRow):
    """What stood on the list until a person lifted it."""

    lifted_at: datetime
    lift_reason: str


class SubscriberShown(SubscriberRow):
    """One reader, with the whole record of consent, the oldest event first."""

    first_name: str | None
    attributes: dict[str, str]
    record: list[RecordEntry]
    intact: bool
    """Whether the record is as it was written."""
    deliveries: list[DeliveryEntry]
    """The last ten letters, the newest first."""
    returned: list[ReturnedEntry]
    """What came back of their letters, the oldest issue first."""
    lifted: list[LiftedRow]
    """Suppressions of the address that were lifted, the oldest first."""


class SubscriberCounts(TypedDict):
    """How many readers there are."""

    counts: Counts
    """By state."""
    deliverable: int
    """Who the next letter goes to."""


class SuppressionsListed(TypedDict):
    """The suppression list, in the order of the hashes."""

    suppressions: list[SuppressedRow]
    lifted: list[LiftedRow]
    """Suppressions that were lifted and hold no longer, the oldest first."""


class SuppressionImport(TypedDict):
    """What importing a suppression list did, or would do; `rows` is the sum of the four counts after it."""

    dry_run: bool
    rows: int
    added: int
    known: int
    """Rows of addresses that were suppressed already."""
    lifted: int
    """Rows of an own export about suppressions that were lifted; they suppress no one."""
    rejected: int
    problems: list[RejectedRow]
    ignored_columns: list[str]


class ConfigShown(TypedDict):
    """The settings in force and where each comes from; secrets are masked."""

    settings: dict[str, dict[str, Any]]
    """By table and key; null for an empty text."""
    origin: dict[str, dict[str, str]]
    """By table and key: `weekly.toml`, `default`, or the name of the environment variable."""


class DatabaseChecked(TypedDict):
    """The schema of the database."""

    revision: str | None
    """Null when the database is empty."""
    needed: str
    lost: str | None
    """Why it cannot be the one that history.jsonl speaks of: `missing`, `empty` or `outdated`; else null."""


class TemplateList(TypedDict):
    """Every template, by name."""

    templates: list[Template]


class GrowthWeek(TypedDict):
    """Who joined and who left in one week, in UTC."""

    week: WeekName
    joined: int
    left: int
    readers: int
    """Readers on the list at its end, unconfirmed ones included."""
    sources: dict[str, int]
    """Who joined, by source, the most first."""


class SubscriberGrowth(TypedDict):
    """The last weeks, the oldest first."""

    weeks: list[GrowthWeek]
