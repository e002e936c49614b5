"""Merge items into stories: drop what cannot be one, find copies and what was sent before. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from pipeline.model.frozen import dataclass
from pipeline.model.news import Feed, Item, Story
from pipeline.news.filters import Drop, Filter, Screen
from pipeline.news.similarity import MIN_EQUAL_WORDS, TitleIndex, find_pairs, same_story
from pipeline.news.story_keys import ComparedItem, compare_item
from pipeline.news.story_ref import parse_name
from pipeline.news.titles import Title, mask_versions, read_title
from pipeline.plugins.sections import news_sections

WINDOW = timedelta(days=10)
"""Items further apart are two stories, however similar their titles: copies appear within days."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The stories a letter can choose from, newest lead first, and every dropped item."""

    stories: tuple[Story, ...]
    dropped: tuple[Drop, ...]

    def count_dropped(self) -> dict[str, dict[str, int]]:
        """Count the dropped items by section and reason; every section has an entry."""
        counts: dict[str, Counter[str]] = {section: Counter() for section in news_sections()}
        for drop in self.dropped:
            counts[drop.item.section][drop.reason] += 1
        return {section: dict(sorted(count.items())) for section, count in counts.items()}


def gather_stories(
    items: Iterable[Item],
    feeds: Mapping[str, Feed],
    now: datetime,
    rules: Filter,
    *,
    sent: Iterable[str] = (),
    pinned: Collection[str] = (),
) -> Gathered:
    """Filter, collapse and merge items into stories; the order of the items does not matter.

    `feeds` is by slug, `sent` are the keys of earlier stories, `pinned` are links and ids that the editor
    wants: they pass every filter, but need a link and must not have been sent before.
    """
    wanted = {parse_name(each) for each in pinned} - {""}
    dropped: list[Drop] = []
    kept: list[ComparedItem] = []
    screen = Screen(rules, feeds, now)
    for item in _order(items):
        known = compare_item(item)
        if not known.key:
            dropped.append(Drop(item, "no link", item.url))
        elif not known.is_one_of(wanted) and (drop := screen.find_drop(item)):
            dropped.append(drop)
        else:
            kept.append(known)
    kept, older = _collapse_releases(kept, wanted)
    fresh, repeated = _drop_sent(_merge(kept), Sent(sent))
    stories = map(_make_story, fresh)
    newest_first = sorted(stories, key=lambda story: (-story.lead.dated_at.timestamp(), story.lead.url))
    return Gathered(tuple(newest_first), (*dropped, *older, *repeated))


def _order(items: Iterable[Item]) -> list[Item]:
    """Sort items from the oldest to the newest, each once; what nothing else orders is ordered as written."""
    different = list(items)
    is_twice = len({item.id for item in different}) < len(different)
    if is_twice:
        different = list(set(different))
        is_twice = len({item.id for item in different}) < len(different)
    return sorted(
        different,
        key=lambda item: (item.dated_at, item.url, item.feed, item.id, repr(item) if is_twice else ""),
    )


