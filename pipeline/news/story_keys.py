"""The keys of a story: what is compared of its items, and what history keeps of it. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from pipeline.model.frozen import dataclass
from pipeline.model.news import Item, Story
from pipeline.news.similarity import MIN_EQUAL_WORDS
from pipeline.news.titles import Title, read_title
from pipeline.news.urls import make_url_key
from pipeline.plugins.sections import find_section


def make_story_keys(story: Story) -> tuple[str, ...]:
    """Return the keys that history keeps of a story, so that no copy of it is sent again; sorted.

    A key is that of `make_key`; or `#` and an item's id, for a job followed by a space, its link and title;
    or `feed|title` with the content words of the title, except in a section whose items share pages: many
    companies look for a `Senior Prompt Engineer`, and one page has such a job in two places.
    """
    copies = [compare_item(item) for item in story.items]
    jobs = [known for known in copies if known.item.job is not None]
    known_jobs = {known.listing for known in jobs}
    keys = {f"#{known.item.id}" for known in copies}
    keys |= {f"#{known.item.id} {known.listing}" for known in jobs}
    for known in copies:
        if not known.shares_page:
            keys.add(f"{known.item.feed}|{' '.join(known.title.words)}")
        # A feed's copy of a job that is here itself must not exclude the other jobs of that page.
        if known.item.job is None and known.listing not in known_jobs:
            keys.add(known.key)
    return tuple(sorted(keys - {""}))


def is_certain(key: str) -> bool:
    """Check whether a key alone proves that a story was sent before.

    A title of one word, such as `Changelog`, does not.
    """
    _, bar, words = key.partition("|")
    return key.startswith(("https://", "#")) or (bool(bar) and len(words.split()) >= MIN_EQUAL_WORDS)


def make_key(item: Item) -> str:
    """Return the key of an item; items with the same key are one story. Empty without a link.

    A link is enough, except in a section whose items share pages, such as a page of openings: there the title
    counts as well. Of what is known as a job the id alone counts.
    """
    return compare_item(item).key


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """An item with what is compared of it: the key of its link, the same with its title, and its own key."""

    item: Item
    link: str
    title: Title
    listing: str
    key: str
    shares_page: bool

    def is_one_of(self, names: AbstractSet[str]) -> bool:
        """Check whether any of the names is one of `list_names`."""
        return bool(names) and (f"#{self.item.id}" in names or self.link in names)


def compare_item(item: Item) -> ComparedItem:
    """Read what is compared of an item."""
    link, title = make_url_key(item.url), read_title(item.title)
    listing = f"{link} {' '.join(title.words)}" if link else ""
    shares_page = find_section(item.section).copies_by == "link and title"
    key = listing if shares_page else link
    if item.job is not None:
        key = f"#{item.id}" if link else ""
    return ComparedItem(item, link, title, listing, key, shares_page)
