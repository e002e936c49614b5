"""The numbers that a choice obeys, `[selection]` and `[sections]` of weekly.toml. Pure.

`weekly issue explain` shows what each one did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field

from pipeline.model.frozen import dataclass
from pipeline.model.options import Line, Options
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


class SelectionOptions(Options):
    """The weights of the choice, `[selection]` of weekly.toml: what a factor adds at its strongest.

    A term or tip rests at least `min_gap_weeks` issues, or as many as the catalogue allows when it is small.
    """

    min_gap_weeks: Annotated[int, Field(ge=0)] = 12
    """A term or tip rests at least so many issues before it may come again."""
    lift: float = 3.0
    """What a term gains that the week's news speaks of far more than usual."""
    chain: float = 1.0
    """What a term gains that goes on from last week's."""
    coverage: float = 2.0
    """What a term gains whose category had less than its share of late."""
    coverage_window: Annotated[int, Field(ge=1)] = 8
    """How many issues `coverage` looks back."""
    season: float = 2.0
    """What a term gains in its season."""
    ramp: float = 0.5
    """What a term loses when its difficulty is far from where the cycle stands."""
    jitter: float = 0.25
    """The most that decides between equals."""
    shares_term: float = 2.0
    """What a tip gains that is about the term of the week."""
    shares_related: float = 1.0
    """What a tip gains that is about a related term."""
    salt: Line = "weekly"
    """Another word here decides otherwise between equals."""


class Selection(SelectionOptions):
    """Everything that a choice obeys."""

    news: NewsSelection = Field(default_factory=NewsSelection)
