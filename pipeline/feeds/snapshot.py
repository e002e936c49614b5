"""What feeds brought for a week: `content/issues/<week>.items.jsonl`, one item a line.

Stored next to the lock, so that a selection can be repeated and explained when the feeds have moved on.
For a feed without dates another line lists its entries that are not items: a machine without a cache can then
recognize what is new.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import field, fields, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.feeds.entries import is_year, iso_instant, web_link
from pipeline.files import read_if_there, replace_if_changed
from pipeline.json_values import Form, load_object, split_lines
from pipeline.model.frozen import dataclass
from pipeline.model.locations import snapshot_path
from pipeline.model.news import Item, Job
from pipeline.model.problem import FEED_RULES, Problem
from pipeline.news.urls import is_plain_link
from pipeline.plugins.sections import news_sections
from pipeline.weeks import Week
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from pipeline.feeds.state import Seen

SNAPSHOT_LINE = FEED_RULES.warning(
    "snapshot-line", "An item whose line cannot be read is missing from the letter."
)


WEEKS_LOOKED_BACK = 8
"""Each snapshot lists what a feed still carries, so that a few weeks cover all of it."""

KnownIds = Mapping[str, frozenset[str]]
"""The ids of undated entries that a feed carries and that are not items, by its slug."""

_FIX = "the line is left out; restore it from git, this file is written by the program"
_MARK = re.compile(rb"(<{7}|={7}|>{7}|\|{7})( .*)?\r?")
_KEYS = tuple(field.name for field in fields(Item) if field.name != "job")
_PLAIN_KEYS = frozenset(_KEYS)
_TEXTS = tuple(name for name in _KEYS if name not in ("published_at", "words"))
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_MANY_WORDS = 10**9  # no text has so many; what has is looked at again
_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
_ITEM = Form(Item)


@dataclass(frozen=True, slots=True)
class Brought:
    """The content of a week's file: items by feed and id, what else feeds carry, broken lines."""

    items: tuple[Item, ...] = ()
    known: KnownIds = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def snapshot_to_text(items: Iterable[Item], known: KnownIds | None = None) -> str:
    """Format items and jobs, sorted by feed and id; the bytes depend on these alone."""
    lines = [_to_line(item) for item in sorted(items, key=lambda item: (item.feed, item.id))]
    lines += [json.dumps({"feed": feed, "known": sorted(ids)}) for feed, ids in sorted((known or {}).items())]
    return "".join(f"{line}\n" for line in lines)


def read_snapshot(folder: Path, week: str) -> tuple[tuple[Item, ...], tuple[Problem, ...]]:
    """Read the items of a week, by feed and id, with a warning for every line that is not one.

    Empty without a file. Raises FileError when the file exists and cannot be read.
    """
    brought = read_brought(folder, week)
    return brought.items, brought.problems


def read_brought(folder: Path, week: str) -> Brought:
    """Read the whole file of a week; raises FileError when it exists and cannot be read.

    A broken line, as a git merge leaves it, costs that line and no letter. Of an item that is there twice the
    one that was seen first counts.
    """
    return parse_snapshot(read_if_there(folder / snapshot_path(week)) or b"", snapshot_path(week))


def parse_snapshot(raw: bytes, path: str) -> Brought:
    """Parse the bytes of a week's file as `read_brought` does; `path` is for the problems."""
    problems: list[Problem] = []
    items: dict[str, Item] = {}
    known: dict[str, frozenset[str]] = {}
    for number, line in split_lines(raw):
        message = ""
        try:
            tree = _load(line)
            if "known" in tree:
                feed, ids = _read_known(tree)
                known[feed] = known.get(feed, frozenset()) | ids
                continue
            item = _read_plain_item(tree) or _read_item(tree)
            first = items.setdefault(item.id, item)
            if first is not item:
                message = "this item is here for the second time"
                items[item.id] = min(first, item, key=lambda each: (each.first_seen_at, repr(each)))
        except UnicodeDecodeError:
            message = "this line is not UTF-8"
        except ValueError as error:
            message = str(error)
        if message:
            problem = SNAPSHOT_LINE.problem(message, _FIX, path=path, line=number)
            problems.append(problem)
    ordered = tuple(sorted(items.values(), key=lambda item: (item.feed, item.id)))
    return Brought(ordered, known, tuple(problems))


def has_snapshot(folder: Path, week: str) -> bool:
    """Check whether the news of a week was fetched, even if nothing was found."""
    return (folder / snapshot_path(week)).exists()


