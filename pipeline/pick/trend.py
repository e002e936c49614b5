"""Measures which terms this week's news mentions more than earlier weeks. Pure; each source counts once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from pipeline.model.frozen import dataclass
from pipeline.model.news import Story
from pipeline.model.picks import Reason
from pipeline.news.mentions import Mentions

WEEKS_BEFORE = 12
"""About a quarter: long enough for a usual level, short enough to follow what changes."""

FULL_TREND = 3.0
"""The lift that brings the whole weight: log2 of eight times the usual, with one added to both counts."""


@dataclass(frozen=True, slots=True)
class Trend:
    """How much more than usual a term is mentioned: this week's sources, and the mean of earlier weeks.

    `value` is the lift, `stories` are the ids of the leads that mention it.
    """

    slug: str
    value: float
    sources: tuple[str, ...]
    before: float
    weeks: int
    stories: tuple[str, ...] = ()


def measure_trend(
    stories: Sequence[Story], mentions: Mentions, before: Sequence[Mapping[str, int]]
) -> dict[str, Trend]:
    """Measure the lift of every term that this week's stories mention, by slug.

    `before` has the number of sources by term of each earlier week, oldest first; the last twelve count. A
    lift of 0 is as usual, 1 twice as usual, below 0 less.
    """
    recent = before[-WEEKS_BEFORE:]
    feeds: dict[str, set[str]] = {}
    leads: dict[str, list[str]] = {}
    for story in stories:
        for item in story.items:
            for slug in mentions.find_in_item(item):
                feeds.setdefault(slug, set()).add(item.feed)
        for slug in mentions.find_in_story(story):
            leads.setdefault(slug, []).append(story.lead.id)
    weeks = len(recent)
    lifts = {}
    for slug in sorted(feeds):
        mean = sum(week.get(slug, 0) for week in recent) / max(1, weeks)
        value = log2((len(feeds[slug]) + 1) / (mean + 1))
        lifts[slug] = Trend(slug, value, tuple(sorted(feeds[slug])), mean, weeks, tuple(leads[slug]))
    return lifts


def explain_trend(lift: Trend | None, weight: float) -> Iterable[Reason]:
    """Yield the reason that the news has for a term; none when it is mentioned no more than usual."""
    if lift is None or lift.value <= 0:
        return
    count = f"{len(lift.sources)} source{'s' if len(lift.sources) > 1 else ''}"
    usual = f"usually {lift.before:.1f}" if lift.weeks else "no earlier weeks to compare with"
    yield Reason(
        "news", weight * min(1.0, lift.value / FULL_TREND), f"lift {lift.value:.2f}: {count}, {usual}"
    )
