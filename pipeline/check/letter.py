"""What the rules look at and what they answer: the letter with its page read once, and findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass

from pipeline.check.answers import Answered
from pipeline.check.features import Used
from pipeline.check.looks import Looks
from pipeline.check.page import Page, Tag, one_line, read_page
from pipeline.check.places import NOWHERE, Place, find_line, is_said
from pipeline.content.model import Severity
from pipeline.issue.model import Issue, Letterhead, Section, TermSection, TipSection
from pipeline.render.model import Rendered, Slot
from pipeline.standards import Standards

__all__ = ["Finding", "Findings", "Letter", "at", "name_file", "one_line", "read_page"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found. `where` is `html`, `html:12`, `text`, `text:7`, `subject` or `preheader`.

    `selector` matches the element of the HTML, when it is about one. `file` is the file to mend below
    the newsletter's folder, when it can be told, and `file_line` the line in it, 0 when it cannot.
    """

    rule: str
    severity: Severity
    where: str
    message: str
    fix: str
    selector: str = ""
    file: str = ""
    file_line: int = 0

    def __str__(self) -> str:
        return f"{self.severity}: {self.where}: {self.message} ({self.fix}) [{self.rule}]"

    @property
    def line(self) -> int:
        """The line in the part that `where` names, counted from 1; 0 when it is about the whole."""
        return int(self.where.partition(":")[2] or 0)


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a rule may look at.

    `readers` is the recorded count, None when nobody has counted yet. `sent` maps the `url_key` of each
    link of earlier issues to the week it was in. `silent` are rules of content that are switched off.
    `answers` are what links answered, by their address; empty when none was asked. `wishes` is the text of
    the week's file of wishes, to tell lines in it.
    """

    rendered: Rendered
    letterhead: Letterhead
    page: Page
    looks: Looks
    features: tuple[Used, ...]
    allowance: Mapping[Slot, int]
    standards: Standards
    issue: Issue | None = None
    readers: int | None = None
    sent: Mapping[str, str] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    answers: Mapping[str, Answered] = field(default_factory=dict)
    wishes: str = ""

    @property
    def tokens(self) -> Mapping[Slot, str]:
        """The token of each slot that is in the letter."""
        return {slot: token for token, slot in self.rendered.slots.items()}

    @property
    def wishes_file(self) -> str:
        """The file in which the editor writes subject, preheader and intro of this week."""
        return f"content/issues/{self.rendered.week}.toml" if self.rendered.week else ""

    def wish(self, key: str, words: str = "") -> Place:
        """Tell where the editor wrote words of subject, preheader or intro, or would write them."""
        return Place(self.wishes_file, find_line(self.wishes, words, key)) if self.wishes_file else NOWHERE

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

    def find_place(self, words: str) -> Place:
        """Tell where an author wrote these words; nowhere when it was none of this letter's."""
        if self.issue is None or not words.strip():
            return NOWHERE
        for key, said in self.list_wishes():
            if is_said(words, said):
                return self.wish(key, words)
        for section in self.issue.sections:
            if any(one_line(words) in one_line(said) for said in list_words(section)):
                # What the editor does about a story of the news, a wish does: ban it, or say something.
                return Place(name_file(section) or self.wishes_file)
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
