"""What feeds brought for a week: `content/issues/<week>.items.jsonl`, one item a line.

Written beside the lock, so that a choice can be repeated and explained when the feeds have moved on.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.content.model import Problem
from pipeline.errors import AuthorError
from pipeline.feeds.entries import iso_instant, web_link
from pipeline.feeds.jobs.record import job_from_tree, job_to_tree
from pipeline.feeds.model import SECTIONS, Item
from pipeline.files import read_if_there, replace_if_changed
from pipeline.issue.history import ISSUES

_FIX = "delete the file and run `weekly feeds fetch`; this file is written by the program"
_KEYS = tuple(field.name for field in fields(Item) if field.name != "job")
_TEXTS = ("id", "feed", "section", "title", "url", "summary", "language", "source")


def snapshot_path(week: str) -> str:
    """Name the file of a week, relative to the newsletter folder."""
    return f"{ISSUES}/{week}.items.jsonl"


def snapshot_to_text(items: Iterable[Item]) -> str:
    """Write items and jobs, sorted by feed and id; equal ones give equal bytes."""
    return "".join(f"{_to_line(item)}\n" for item in sorted(items, key=lambda item: (item.feed, item.id)))


def read_snapshot(folder: Path, week: str) -> tuple[Item, ...]:
    """Read the items of a week, by feed and id; none when there is no file.

    Raises:
        AuthorError: lines are broken or name an item twice; carries every problem.
        FileError: the file is there and cannot be read.
    """
    raw = read_if_there(folder / snapshot_path(week)) or b""
    problems: list[Problem] = []
    items: dict[str, Item] = {}
    for number, line in _split(raw):
        try:
            item = _from_line(line)
            message = "this item is here a second time" if item.id in items else ""
            items[item.id] = item
        except ValueError as error:
            message = str(error)
        if message:
            problems.append(Problem(snapshot_path(week), number, message, _FIX, "snapshot-line"))
    if problems:
        raise AuthorError(problems)
    return tuple(sorted(items.values(), key=lambda item: (item.feed, item.id)))


def has_snapshot(folder: Path, week: str) -> bool:
    """Tell whether the news of a week were fetched, be it without finding any."""
    return (folder / snapshot_path(week)).exists()


def write_snapshot(folder: Path, week: str, items: Iterable[Item]) -> bool:
    """Write the items of a week; false when the file said the same already. Raises FileError."""
    return replace_if_changed(folder / snapshot_path(week), snapshot_to_text(items))


def merge_items(old: Iterable[Item], new: Iterable[Item], feeds: Collection[str]) -> tuple[Item, ...]:
    """Bring an earlier snapshot of the week up to date: what a feed no longer carries stays.

    An item keeps the instant at which it was first seen; items of feeds not in `feeds` go, jobs stay.
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
    values["first_seen_at"] = _iso(item.first_seen_at)
    values["published_at"] = _iso(item.published_at) if item.published_at else None
    if item.job is not None:
        values["job"] = job_to_tree(item.job)
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def _from_line(line: bytes) -> Item:
    try:
        tree = json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise ValueError("this line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this line is no JSON: {getattr(error, 'msg', error)}") from error
    if not isinstance(tree, dict):
        raise ValueError("this line is no JSON object")  # noqa: TRY004 - as the other faults of a line
    for key in _TEXTS:
        if not isinstance(tree.get(key), str):
            raise ValueError(f"`{key}` is missing, or no text")  # noqa: TRY004 - as above
    if tree["section"] not in SECTIONS:
        raise ValueError(f"`section` is none of {', '.join(SECTIONS)}")
    if not web_link(tree["url"]):
        raise ValueError("`url` is no http or https link")
    words = tree.get("words", 0)
    if isinstance(words, bool) or not isinstance(words, int) or words < 0:
        raise ValueError("`words` is no count")
    published = tree.get("published_at")
    return Item(
        **{key: tree[key] for key in _TEXTS},
        first_seen_at=_read_instant(tree, "first_seen_at"),
        published_at=None if published is None else _read_instant(tree, "published_at"),
        words=words,
        job=job_from_tree(tree["job"]) if "job" in tree else None,
    )


def _read_instant(tree: dict[str, Any], key: str) -> datetime:
    at = iso_instant(tree.get(key))
    if at is None:
        raise ValueError(f"`{key}` is no instant")
    return at


def _iso(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _split(raw: bytes) -> Iterator[tuple[int, bytes]]:
    # Not splitlines(): JSON may hold line separators of Unicode as they are.
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            yield number, line
