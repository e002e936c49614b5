"""What a run says when there is nothing to do: why, and when there will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.exits import DONE, LATER, LOOK
from pipeline.model.issue_state import OPEN, IssueState
from pipeline.run.plan import Work
from pipeline.run.report import counts_in_words, in_words, report_on
from pipeline.run.reporter import Reporter
from pipeline.run.verdict import tell_pause
from pipeline.weeks import Week, get_due_at, next_week, week_at

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter


def tell_nothing(
    newsletter: Newsletter, reporter: Reporter, work: Work, *, at_once: bool, week: Week | None
) -> int:
    """Print why a run has nothing to do; return its exit code, which is not 0 while an issue is paused."""
    now, schedule = newsletter.clock.now(), newsletter.schedule
    if at_once or week:
        reporter.tell(f"nothing to do: {_describe_done(newsletter, work, week or week_at(now, schedule))}")
    else:
        coming = next_week(now, schedule, [Week.parse(past.week) for past in work.history])
        due_at = get_due_at(coming, schedule).astimezone(schedule.zone)
        reporter.tell(f"nothing is due; {coming} is due at {due_at:%Y-%m-%d %H:%M %Z}")
        _tell_deferred(newsletter, reporter)
    for missed in work.due.missed:
        reporter.tell(f"{missed} was missed and is too old to send")
    if work.history and Week.parse(work.history[-1].week) > week_at(now, schedule):
        reporter.say(
            f"{work.history[-1].week} was sent already, and it has not come yet: is the clock right?"
        )
    codes = [tell_pause(reporter, issue) for issue in work.owed.paused]
    return next((code for code in (LATER, LOOK) if code in codes), DONE)


def _describe_done(newsletter: Newsletter, work: Work, week: Week) -> str:
    """Return what became of a week that a person asked for."""
    issues = newsletter.issues.all() if newsletter.has_store() else ()
    issue = next((issue for issue in issues if issue.week == str(week)), None)
    if issue is None:
        skipped = next((past.skipped for past in work.history if past.week == str(week)), "")
        return f"{week} has no letter: {skipped}" if skipped else f"{week} was sent before, by its history"
    report = report_on(newsletter.issues, issue)
    words = _BY_STATE.get(issue.state, "goes on by itself")
    if report.next_at and issue.state in OPEN:
        words = f"goes on at {report.next_at:%Y-%m-%d %H:%M} UTC"
    return f"{week} {words} ({counts_in_words(report)})"


_BY_STATE = {
    IssueState.SENT: "was sent before",
    IssueState.SENT_WITH_PROBLEMS: "was sent before, with problems that `weekly status` shows",
    IssueState.CANCELLED: "is cancelled",
    IssueState.PAUSED: "is paused",
}


def _tell_deferred(newsletter: Newsletter, reporter: Reporter) -> None:
    for issue in newsletter.issues.all() if newsletter.has_store() else ():
        if issue.state in OPEN and (report := report_on(newsletter.issues, issue)).next_at:
            reporter.tell(f"{issue.week} goes on at {report.next_at:%Y-%m-%d %H:%M} UTC: {in_words(report)}")
