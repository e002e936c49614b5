"""Fetches the news of a week before its letter is chosen. Needs the web, and no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import FileError, TryLater
from pipeline.feeds.snapshot import has_snapshot
from pipeline.issue.lock import read_lock
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from pipeline.feeds.update import NewsUpdate
    from pipeline.run.reporter import Reporter
    from pipeline.run.signals import StopSignal
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


def fetch_missing_news(newsletter: Newsletter, reporter: Reporter, week: Week) -> None:
    """Fetch the news of a week that is not locked and has no snapshot yet."""
    if not has_snapshot(newsletter.folder, str(week)):
        fetch_news(newsletter, reporter, week)


def fetch_news(
    newsletter: Newsletter, reporter: Reporter, week: Week, stop: StopSignal | None = None
) -> None:
    """Fetch the news of a week that is not locked yet; a failing feed never stops a letter.

    Raises TryLater if the run is asked to stop: a letter must not be made of half its news.
    """
    followed = newsletter.feeds()
    if all(feed.hidden for feed in followed) or read_lock(newsletter.folder, str(week)) is not None:
        return
    import asyncio

    from pipeline.feeds.update import update_week
    from pipeline.run.fetching import open_fetch_context

    async def fetch() -> NewsUpdate:
        async with open_fetch_context(newsletter) as context:
            return await update_week(newsletter.folder, str(week), followed, context)

    try:
        done = asyncio.run(_break_off(fetch(), stop) if stop else fetch())
    except FileError as error:
        reporter.say(f"{week} is made without fresh news: {error}")
        return
    if done is None:
        raise TryLater(f"{week} was stopped while its news was fetched; nothing of it was locked or sent")
    _tell_news(newsletter, reporter, done)


async def _break_off(fetch: Coroutine[None, None, NewsUpdate], stop: StopSignal) -> NewsUpdate | None:
    """Wait for a fetch, or cancel it if the run is asked to stop; None then."""
    import asyncio

    loop, fetching = asyncio.get_running_loop(), asyncio.ensure_future(fetch)

    def cancel() -> None:
        loop.call_soon_threadsafe(fetching.cancel)

    stop.listen(cancel)
    try:
        await asyncio.wait([fetching])
    finally:
        stop.listen(lambda: None)
    if fetching.cancelled() or (stop.asked and fetching.exception() is None):
        return None
    return fetching.result()


def _tell_news(newsletter: Newsletter, reporter: Reporter, done: NewsUpdate) -> None:
    """Print which feeds failed, and how much news there is."""
    from pipeline.feeds.update import describe_failure

    for problem in newsletter.settings.heard(done.problems):
        reporter.say(f"warning: {problem}")
    for outcome in done.outcomes:
        line = f"feed {outcome.feed.slug}: {describe_failure(outcome) or outcome.became}"
        if outcome.became == "failed":
            reporter.say(line)
        else:  # a quarantined feed was reported when it failed
            reporter.tell(line)
    if done.cache_error:
        reporter.say(f"the news is complete, but the cache cannot be written: {done.cache_error}")
    reporter.tell(
        f"news: {count_noun(done.items, 'item')} of {count_noun(len(done.outcomes) - done.failed, 'feed')}"
    )
