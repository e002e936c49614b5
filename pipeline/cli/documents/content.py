"""Documents of `weekly content …`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

from pipeline.cli.documents.common import EntryKind, FindingRow, ProblemRow, WeekName
from pipeline.content.exchange.import_plan import Action
from pipeline.content.exchange.source_entry import Unread
from pipeline.content.lint.autofix import FixedFile
from pipeline.model.content import Faq, Mistake, Season


class ContentProblems(TypedDict):
    """What the check of terms, tips and jobs found, and what `--fix` changed before."""

    mended: list[FixedFile] | None
    """What was fixed, or would be with `--dry-run`; null without `--fix`."""
    problems: list[ProblemRow]


class EntryRow(TypedDict):
    """A term or tip of a list."""

    kind: EntryKind
    slug: str
    title: str
    category: str | None
    """Null for tips."""
    difficulty: int | None
    """1 to 3; null for tips."""
    tags: list[str]
    """Empty for terms."""
    last_used: WeekName | None
    """The last week it was sent in; null when it never was."""
    path: str


class ContentList(TypedDict):
    """Terms, then tips, each by slug."""

    content: list[EntryRow]


class RelatedEntry(TypedDict):
    """A term or tip that another one is tied to."""

    slug: str
    title: str | None
    """Null when there is no such term."""


class SentIn(TypedDict):
    """An issue that had the entry."""

    week: WeekName
    number: int


class WholeTerm(TypedDict):
    """All of a term, with `--whole`; prose is Markdown."""

    kind: Literal["term"]
    slug: str
    title: str
    path: str
    category: str
    difficulty: int
    definition: str
    example: str | None
    why_it_matters: str | None
    how_it_works: str | None
    mistakes: list[Mistake]
    career_relevance: str | None
    full_name: str | None
    aliases: list[str]
    related: list[RelatedEntry]
    prerequisites: list[RelatedEntry]
    seasons: list[Season]
    sources: list[str]
    related_links: list[str]
    faqs: list[Faq]
    extra: dict[str, Any]
    """What another program keeps with the term, as it came."""
    related_from: list[RelatedEntry]
    """Terms that name this one as related."""
    required_by: list[RelatedEntry]
    """Terms that name this one as a prerequisite."""
    tips: list[RelatedEntry]
    sent: list[SentIn]


class WholeTip(TypedDict):
    """All of a tip, with `--whole`; prose is Markdown."""

    kind: Literal["tip"]
    slug: str
    title: str
    path: str
    body: str
    tags: list[str]
    terms: list[RelatedEntry]
    before: str | None
    after: str | None
    sent: list[SentIn]


class EntryAlone(TypedDict):
    """A term or tip as the next letter's text would show it."""

    kind: EntryKind
    slug: str
    week: WeekName
    subject: str
    preheader: str | None
    minutes: int
    """The reading time."""
    text: str
    findings: list[FindingRow]


EntryShown = EntryAlone | WholeTerm | WholeTip

ImportedFile = TypedDict("ImportedFile", {"path": str, "action": Action, "from": str})
ImportedFile.__doc__ = "What becomes of one file; `from` is the place of the entry in what was imported."


class ImportNote(TypedDict):
    """Something that is not as it came."""

    place: str
    note: str


class GlossaryImport(TypedDict):
    """What an import of terms did, or would do."""

    dry_run: bool
    files: list[ImportedFile]
    rejected: list[Unread]
    notes: list[ImportNote]


class PlannedEntry(TypedDict):
    """A term or tip that would be sent."""

    slug: str
    title: str | None
    """Null when a lock names a file that is gone."""
    difficulty: int | None
    """Null for tips."""
    category: str | None
    """Null for tips."""
    tags: list[str]
    """Empty for terms."""
    again: bool
    """Whether it was sent before."""
    pinned: bool
    why: str | None


class PlannedWeek(TypedDict):
    """What one coming week would send."""

    week: WeekName
    goes_out_at: datetime
    locked: bool
    term: PlannedEntry | None
    tip: PlannedEntry | None


class RunsOut(TypedDict):
    """The first week without an unused entry; null when the plan ends before."""

    term: WeekName | None
    tip: WeekName | None


class ContentPlan(TypedDict):
    """The coming weeks, if nothing else happens."""

    weeks: list[PlannedWeek]
    runs_out: RunsOut


class PathStep(TypedDict):
    """A term on the way to another."""

    level: int
    """From 1: terms of one level need none of each other."""
    slug: str
    title: str
    difficulty: int
    category: str
    last_sent: WeekName | None


class LearningPath(TypedDict):
    """What to know before a term, in the order to learn it; the term itself is last."""

    slug: str
    path: list[PathStep]


class CoverageCell(TypedDict):
    """Some entries, counted."""

    total: int
    used: int
    unused: int
    age: int | None
    """Weeks since the latest use among them; null when none was used."""


class CoverageGroup(CoverageCell):
    """A category of terms or a tag of tips; the one named `all` counts every entry once."""

    name: str
    difficulty: dict[str, CoverageCell] | None
    """The same by difficulty, 1 to 3; null for tips."""


class CoveredEntry(TypedDict):
    """How often one entry was used."""

    kind: EntryKind
    slug: str
    groups: list[str]
    difficulty: int | None
    """Null for tips."""
    uses: int
    last_used: WeekName | None
    age: int | None
    """Weeks since the last use."""


class CoverageCounts(TypedDict):
    """Used and unused entries, by group and one by one."""

    terms: list[CoverageGroup]
    tips: list[CoverageGroup]
    entries: list[CoveredEntry]


class ContentCoverage(CoverageCounts):
    """What was used before the coming week."""

    week: WeekName
