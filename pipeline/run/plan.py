"""What there is to do now: a week to freeze, issues to go on with. Looks, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.issue.history import join, past_from_json
from pipeline.issue.open_weeks import require_sendable
from pipeline.model.issue_state import IssueState
from pipeline.model.past import Past
from pipeline.run.report import is_owed, report_on
from pipeline.weeks import Due, Week, due, get_due_at, open_weeks, week_at

if TYPE_CHECKING:
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter


@dataclass(frozen=True, slots=True)
class Owed:
    """The issues that were frozen and have not ended: some can go on now, paused ones wait."""

    continued: tuple[FrozenIssue, ...] = ()
    paused: tuple[FrozenIssue, ...] = ()


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do now: a week to freeze, issues to go on with, lines that history.jsonl lacks."""

    week: Week | None
    draft: Week | None
    owed: Owed
    history: tuple[Past, ...]
    unwritten: tuple[Past, ...]
    due: Due

    @property
    def is_nothing(self) -> bool:
        """Whether a run would change nothing."""
        return not (self.week or self.draft or self.owed.continued or self.unwritten)


def find_owed(newsletter: Newsletter) -> Owed:
    """Look which frozen issues have something to do; reads the database and no file."""
    if not newsletter.has_store():
        return Owed()
    frozen, now = newsletter.issues.all(), newsletter.clock.now()
    return Owed(
        tuple(
            issue
            for issue in frozen
            if issue.can_continue(now) and is_owed(report_on(newsletter.issues, issue), now)
        ),
        tuple(issue for issue in frozen if issue.state is IssueState.PAUSED and not issue.can_continue(now)),
    )


def find_work(newsletter: Newsletter, *, at_once: bool = False, week: Week | None = None) -> Work:
    """Look what a run would do now; reads files and database, writes nothing.

    Raises PipelineError for a `week` that has not come yet, went by, or is older than what was sent.
    """
    frozen = newsletter.issues.all() if newsletter.has_store() else ()
    written = newsletter.history()
    lines = set(written)
    ours = tuple(past_from_json(issue.past) for issue in frozen)
    history = join(written, ours)
    weeks = [Week.parse(past.week) for past in history]
    now, schedule = newsletter.clock.now(), newsletter.schedule
    what = due(now, schedule, weeks)
    current, (first, coming) = week_at(now, schedule), open_weeks(now, schedule, weeks)
    if week and week not in weeks:
        require_sendable(week, weeks, first, max(current, coming))
    if at_once and not week and current not in weeks:
        _refuse_other_week(newsletter, current, coming)
    wanted = week or (current if at_once else what.week)
    draft = None
    if newsletter.settings.schedule.approval and wanted is None:
        draft = (
            coming if get_due_at(coming, schedule) - newsletter.settings.schedule.draft_lead <= now else None
        )
    return Work(
        week=wanted if wanted not in weeks else None,
        draft=draft,
        owed=find_owed(newsletter),
        history=history,
        unwritten=tuple(past for past in ours if past not in lines),
        due=what,
    )


def _refuse_other_week(newsletter: Newsletter, current: Week, coming: Week) -> None:
    """Refuse to send this week's letter when it is the next one that the editor has prepared."""
    if coming <= current or _is_prepared(newsletter, current) or not _is_prepared(newsletter, coming):
        return
    raise PipelineError(
        f"you have prepared {coming}, and this is still {current}: `weekly run --week {coming}` sends what "
        f"you prepared, `weekly run --week {current}` this week's letter as it would be chosen now"
    )


def _is_prepared(newsletter: Newsletter, week: Week) -> bool:
    issues = newsletter.folder / "content" / "issues"
    return any((issues / f"{week}{ending}").exists() for ending in (".toml", ".lock.json"))
