"""Decide which items may become stories, and why the others may not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from pipeline.model.frozen import dataclass
from pipeline.model.news import Feed, Item
from pipeline.news.urls import LOOKS_LIKE_URL, find_host, is_local_host
from pipeline.plugins.sections import news_sections

DropReason = Literal[
    "hidden feed",
    "no link",
    "would stop the letter",
    "other language",
    "too old",
    "banned word",
    "older release",
    "sent before",
]

_DAY = timedelta(days=1)
# What `pipeline.check` reports as residue of a template; a title may contain `{%`, a link may not.
_FOREIGN_MARK = re.compile(r"\*\|[A-Z0-9_:]+\|\*|%%\w+%%|</?mj-[a-z]+|lorem ipsum", re.IGNORECASE)
_MARK_IN_LINK = re.compile(r"\{\{|\{%|\{#|\*\||%%\w+%%|\[\[|&amp;")


@dataclass(frozen=True, slots=True)
class Filter:
    """Limits of the items that may become stories: languages as `en`, banned words, ages in days.

    A feed's own `max_age_days` takes precedence over the section's; without languages any is allowed.
    """

    languages: tuple[str, ...] = ("en",)
    banned_words: tuple[str, ...] = ()
    max_age_days: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(news_sections(), 14))


@dataclass(frozen=True, slots=True)
class Drop:
    """An item that did not become a story, the reason, and details where there are any."""

    item: Item
    reason: DropReason
    detail: str = ""


class Harm(NamedTuple):
    """The part of an item that a rule of the finished letter refuses: a link, or a template's mark."""

    detail: str
    is_link: bool = False


class Screen:
    """Decides which items may become stories at an instant."""

    def __init__(self, rules: Filter, feeds: Mapping[str, Feed], now: datetime) -> None:
        self._rules = rules
        self._feeds = feeds
        self._now = now
        self._banned = _compile_words(rules.banned_words)

    def find_drop(self, item: Item) -> Drop | None:
        """Return why an item cannot be a story of this letter; None when it can."""
        feed = self._feeds.get(item.feed)
        if feed is not None and feed.hidden:
            return Drop(item, "hidden feed", feed.slug)
        if harm := find_harm(item):
            return Drop(item, "would stop the letter", harm.detail)
        language = (feed.language if feed is not None and feed.language else item.language).casefold()
        primary = language.replace("_", "-").partition("-")[0]
        if self._rules.languages and language and primary not in self._rules.languages:
            return Drop(item, "other language", language)
        max_age = (feed.max_age_days if feed is not None else 0) or self._rules.max_age_days[item.section]
        if self._now - item.dated_at > max_age * _DAY:
            days = (self._now - item.dated_at) // _DAY
            return Drop(item, "too old", f"{days} days, {max_age} are allowed")
        found = self._banned.search(f"{item.title}\n{item.summary}") if self._banned else None
        return Drop(item, "banned word", found[0]) if found else None


def find_harm(item: Item) -> Harm | None:
    """Return what of an item a check would stop the whole letter for; None when there is nothing.

    `pipeline.edition.quarantine` runs the checks themselves, but too late for another story to get the slot.
    """
    if _may_have_mark("\n".join(_list_words(item))):
        for words in _list_words(item):
            if found := _FOREIGN_MARK.search(words):
                return Harm(found[0])
    if found := _MARK_IN_LINK.search(item.url):
        return Harm(found[0])
    host = find_host(item.url)
    if is_local_host(host):
        return Harm(host, is_link=True)
    words = " ".join(item.title.split())
    if LOOKS_LIKE_URL.fullmatch(words) and find_host(words) != host:
        return Harm(words, is_link=True)
    return None


def _may_have_mark(words: str) -> bool:
    return "*|" in words or "%%" in words or "<" in words or "lorem" in words.lower()


def _list_words(item: Item) -> Iterator[str]:
    yield from (item.title, item.source)
    if item.job is not None:
        yield from (item.job.company, item.job.place, item.job.level, *item.job.skills)


def _compile_words(words: Sequence[str]) -> re.Pattern[str] | None:
    given = [re.escape(word.strip()) for word in words if word.strip()]
    return re.compile(rf"(?<!\w)(?:{'|'.join(given)})(?!\w)", re.IGNORECASE) if given else None
