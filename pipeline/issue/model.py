"""The composed letter: sections in order, as plain values a template can show.

Formatting is the renderer's; everything here is text or Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipeline.content.model import Mistake, Tip


@dataclass(frozen=True, slots=True)
class Link:
    """Something to read on; `url` is empty while no page exists, and then no link is shown."""

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class TermSection:
    """The digest of the term of the week; prose is Markdown. `mistake` is one of the term's, with its fix."""

    slug: str
    title: str
    full_name: str
    category: str
    difficulty: int
    definition: str
    example: str
    why_it_matters: str
    mistake: Mistake | None
    career_relevance: str
    related: tuple[Link, ...]
    because: str = ""
    """One sentence for readers on why this term comes now; empty when there is nothing to say."""
    kind: Literal["term"] = "term"


@dataclass(frozen=True, slots=True)
class TipSection:
    """The tip of the week."""

    tip: Tip
    kind: Literal["tip"] = "tip"


Section = TermSection | TipSection


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
    """Where somebody who got the letter forwarded can join: a page, or a mailto address."""
    audience: str = "readers"
    """What readers are called, in the plural: `prompt engineers`."""
    direction: Literal["ltr", "rtl"] = "ltr"

    @property
    def host(self) -> str:
        """The domain that names Message-IDs."""
        return self.from_email.rpartition("@")[2]


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
