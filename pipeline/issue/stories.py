"""What a letter shows of the week's stories. Pure; plain text throughout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from pipeline.content.untag import has_merge_tag
from pipeline.feeds.model import Item, NewsSection, Snapshot
from pipeline.feeds.text import shorten_summary
from pipeline.issue.model import Link, NewsItem, StorySection
from pipeline.pick.reasons import Pick

WORDS_PER_MINUTE = 220
LEAST_WORDS = 100
"""A text of fewer words than this was not carried whole, so nothing is said of its reading time."""

TERM_NEWS = 3
"""At most so many stories stand below the term that they brought up."""


def make_story_section(kind: NewsSection, picks: Iterable[Pick], snapshot: Snapshot) -> StorySection | None:
    """Show the stories of a section in the order of their picks; None when none of them is there any more."""
    items = [_make_item(pick, snapshot) for pick in picks if pick.ref in snapshot.item_by_id]
    return StorySection(kind, tuple(items)) if items else None


def make_term_news(pick: Pick, snapshot: Snapshot) -> tuple[Link, ...]:
    """Name the stories that a term was chosen for; none when it was chosen for something else."""
    if all(reason.name != "news" for reason in pick.reasons):
        return ()
    found = _find(pick.items, snapshot)[:TERM_NEWS]
    return tuple(Link(f"{item.title} ({name_source(item)})", item.url) for item in found)


def name_source(item: Item) -> str:
    """Say where an item comes from: the feed's title, else the host of its link."""
    return item.source or (urlsplit(item.url).hostname or item.feed).removeprefix("www.")


def _make_item(pick: Pick, snapshot: Snapshot) -> NewsItem:
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
    )


def _find(ids: Sequence[str], snapshot: Snapshot) -> list[Item]:
    return [snapshot.item_by_id[each] for each in ids if each in snapshot.item_by_id]
