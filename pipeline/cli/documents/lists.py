"""The document of `weekly subscribers import`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from subscribers.importing.report import RejectedRow
from subscribers.importing.words import ConsentVerdict

VerdictWord = Annotated[str, Field(json_schema_extra={"enum": [each.word for each in ConsentVerdict]})]


class ImportedList(TypedDict):
    """How a list is read."""

    file: str
    exporter: str | None
    """The tool that wrote it, by its columns."""
    rows: int
    fields: dict[str, str]
    """The column of the address, of names, tags and dates."""
    consent: list[str]
    """The columns that decide about consent."""
    state: VerdictWord | None
    """What the file itself says of everybody."""
    notes: list[str]
    """What was found out about the file: encoding, sheet, skipped rows."""
    unused: list[str]


class ImportQuestion(TypedDict):
    """Something that a list does not tell, with the options that answer it."""

    file: str
    column: str | None
    text: str
    choices: list[str]


class ImportVerdict(TypedDict):
    """How many rows of a list say something about consent, and by which word of which column."""

    file: str
    verdict: VerdictWord
    column: str | None
    word: str | None
    rows: int


class ImportSample(TypedDict):
    """One row as it is read; the address is shortened."""

    line: int
    email: str
    name: str | None
    verdict: VerdictWord


class SubscriberImport(TypedDict):
    """What an import did, or would do; `rows` is the sum of the seven counts that follow it."""

    dry_run: bool
    id: int | None
    """By which the import is listed and undone."""
    rows: int
    added: int
    updated: int
    unchanged: int
    lowered: int
    """Readers whose state went down, because the list says that they left or bounced."""
    duplicates: int
    kept_out: int
    """Rows of addresses that must not be written to."""
    rejected: int
    problems: list[RejectedRow]
    rejected_file: str | None
    """Where the rejected rows were written."""
    ignored_columns: list[str]
    kept_out_reasons: dict[str, int]
    lists: list[ImportedList]
    questions: list[ImportQuestion]
    """What must be answered first; nothing was imported when there are any."""
    people: list[ImportVerdict]
    samples: list[ImportSample]
    """One row of each verdict."""
