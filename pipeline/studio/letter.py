"""One week's letter as the studio shows it, and the weeks around it. Pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pipeline.issue.editing import digest_words
from pipeline.issue.journal import Journal
from pipeline.issue.wishes_file import WishKind
from pipeline.model.picks import Pick, PickKind
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered
from pipeline.model.wishes import Wishes
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.edition.approval import Difference

WeekStage = Literal["sent", "skipped", "past", "approved", "locked", "draft"]

WISHED: Mapping[PickKind, WishKind] = {"term": "term", "tip": "tip", "item": "items"}
"""Under which table of the wishes a kind of pick can be pinned and banned."""

PERSONAS: Mapping[str, str] = {"named": "Ada, a new reader", "unnamed": "A reader without a name"}
"""The sample readers, besides those of the variants of an issue."""


def list_personas(variants: Iterable[str]) -> Mapping[str, str]:
    """List whose letters there are to look at: readers of the ordinary one, and of each variant."""
    return {**PERSONAS, **{name: name.replace("+", ", ") for name in variants}}


@dataclass(frozen=True, slots=True)
class Name:
    """What people call something that can be picked, and the file it is in."""

    title: str
    path: str = ""
    others: frozenset[str] = frozenset()
    """Every name of a story, as `story_ref` spells them; a wish may name it by any."""


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter as one reader would get it, with everything an editor wants to know of it.

    `html` and `text` have their slots filled. `warnings` are about the content, `findings` about the letter.
    """

    week: str
    number: int
    stage: WeekStage
    sender: str
    subject: str
    preheader: str
    html: str
    text: str
    note: str = ""
    """What must be known of how this letter came about; empty when it is an ordinary draft."""
    minutes: int = 0
    digest: str = ""
    rendered: Rendered | None = None
    """The letter with open slots; None for one that was sent and is shown as it was kept."""
    findings: Sequence[Problem] = ()
    picks: Sequence[Pick] = ()
    warnings: Sequence[Problem] = ()
    wishes: Wishes = field(default_factory=Wishes)
    subjects: Sequence[str] = ()
    """Subjects to choose from."""
    layout: str = "ordinary"
    layout_note: str = ""
    """Why the layout is not the ordinary one."""
    drifted: bool = False
    """Today's inputs would choose something else than the lock."""
    obstacle: str = ""
    """What keeps it from being approved; empty when nothing does."""
    journal: Journal = field(default_factory=Journal)
    """What editors did to the week."""
    changed: Difference | None = None
    """What has changed since it was approved; None when it was not, or not on this machine."""
    names: Mapping[str, Name] = field(default_factory=dict)
    """The stories that were picked or came near it, by `kind:ref`; terms and tips are in the calendar."""
    personas: Mapping[str, str] = field(default_factory=lambda: PERSONAS)

    @property
    def words_digest(self) -> str:
        """Digest of the editor's words, to be given back with a change of them."""
        return digest_words((self.wishes.subject, self.wishes.preheader, self.wishes.intro))

    @property
    def html_bytes(self) -> int:
        """Size of the HTML with a reader's values in it."""
        return len(self.html.encode())

    @property
    def is_open(self) -> bool:
        """Whether the letter can still be changed."""
        return self.stage not in ("sent", "skipped", "past")


@dataclass(frozen=True, slots=True)
class WeekEntry:
    """One week to look at; `words` name its subject."""

    week: str
    stage: Literal["sent", "skipped", "past", "next", "planned", "too far away", "no such week"]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The weeks to choose from in their order, sent ones and those to come; `coming` is the next letter.

    `names` know whatever can be picked, by `kind:ref`.
    """

    coming: str
    entries: tuple[WeekEntry, ...]
    names: Mapping[str, Name] = field(default_factory=dict)

    def including(self, week: str) -> Calendar:
        """List a week that is looked at, too, whatever it is."""
        if not week or any(entry.week == week for entry in self.entries):
            return self
        try:
            is_past = Week.parse(week) < Week.parse(self.coming)
        except ValueError:
            return replace(self, entries=(*self.entries, WeekEntry(week, "no such week")))
        entries = (*self.entries, WeekEntry(week, "past" if is_past else "too far away"))
        return replace(self, entries=tuple(sorted(entries, key=lambda entry: entry.week)))

    def find_before(self, week: str) -> str:
        """Find the issue before a week; empty when there is none."""
        issues = (entry.week for entry in self.entries if entry.stage not in ("skipped", "past"))
        return max((each for each in issues if each < week), default="")