class Sent:
    """The stories of earlier letters, by their keys; unknown kinds of keys are ignored."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._certain: set[str] = set()
        self._links: set[str] = set()
        self._jobs: set[str] = set()
        self._feeds: list[str] = []
        titles: list[Title] = []
        for key in sorted(set(keys)):
            feed, bar, words = key.partition("|")
            if key.startswith("#"):
                name, _, job = key.partition(" ")
                self._certain.add(name)
                self._note_link(job, self._jobs)
            elif key.startswith("https://"):
                self._note_link(key, self._certain)
            elif bar and words:
                self._feeds.append(feed)
                titles.append(read_title(words))
        self._index = TitleIndex(titles)

    def _note_link(self, key: str, among: set[str]) -> None:
        if key:
            among.add(key)
            self._links.add(key.partition(" ")[0])

    def find(self, known: ComparedItem) -> str:
        """Return the key under which an item was sent before: id, link or words of the title; else empty.

        In the same feed the words must be equal, two at least; in another feed similar ones are enough.
        """
        item, link, listing = known.item, known.link, known.listing
        if f"#{item.id}" in self._certain:
            return f"#{item.id}"
        if listing in self._certain:
            return listing
        if item.job is not None:
            return listing if link in self._certain and known.title in self._index.known else ""
        if listing in self._jobs:
            return listing
        if link in (self._certain if known.shares_page else self._links):
            return link
        return "" if known.shares_page else self._find_title(item.feed, known.title)

    def _find_title(self, feed: str, title: Title) -> str:
        for place in self._index.find_candidates(title):
            earlier = self._index.titles[place]
            is_same = self._feeds[place] != feed or earlier.words == title.words
            if is_same and same_story(earlier, title):
                return f"{self._feeds[place]}|{' '.join(earlier.words)}"
        return ""


def _collapse_releases(
    ordered: Sequence[ComparedItem], wanted: AbstractSet[str]
) -> tuple[list[ComparedItem], list[Drop]]:
    """Keep the newest of every release series and link within each feed, and everything wanted."""
    series = [_name_series(known) for known in ordered]
    newest = {name: known for known, names in zip(ordered, series, strict=True) for name in names}
    kept, dropped = [], []
    for known, names in zip(ordered, series, strict=True):
        newer = next((newest[name] for name in names if newest[name] is not known), None)
        if newer is None or (known.is_one_of(wanted) and newer.key != known.key):
            kept.append(known)
        else:
            dropped.append(Drop(known.item, "older release", newer.item.title))
    return kept, dropped


def _name_series(known: ComparedItem) -> list[tuple[str, str]]:
    feed, title = known.item.feed, "" if known.shares_page else mask_versions(known.item.title)
    return [(feed, known.key), (feed, f"|{title}")] if title else [(feed, known.key)]


def _merge(ordered: Sequence[ComparedItem]) -> list[list[ComparedItem]]:
    """Group the items that are one story, each group oldest first."""
    parent = list(range(len(ordered)))

    def find_root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for one, other in _find_pairs(ordered):
        first, second = sorted((find_root(one), find_root(other)))
        parent[second] = first
    groups: dict[int, list[ComparedItem]] = {}
    for place, known in enumerate(ordered):
        groups.setdefault(find_root(place), []).append(known)
    return list(groups.values())


def _make_story(group: Sequence[ComparedItem]) -> Story:
    """Build a story led by the oldest copy, or by a job posting, which has place and salary."""
    lead, *also = sorted((known.item for known in group), key=lambda item: item.job is None)
    return Story(lead, tuple(also))


def _find_pairs(ordered: Sequence[ComparedItem]) -> Iterator[tuple[int, int]]:
    """Yield places that are one story: same key, or similar titles in two feeds in the window.

    A job posting is one story with a feed's item that has the same link and title. Of many that are one story
    only as many pairs come as connect them all.
    """
    first_of: dict[str, int] = {}
    jobs: dict[str, int] = {}
    titled: dict[tuple[str, ...], list[int]] = {}
    for place, known in enumerate(ordered):
        yield first_of.setdefault(known.key, place), place
        # What a feed has as well, under the same link and title; two jobs of one page stay two.
        if known.item.job is None:
            yield first_of.setdefault(known.listing, place), place
        else:
            jobs.setdefault(known.listing, place)
        if not known.shares_page:
            titled.setdefault(known.title.words, []).append(place)
    yield from ((first_of[listing], place) for listing, place in jobs.items() if listing in first_of)
    for words, places in titled.items():
        if len(places) > 1 and len(words) >= MIN_EQUAL_WORDS:
            yield from _connect(ordered, places)
    yield from _find_similar_pairs(ordered, list(titled.values()))


def _find_similar_pairs(
    ordered: Sequence[ComparedItem], copies: Sequence[list[int]]
) -> Iterator[tuple[int, int]]:
    """Yield pairs of similar titles; `copies` are the places of every title that differs from the others."""
    titles = [ordered[places[0]].title for places in copies]
    for one, other in find_pairs(titles):
        yield from _connect(ordered, sorted(copies[one] + copies[other]))


def _connect(ordered: Sequence[ComparedItem], places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs that connect the places of one title as all pairs of two feeds in the window would.

    Of places in the window that are connected already, two of two feeds are enough to connect what follows.
    """
    recent: list[int] = []
    for place in places:
        item = ordered[place].item
        recent = [each for each in recent if item.dated_at - ordered[each].item.dated_at <= WINDOW]
        others = [each for each in recent if ordered[each].item.feed != item.feed]
        yield from ((each, place) for each in others)
        recent = [others[-1], place] if others else [*recent, place]


def _drop_sent(
    groups: Iterable[list[ComparedItem]], sent: Sent
) -> tuple[list[list[ComparedItem]], list[Drop]]:
    """Drop every story of which any copy was sent before."""
    fresh, dropped = [], []
    for group in groups:
        found = next(filter(None, (sent.find(each) for each in group)), "")
        if found:
            dropped += [Drop(known.item, "sent before", found) for known in group]
        else:
            fresh.append(group)
    return fresh, dropped