def read_sightings(folder: Path, week: str) -> dict[str, dict[str, Seen]]:
    """Return what feeds carried up to a week, by slug and item id, from the snapshots of the last weeks.

    Raises FileError when one exists and cannot be read.
    """
    from pipeline.feeds.state import Seen  # noqa: PLC0415 - only a fetch asks, and it needs pydantic

    seen: dict[str, dict[str, Seen]] = {}
    known: dict[str, dict[str, Seen]] = {}
    each = Week.parse(week)
    for _ in range(WEEKS_LOOKED_BACK):
        brought = read_brought(folder, str(each))
        for item in brought.items:
            # The weeks go backwards, and the earliest one counts.
            seen.setdefault(item.feed, {})[item.id] = Seen(item.first_seen_at, item.published_at)
        monday = datetime.combine(each.monday, time(), UTC)
        for feed, ids in brought.known.items():
            known.setdefault(feed, {}).update(dict.fromkeys(ids, Seen(monday, is_new=False)))
        each = each.previous()
    return {feed: known.get(feed, {}) | seen.get(feed, {}) for feed in known.keys() | seen.keys()}


def write_snapshot(folder: Path, week: str, items: Iterable[Item], known: KnownIds | None = None) -> bool:
    """Write the items of a week; return whether the file changed. Raises FileError.

    The ids of other entries stay as they are in the file, unless `known` replaces them.
    """
    if known is None:
        known = read_brought(folder, week).known
    return replace_if_changed(folder / snapshot_path(week), snapshot_to_text(items, known))


def merge_items(old: Iterable[Item], new: Iterable[Item], feeds: Collection[str]) -> tuple[Item, ...]:
    """Update an earlier snapshot of the week; items that a feed no longer carries stay.

    An item keeps the instant at which it was first seen. Items of other feeds than `feeds` go, jobs stay.
    """
    merged = {item.id: item for item in old if item.feed in feeds or item.job is not None}
    for item in new:
        known = merged.get(item.id)
        first = min(item.first_seen_at, known.first_seen_at) if known else item.first_seen_at
        published = min(item.published_at, first) if item.published_at else None
        merged[item.id] = replace(item, first_seen_at=first, published_at=published)
    return tuple(sorted(merged.values(), key=lambda item: (item.feed, item.id)))


def _to_line(item: Item) -> str:
    values: dict[str, Any] = {name: getattr(item, name) for name in _KEYS}
    values["first_seen_at"] = format_instant(item.first_seen_at)
    values["published_at"] = format_instant(item.published_at) if item.published_at else None
    if item.job is not None:
        values["job"] = dict(_list_facts(item.job))
    return _ENCODER.encode(values)


def _list_facts(job: Job) -> Iterator[tuple[str, object]]:
    """Yield what is known of a job by its keys, as JSON has it."""
    for each in fields(job):
        value = getattr(job, each.name)
        if value != each.default:
            yield each.name, value.isoformat() if isinstance(value, date) else value


def _load(line: bytes) -> dict[str, Any]:
    if _MARK.fullmatch(line):
        raise ValueError("git could not merge what is here; the items of both sides count")
    return load_object(line.decode(), "this line")


def _read_known(tree: dict[str, Any]) -> tuple[str, frozenset[str]]:
    feed, ids = tree.get("feed"), tree["known"]
    if not isinstance(feed, str) or not isinstance(ids, list) or not all(isinstance(id_, str) for id_ in ids):
        raise ValueError("`known` is not a list of ids, or `feed` is missing")
    return feed, frozenset(ids)


def _read_plain_item(tree: dict[str, Any]) -> Item | None:
    """Read an item as this program writes it, in a tenth of the time of `_read_item`; None for any other."""
    texts = [tree.get(name) for name in _TEXTS]
    words, published = tree.get("words"), tree.get("published_at")
    is_plain = (
        tree.keys() == _PLAIN_KEYS
        and all(type(text) is str and text.isprintable() for text in texts)
        and type(words) is int
        and 0 <= words < _MANY_WORDS
        and tree["section"] in news_sections()
        and is_plain_link(tree["url"])
        and (published is None or (type(published) is str and _INSTANT.fullmatch(published)))
        and _INSTANT.fullmatch(tree["first_seen_at"])
    )
    if not is_plain:
        return None
    try:
        first_seen_at = datetime.fromisoformat(tree["first_seen_at"])
        published_at = datetime.fromisoformat(published) if published else None
    except ValueError:
        return None
    if not all(is_year(at.year) for at in (first_seen_at, published_at or first_seen_at)):
        return None
    return Item(**{**tree, "first_seen_at": first_seen_at, "published_at": published_at})


def _read_item(tree: dict[str, Any]) -> Item:
    item = _ITEM.read(tree)
    if item.section not in news_sections():
        raise ValueError(f"`section` is not one of {', '.join(news_sections())}")
    if not web_link(item.url):
        raise ValueError("`url` is not an http or https link")
    if item.words < 0:
        raise ValueError("`words` is not a count")
    first_seen_at, published_at = iso_instant(item.first_seen_at), iso_instant(item.published_at)
    if first_seen_at is None or (item.published_at and published_at is None):
        raise ValueError("`first_seen_at` or `published_at` is out of range")
    return replace(item, first_seen_at=first_seen_at, published_at=published_at)
