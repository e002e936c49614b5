"""Requests the links of a letter concurrently, each once, through the one HTTP client.

Good answers are cached for a day in `var/links.json`; losing the file costs one request for each. Broken and
failing links are requested every time, so that a page that was repaired passes at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from pydantic import AwareDatetime, TypeAdapter

from pipeline.check.context import LinkAnswer, LinkOutcome
from pipeline.feeds.http_types import Failed, Reached
from pipeline.files import read_if_there, replace_file
from pipeline.json_values import load_object, read_value
from pipeline.news.urls import make_url_key

REMEMBERED = timedelta(days=1)
FILE = "var/links.json"

_NOTHING_THERE = frozenset({404, 410})
_GOOD = frozenset({LinkOutcome.GOOD, LinkOutcome.MOVED})
_LINKS = TypeAdapter(dict[str, tuple[LinkAnswer, AwareDatetime]])


class LinkClient(Protocol):
    """A guarded HTTP client."""

    async def ask(self, url: str) -> Reached | Failed:
        """Request a URL once."""
        ...


def judge_answer(url: str, answer: Reached | Failed) -> LinkAnswer:
    """Return what an answer means for a reader who follows the link."""
    if isinstance(answer, Reached):
        is_same = not answer.moved_to or make_url_key(answer.moved_to) == make_url_key(url)
        return LinkAnswer(
            LinkOutcome.GOOD if is_same else LinkOutcome.MOVED, moved_to="" if is_same else answer.moved_to
        )
    if answer.is_refused:
        return LinkAnswer(LinkOutcome.REFUSED, answer.reason)
    if answer.status in _NOTHING_THERE:
        return LinkAnswer(LinkOutcome.BROKEN, answer.reason)
    outcome = LinkOutcome.TROUBLE if answer.status else LinkOutcome.UNREACHED
    return LinkAnswer(outcome, answer.reason, is_unresolved=answer.is_unresolved)


async def ask_links(
    urls: Iterable[str],
    client: LinkClient,
    known: Mapping[str, LinkAnswer],
    on_done: Callable[[str, LinkAnswer], None] = lambda *_: None,
) -> dict[str, LinkAnswer]:
    """Request every URL that is not known, concurrently; the answers are in the order given."""

    async def one(url: str) -> tuple[str, LinkAnswer]:
        answered = known.get(url) or judge_answer(url, await client.ask(url))
        on_done(url, answered)
        return url, answered

    return dict(await asyncio.gather(*(one(url) for url in urls)))


def read_known(folder: Path, now: datetime) -> dict[str, LinkAnswer]:
    """Read the answers of the last day below a newsletter folder; none when the file is missing or broken."""
    return {url: answered for url, (answered, _) in _read(folder, now).items()}


def remember(folder: Path, answers: Mapping[str, LinkAnswer], now: datetime) -> None:
    """Add good answers to those of the last day; raises FileError."""
    kept = _read(folder, now)
    new = {url: (one, now) for url, one in answers.items() if one.outcome in _GOOD and url not in kept}
    if not new:
        return
    links = _LINKS.dump_python({**kept, **new}, mode="json")
    replace_file(
        folder / FILE, json.dumps({"schema": 1, "links": links}, ensure_ascii=False, indent=1) + "\n"
    )


def _read(folder: Path, now: datetime) -> dict[str, tuple[LinkAnswer, datetime]]:
    try:
        tree = load_object((read_if_there(folder / FILE) or b"{}").decode(), "the file")
        found = read_value(_LINKS, tree.get("links", {}))
    except ValueError:
        return {}
    return {url: (one, at) for url, (one, at) in found.items() if timedelta(0) <= now - at < REMEMBERED}
