"""The values an editor writes: terms, tips, and the problems found in them.

Holds no behaviour beyond look-ups; knows no file system.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from functools import cached_property

from pipeline.model.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Season:
    """A span of the year, both ends included, as `MM-DD`; it may run over New Year."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A common mistake and what to do instead, both as Markdown."""

    mistake: str
    fix: str


@dataclass(frozen=True, slots=True)
class Faq:
    """A question that readers ask about a term, and its answer, which is Markdown."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary term; the prose fields are Markdown as the author wrote it.

    `difficulty` runs from 1 (newcomer) to 3; `related` and `prerequisites` are slugs.
    `related_links` are paths or URLs. `extra` holds what another program knows about the term, as in JSON.
    `path` is relative to the newsletter folder, for messages.
    """

    slug: str
    title: str
    category: str
    difficulty: int
    definition: str
    example: str
    why_it_matters: str
    how_it_works: str
    mistakes: tuple[Mistake, ...]
    career_relevance: str
    full_name: str = ""
    aliases: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    prerequisites: tuple[str, ...] = ()
    seasons: tuple[Season, ...] = ()
    sources: tuple[str, ...] = ()
    related_links: tuple[str, ...] = ()
    faqs: tuple[Faq, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)
    path: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Where each key and the text begin in the file, for messages; no part of the term's value."""


@dataclass(frozen=True, slots=True)
class Tip:
    """A tip; `body` is Markdown, `before` and `after` are prompts shown verbatim."""

    slug: str
    title: str
    body: str
    tags: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    path: str = ""
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    """Where each key and the text begin in the file, for messages; no part of the tip's value."""


@dataclass(frozen=True)
class Catalogue:
    """Everything a choice can choose from, sorted by slug whatever the directory's order was."""

    terms: tuple[Term, ...] = ()
    tips: tuple[Tip, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(sorted(self.terms, key=lambda term: term.slug)))
        object.__setattr__(self, "tips", tuple(sorted(self.tips, key=lambda tip: tip.slug)))

    @cached_property
    def term_by_slug(self) -> Mapping[str, Term]:
        """Find a term by its slug."""
        return {term.slug: term for term in self.terms}

    @cached_property
    def tip_by_slug(self) -> Mapping[str, Tip]:
        """Find a tip by its slug."""
        return {tip.slug: tip for tip in self.tips}
