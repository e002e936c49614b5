"""Notes that a run had nothing to do, and until when that holds; `idle` reads it before the next run."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from pipeline.errors import FileError
from pipeline.files import replace_file
from pipeline.resources import find_user_cache
from pipeline.run.idle import IdlePlace, write_note
from pipeline.run.returned import has_mailbox
from pipeline.weeks import Week, get_due_at, week_at

if TYPE_CHECKING:
    from pipeline.run.plan import Work
    from pipeline.wiring import Newsletter

KEPT_FOR = timedelta(days=30)
"""The note of a newsletter in use is written again every week; after four missed ones it is gone."""


def read_idle_inputs(newsletter: Newsletter) -> str:
    """Return the digest of what a decision depends on; empty where no note can be written."""
    database = newsletter.engine.url.database
    if newsletter.engine.dialect.name != "sqlite" or not database or has_mailbox(newsletter):
        return ""
    return _place(newsletter).read_inputs(database)


def remember_idle(newsletter: Newsletter, work: Work, seen: str) -> None:
    """Write the note after a run of the schedule that has nothing to do and nothing that must be said.

    `seen` is what `read_idle_inputs` returned before the decision; when it differs now, or the folder
    cannot be written, there is no note, and the next run looks again.
    """
    now = newsletter.clock.now()
    is_early = any(Week.parse(past.week) > week_at(now, newsletter.schedule) for past in work.history)
    if work.due.week is not None or work.owed.paused or is_early:
        return
    if not seen or read_idle_inputs(newsletter) != seen:
        return
    place = _place(newsletter)
    with suppress(FileError, OSError, RuntimeError):
        _remove_old(now)
        text = write_note(str(newsletter.engine.url.database), seen, _find_span(newsletter, now))
        replace_file(place.note, text, is_durable=False)


def _find_span(newsletter: Newsletter, now: datetime) -> tuple[datetime, datetime]:
    """Find the last and the next instant at which the schedule alone can change what there is to do."""
    schedule, options = newsletter.schedule, newsletter.settings.schedule
    lead = options.draft_lead if options.approval else timedelta(0)
    week = week_at(now, schedule)
    for _ in range(schedule.max_age.days // 7 + 2):
        week = week.previous()
    instants: list[datetime] = []
    while not instants or instants[-1] - lead <= now:
        midnight = datetime.combine(week.monday, time(), schedule.zone).astimezone(UTC)
        due_at = get_due_at(week, schedule)
        instants += [midnight, due_at - lead, due_at + schedule.max_age, due_at]
        week = week.next()
    return max(at for at in instants if at <= now), min(at for at in instants if at > now)


def _remove_old(now: datetime) -> None:
    """Remove the notes of newsletters that are gone: a note of one in use is written at least every week."""
    for path in find_user_cache().glob("idle-*.json"):
        if path.stat().st_mtime < now.timestamp() - KEPT_FOR.total_seconds():
            path.unlink(missing_ok=True)


def _place(newsletter: Newsletter) -> IdlePlace:
    return IdlePlace(newsletter.folder, newsletter.config)
