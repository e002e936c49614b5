"""Feeds from files, as they were at any moment: to simulate weeks without fetching."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.feeds.entries import Parsed
from pipeline.feeds.items import get_max_age, item_id, make_items
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.state import Seen
from pipeline.files import read_if_there
from pipeline.model.news import Feed, Item

ENDINGS = (".xml", ".rss", ".atom", ".json")


@dataclass(frozen=True, slots=True)
class Replay:
    """Parsed feeds, by slug. `problems` are the files that could not be used, and why."""

    feeds: tuple[Feed, ...]
    parsed: Mapping[str, Parsed]
    problems: tuple[str, ...] = ()

    def items_at(self, moment: datetime, max_age: timedelta) -> tuple[Item, ...]:
        """Return the items that a fetch at that moment would have brought; undated ones are left out."""
        found: list[Item] = []
        for feed in self.feeds:
            parsed = self.parsed[feed.slug]
            dated = [(each, each.published_at) for each in parsed.entries if each.published_at is not None]
            there = [(entry, at) for entry, at in dated if at <= moment]
            seen = {item_id(feed.slug, entry): Seen(at, at) for entry, at in there}
            at_moment = replace(parsed, entries=tuple(entry for entry, _ in there))
            items, _ = make_items(feed, at_moment, seen, moment, get_max_age(feed, max_age))
            found.extend(items)
        return tuple(found)


def read_replay(folder: Path, feeds: Sequence[Feed]) -> Replay:
    """Read the file of every feed that has one: `<slug>.xml`, or another suffix of a feed.

    Raises:
        PipelineError: the folder has no file of any feed.
        FileError: a file cannot be read.
    """
    files = {path.stem: path for path in _list_files(folder)}
    known = [feed for feed in feeds if feed.slug in files and not feed.hidden]
    if not known:
        slugs = ", ".join(feed.slug for feed in feeds[:5]) or "there are none"
        raise PipelineError(
            f"{folder} has no file that is named after a feed of content/feeds.toml ({slugs}); "
            "name them <slug>.xml"
        )
    others = sorted(files.keys() - {feed.slug for feed in feeds})
    parsed = asyncio.run(_parse([(feed, files[feed.slug]) for feed in known]))
    problems = [f"{files[slug].name}: no feed of content/feeds.toml has this name" for slug in others]
    problems += [f"{files[slug].name}: {each.error}" for slug, each in parsed.items() if each.error]
    return Replay(tuple(known), parsed, tuple(problems))


def _list_files(folder: Path) -> Iterable[Path]:
    if not folder.is_dir():
        raise PipelineError(
            f"there is no folder {folder}; put the files of the feeds there, named <slug>.xml"
        )
    return sorted(path for path in folder.iterdir() if path.suffix in ENDINGS and path.is_file())


async def _parse(found: Sequence[tuple[Feed, Path]]) -> dict[str, Parsed]:
    async with Parsers() as parsers:
        bodies = ((read_if_there(path) or b"", feed.url) for feed, path in found)
        answers = await asyncio.gather(
            *(parsers.parse(body, content_type="application/xml", base=url) for body, url in bodies)
        )
    return {feed.slug: answer for (feed, _), answer in zip(found, answers, strict=True)}
