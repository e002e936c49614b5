"""Documents of `weekly issue …`, `run`, `status` and `simulate`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from pipeline.check.context import LinkAnswer
from pipeline.cli.documents.common import Counts, FindingRow, Hash, WeekName
from pipeline.cli.documents.content import CoverageCounts
from pipeline.edition.forecast import Mix
from pipeline.edition.promises import BrokenPromise, Repeat
from pipeline.model.issue import SubjectCandidate
from pipeline.model.issue_state import IssueState
from pipeline.model.picks import Layout, PickKind

State = Annotated[str, Field(json_schema_extra={"enum": [state.word for state in IssueState]})]


class IssueShown(TypedDict):
    """What is in the letter of a week."""

    week: WeekName
    number: int
    state: State
    locked: bool
    drifted: bool
    """Whether today's files would choose otherwise than the lock."""
    subject: str
    preheader: str | None
    subjects: list[SubjectCandidate]
    """What else the subject could be, the default first."""
    minutes: int
    """The reading time."""
    html_bytes: int
    digest: Hash
    """Of the letter as it renders now."""
    approval_digest: Hash
    """Of the letter and its variants: what an approval covers."""
    approved: bool
    layout: Layout
    variants: list[str]
    picks: dict[str, str]
    """The slug or item id in every slot."""


class IssueVerified(TypedDict):
    """A choice that was rebuilt and is the same; another one is an error."""

    week: WeekName
    same: Literal[True]
    frozen: bool
    """Whether it was sent, and the letter compared, too."""
    digest: Hash


class PastIssue(TypedDict):
    """A frozen issue, or a week that was skipped."""

    week: WeekName
    number: int | None
    """Null for a skipped week."""
    term: str | None
    tip: str | None
    readers: int | None
    """Null for a skipped week."""
    skipped: str | None
    """Why the week had no letter."""


class IssueList(TypedDict):
    """The frozen issues and the skipped weeks, the oldest first."""

    issues: list[PastIssue]


class ValueChange(TypedDict):
    """What the week's file had for a key before an act and after it; null where the key was not there."""

    before: str | list[str] | None
    after: str | list[str] | None


class ActRow(TypedDict):
    """One act of an editor."""

    number: int
    """Counted from 1, as `weekly issue undo` takes it."""
    id: str
    at: datetime
    who: str
    """The name and address that git has, or the name that somebody was logged in by."""
    client: str
    """`command line` or `studio`."""
    act: str
    """`pin`, `unpin`, `ban`, `unban`, `swap`, `words`, `build`, `approve`, `unapprove` or `undo`."""
    what: str | None
    """In words, what the act was about."""
    undoes: str | None
    """The id of the act that this one took back."""
    changes: dict[str, ValueChange]
    """By key of the week's file, such as `term.pin`."""
    undone: bool


class IssueJournal(TypedDict):
    """What editors did to a week, the oldest act first."""

    week: WeekName
    acts: list[ActRow]


class IssueChecked(TypedDict):
    """What every rule found in the rendered letter."""

    week: WeekName
    findings: list[FindingRow]
    links: dict[str, LinkAnswer] | None
    """By address; null without `--links`."""


class ReasonRow(TypedDict):
    """One factor of a score."""

    name: str
    value: float
    """Added for terms and tips, multiplied for stories."""
    detail: str | None
    meaning: str | None


class CandidateRow(TypedDict):
    """What could fill a slot."""

    ref: str
    """A slug, or an item's id."""
    score: float
    title: str | None
    """Of a story; null for terms and tips."""
    url: str | None
    """Of a story."""
    feed: str | None
    """Of a story."""
    reasons: list[ReasonRow]


class SlotRow(CandidateRow):
    """What fills a slot, and why."""

    slot: str
    kind: PickKind
    pinned: bool
    items: list[str]
    """Ids of the other copies of a story, or of the stories that speak of a term."""
    runners_up: list[CandidateRow]
    dropped: Counts
    """How many candidates fell out before scoring, by reason."""


class IssueExplained(TypedDict):
    """What was chosen for every slot, and why."""

    week: WeekName
    layout: Layout
    note: str | None
    """Why the layout is not the ordinary one."""
    slots: list[SlotRow]
    empty: dict[str, Counts]
    """Sections without a story: how many candidates fell out, by reason."""


class IssueReport(TypedDict):
    """What became of an issue's deliveries."""

    week: WeekName
    state: State
    audience: int
    """How many readers were frozen; the counts add up to it."""
    segment: str | None
    """The segment of readers it went to, by name and text; null for everyone."""
    counts: Counts
    """How many deliveries are in each state."""
    failures: Counts
    """How many failed, by class."""
    returned: Counts
    """How many something came back of, by the gravest kind: delayed, delivered, content, policy, soft, hard,
    unsubscribed, complained."""
    unmatched: dict[str, Counts]
    """Events that webhooks accepted and that match no letter here, by provider and kind,
    taken while this was the newest issue."""
    next_at: datetime | None
    """When the next deferred delivery is due."""
    paused_reason: str | None
    resumes_at: datetime | None
    """When a pause ends by itself; null when a person must resume the issue."""
    stopped_reason: str | None
    """Why the last run was stopped, if it was."""


class RunReport(IssueReport):
    """The same, as a part of what a run did."""

    schema: int


class RunDone(TypedDict):
    """What a run did."""

    exit_code: int
    issues: list[RunReport]
    """The issues it worked on; empty with `--dry-run`."""


class StoryPlace(TypedDict):
    """A story's section and feed."""

    section: str
    feed: str


class SimulatedWeek(TypedDict):
    """One coming letter; its sizes are null in a week without one."""

    week: WeekName
    number: int
    locked: bool
    layout: Layout
    stories: list[StoryPlace]
    term: str | None
    tip: str | None
    subject: str | None
    words: int | None
    minutes: int | None
    html_bytes: int | None
    findings: list[FindingRow]


class SimulationDone(TypedDict):
    """The letters of the coming weeks, the oldest first, and what the catalogue is like after them."""

    weeks: list[SimulatedWeek]
    broken: list[BrokenPromise]
    repeats: list[Repeat]
    mix: list[Mix]
    sources: Counts
    """How many stories each feed gave, most first."""
    coverage: CoverageCounts
