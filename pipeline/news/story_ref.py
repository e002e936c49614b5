"""What names a story: the id of an item, its link in any spelling, and the same of every copy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.model.news import Item, Snapshot, Story
from pipeline.model.picks import Pick
from pipeline.news.urls import make_url_key
from pipeline.plugins.sections import find_section

_ID = re.compile(r"[0-9a-f]{20}")


def list_names(item: Item) -> tuple[str, str]:
    """List the names of one item in the spelling of `parse_name`: its id and its link."""
    return f"#{item.id}", make_url_key(item.url)


def parse_name(text: str) -> str:
    """Normalize a link or the id of an item to the spelling of `list_names`; empty when it is neither."""
    word = text.strip()
    return f"#{word}" if _ID.fullmatch(word) else make_url_key(word)


def write_name(item: Item, items: Iterable[Item]) -> str:
    """Name an item for the week's file: by its link, or by its id where the link may mean another one."""
    link = make_url_key(item.url)
    others = (each for each in items if each.section != item.section)
    has_pages = find_section(item.section).copies_by == "link and title"
    is_shared = has_pages or any(make_url_key(each.url) == link for each in others)
    return item.id if is_shared else item.url


def list_story_names(items: Iterable[Item]) -> frozenset[str]:
    """List every name of every copy of a story."""
    return frozenset(name for item in items for name in list_names(item)) - {""}


def list_pick_names(pick: Pick, snapshot: Snapshot) -> frozenset[str]:
    """List every name of a picked story; its own id is a name also when the snapshot has lost the item."""
    items = (snapshot.item_by_id.get(each) for each in (pick.ref, *pick.items))
    return list_story_names(item for item in items if item is not None) | {f"#{pick.ref}"}


class StoryIndex:
    """The stories of a week, to be found by any name of any of their copies."""

    def __init__(self, stories: Iterable[Story] = ()) -> None:
        self._by_name: dict[str, list[Story]] = {}
        for story in stories:
            for name in list_story_names(story.items):
                self._by_name.setdefault(name, []).append(story)

    def __iter__(self) -> Iterator[str]:
        """Yield every known name."""
        return iter(self._by_name)

    def find(self, name: str) -> tuple[Story, ...]:
        """Find the stories that a link or an id names: several where jobs share one page."""
        by_id = self._by_name.get(f"#{name.strip()}")
        return tuple(by_id or self._by_name.get(parse_name(name)) or ())
