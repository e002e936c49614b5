"""The numbers that a choice obeys, as values; they need no import of pydantic. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal

from pipeline.model.frozen import dataclass
from pipeline.model.sections import JOBS, SectionSpec
from pipeline.plugins.sections import find_section, news_sections

Thin = Literal["deep-dive", "short", "skip"]
"""What to do in a week with too little news: the whole term instead, a short letter, or none at all."""


@dataclass(frozen=True, slots=True)
class NewsSelection:
    """The numbers a choice of news obeys; `sections` are in the order of the letter.

    A week with fewer than `thin_below` stories is thin. No language at all means any.
    """

    sections: Mapping[str, SectionSpec] = field(
        default_factory=lambda: {name: find_section(name) for name in news_sections()}
    )
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

    @property
    def max_age_days(self) -> Mapping[str, int]:
        """How old an item of each section may be, for the filter of stories."""
        return {name: spec.max_age_days for name, spec in self.sections.items()}

    @property
    def max_job_age_days(self) -> int:
        """How old a job may be."""
        return self.sections[JOBS].max_age_days


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that a choice obeys; `SelectionOptions` says what each number means."""

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
