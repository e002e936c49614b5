"""What there is to do now: a week to freeze, issues to go on with. Looks, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.issue.history import Past, join, past_from_json
from pipeline.issue.state import OPEN, IssueState
from pipeline.report import report_on
from pipeline.weeks import Due, Week, due, next_week, slot_at, week_at

if TYPE_CHECKING:
    from pipeline.store.issues import FrozenIssue
    from pipeline.wiring import Newsletter


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do now: a week to freeze, issues to go on with, lines that history.jsonl lacks."""

    week: Week | None
    draft: Week | None
    continued: tuple[FrozenIssue, ...]
    paused: tuple[FrozenIssue, ...]
    history: tuple[Past, ...]
    unwritten: tuple[Past, ...]
    due: Due

    @property
    def is_nothing(self) -> bool:
        """Whether a run would change nothing."""
        return not (self.week or self.draft or self.continued or self.unwritten)


def find_work(newsletter: Newsletter, *, at_once: bool = False, week: Week | None = None) -> Work:
    """Look what a run would do now; reads files and database, writes nothing."""
    frozen = newsletter.issues.all() if newsletter.has_store() else ()
    written = newsletter.history()
    ours = tuple(past_from_json(issue.past) for issue in frozen)
    history = join(written, ours)
    weeks = [Week.parse(past.week) for past in history]
    now, schedule = newsletter.clock.now(), newsletter.schedule
    what = due(now, schedule, weeks)
    wanted = week or (week_at(now, schedule) if at_once else what.week)
    draft = None
    if newsletter.settings.schedule.approval and wanted is None:
        coming = next_week(now, schedule, weeks)
        draft = coming if slot_at(coming, schedule) - newsletter.settings.schedule.draft_lead <= now else None
    return Work(
        week=wanted if wanted not in weeks else None,
        draft=draft,
        continued=tuple(
            issue for issue in frozen if issue.state in OPEN and _is_owed(newsletter, issue, now)
        ),
        paused=tuple(issue for issue in frozen if issue.state is IssueState.PAUSED),
        history=history,
        unwritten=tuple(past for past in ours if past not in written),
        due=what,
    )


def _is_owed(newsletter: Newsletter, issue: FrozenIssue, now: datetime) -> bool:
    """Tell whether something of an issue can be done now, be it only to close it."""
    report = report_on(newsletter.issues, issue)
    waiting = report.counts["deferred"]
    owed = report.counts["queued"] + report.counts["claimed"] + report.counts["handed"]
    return bool(owed) or not waiting or (report.next_at is not None and report.next_at <= now)
