"""How a run of an issue ended: the exit code, and what a person must be told, in sentences that are true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.deliver.progress import Trip
from pipeline.exits import DONE, FAILED, LATER, LOOK
from pipeline.model.delivery import DeliveryState, Report
from pipeline.model.issue_state import IssueState
from pipeline.run.report import in_words, needs_a_person
from pipeline.run.reporter import Reporter

if TYPE_CHECKING:
    from pipeline.deliver.progress import Progress
    from pipeline.store.issues import FrozenIssue


def judge_run(reporter: Reporter, report: Report, progress: Progress) -> int:
    """Choose the exit code for one issue and print what a person must know."""
    reporter.tell(in_words(report))
    counts, aside = report.counts, _aside(report, progress.trip)
    if report.state == IssueState.PAUSED.word:
        return _judge_pause(reporter, report, aside)
    if progress.stopped:
        return _judge_stop(reporter, report, progress, aside)
    if needs_a_person(report):
        nobody = "" if counts[DeliveryState.SENT.word] else "nobody was sent the letter; "
        reporter.say(f"{nobody}{in_words(report)}; look at it with `weekly status --week {report.week}`")
        return LOOK
    if owed := _describe_owed(report, progress):
        reporter.say(f"{report.week}: {owed}; the next run goes on")
        return LATER
    return DONE


def _describe_owed(report: Report, progress: Progress) -> str:
    """Return what is still owed and why, if that is more than some readers who were put off."""
    if progress.put_off and not report.counts[DeliveryState.SENT.word]:
        return f"the relay has taken no letter yet and puts readers off: {progress.put_off}"
    owed = report.counts[DeliveryState.QUEUED.word]
    why = progress.put_off or "connections to the relay were lost"
    return f"{owed} of the letters are still owed: {why}" if owed else ""


def _judge_stop(reporter: Reporter, report: Report, progress: Progress, aside: str) -> int:
    waits = progress.waits
    if waits is None:
        reporter.say(f"{report.week} was stopped: {progress.stopped}{aside}; {_next_step(progress)}")
        if progress.temporary:
            return LATER
        return LOOK if progress.trip is Trip.REFUSED else FAILED
    words = f"{report.week} is {waits}{aside}; it goes on by itself"
    if needs_a_person(report):
        reporter.say(f"{words}; look at it with `weekly status --week {report.week}`")
        return LOOK
    if waits.asked:
        reporter.say(words)
        return LATER
    reporter.tell(words)  # a limit of the settings is no failure
    return DONE


def _judge_pause(reporter: Reporter, report: Report, aside: str) -> int:
    if report.resumes_at is not None:
        reporter.say(
            f"{report.week} is paused until {report.resumes_at:%Y-%m-%d %H:%M} UTC: "
            f"{report.paused_reason}{aside}; a run after that tries one letter first"
        )
        return LATER
    reporter.say(
        f"{report.week} is paused: {report.paused_reason}{aside}; fix the cause, then `weekly resume`"
    )
    return LOOK


def _next_step(progress: Progress) -> str:
    if progress.trip is Trip.REFUSED:
        advice = "" if progress.temporary else "`weekly relay check` shows what to set, "
        return f"{advice}the next run tries one letter first"
    return "the next run goes on"


def _aside(report: Report, trip: Trip) -> str:
    """Return what became of the readers so far, as far as it is not good."""
    unknown, failed = (report.counts[state.word] for state in (DeliveryState.UNKNOWN, DeliveryState.FAILED))
    parts = []
    if unknown:
        parts.append(f"; {unknown} are unknown, see `weekly status`")
    if failed and trip in (Trip.POLICY, Trip.HARD):
        refused = report.failures.get(trip.value, 0)
        parts.append(f"; the {refused} refused readers are queued again by `weekly resume`")
    elif failed:
        parts.append(f"; {failed} were refused, see `weekly status`")
    return "".join(parts) or "; nothing is lost"


def span_in_words(span: timedelta) -> str:
    """Write a span as settings have it: `3 days`, `36 hours`."""
    hours = span / timedelta(hours=1)
    return f"{hours / 24:g} days" if hours % 24 == 0 else f"{hours:g} hours"


def tell_pause(reporter: Reporter, issue: FrozenIssue) -> int:
    """Print why an issue is not worked on, and return the exit code of that."""
    if issue.resumes_at is not None:
        until = f"{issue.resumes_at:%Y-%m-%d %H:%M} UTC"
        reporter.say(
            f"{issue.week} is paused until {until}: {issue.paused_reason}; sooner with `weekly resume`"
        )
        return LATER
    reporter.say(f"{issue.week} is paused: {issue.paused_reason}; go on with `weekly resume`")
    return LOOK
