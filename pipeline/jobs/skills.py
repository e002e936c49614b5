"""Count the glossary terms that the week's jobs ask for: `4 of this week's 11 jobs ask for RAG`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.model.news import Item
from pipeline.news.mentions import Mentions

LEAST = 2
"""One job alone is not a demand."""


@dataclass(frozen=True, slots=True)
class Demand:
    """How many of the week's jobs ask for a term, two at least; `title` is how readers know the term."""

    slug: str
    title: str
    count: int
    of: int

    @property
    def sentence(self) -> str:
        """The demand as a sentence without a full stop."""
        if self.count == self.of:
            lead = "Both" if self.of == LEAST else f"All {self.of}"
            return f"{lead} of this week's jobs ask for {self.title}"
        return f"{self.count} of this week's {self.of} jobs ask for {self.title}"


def count_skills(items: Iterable[Item], mentions: Mentions) -> Mapping[str, int]:
    """Count the jobs that ask for each term, by slug, most wanted first; items without a job are ignored.

    Title, description and skills count; a skill that is, as a whole, a name of a term counts in any case.
    """
    counts = Counter(
        slug for item in items if item.job is not None for slug in sorted(mentions.find_in_item(item))
    )
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def find_demand(
    counts: Mapping[str, int], jobs: int, titles: Mapping[str, str], *, term: str = ""
) -> Demand | None:
    """Return the demand for the week's term when two jobs ask for it, else for the most wanted one.

    `titles` are those of terms by slug; None when no term is asked for twice.
    """
    wanted = {slug: count for slug, count in counts.items() if count >= LEAST and slug in titles}
    if not wanted:
        return None
    slug = term if term in wanted else min(wanted, key=lambda slug: (-wanted[slug], slug))
    return Demand(slug, titles[slug], wanted[slug], jobs)
