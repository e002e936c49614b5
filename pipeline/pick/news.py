"""The news of a week as the selection uses it: stories, the terms they lift, the picks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field, replace
from datetime import timedelta

from pipeline.model.content import Catalogue
from pipeline.model.frozen import dataclass
from pipeline.model.news import Snapshot, Story
from pipeline.model.past import Past
from pipeline.model.picks import Layout, NewsRecord, Pick
from pipeline.model.plurals import count_noun
from pipeline.model.sections import JOBS
from pipeline.model.wishes import Wishes
from pipeline.news.filters import Filter
from pipeline.news.mentions import Mentions
from pipeline.news.stories import Gathered, gather_stories
from pipeline.news.story_keys import make_story_keys
from pipeline.pick.selection import NewsSelection, Selection
from pipeline.pick.stories import Sources, choose_items
from pipeline.pick.trend import Trend, measure_trend

TERM_STORIES = 3
"""At most so many stories are named next to the term that they lifted, so that its own text stays near."""

_WEEK = timedelta(days=7)
_WEEKS_REMEMBERED = 12  # a quarter, as for trends: long enough for a rate, short enough to follow a change
_DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class ReadNews:
    """The result of reading a week's news; everything is empty without feeds and jobs.

    Of the stories that mention a term, `lifts` have those to be named next to it. `keys` are those of every
    story that may be shown, by the ids of its items.
    """

    picks: tuple[Pick, ...] = ()
    lifts: Mapping[str, Trend] = field(default_factory=dict)
    record: NewsRecord = field(default_factory=NewsRecord)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def find_stories_of(self, term: Pick) -> tuple[str, ...]:
        """Return the leads of the stories that a term was chosen for."""
        is_news = any(reason.name == "news" for reason in term.reasons)
        return self.lifts[term.ref].stories if is_news else ()

    def make_record(self, term: Pick | None) -> NewsRecord:
        """Return what later weeks need to know; stories named next to the term count as sent."""
        shown = _list_shown(self.picks) | set(term.items if term is not None else ())
        keys = {key for item in shown for key in self.keys.get(item, ())}
        return replace(self.record, stories=tuple(sorted(keys)))


def _list_shown(picks: Iterable[Pick]) -> set[str]:
    return {each for pick in picks for each in (pick.ref, *pick.items)}


def _name_stories(lifts: Mapping[str, Trend], shown: AbstractSet[str]) -> dict[str, Trend]:
    """Keep the stories to be named next to a term.

    Stories that have a slot of their own in the letter are named only if there are no others.
    """
    others = {
        slug: tuple(lead for lead in trend.stories if lead not in shown) for slug, trend in lifts.items()
    }
    return {
        slug: replace(trend, stories=(others[slug] or trend.stories)[:TERM_STORIES])
        for slug, trend in lifts.items()
    }


def _find_keys(stories: Iterable[Story], wanted: AbstractSet[str]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for story in stories:
        found = [item.id for item in story.items if item.id in wanted]
        for each in found:
            keys[each] = (*keys.get(each, ()), *make_story_keys(story))
    return keys


def gather_week(
    past: Sequence[Past], rules: Selection, snapshot: Snapshot, *, pinned: Collection[str]
) -> Gathered:
    """Merge a week's items into stories as its choice sees them; `past` is what came before."""
    news = rules.news
    return gather_stories(
        (*snapshot.items, *snapshot.jobs),
        snapshot.feed_by_slug,
        snapshot.at,
        Filter(news.languages, news.banned_words, news.max_age_days),
        sent=[key for one in past for key in one.stories],
        pinned=pinned,
    )


def read_news(
    catalogue: Catalogue, past: Sequence[Past], wishes: Wishes, rules: Selection, snapshot: Snapshot
) -> ReadNews:
    """Merge a week's items into stories, measure the terms in them, choose; `past` are earlier issues."""
    if not snapshot.items and not snapshot.jobs and not snapshot.closed:
        return ReadNews()
    news = rules.news
    gathered = gather_week(past, rules, snapshot, pinned=wishes.items.pin)
    mentions = Mentions(catalogue.terms)
    before = [dict(one.mentions) for one in past if one.items]
    sources = Sources(snapshot.feed_by_slug, _count_a_month(past))
    chosen = choose_items(gathered.stories, mentions, sources, snapshot.at, news, wishes=wishes.items)
    early = {section: Counter(counts) for section, counts in gathered.count_dropped().items()}
    early[JOBS] += Counter(snapshot.closed)
    dropped = {
        section: dict(sorted((Counter(chosen.dropped[section]) + counts).items()))
        for section, counts in early.items()
    }
    # What companies look for changes slowly: jobs lift no term.
    news_stories = [story for story in gathered.stories if story.lead.job is None]
    lifts = measure_trend(news_stories, mentions, before)
    record = NewsRecord(
        mentions={slug: len(trend.sources) for slug, trend in lifts.items()},
        items=_count_fresh(snapshot),
        dropped={section: dropped[section] for section in news.sections if dropped[section]},
    )
    # What was filtered before the choice counts as well.
    picks = tuple(replace(pick, dropped=dropped[pick.section]) for pick in chosen.picks)
    shown = _list_shown(picks)
    named = _name_stories(lifts, shown)
    wanted = shown.union(*(trend.stories for trend in named.values()))
    return ReadNews(picks, named, record, _find_keys(gathered.stories, wanted))


def choose_layout(
    stories: int, snapshot: Snapshot, rules: NewsSelection, *, has_term: bool
) -> tuple[Layout, str]:
    """Return the layout of a week, with the reason for a thin one; without feeds or jobs none is thin."""
    is_followed = bool(snapshot.jobs) or any(not feed.hidden for feed in snapshot.feeds)
    if not is_followed or stories >= rules.thin_below:
        return "ordinary", ""
    layout: Layout = "short" if rules.thin == "deep-dive" and not has_term else rules.thin
    found = count_noun(stories, "story", "stories")
    return layout, f"a thin week: {found}, {rules.thin_below} make an ordinary one"


def _count_fresh(snapshot: Snapshot) -> dict[str, int]:
    """Count the items of each feed in the week before the letter, with 0 for one that brought none.

    Empty when the feeds were not read, which says nothing about any of them.
    """
    if not snapshot.items:
        return {}
    fresh = Counter(item.feed for item in snapshot.items if snapshot.at - item.dated_at <= _WEEK)
    followed = {feed.slug for feed in snapshot.feeds if not feed.hidden}
    return {slug: fresh[slug] for slug in sorted(followed | fresh.keys())}


def _count_a_month(past: Sequence[Past]) -> dict[str, float]:
    """Return how many items a month each feed brought: since its first week, or in the last twelve.

    Unknown feeds are left out; only weeks whose news was read count.
    """
    weeks = [dict(one.items) for one in past if one.items]
    first: dict[str, int] = {}
    for number, week in enumerate(weeks):
        for feed in week:
            first.setdefault(feed, number)
    rates = {}
    for feed, since in sorted(first.items()):
        recent = weeks[since:][-_WEEKS_REMEMBERED:]
        count = sum(week.get(feed, 0) for week in recent)
        rates[feed] = round(count * _DAYS_A_MONTH / (_WEEK.days * len(recent)), 1)
    return rates
