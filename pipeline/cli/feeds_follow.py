"""`weekly feeds add`, `test` and `import`: preview a feed, and follow it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, dry_run_option, json_option, open_newsletter, say, tell
from pipeline.cli.outputs import document, print_json
from pipeline.model.plurals import count_noun
from pipeline.model.suggest import did_you_mean
from pipeline.plugins.sections import news_sections
from pipeline.weeks import get_due_at

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from typing import NoReturn

    from pipeline.feeds.find_feed import FoundFeed
    from pipeline.model.news import Feed
    from pipeline.wiring import Newsletter

SECTION = click.Choice(news_sections())


@command()
@click.argument("url")
@click.option("--section", type=SECTION, required=True, help="The section of the letter it is for.")
@click.option("--slug", default="", metavar="SLUG", help="Its slug.  [default: from its title]")
@click.option(
    "--title", default="", metavar="TEXT", help="The name that readers see.  [default: the feed's own title]"
)
@click.option(
    "--weight", type=click.FloatRange(0.01, 100), default=1.0, show_default=True, help="2 counts twice."
)
@dry_run_option
def add(*, url: str, section: str, slug: str, title: str, weight: float, dry_run: bool) -> None:
    """Add a feed to content/feeds.toml; when URL is a page, the feed that it names. The feed is fetched once.

    Prints the slug.

    Example: weekly feeds add https://www.deeplearning.ai/the-batch/ --section techniques
    """
    from pipeline.feeds.discover import suggest_slug
    from pipeline.feeds.find_feed import refuse_followed
    from pipeline.model.news import Feed

    _require_url(url)
    newsletter = open_newsletter()
    followed = newsletter.feeds()
    refuse_followed(url, followed)
    taken = {feed.slug for feed in followed}
    found = _find(newsletter, url)
    refuse_followed(found.url, followed)
    own = slug or suggest_slug(title or found.parsed.title, found.url, taken)
    feed = Feed(own, found.url, section, title=title, weight=weight)
    for other in found.others:
        tell(f"the page also names {other}")
    _add(newsletter, [feed], dry_run=dry_run)
    click.echo(own)
    entries = count_noun(len(found.parsed.entries), "entry", "entries")
    tell(f"{found.parsed.title or own}: {entries}; next: weekly feeds fetch")


@command()
@click.argument("url", metavar="URL|SLUG")
@json_option
def test(*, url: str, as_json: bool) -> None:
    """Show what a feed, or that of a page, would bring to the next letter, and why other entries are dropped.

    Nothing is remembered.

    Example: weekly feeds test https://example.org/feed.xml
    """
    from pipeline.feeds.find_feed import preview_feed
    from pipeline.feeds.subscriptions import SLUG
    from pipeline.model.news import Feed
    from pipeline.news.filters import Filter

    _require_url(url)
    newsletter = open_newsletter()
    followed = {feed.slug: feed for feed in newsletter.feeds()}
    known = followed.get(url)
    settings, news = newsletter.settings.feeds, newsletter.selection.news
    if known is None and SLUG.fullmatch(url) and url not in settings.allow_private_hosts:
        refuse_unknown(url, followed)
    found = _find(newsletter, known.url if known else url)
    items, drops = preview_feed(
        known or Feed("test", found.url, "tools"),
        found.parsed,
        now=newsletter.clock.now().replace(microsecond=0),
        due_at=get_due_at(newsletter.week(None), newsletter.schedule),
        max_age=settings.max_age,
        rules=Filter(news.languages, news.banned_words, news.max_age_days),
        sent=[key for past in newsletter.history() for key in past.stories],
    )
    if as_json:
        from pipeline.cli.documents.news import FeedTested, TestedItem

        rows = [document(TestedItem, item, words=item.words or None) for item in items]
        print_json(document(FeedTested, found, found.parsed, items=rows, dropped=drops))
        return
    for item in items:
        click.echo(f"{item.dated_at:%Y-%m-%d}  {item.title}\n            {item.url}")
    say(f"{found.parsed.title or found.url} ({found.url}): {count_noun(len(items), 'item')}")
    for reason, count in sorted(drops.items()):
        say(f"{count} dropped: {reason}")


def _require_url(url: str) -> None:
    if not url.strip():
        raise click.UsageError(
            "The address of the feed is empty; give one such as https://example.org/feed.xml."
        )


def refuse_unknown(slug: str, slugs: Collection[str]) -> NoReturn:
    """Raise UsageError: no feed has this slug, and which may have been meant."""
    hint = did_you_mean(slug, slugs) or "`weekly feeds list` shows them all"
    raise click.UsageError(f"There is no feed {slug!r}; {hint}")


@command("import")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.opml")
@click.option("--section", type=SECTION, help="For feeds that are in no folder named like a section.")
@dry_run_option
def import_(*, file: Path, section: str | None, dry_run: bool) -> None:
    """Add the feeds of an OPML file that are not followed yet. None of them is fetched.

    Example: weekly feeds import feeds.opml --section tools
    """
    from pipeline.errors import FileError, PipelineError
    from pipeline.feeds.entries import visible
    from pipeline.feeds.opml import choose_feeds, read_opml

    newsletter = open_newsletter()
    followed = newsletter.feeds()
    try:
        outlines = read_opml(file.read_bytes())
    except OSError as error:
        raise FileError(file, error, "give the path of an OPML file") from error
    except ValueError as error:
        raise PipelineError(f"{file} cannot be imported: {error}") from error
    known = {feed.url for feed in followed}
    wanted = [outline for outline in outlines if outline.url not in known]
    homeless = [outline.url for outline in wanted if not (outline.section or section)]
    if homeless:
        raise click.UsageError(
            f"{count_noun(len(homeless), 'feed is', 'feeds are')} in no folder named like a section, "
            f"such as {visible(homeless[0], 100)}: give --section."
        )
    hosts = newsletter.settings.feeds.allow_private_hosts
    feeds, refused = choose_feeds(wanted, section, [feed.slug for feed in followed], hosts)
    for line in refused:
        say(f"left out: {line}")
    _add(newsletter, feeds, dry_run=dry_run)
    for feed in feeds:
        click.echo(feed.slug)
    already = count_noun(len(outlines) - len(wanted), "was", "were")
    say(f"{count_noun(len(feeds), 'feed')} added, {already} followed already")


def _add(newsletter: Newsletter, feeds: Sequence[Feed], *, dry_run: bool) -> None:
    from pipeline.feeds.subscriptions import plan_feeds, write_feeds

    text = plan_feeds(newsletter.folder, feeds, allowed_hosts=newsletter.settings.feeds.allow_private_hosts)
    if dry_run:
        tell("nothing was written")
    elif feeds:
        write_feeds(newsletter.folder, text)


def _find(newsletter: Newsletter, url: str) -> FoundFeed:
    import asyncio

    from pipeline.feeds.find_feed import find_feed
    from pipeline.run.fetching import open_fetch_context

    async def find() -> FoundFeed:
        async with open_fetch_context(newsletter) as context:
            return await find_feed(context, url, newsletter.settings.feeds.allow_private_hosts)

    return asyncio.run(find())
