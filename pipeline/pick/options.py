"""The numbers that a choice obeys. Pure values; `weekly issue explain` shows what each one did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.model.news import SECTIONS, NewsSection

Thin = Literal["deep-dive", "short", "skip"]
"""What to do in a week with too little news: the whole term instead, a short letter, or none at all."""


@dataclass(frozen=True, slots=True)
class SectionRules:
    """The numbers of one section: slots, items of one feed, days until an item counts half, days at most.

    A feed's own `cap` and `max_age_days` go before `cap` and `max_age_days` here.
    """

    half_life_days: float
    quota: int = 3
    cap: int = 2
    max_age_days: int = 14


@dataclass(frozen=True, slots=True)
class NewsSelection:
    """The numbers a choice of news obeys.

    A week with fewer than `thin_below` stories is thin. No language at all means any.
    """

    tools: SectionRules = field(default_factory=lambda: SectionRules(4.0))
    techniques: SectionRules = field(default_factory=lambda: SectionRules(7.0))
    careers: SectionRules = field(default_factory=lambda: SectionRules(10.0))
    rare_items_per_month: float = 30.0
    per_source: float = 0.5
    topic_base: float = 0.5
    per_term: float = 0.25
    most_for_terms: float = 1.0
    short_title: float = 0.6
    short_title_words: int = 3
    digest_title: float = 0.7
    glued_date: float = 0.3
    languages: tuple[str, ...] = ("en",)
    banned_words: tuple[str, ...] = ()
    thin: Thin = "deep-dive"
    thin_below: int = 3

    def find_section(self, section: NewsSection) -> SectionRules:
        """Find the numbers of a section."""
        return {"tools": self.tools, "techniques": self.techniques, "careers": self.careers}[section]

    @property
    def max_age_days(self) -> Mapping[NewsSection, int]:
        """How old an item of each section may be, for the filter of stories."""
        return {section: self.find_section(section).max_age_days for section in SECTIONS}


@dataclass(frozen=True, slots=True)
class Selection:
    """The numbers a choice obeys; weights are what a factor adds at its strongest.

    A term or tip rests at least `min_gap_weeks` issues, or as many as the catalogue allows when it is small.
    """

    min_gap_weeks: int = 12
    lift: float = 3.0
    chain: float = 1.0
    coverage: float = 2.0
    coverage_window: int = 8
    season: float = 2.0
    ramp: float = 0.5
    jitter: float = 0.25
    shares_term: float = 2.0
    shares_related: float = 1.0
    salt: str = "weekly"
    news: NewsSelection = field(default_factory=NewsSelection)
