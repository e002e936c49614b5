"""From items to stories: what falls out and why, which items are one story, what was sent before. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pipeline.feeds.model import SECTIONS, Feed, Item, NewsSection, Story
from pipeline.feeds.resemblance import TitleIndex, same_story
from pipeline.feeds.text import Title, mask_versions, read_title
from pipeline.feeds.urls import make_url_key

DropReason = Literal[
    "hidden feed", "no link", "other language", "too old", "banned word", "older release", "sent before"
]

WINDOW = timedelta(days=10)
"""Items further apart than this are two stories, whatever their titles say."""

_DAY = timedelta(days=1)
_ID = re.compile(r"[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Filter:
    """What may become a story: languages as `en`, words that no title or summary may hold, ages in days.

    A feed's own `max_age_days` goes before the section's; no language at all means any.
    """

    languages: tuple[str, ...] = ("en",)
    banned_words: tuple[str, ...] = ()
    max_age_days: Mapping[NewsSection, int] = field(default_factory=lambda: dict.fromkeys(SECTIONS, 14))


@dataclass(frozen=True, slots=True)
class Drop:
    """An item that became no story, why, and a few words more where there are any."""

    item: Item
    reason: DropReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The stories a letter can choose from, newest lead first, and every item that fell out."""

    stories: tuple[Story, ...]
    dropped: tuple[Drop, ...]

    def count_dropped(self) -> dict[NewsSection, dict[str, int]]:
        """Count by section and reason what fell out; a section without drops has an empty count."""
        counts: dict[NewsSection, Counter[str]] = {section: Counter() for section in SECTIONS}
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

    `feeds` is by slug, `sent` are the keys of earlier stories (`make_story_keys`), `pinned` links and ids
    that the editor wants: they pass every filter but that of having a link that was not sent before.
    """
    wanted = {name_wish(each) for each in pinned} - {""}
    ordered = sorted(set(items), key=lambda item: (item.dated_at, item.url, item.feed, item.id, repr(item)))
    dropped: list[Drop] = []
    kept: list[_Known] = []
    banned = _compile_words(rules.banned_words)
    for item in ordered:
        known = _Known(item, make_key(item), read_title(item.title))
        feed = feeds.get(item.feed)
        is_wanted = not wanted.isdisjoint(list_names(item))
        drop = _screen(known, feed, now, rules, banned, is_wanted=is_wanted)
        if drop is None:
            kept.append(known)
        else:
            dropped.append(drop)
    kept, older = _collapse_releases(kept, wanted)
    fresh, repeated = _drop_sent(_merge(kept), Sent(sent))
    stories = (Story(group[0].item, tuple(known.item for known in group[1:])) for group in fresh)
    newest_first = sorted(stories, key=lambda story: (-story.lead.dated_at.timestamp(), story.lead.url))
    return Gathered(tuple(newest_first), (*dropped, *older, *repeated))


def make_story_keys(story: Story) -> tuple[str, ...]:
    """List what history keeps of a story so that none of its copies is ever sent again, sorted.

    A key is that of `make_key`, or `feed|title` with the content words of the title, or `#` and an item's id.
    Titles of careers are no keys: many companies look for a `Senior Prompt Engineer`.
    """
    ids = {f"#{item.id}" for item in story.items}
    links = {make_key(item) for item in story.items}
    titles = {
        f"{item.feed}|{' '.join(read_title(item.title).words)}"
        for item in story.items
        if item.section != "careers"
    }
    return tuple(sorted({*ids, *links, *titles} - {""}))


def make_key(item: Item) -> str:
    """Tell what an item is, so that two items with the same key are one story; empty without a link.

    A link says it all, but for careers: different jobs share one page, so that the title counts as well,
    and of what is known as a job the id alone.
    """
    return _make_careers_key(item) if item.section == "careers" else make_url_key(item.url)


def _make_careers_key(item: Item) -> str:
    url_key = make_url_key(item.url)
    if item.job is not None:
        return f"#{item.id}" if url_key else ""
    return f"{url_key} {' '.join(read_title(item.title).words)}" if url_key else ""


def list_names(item: Item) -> tuple[str, ...]:
    """List how an editor can name an item in a wish: by its id, or by its link."""
    return f"#{item.id}", make_url_key(item.url)


def name_wish(wish: str) -> str:
    """Read a link or the id of an item as `list_names` writes it; empty when it is neither."""
    word = wish.strip()
    return f"#{word}" if _ID.fullmatch(word) else make_url_key(word)


class Sent:
    """What earlier letters had, by the keys of their stories; keys it cannot read are left aside."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._certain: set[str] = set()
        self._feeds: list[str] = []
        titles: list[Title] = []
        for key in sorted(set(keys)):
            feed, bar, words = key.partition("|")
            if key.startswith(("https://", "#")):
                self._certain.add(key)
            elif bar and words:
                self._feeds.append(feed)
                titles.append(read_title(words))
        self._index = TitleIndex(titles)

    def find(self, item: Item, key: str, title: Title) -> str:
        """Find how an item was sent before: by its id, its link, or the words of the title; else empty.

        A feed may give the same title to a new link, as in `Office hours`: only titles of others count.
        """
        links: tuple[str, ...] = ()
        if item.job is None:
            links = (make_url_key(item.url), _make_careers_key(item))
        for known in (key, f"#{item.id}", *links):
            if known in self._certain:
                return known
        if item.section == "careers":
            return ""
        for place in self._index.find_candidates(title):
            earlier = self._index.titles[place]
            if self._feeds[place] != item.feed and same_story(earlier, title):
                return f"{self._feeds[place]}|{' '.join(earlier.words)}"
        return ""


