"""`weekly feeds …`: fetch the feeds of a newsletter, list and monitor them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.feeds_follow import add, import_, refuse_unknown, test
from pipeline.cli.options import common, dry_run_option, group, json_option, open_newsletter, say, tell
from pipeline.cli.outputs import document, print_json
from pipeline.cli.tables import print_table
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.feeds.health import Health
    from pipeline.feeds.update import FeedOutcome, NewsUpdate
    from pipeline.model.news import Feed
    from pipeline.wiring import Newsletter


@group()
def feeds() -> None:
    """Add, fetch and monitor feeds."""


for subcommand in (add, test, import_):
    feeds.add_command(subcommand)


@feeds.command()
@click.option("--only", multiple=True, metavar="SLUG", help="Only this feed; may be given again.")
@dry_run_option
@json_option
def fetch(*, only: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Fetch all feeds and put what is new into content/issues/WEEK.items.jsonl of the coming week.

    Shows each feed that changed and how many did not; all of them with -v. A feed that fails is reported on
    stderr and stops nothing; after three failures in a row it is left alone
    for a day, then for two, up to a week. A feed named with `--only` is always tried.

    Example: weekly feeds fetch --only the-batch
    """
    import asyncio

    from pipeline.edition.caches import read_ahead
    from pipeline.errors import PipelineError
    from pipeline.feeds.update import describe_failure

    newsletter = open_newsletter()
    everything = newsletter.feeds()
    wanted = _named(everything, only)
    if all(feed.hidden for feed in wanted):
        say("there are no feeds to fetch: weekly feeds add URL --section tools")
    coming = newsletter.week(None)
    week = str(coming)
    done = asyncio.run(_fetch(newsletter, week, everything, wanted if only else None, dry_run=dry_run))
    if done.is_changed and not dry_run:
        with suppress(PipelineError):  # what is broken elsewhere is reported by the next draft
            read_ahead(newsletter.edition(feeds=everything), coming)
    for outcome in done.outcomes:
        if outcome.reason:
            say(f"{outcome.feed.slug}: {describe_failure(outcome)}")
        if outcome.state.moved_to:
            moved_to = outcome.state.moved_to
            say(f"{outcome.feed.slug}: moved permanently to {moved_to}; change content/feeds.toml")
    for problem in newsletter.settings.heard(done.problems):
        say(f"warning: {problem}")
    if done.cache_error:
        say(f"the news is complete, but the cache cannot be written: {done.cache_error}")
    if as_json:
        listed = [_as_json(outcome) for outcome in done.outcomes]
        facts = {"week": week, "items": done.items, "changed": done.is_changed}
        print_json(facts | {"feeds": listed})
    brought = count_noun(len(done.outcomes) - done.failed, "feed")
    unchanged = sum(outcome.became == "unchanged" for outcome in done.outcomes)
    tell(
        f"{week}: {count_noun(done.items, 'item')} of {brought}, {unchanged} unchanged, {done.failed} failed"
    )


async def _fetch(
    newsletter: Newsletter,
    week: str,
    everything: Sequence[Feed],
    only: Sequence[Feed] | None,
    *,
    dry_run: bool,
) -> NewsUpdate:
    from pipeline.feeds.update import update_week
    from pipeline.run.fetching import open_fetch_context

    is_verbose = common().verbose

    def show(outcome: FeedOutcome) -> None:
        if is_verbose or outcome.became != "unchanged":
            items = count_noun(len(outcome.items), "item")
            tell(f"{outcome.became:10}  {outcome.feed.slug}: {items}, {outcome.added} new")

    async with open_fetch_context(newsletter) as context:
        return await update_week(
            newsletter.folder, week, everything, context, only=only, save=not dry_run, on_done=show
        )


def _as_json(outcome: FeedOutcome) -> dict[str, object]:
    from pipeline.cli.documents.news import FetchedFeed

    slug, items, dropped = outcome.feed.slug, len(outcome.items), outcome.drops
    return document(FetchedFeed, outcome, outcome.state, slug=slug, items=items, dropped=dropped)


def _named(everything: Sequence[Feed], only: Sequence[str]) -> tuple[Feed, ...]:
    slugs = [feed.slug for feed in everything]
    for slug in only:
        if slug not in slugs:
            refuse_unknown(slug, slugs)
    return tuple(feed for feed in everything if not only or feed.slug in only)


@feeds.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the feeds of content/feeds.toml.

    Example: weekly feeds list
    """
    followed = open_newsletter().feeds()
    if as_json:
        print_json({"feeds": followed})
    elif followed:
        rows = [
            (feed.slug, feed.section, f"{feed.weight:g}", "hidden" if feed.hidden else "", feed.url)
            for feed in followed
        ]
        print_table(("slug", "section", "weight", "", "address"), rows, right=("weight",))
    tell(count_noun(len(followed), "feed"))


@feeds.command()
@click.option(
    "--silent",
    type=click.IntRange(1, 3650),
    default=60,
    show_default=True,
    metavar="DAYS",
    help="Report a feed as silent after so long without an item.",
)
@json_option
@click.pass_context
def check(ctx: click.Context, *, silent: int, as_json: bool) -> None:
    """Check content/feeds.toml, and show the condition of every feed: last success, failures, items a month.

    The share is that of the stories in the last eight issues. Nothing is fetched. Exit code 4 when the file
    has errors, 6 when a feed is in quarantine.

    Example: weekly feeds check --silent 30
    """
    from pipeline.feeds.health import check_health
    from pipeline.feeds.subscriptions import read_feeds

    newsletter = open_newsletter()
    allowed = newsletter.settings.feeds.allow_private_hosts
    followed, problems = read_feeds(newsletter.folder, allowed_hosts=allowed)
    found = check_health(
        newsletter.folder,
        followed,
        newsletter.history(),
        newsletter.clock.now(),
        silent_after_days=silent,
    )
    if as_json:
        print_json({"problems": problems, "feeds": found})
    else:
        _print_health(found)
        for problem in problems:
            click.echo(f"{problem.severity}: {problem}")
    in_quarantine = any(health.condition == "in quarantine" for health in found)
    ctx.exit(exits.INVALID if problems else exits.LOOK if in_quarantine else exits.DONE)


def _print_health(found: Sequence[Health]) -> None:
    rows = [
        (
            health.slug,
            health.condition,
            f"{health.succeeded_at:%Y-%m-%dT%H:%M}Z" if health.succeeded_at else "-",
            str(health.failures),
            f"{health.items_per_month:g}",
            "-" if health.silent_days is None else str(health.silent_days),
            f"{health.share:.0%}",
            health.reason or (f"moved to {health.moved_to}" if health.moved_to else ""),
        )
        for health in found
    ]
    columns = ("slug", "condition", "last success", "failures", "a month", "days silent", "share", "why")
    if rows:
        print_table(columns, rows, right=("failures", "a month", "days silent", "share"))


@feeds.command()
def export() -> None:
    """Print the feeds as OPML, which other feed readers import.

    Example: weekly feeds export > feeds.opml
    """
    from pipeline.feeds.opml import write_opml

    newsletter = open_newsletter()
    click.echo(write_opml(newsletter.feeds(), title=newsletter.settings.newsletter.name), nl=False)
