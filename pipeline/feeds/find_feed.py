"""Find the feed at an address, or the one that a page there leads to, and preview its items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.errors import AuthorError, PipelineError
from pipeline.feeds.discover import common_places, find_feeds
from pipeline.feeds.entries import Parsed
from pipeline.feeds.http_types import Answer, Failed, Fetched
from pipeline.feeds.items import get_max_age, make_items, mark_seen
from pipeline.feeds.sources import find_source
from pipeline.feeds.subscriptions import FEEDS, FEEDS_TWICE
from pipeline.feeds.update import FetchContext
from pipeline.model.news import Feed, Item
from pipeline.news.filters import Filter
from pipeline.news.stories import gather_stories


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that was fetched: its address, what it holds, and the other feeds that the page names."""

    url: str
    parsed: Parsed
    others: tuple[str, ...] = ()


async def find_feed(context: FetchContext, url: str, allowed_hosts: Sequence[str]) -> FoundFeed:
    """Find the feed at an address, else one that the page there names, else one where feeds often are.

    An address without a scheme is tried with https; one of a source (`NAME:ADDRESS`) is read.

    Raises PipelineError when there is no feed, with the reason.
    """
    url = url if "://" in url or find_source(url) else f"https://{url}"
    answer = await context.fetch(url)
    parsed = await _parse(context, answer)
    if not parsed.error:
        return FoundFeed(url, parsed)
    if not isinstance(answer, Fetched):
        raise PipelineError(f"{url} cannot be fetched: {parsed.error}")
    feeds = find_feeds(answer.body, answer.final_url, allowed_hosts=allowed_hosts)
    named = [found.url for found in feeds]
    for place in named or common_places(answer.final_url):
        candidate = await _parse(context, await context.fetcher.fetch(place))
        if not candidate.error:
            return FoundFeed(place, candidate, tuple(other for other in named if other != place))
    raise PipelineError(f"{url} is not a feed and leads to none: {parsed.error}; give the feed's own address")


async def _parse(context: FetchContext, answer: Answer) -> Parsed:
    if isinstance(answer, Fetched):
        return await context.parsers.parse(
            answer.body, content_type=answer.content_type, base=answer.final_url
        )
    return Parsed(error=answer.reason if isinstance(answer, Failed) else "it did not change")


def preview_feed(
    feed: Feed,
    parsed: Parsed,
    *,
    now: datetime,
    due_at: datetime,
    max_age: timedelta,
    rules: Filter,
    sent: Iterable[str],
) -> tuple[list[Item], Counter[str]]:
    """Return the items that the letter due at an instant could choose from, newest first.

    Comes with the other entries counted by the reason why they could not be chosen. `max_age` is for a feed
    without one of its own, `sent` are the keys of the stories of earlier letters.
    """
    max_age = get_max_age(feed, max_age)
    seen = mark_seen(feed, parsed, {}, now, max_age, is_first=True)
    items, drops = make_items(feed, parsed, seen, now, max_age)
    gathered = gather_stories(items, {feed.slug: feed}, due_at, rules, sent=sent)
    kept = {item.id for story in gathered.stories for item in story.items}
    counts = Counter(drops) + Counter(drop.reason for drop in gathered.dropped)
    return [item for item in items if item.id in kept], counts


def refuse_followed(url: str, followed: Sequence[Feed]) -> None:
    """Raise AuthorError with the line of the feed that has this address, if one has it."""
    for feed in followed:
        if feed.url == url.strip():
            message = f"`{url.strip()[:200]}` is followed already, as `{feed.slug}`"
            fix = "there is nothing to add; change these lines instead"
            raise AuthorError([FEEDS_TWICE.problem(message, fix, path=FEEDS, line=feed.line)])