@dataclass(frozen=True, slots=True)
class _Known:
    """An item with what comparing it needs."""

    item: Item
    key: str
    title: Title


def _screen(
    known: _Known,
    feed: Feed | None,
    now: datetime,
    rules: Filter,
    banned: re.Pattern[str] | None,
    *,
    is_wanted: bool,
) -> Drop | None:
    item = known.item
    if not known.key:
        return Drop(item, "no link", item.url)
    if is_wanted:
        return None
    if feed is not None and feed.hidden:
        return Drop(item, "hidden feed", feed.slug)
    language = (feed.language if feed is not None and feed.language else item.language).casefold()
    if rules.languages and language and re.split(r"[-_]", language)[0] not in rules.languages:
        return Drop(item, "other language", language)
    max_age = (feed.max_age_days if feed is not None else 0) or rules.max_age_days[item.section]
    if now - item.dated_at > max_age * _DAY:
        return Drop(item, "too old", f"{(now - item.dated_at) // _DAY} days, {max_age} are allowed")
    found = banned.search(f"{item.title}\n{item.summary}") if banned else None
    return Drop(item, "banned word", found[0]) if found else None


def _compile_words(words: Sequence[str]) -> re.Pattern[str] | None:
    given = [re.escape(word.strip()) for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(given)})(?!\w)", re.IGNORECASE) if given else None


def _collapse_releases(
    ordered: Sequence[_Known], wanted: AbstractSet[str]
) -> tuple[list[_Known], list[Drop]]:
    """Keep the newest of every release series, and of every link, within each feed; and what is wanted."""
    newest = {(known.item.feed, name): known for known in ordered for name in _name_series(known)}
    kept, dropped = [], []
    for known in ordered:
        later = [newest[known.item.feed, name] for name in _name_series(known)]
        newer = next((each for each in later if each is not known), None)
        if newer is None or (not wanted.isdisjoint(list_names(known.item)) and newer.key != known.key):
            kept.append(known)
        else:
            dropped.append(Drop(known.item, "older release", newer.item.title))
    return kept, dropped


def _name_series(known: _Known) -> Iterator[str]:
    yield known.key
    title = "" if known.item.section == "careers" else mask_versions(known.item.title)
    if title:
        yield f"|{title}"


def _merge(ordered: Sequence[_Known]) -> list[list[_Known]]:
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
    groups: dict[int, list[_Known]] = {}
    for place, known in enumerate(ordered):
        groups.setdefault(find_root(place), []).append(known)
    return list(groups.values())


def _find_pairs(ordered: Sequence[_Known]) -> Iterator[tuple[int, int]]:
    """Find the places of items that have one key, or tell one story in two feeds within the window."""
    first_of: dict[str, int] = {}
    for place, known in enumerate(ordered):
        yield first_of.setdefault(known.key, place), place
        # News that a feed of careers has as well, under the same title.
        yield first_of.setdefault(_make_careers_key(known.item), place), place
    index = TitleIndex([known.title for known in ordered])
    for place, known in enumerate(ordered):
        for earlier in index.find_candidates(known.title, before=place):
            other = ordered[earlier]
            is_near = known.item.dated_at - other.item.dated_at <= WINDOW
            is_other = known.item.feed != other.item.feed
            is_job = "careers" in (known.item.section, other.item.section)
            if is_near and is_other and not is_job and same_story(known.title, other.title):
                yield earlier, place


def _drop_sent(groups: Iterable[list[_Known]], sent: Sent) -> tuple[list[list[_Known]], list[Drop]]:
    """Leave out every story of which any copy was sent before."""
    fresh, dropped = [], []
    for group in groups:
        found = next(filter(None, (sent.find(each.item, each.key, each.title) for each in group)), "")
        if found:
            dropped += [Drop(known.item, "sent before", found) for known in group]
        else:
            fresh.append(group)
    return fresh, dropped
