"""What the rules of a letter look at: the letter, with its page parsed once. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, fields, is_dataclass
from enum import StrEnum

from pipeline.check.computed_style import ComputedStyle
from pipeline.check.features import Used
from pipeline.check.page import HtmlPage, one_line
from pipeline.check.source_location import NOWHERE, SourceLocation, find_line, has_words
from pipeline.check.standards import Standards
from pipeline.model.frozen import dataclass
from pipeline.model.issue import Issue, Letterhead, Section, TermSection, TipSection
from pipeline.model.locations import wishes_path
from pipeline.model.rendered import PersonalSlot, Rendered


@dataclass(frozen=True, slots=True)
class LetterContext:
    """All that a rule may look at.

    `readers` is the recorded count, None before the first one. `sent` maps the `url_key` of each link of
    earlier issues to the week it was in. `silent` are the rules that are switched off. `answers` are the
    results of requested links, by their address. `wishes` is the text of the week's file of wishes, to find
    lines in it.
    """

    rendered: Rendered
    letterhead: Letterhead
    page: HtmlPage
    looks: ComputedStyle
    features: tuple[Used, ...]
    allowance: Mapping[PersonalSlot, int]
    standards: Standards
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
        """Return where the editor wrote words of subject, preheader or intro, or would write them."""
        if not self.wishes_file:
            return NOWHERE
        return SourceLocation(self.wishes_file, find_line(self.wishes, words, key))

    def list_wishes(self) -> Iterator[tuple[str, str]]:
        """List what the editor wrote for this week, by its key; not a subject that was made of titles."""
        if self.issue is None:
            return
        made = self.issue.subject_candidates
        if self.issue.subject not in {each.subject for each in made}:
            yield "subject", self.issue.subject
        if self.issue.preheader not in {each.preheader for each in made}:
            yield "preheader", self.issue.preheader
        yield "intro", self.issue.intro

    def find_place(self, words: str) -> SourceLocation:
        """Return where an author wrote these words; nowhere when it was none of this letter's authors."""
        if self.issue is None or not words.strip():
            return NOWHERE
        for key, text in self.list_wishes():
            if has_words(text, words):
                return self.wish(key, words)
        for section in self.issue.sections:
            if any(one_line(words) in one_line(text) for text in list_words(section)):
                # The editor changes a story of the news in the week's file: bans it, or writes about it.
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


class LinkOutcome(StrEnum):
    """The result of requesting a link."""

    GOOD = "good"
    """The page is there."""
    MOVED = "moved"
    """The page has another address permanently."""
    BROKEN = "broken"
    """The server answers that there is no such page, or there is no such host."""
    TROUBLE = "trouble"
    """The server is there but failed."""
    UNREACHED = "unreached"
    """No answer: the host or the connection is down."""
    REFUSED = "refused"
    """This program does not request such an address."""


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What a link answered: `reason` is why it is not good, `moved_to` its new permanent address."""

    outcome: LinkOutcome
    reason: str = ""
    moved_to: str = ""
    is_unresolved: bool = False
    """No name server knows the host, or none was reached."""
