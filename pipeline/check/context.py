"""What the rules look at and what they answer: the letter with its page read once, and findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum

from pipeline.check.computed_style import ComputedStyle
from pipeline.check.features import Used
from pipeline.check.options import CheckOptions
from pipeline.check.page import HtmlPage, Tag, one_line, read_page
from pipeline.check.source_location import NOWHERE, SourceLocation, find_line, is_said
from pipeline.model.issue import Issue, Letterhead, Section, TermSection, TipSection
from pipeline.model.locations import wishes_path
from pipeline.model.rendered import PersonalSlot, Rendered

__all__ = ["CheckedLetter", "at", "name_file", "one_line", "read_page"]


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """All that a rule may look at.

    `readers` is the recorded count, None when nobody has counted yet. `sent` maps the `url_key` of each
    link of earlier issues to the week it was in. `silent` are rules of content that are switched off.
    `answers` are what links answered, by their address; empty when none was asked. `wishes` is the text of
    the week's file of wishes, to tell lines in it.
    """

    rendered: Rendered
    letterhead: Letterhead
    page: HtmlPage
    looks: ComputedStyle
    features: tuple[Used, ...]
    allowance: Mapping[PersonalSlot, int]
    standards: CheckOptions
    issue: Issue | None = None
    readers: int | None = None
    sent: Mapping[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    answers: Mapping[str, LinkAnswer] = field(default_factory=dict)
    wishes: str = ""

    @property
    def tokens(self) -> Mapping[PersonalSlot, str]:
        """The token of each slot that is in the letter."""
        return {slot: token for token, slot in self.rendered.slots.items()}

    @property
    def wishes_file(self) -> str:
        """The file in which the editor writes subject, preheader and intro of this week."""
        return wishes_path(self.rendered.week) if self.rendered.week else ""

    def wish(self, key: str, words: str = "") -> SourceLocation:
        """Tell where the editor wrote words of subject, preheader or intro, or would write them."""
        return (
            SourceLocation(self.wishes_file, find_line(self.wishes, words, key))
            if self.wishes_file
            else NOWHERE
        )

    def list_wishes(self) -> Iterator[tuple[str, str]]:
        """List what the editor wrote for this week, by its key: no subject that was made of titles."""
        if self.issue is None:
            return
        made = self.issue.subject_candidates
        if self.issue.subject not in {each.subject for each in made}:
            yield "subject", self.issue.subject
        if self.issue.preheader not in {each.preheader for each in made}:
            yield "preheader", self.issue.preheader
        yield "intro", self.issue.intro

    def find_place(self, words: str) -> SourceLocation:
        """Tell where an author wrote these words; nowhere when it was none of this letter's."""
        if self.issue is None or not words.strip():
            return NOWHERE
        for key, said in self.list_wishes():
            if is_said(words, said):
                return self.wish(key, words)
        for section in self.issue.sections:
            if any(one_line(words) in one_line(said) for said in list_words(section)):
                # What the editor does about a story of the news, a wish does: ban it, or say something.
                return SourceLocation(name_file(section) or self.wishes_file)
        return NOWHERE


def list_words(section: object) -> Iterator[str]:
    """List every text in a section, whatever it is made of."""
    if isinstance(section, str):
        yield section
    elif isinstance(section, tuple):
        for each in section:
            yield from list_words(each)
    elif is_dataclass(section):
        for one in fields(section):
            yield from list_words(getattr(section, one.name))


def name_file(section: Section) -> str:
    """Name the file of content that a section shows; empty when there is no such file."""
    if isinstance(section, TermSection):
        return f"content/glossary/{section.slug}.md"
    return f"content/tips/{section.tip.slug}.md" if isinstance(section, TipSection) else ""


def at(tag: Tag) -> tuple[str, str]:
    """Say where an element is: the `where` and the `selector` of a finding."""
    return f"html:{tag.line}", tag.selector


class LinkOutcome(StrEnum):
    """What became of a link."""

    GOOD = "good"
    """There is something to read."""
    MOVED = "moved"
    """There is, but for good at another address."""
    BROKEN = "broken"
    """The server says that there is nothing, or there is no such host."""
    TROUBLE = "trouble"
    """A server is there and did not do its work."""
    UNREACHED = "unreached"
    """Nobody answered: the host, or the way there, is away."""
    REFUSED = "refused"
    """The address is one that this program does not ask."""


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What a link answered; `reason` says why it is not good, `moved_to` where it has gone for good."""

    outcome: LinkOutcome
    reason: str = ""
    moved_to: str = ""
    is_unresolved: bool = False
    """No server of names knows the host, or none was reached."""
