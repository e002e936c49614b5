"""The composed letter: sections in order, as plain values a template can show.

Formatting is the renderer's; everything here is text or Markdown.
"""

from __future__ import annotations

from typing import Literal

from pipeline.model.content import Mistake, Tip
from pipeline.model.frozen import dataclass
from pipeline.model.picks import Layout


@dataclass(frozen=True, slots=True)
class Link:
    """Further reading; `url` is empty while no page exists, and then no link is shown."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class TermSection:
    """An excerpt of the term of the week; prose is Markdown.

    `mistakes` are one of the term's, with its fix. A deep dive has all of them, and `how_it_works`.
    """

    slug: str
    title: str
    full_name: str
    category: str
    difficulty: int
    definition: str
    example: str
    why_it_matters: str
    mistakes: tuple[Mistake, ...]
    career_relevance: str
    related: tuple[Link, ...]
    because: str = ""
    """One sentence for readers on why this term comes now; empty without a reason that readers could use."""
    news: tuple[Link, ...] = ()
    """This week's stories about the term, when it was chosen for them."""
    how_it_works: str = ""
    kind: Literal["term"] = "term"


@dataclass(frozen=True, slots=True)
class TipSection:
    """The tip of the week."""

    tip: Tip
    kind: Literal["tip"] = "tip"


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a job offers, in words for readers; empty where nothing was said."""

    company: str
    place: str = ""
    salary: str = ""
    level: str = ""
    skills: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One story, in plain text. `minutes` is its reading time, 0 when unknown.

    `also` are the other places that have it, by their names.
    """

    title: str
    url: str
    source: str
    summary: str = ""
    minutes: int = 0
    also: tuple[Link, ...] = ()
    job: JobFacts | None = None


@dataclass(frozen=True, slots=True)
class StorySection:
    """The stories of one news section, never empty; `note` is a sentence about all of them, or empty.

    `kind` is the section's name.
    """

    kind: str
    items: tuple[NewsItem, ...]
    note: str = ""


Section = TermSection | TipSection | StorySection


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the newsletter's own facts, frozen with every issue.

    `from_email` and `host` are ASCII; `host` is the domain of `from_email` and names Message-IDs.
    """

    name: str
    tagline: str
    from_name: str
    from_email: str
    reply_to: str
    list_id: str
    base_url: str
    postal_address: str
    language: str
    join_url: str = ""
    """Where a person who got the letter forwarded can join: a page, or a mailto address."""
    audience: str = "readers"
    """What readers are called, in the plural: `prompt engineers`."""
    direction: Literal["ltr", "rtl"] = "ltr"
    feedback_url: str = ""
    """The page that takes `?week=…&answer=good|fair|poor`; empty while there is none, and nothing asks."""
    preferences_url: str = ""
    """The page where readers choose what they get; empty while there is none."""

    @property
    def host(self) -> str:
        """The domain that names Message-IDs."""
        return self.from_email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class SubjectCandidate:
    """A subject with its preheader; `kind` is what it begins with."""

    kind: Literal["term", "news", "tip"]
    subject: str
    preheader: str


@dataclass(frozen=True, slots=True)
class Issue:
    """One letter, keyed by its ISO week; `minutes` is the reading time, at least 1."""

    week: str
    number: int
    subject: str
    preheader: str
    intro: str
    sections: tuple[Section, ...]
    minutes: int
    date_label: str
    """The week for people, such as `16–22 November 2026`."""
    layout: Layout = "ordinary"
    subject_candidates: tuple[SubjectCandidate, ...] = ()
    """What else the subject could be, the default first; the editor's own wish is not among them."""
