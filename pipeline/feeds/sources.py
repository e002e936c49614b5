"""Sources of items other than feeds of the web, which installed packages add: `url = "NAME:ADDRESS"`.

What a source returns goes the way of a feed's body from there on: cleaned, cached, filtered and chosen.
docs/develop/add-a-source.md has the steps.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from pipeline.errors import PluginError
from pipeline.feeds.http_types import Failed, Fetched
from pipeline.model.frozen import dataclass
from pipeline.plugins.entry_points import find_plugins, load_plugin, refuse_plugin

_GROUP: Final = "weekly_insights.sources"


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """A request to a source: the text behind `NAME:`, the newsletter's folder, the time in UTC."""

    address: str
    folder: Path
    now: datetime


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One thing to read; text or HTML, an absolute http or https link, an aware instant.

    `key` identifies it among the source's items and never changes; when it is empty, the link does.
    """

    title: str
    url: str
    key: str = ""
    published_at: datetime | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A source, by the name that stands before the colon of its addresses.

    `read` runs in a thread; whatever it raises fails this feed alone, and the others go on.
    """

    name: str
    read: Callable[[SourceRequest], Iterable[SourceItem]]
    title: str = ""
    language: str = ""


def find_source(url: str) -> str:
    """Return the name of the source that an address is of; empty when it is an address of the web."""
    name, colon, _ = url.partition(":")
    return name if colon and name not in ("http", "https") and name in find_plugins(_GROUP) else ""


async def read_source(url: str, folder: Path, now: datetime) -> Fetched | Failed:
    """Read a source as if it were a feed: a JSON Feed, or why there is none."""
    import asyncio  # noqa: PLC0415 - who only checks addresses does not wait

    loop = asyncio.get_running_loop()
    done: asyncio.Future[Fetched | Failed] = loop.create_future()

    def settle(answer: Fetched | Failed) -> None:
        if not done.done():
            done.set_result(answer)

    def work() -> None:
        answer = _read(url, folder, now)
        with suppress(RuntimeError):  # the command has ended without waiting
            loop.call_soon_threadsafe(settle, answer)

    # A daemon: a source that never returns must not keep the command from ending.
    threading.Thread(target=work, daemon=True).start()
    return await done


def _read(url: str, folder: Path, now: datetime) -> Fetched | Failed:
    name, _, address = url.partition(":")
    try:
        spec = load_plugin(_GROUP, name, SourceSpec)
        try:
            body = _write_feed(spec, spec.read(SourceRequest(address, folder, now)))
        except Exception as error:  # code of another package: it can raise anything
            raise refuse_plugin(_GROUP, name, f"reading {address!r} failed: {error!r}") from error
    except PluginError as error:
        return Failed(str(error))
    return Fetched(200, body, url, "application/feed+json")


def _write_feed(spec: SourceSpec, items: Iterable[SourceItem]) -> bytes:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": spec.title or spec.name,
        "language": spec.language,
        "items": [_to_json(item) for item in items],
    }
    return json.dumps(feed, sort_keys=True).encode()


def _to_json(item: SourceItem) -> dict[str, str]:
    given = {"id": item.key or item.url, "title": item.title, "url": item.url, "summary": item.summary}
    if item.published_at is not None:
        given["date_published"] = item.published_at.isoformat()
    return given
