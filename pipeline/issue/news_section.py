"""What a letter shows of the week's stories, and what its jobs ask for. Pure; plain text throughout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.content.exchange.merge_tags import has_merge_tag
from pipeline.model.content import Catalogue
from pipeline.model.frozen import dataclass
from pipeline.model.issue import JobFacts, Link, NewsItem, StorySection
from pipeline.model.limits import WORDS_PER_MINUTE
from pipeline.model.news import Item, Job, Snapshot
from pipeline.model.picks import Pick
from pipeline.news.mentions import Mentions
from pipeline.news.titles import shorten_summary
from pipeline.news.urls import find_host
from pipeline.plugins.sections import find_section

LEAST_WORDS = 100
"""A text of fewer words than this was not carried whole, so nothing is said of its reading time."""

JOB_SKILLS = 6
"""At most so many skills of a job are named."""

TERM_NEWS = 3
"""At most so many stories stand below the term that they brought up."""


def make_story_section(
    kind: str, picks: Iterable[Pick], snapshot: Snapshot, catalogue: Catalogue, *, term: str
) -> StorySection | None:
    """Show the stories of a section in the order of their picks; None when none of them is there any more.

    The section of jobs says what the week's jobs ask for: the `term` of the week, or else what most of them
    ask for.
    """
    chosen = [pick for pick in picks if pick.ref in snapshot.item_by_id]
    if not chosen:
        return None
    has_jobs = find_section(kind).content == "jobs" and bool(snapshot.jobs)
    mentions = Mentions(catalogue.terms if has_jobs else ())
    items = tuple(_make_item(pick, snapshot, mentions, catalogue) for pick in chosen)
    note = ""
    if has_jobs:
        titles = {each.slug: each.title for each in catalogue.terms}
        wanted = count_skills(snapshot.jobs, mentions)
        demand = find_demand(wanted, len(snapshot.jobs), titles, term=term)
        note = f"{demand.sentence}." if demand else ""
    return StorySection(kind, items, note)


def make_term_news(pick: Pick, snapshot: Snapshot) -> tuple[Link, ...]:
    """Name the stories that a term was chosen for; none when it was chosen for something else."""
    if all(reason.name != "news" for reason in pick.reasons):
        return ()
    found = _find(pick.items, snapshot)[:TERM_NEWS]
    return tuple(Link(f"{item.title} ({name_source(item)})", item.url) for item in found)


def name_source(item: Item) -> str:
    """Describe where an item comes from: the feed's title, else the host of its link."""
    return item.source or find_host(item.url) or item.feed


def _make_item(pick: Pick, snapshot: Snapshot, mentions: Mentions, catalogue: Catalogue) -> NewsItem:
    item = snapshot.item_by_id[pick.ref]
    also = {name_source(copy): copy.url for copy in _find(pick.items, snapshot)}
    return NewsItem(
        title=item.title,
        url=item.url,
        source=name_source(item),
        # What looks like a mark that a template left over says nothing to readers.
        summary="" if has_merge_tag(item.summary) else shorten_summary(item.summary, item.title),
        minutes=-(-item.words // WORDS_PER_MINUTE) if item.words >= LEAST_WORDS else 0,
        also=tuple(Link(name, url) for name, url in also.items() if name != name_source(item)),
        job=_make_job(item.job, mentions, catalogue) if item.job is not None else None,
    )


def _make_job(job: Job, mentions: Mentions, catalogue: Catalogue) -> JobFacts:
    """Describe what a job offers; a skill that the glossary explains has the glossary's name."""
    from pipeline.jobs.salary import salary_text  # noqa: PLC0415 - few letters have jobs

    skills = []
    for skill in job.skills[:JOB_SKILLS]:
        known = sorted(mentions.find_named(skill))
        skills.append(catalogue.term_by_slug[known[0]].title if known else skill)
    place = [job.place] if job.place.casefold() != job.remote else []
    place += [job.remote] if job.remote in ("remote", "hybrid") else []
    return JobFacts(
        company=job.company,
        place=", ".join(filter(None, place)),
        salary=salary_text(job),
        level=job.level,
        skills=tuple(Link(skill) for skill in dict.fromkeys(skills)),
    )


def _find(ids: Sequence[str], snapshot: Snapshot) -> list[Item]:
    return [snapshot.item_by_id[each] for each in ids if each in snapshot.item_by_id]


LEAST_JOBS = 2
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
            lead = "Both" if self.of == LEAST_JOBS else f"All {self.of}"
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
    wanted = {slug: count for slug, count in counts.items() if count >= LEAST_JOBS and slug in titles}
    if not wanted:
        return None
    slug = term if term in wanted else min(wanted, key=lambda slug: (-wanted[slug], slug))
    return Demand(slug, titles[slug], wanted[slug], jobs)
