"""The sections that a letter can have: one table, in the order of the letter. Pure.

A section is an entry here and its heading in `templates/email/strings.<language>.toml`; settings, selection,
templates and commands follow. docs/develop/add-a-section.md has the steps.
"""

from __future__ import annotations

from typing import Literal

from pipeline.model.frozen import dataclass

SectionContent = Literal["term", "tip", "news", "jobs"]
"""What fills a section: the term or tip of the week, stories of feeds, or these and `content/jobs`."""

CopiesBy = Literal["link", "link and title"]
"""What two copies of one story have in common. Where many things share a page, as on a page of openings, a
link alone would make one story of all of them."""


@dataclass(frozen=True, slots=True)
class SectionSpec:
    """One section; the numbers are those of stories, and mean nothing for term and tip.

    An item counts half after `half_life_days` and falls out after `max_age_days`; at most `slots` stories are
    shown, and `cap` of one feed. `[sections.NAME]` of weekly.toml and a feed's own settings go first.

    `template` names the blocks `email/blocks/<template>.mjml.j2` and `.txt.j2`. `heading` is for a section
    of an installed package, where the strings file has no `news.NAME`.
    """

    name: str
    content: SectionContent = "news"
    half_life_days: float = 7.0
    slots: int = 3
    cap: int = 2
    max_age_days: int = 14
    copies_by: CopiesBy = "link"
    template: str = "news"
    heading: str = ""

    @property
    def is_news(self) -> bool:
        """Whether the section is filled with stories."""
        return self.content in ("news", "jobs")


SECTIONS: tuple[SectionSpec, ...] = (
    SectionSpec("term", "term", template="term"),
    # Releases of tools are stale within days, articles on techniques keep, openings stay open for weeks.
    SectionSpec("tools", half_life_days=4.0),
    SectionSpec("techniques", half_life_days=7.0),
    SectionSpec("careers", "jobs", half_life_days=10.0, copies_by="link and title", template="careers"),
    SectionSpec("tip", "tip", template="tip"),
)

JOBS = next(spec.name for spec in SECTIONS if spec.content == "jobs")
"""The section of `content/jobs`."""
