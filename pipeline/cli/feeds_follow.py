"""`weekly feeds add`, `test` and `import`: look at a feed, and follow it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, dry_run_option, json_option, open_newsletter, print_json, say, tell

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Sequence
    from typing import NoReturn

    from pipeline.feeds.entries import Parsed
    from pipeline.feeds.http_types import Answer
    from pipeline.feeds.update import FetchContext
    from pipeline.model.news import Feed, Item, NewsSection
    from pipeline.wiring import Newsletter

SECTION = click.Choice(["tools", "techniques", "careers"])


@dataclass(frozen=True, slots=True)
class Looked:
    """A feed that was looked at: where it is, what it says, what else the page offered."""

    url: str
    parsed: Parsed
    others: tuple[str, ...] = ()


@command()
@click.argument("url")
@click.option("--section", type=SECTION, required=True, help="The section of the letter it is for.")
@click.option("--slug", default="", metavar="SLUG", help="Its slug.  [default: from its title]")
@click.option(
    "--title", default="", metavar="TEXT", help="How readers know it.  [default: what it says itself]"
)
@click.option(
    "--weight", type=click.FloatRange(0.01, 100), default=1.0, show_default=True, help="2 counts twice."
)
@dry_run_option
def add(*, url: str, section: NewsSection, slug: str, title: str, weight: float, dry_run: bool) -> None:
    """Follow a feed: find it, when URL is a page, look at it and write it to content/feeds.toml.

    Prints the slug.

    Example: weekly feeds add https://www.deeplearning.ai/the-batch/ --section techniques
    """
    from pipeline.feeds.discover import suggest_slug
    from pipeline.model.news import Feed

    newsletter = open_newsletter()
    taken = {feed.slug for feed in newsletter.feeds()}
    found = _look(newsletter, url)
    own = slug or _free(suggest_slug(title or found.parsed.title, found.url), taken)
    feed = Feed(own, found.url, section, title=title, weight=weight)
    for other in found.others:
        tell(f"the page also names {other}")
    _follow(newsletter, [feed], dry_run=dry_run)
    click.echo(own)
    tell(f"{found.parsed.title or own}: {len(found.parsed.entries)} entries; next: weekly feeds fetch")


@command()
@click.argument("url", metavar="URL|SLUG")
@json_option
def test(*, url: str, as_json: bool) -> None:
    """Show what a feed, or the feed of a page, would give the next letter, and why not its other entries.

    Nothing is remembered.

    Example: weekly feeds test https://example.org/feed.xml
    """
    from pipeline.feeds.subscriptions import SLUG
    from pipeline.model.news import Feed

    newsletter = open_newsletter()
    followed = {feed.slug: feed for feed in newsletter.feeds()}
    known = followed.get(url)
    if known is None and SLUG.fullmatch(url) and url not in newsletter.settings.feeds.allow_private_hosts:
        refuse_unknown(url, followed)
    found = _look(newsletter, known.url if known else url)
    items, drops = _sift(newsletter, known or Feed("test", found.url, "tools"), found.parsed)
    if as_json:
        rows = [
            {
                "dated_at": f"{item.dated_at:%Y-%m-%dT%H:%MZ}",
                "title": item.title,
                "url": item.url,
                "summary": item.summary,
                "words": item.words,
            }
            for item in items
        ]
        facts = {"url": found.url, "title": found.parsed.title, "language": found.parsed.language}
        print_json({"schema": 1, **facts, "items": rows, "dropped": drops})
        return
    for item in items:
        click.echo(f"{item.dated_at:%Y-%m-%d}  {item.title}\n            {item.url}")
    say(f"{found.parsed.title or found.url} ({found.url}): {len(items)} items")
    for reason, count in sorted(drops.items()):
        say(f"{count} dropped: {reason}")


def refuse_unknown(slug: str, slugs: Collection[str]) -> NoReturn:
    """Say that no feed has this slug, and which may have been meant; raises UsageError."""
    from pipeline.model.suggest import did_you_mean

    hint = did_you_mean(slug, slugs) or "`weekly feeds list` shows them all"
    raise click.UsageError(f"There is no feed {slug!r}; {hint}")


def _sift(newsletter: Newsletter, feed: Feed, parsed: Parsed) -> tuple[list[Item], Counter[str]]:
    """Tell which entries the next letter could choose from, newest first, and why it could not the others."""
    from collections import Counter

    from pipeline.feeds.items import make_items, mark_seen
    from pipeline.feeds.update import age_of
    from pipeline.news.filters import Filter
    from pipeline.news.stories import gather_stories
    from pipeline.weeks import get_due_at

    now, news = newsletter.clock.now().replace(microsecond=0), newsletter.selection.news
    max_age = age_of(feed, newsletter.settings.feeds.max_age)
    seen = mark_seen(feed, parsed, {}, now, max_age, is_first=True)
    items, drops = make_items(feed, parsed, seen, now, max_age)
    gathered = gather_stories(
        items,
        {feed.slug: feed},
        get_due_at(newsletter.week(None), newsletter.schedule),
        Filter(news.languages, news.banned_words, news.max_age_days),
        sent=[key for past in newsletter.history() for key in past.stories],
    )
    counts = Counter(drops) + Counter(drop.reason for drop in gathered.dropped)
    kept = {item.id for story in gathered.stories for item in story.items}
    return [item for item in items if item.id in kept], counts


@command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.opml")
@click.option("--section", type=SECTION, help="For feeds that are in no folder named like a section.")
@dry_run_option
def import_(*, file: Path, section: NewsSection | None, dry_run: bool) -> None:
    """Follow the feeds of an OPML file that are not followed yet. None of them is fetched.

    Example: weekly feeds import feeds.opml --section tools
    """
    from pipeline.errors import FileError, PipelineError
    from pipeline.feeds.entries import visible
    from pipeline.feeds.opml import read_opml

    newsletter = open_newsletter()
    followed = newsletter.feeds()
    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise FileError(file, error, "give an OPML file") from error
    except ValueError as error:
        raise PipelineError(f"{file} cannot be imported: {error}") from error
    known = {feed.url for feed in followed}
    wanted = [outline for outline in outlines if outline.url not in known]
    homeless = [outline.url for outline in wanted if not (outline.section or section)]
    if homeless:
        raise click.UsageError(
            f"{len(homeless)} feeds are in no folder named like a section, "
            f"such as {visible(homeless[0], 100)}: give --section."
        )
    feeds = _to_feeds(newsletter, wanted, section, {feed.slug for feed in followed})
    _follow(newsletter, feeds, dry_run=dry_run)
    for feed in feeds:
        click.echo(feed.slug)
    say(f"{len(feeds)} feeds added, {len(outlines) - len(wanted)} were followed already")


def _to_feeds(
    newsletter: Newsletter, wanted: Sequence[object], section: NewsSection | None, taken: set[str]
) -> list[Feed]:
    """Make feeds of outlines; an address that may not be fetched is said and left out."""
    from pipeline.feeds.discover import suggest_slug
    from pipeline.feeds.entries import visible
    from pipeline.feeds.opml import Outline
    from pipeline.feeds.url_policy import Refused, check_url
    from pipeline.model.news import Feed

    feeds = []
    for outline in wanted:
        if not isinstance(outline, Outline):
            continue
        try:
            check_url(outline.url, allowed_hosts=newsletter.settings.feeds.allow_private_hosts)
        except Refused as error:
            say(f"left out: {visible(outline.url, 100)}: {error}")
            continue
        slug = _free(suggest_slug(outline.title, outline.url), taken)
        taken.add(slug)
        home = outline.section or section
        if home is not None:
            feeds.append(Feed(slug, outline.url, home, title=outline.title))
    return feeds


def _free(slug: str, taken: set[str]) -> str:
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (slug, *numbered) if name not in taken)


def _follow(newsletter: Newsletter, feeds: Sequence[Feed], *, dry_run: bool) -> None:
    from pipeline.feeds.follow import plan_feeds, write_feeds

    text = plan_feeds(newsletter.folder, feeds, allowed_hosts=newsletter.settings.feeds.allow_private_hosts)
    if dry_run:
        tell("nothing was written")
    elif feeds:
        write_feeds(newsletter.folder, text)


def _look(newsletter: Newsletter, url: str) -> Looked:
    import asyncio

    async def look() -> Looked:
        async with newsletter.feed_desk() as desk:
            hosts = newsletter.settings.feeds.allow_private_hosts
            return await _find(desk, url if "://" in url else f"https://{url}", hosts)

    return asyncio.run(look())


async def _find(desk: FetchContext, url: str, allowed_hosts: Sequence[str]) -> Looked:
    """Find the feed at an address, else one that the page there names, else one where feeds often are."""
    from pipeline.errors import PipelineError
    from pipeline.feeds.discover import common_places, find_feeds
    from pipeline.feeds.http_types import Fetched

    answer = await desk.fetcher.fetch(url)
    parsed, reason = await _parse(desk, answer)
    if parsed is not None:
        return Looked(url, parsed)
    if not isinstance(answer, Fetched):
        raise PipelineError(f"{url} cannot be fetched: {reason}")
    feeds = find_feeds(answer.body, answer.final_url, allowed_hosts=allowed_hosts)
    named = [found.url for found in feeds]
    for place in named or common_places(answer.final_url):
        parsed, _ = await _parse(desk, await desk.fetcher.fetch(place))
        if parsed is not None:
            return Looked(place, parsed, tuple(other for other in named if other != place))
    raise PipelineError(f"{url} is no feed and leads to none: {reason}; give the feed's own address")


async def _parse(desk: FetchContext, answer: Answer) -> tuple[Parsed | None, str]:
    from pipeline.feeds.http_types import Failed, Fetched

    if isinstance(answer, Fetched):
        base = answer.final_url
        parsed = await desk.parsers.parse(answer.body, content_type=answer.content_type, base=base)
        return (None, parsed.error) if parsed.error else (parsed, "")
    return None, answer.reason if isinstance(answer, Failed) else "it did not change"
