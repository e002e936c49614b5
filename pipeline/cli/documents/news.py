"""Documents of `weekly feeds …` and `weekly jobs …`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import TypedDict

from pipeline.cli.documents.common import Counts, ProblemRow, WeekName
from pipeline.content.exchange.import_plan import Action
from pipeline.feeds.health import Health
from pipeline.feeds.update import Became
from pipeline.jobs.importing import RejectedJob
from pipeline.jobs.posting import Posting
from pipeline.model.news import Feed


class FetchedFeed(TypedDict):
    """What became of one feed."""

    slug: str
    became: Became
    reason: str | None
    """Why it failed or was left alone."""
    items: int
    """How many items it has for the week, those of earlier fetches among them."""
    added: int
    """How many of them were not there before."""
    dropped: Counts
    """How many entries were left out, by reason."""
    failures: int
    """How many fetches in a row failed."""
    try_at: datetime | None
    """When it is tried again, in quarantine."""
    moved_to: str | None
    """Where it has moved for good."""


class FeedsFetched(TypedDict):
    """What a fetch brought for the coming week."""

    week: WeekName
    items: int
    changed: bool
    """Whether the week's snapshot is another than before."""
    feeds: list[FetchedFeed]


class FeedList(TypedDict):
    """The feeds of content/feeds.toml, in their order."""

    feeds: list[Feed]


class FeedsChecked(TypedDict):
    """The problems of content/feeds.toml, and the condition of every feed."""

    problems: list[ProblemRow]
    feeds: list[Health]


class TestedItem(TypedDict):
    """An entry that the next letter could have."""

    dated_at: datetime
    """When it was published, or first seen where the feed does not say."""
    title: str
    url: str
    summary: str | None
    words: int | None
    """How many words of the text itself the feed carries; null when it has only a summary."""


class FeedTested(TypedDict):
    """What a feed would give the next letter."""

    url: str
    title: str | None
    language: str | None
    items: list[TestedItem]
    """The newest first."""
    dropped: Counts
    """How many entries were left out, by reason."""


class JobFile(TypedDict):
    """What becomes of the file of one row."""

    path: str
    action: Action
    row: int
    """Counted from 1."""


class SameJob(TypedDict):
    """A row about a job that another row says more of."""

    row: int
    as_row: int


class JobNote(TypedDict):
    """Something that is not as it came."""

    row: int
    note: str


class JobImport(TypedDict):
    """What an import of jobs did, or would do."""

    dry_run: bool
    rows: int
    files: list[JobFile]
    same_job: list[SameJob]
    rejected: list[RejectedJob]
    notes: list[JobNote]


@dataclass(frozen=True, kw_only=True)
class PostingRow(Posting):
    """A job as its file has it."""

    path: str
    pay: str = ""
    """The salary in words, as the letter has it."""


@dataclass(frozen=True, kw_only=True)
class JobCandidate(PostingRow):
    """A job that the letter could have."""

    item: str
    """Its id, as `weekly issue pin` takes it."""
    feed: str
    """What counts as its source."""


@dataclass(frozen=True, kw_only=True)
class DroppedJob(PostingRow):
    """A job that no letter would have."""

    reason: str
    detail: str = ""


class JobList(TypedDict):
    """The jobs that the letter of a week could have, the newest first."""

    week: WeekName
    jobs: list[JobCandidate]
    problems: list[ProblemRow]
    dropped: list[DroppedJob] | None
    """Null without `--all`."""
