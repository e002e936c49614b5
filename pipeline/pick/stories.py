"""Scores the stories of a week and fills the slots of every section. Pure.

A story's score depends on no other story, and every factor of it is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from itertools import islice
from math import log2, prod

from pipeline.model.frozen import dataclass
from pipeline.model.news import Feed, Item, Story
from pipeline.model.picks import Candidate, Pick, Reason
from pipeline.model.wishes import ItemWishes
from pipeline.news.mentions import Mentions
from pipeline.news.story_ref import list_names, list_story_names, parse_name
from pipeline.news.titles import has_glued_date, has_words, is_roundup
from pipeline.pick.reasons import RUNNERS_UP, multiply, score_factors
from pipeline.pick.selection import NewsSelection

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sources:
    """The feeds by slug, and how many items a month each brings; a feed that is new has no rate."""

    feeds: Mapping[str, Feed] = field(default_factory=dict)
    items_per_month: Mapping[str, float] = field(default_factory=dict)
    _rates: dict[tuple[str, float], tuple[Reason, Reason]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def rate(self, slug: str, rules: NewsSelection) -> tuple[Reason, Reason]:
        """Return what the weight and the rarity of a feed count; the same for all of its items."""
        key = slug, rules.rare_items_per_month
        if key not in self._rates:
            self._rates[key] = self._rate(*key)
        return self._rates[key]

    def _rate(self, slug: str, rare_items_per_month: float) -> tuple[Reason, Reason]:
        feed, rate = self.feeds.get(slug), self.items_per_month.get(slug)
        rarity, often = 1.0, f"nothing known yet of how much {slug} brings"
        if rate is not None:
            rarity = max(1.0, 2.0 - rate / rare_items_per_month)
            often = f"{slug} brings {rate:g} items a month"
        weight = Reason("weight", feed.weight if feed is not None else 1.0, f"weight of {slug}")
        return weight, Reason("rarity", rarity, often)


@dataclass(frozen=True, slots=True)
class ChosenNews:
    """The news of one letter: picks in its order, each with the id of the item to show.

    `dropped` counts by section and reason the stories that were not taken.
    """

    picks: tuple[Pick, ...]
    dropped: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Scored:
    story: Story
    score: float
    keys: frozenset[str]

    @property
    def ref(self) -> str:
        return self.story.lead.id


def choose_items(
    stories: Sequence[Story],
    mentions: Mentions,
    sources: Sources,
    now: datetime,
    rules: NewsSelection,
    *,
    wishes: ItemWishes | None = None,
) -> ChosenNews:
    """Choose the stories of every section by score, as far as its slots and caps allow; best first.

    Pinned stories are placed first, in the section of the copy that the wish names. Any other goes to the
    section of its oldest copy, or of the next copy where that section is full.
    """
    wishes = wishes or ItemWishes()
    banned = {parse_name(each) for each in wishes.ban} - {""}
    pins = [parse_name(each) for each in wishes.pin]
    scorer = _Scorer(mentions, sources, now, rules)
    slots = _Slots(sources.feeds, rules, scorer)
    scored: list[_Scored] = []
    for story in stories:
        # Nobody asks for the names of a story where nothing is pinned or banned.
        keys = list_story_names(story.items) if banned or pins else frozenset()
        if banned & keys and not keys & set(pins):
            slots.dropped[story.lead.section]["banned"] += 1
        else:
            scored.append(_Scored(story, scorer.measure(story), keys))
    scored.sort(key=_sort_key)
    for pin in pins:
        for each in scored:
            if pin in each.keys:
                slots.pin(each, pin)
    for each in scored:
        slots.take(each)
    return ChosenNews(tuple(slots.make_picks()), slots.count_dropped())


def _sort_key(scored: _Scored) -> tuple[float, str, str]:
    return -scored.score, scored.story.lead.url, scored.ref


def score_story(
    story: Story, mentions: Mentions, sources: Sources, now: datetime, rules: NewsSelection
) -> Candidate:
    """Score a story by its best copy, so that one more copy never lowers it.

    The score is the product of the reasons; the reference is the id of the lead.
    """
    return _Scorer(mentions, sources, now, rules).explain(story)


@dataclass(frozen=True, slots=True)
class _Scorer:
    """Scores stories; for the few that are shown it gives the reasons, too."""

    mentions: Mentions
    sources: Sources
    now: datetime
    rules: NewsSelection

    def measure(self, story: Story) -> float:
        """Return the score that `explain` gives a story."""
        spread = self._spread(len({item.feed for item in story.items}))
        topic = self._topic(len(self.mentions.find_in_story(story)))
        return max([score_factors((*self._rate(item), spread, topic)) for item in story.items])

    def explain(self, story: Story) -> Candidate:
        """Score a story with its reasons."""
        feeds = sorted({item.feed for item in story.items})
        terms = sorted(self.mentions.find_in_story(story))
        shared = (
            Reason("sources", self._spread(len(feeds)), ", ".join(feeds)),
            Reason("topic", self._topic(len(terms)), ", ".join(terms) or "no glossary term"),
        )
        candidates = [multiply(story.lead.id, (*self._explain_copy(item), *shared)) for item in story.items]
        return max(candidates, key=lambda each: each.score)

    def _spread(self, feeds: int) -> float:
        return 1 + self.rules.per_source * log2(feeds)

    def _topic(self, terms: int) -> float:
        return self.rules.topic_base + min(self.rules.most_for_terms, self.rules.per_term * terms)

    def _rate(self, item: Item) -> tuple[float, float, float, float]:
        """Return the values of `_explain_copy`."""
        weight, rarity, quality = self._find_constants(item)
        return weight.value, rarity.value, self._fade(item), quality.value

    def _explain_copy(self, item: Item) -> Iterator[Reason]:
        weight, rarity, quality = self._find_constants(item)
        half_life = self.rules.sections[item.section].half_life_days
        age = self._find_age(item)
        yield weight
        yield rarity
        yield Reason("recency", self._fade(item), f"{age:.1f} days old, half after {half_life:g}")
        yield quality

    def _find_constants(self, item: Item) -> tuple[Reason, Reason, Reason]:
        """Return what does not change with the time: weight, rarity, quality."""
        weight, rarity = self.sources.rate(item.feed, self.rules)
        if item.job is not None:
            # A title of two words, such as `Prompt Engineer`, is complete where it names a job.
            return weight, _JOB_RARITY, _JOB_QUALITY
        return weight, rarity, _rate_title(item.title, self.rules)

    def _find_age(self, item: Item) -> float:
        return max(0.0, (self.now - item.dated_at) / _DAY)

    def _fade(self, item: Item) -> float:
        return float(2.0 ** (-self._find_age(item) / self.rules.sections[item.section].half_life_days))


_JOB_RARITY = Reason("rarity", 1.0, "every job counts the same")
_JOB_QUALITY = Reason("quality", 1.0, "a job")
_FAULTLESS = Reason("quality", 1.0, "nothing against it")


def _rate_title(title: str, rules: NewsSelection) -> Reason:
    faults = (
        (rules.short_title, "short title", not has_words(title, rules.short_title_words)),
        (rules.digest_title, "several stories in one title", is_roundup(title)),
        (rules.glued_date, "a date runs into the title", has_glued_date(title)),
    )
    found = [(factor, name) for factor, name, is_there in faults if is_there]
    if not found:
        return _FAULTLESS
    return Reason("quality", prod([factor for factor, _ in found]), ", ".join(name for _, name in found))


@dataclass(frozen=True, slots=True)
class _Place:
    """A story in a slot, with the copy that is shown."""

    scored: _Scored
    item: Item
    pinned: bool


class _Slots:
    """The slots of every section while they are filled, in the order in which stories come."""

    def __init__(self, feeds: Mapping[str, Feed], rules: NewsSelection, scorer: _Scorer) -> None:
        self._feeds = feeds
        self._rules = rules
        self._scorer = scorer
        self._places: dict[str, list[_Place]] = {section: [] for section in rules.sections}
        self._taken: set[str] = set()
        self._left: list[_Scored] = []
        self.dropped: dict[str, Counter[str]] = {section: Counter() for section in rules.sections}

    def pin(self, scored: _Scored, name: str) -> None:
        """Place a story by the copy of that name, even in a full section; once for several pins of it."""
        if scored.ref not in self._taken:
            item = next(item for item in scored.story.items if name in list_names(item))
            self._put(scored, item, pinned=True)

    def take(self, scored: _Scored) -> None:
        """Place a story by the first of its copies whose section has a free slot for it."""
        if scored.ref in self._taken:
            return
        fitting = next((item for item in scored.story.items if not self._find_obstacle(item)), None)
        if fitting is not None:
            self._put(scored, fitting, pinned=False)
        else:
            lead = scored.story.lead
            self.dropped[lead.section][self._find_obstacle(lead)] += 1
            self._left.append(scored)

    def count_dropped(self) -> dict[str, dict[str, int]]:
        """Count the stories that were not taken, by section and reason."""
        return {section: dict(sorted(counts.items())) for section, counts in self.dropped.items()}

    def make_picks(self) -> Iterator[Pick]:
        """Yield the slots in the order of the letter, each with the stories that would be next in it."""
        dropped = self.count_dropped()
        for section in self._rules.sections:
            # By score and not by arrival: pins came first.
            ordered = sorted(self._places[section], key=lambda place: _sort_key(place.scored))
            for number, place in enumerate(ordered, 1):
                candidate = self._scorer.explain(place.scored.story)
                yield Pick(
                    slot=f"{section}-{number}",
                    kind="item",
                    ref=place.item.id,
                    score=candidate.score,
                    reasons=candidate.reasons,
                    pinned=place.pinned,
                    runners_up=self._find_runners_up(section, place),
                    dropped=dropped[section],
                    items=tuple(item.id for item in place.scored.story.items if item is not place.item),
                )

    def _put(self, scored: _Scored, item: Item, *, pinned: bool) -> None:
        self._places[item.section].append(_Place(scored, item, pinned))
        self._taken.add(scored.ref)

    def _find_obstacle(self, item: Item, without: _Place | None = None) -> str:
        """Return why an item cannot have a slot of its section, empty if it can; `without` counts as free."""
        places = [place for place in self._places[item.section] if place is not without]
        rules = self._rules.sections[item.section]
        feed = self._feeds.get(item.feed)
        cap = (feed.cap if feed is not None else 0) or rules.cap
        if len(places) >= rules.slots:
            return "no slot left"
        return "source has its share" if sum(p.item.feed == item.feed for p in places) >= cap else ""

    def _find_runners_up(self, section: str, place: _Place) -> tuple[Candidate, ...]:
        """Return the best of the stories that are left, each by the copy that would have the slot."""
        fitting = (
            (scored, [item for item in scored.story.items if item.section == section])
            for scored in self._left
        )
        found = (
            replace(self._scorer.explain(scored.story), ref=item.id)
            for scored, items in fitting
            for item in [each for each in items if not self._find_obstacle(each, without=place)][:1]
        )
        return tuple(islice(found, RUNNERS_UP))
