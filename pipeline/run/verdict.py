"""How a run of an issue ended: the exit code, and what a person must be told, in sentences that are true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.exits import DONE, FAILED, LATER, LOOK
from pipeline.model.delivery import DeliveryState, Report
from pipeline.model.issue_state import IssueState, Trip
from pipeline.model.plurals import count_noun
from pipeline.run.report import counts_of, in_words, needs_a_person, owes
from pipeline.run.reporter import Reporter

if TYPE_CHECKING:
    from pipeline.deliver.pacer import RateWait
    from pipeline.deliver.progress import Progress
    from pipeline.store.reading import FrozenIssue


def judge_run(reporter: Reporter, report: Report, progress: Progress) -> int:
    """Choose the exit code for one issue and print what a person must know."""
    reporter.tell(in_words(report))
    if report.state == IssueState.PAUSED.word:
        return _judge_pause(reporter, report, progress.trip)
    if progress.waits is not None:
        return _judge_wait(reporter, report, progress, progress.waits)
    if progress.stopped:
        return _judge_stop(reporter, report, progress)
    if needs_a_person(report):
        nobody = "" if counts_of(report, DeliveryState.SENT) else "nobody was sent the letter; "
        reporter.say(f"{nobody}{in_words(report)}; {_look(report)}")
        return LOOK
    if owed := _describe_owed(report, progress):
        reporter.say(f"{report.week}: {owed}; the next run goes on")
        return LATER
    _say_only_failed(reporter, report)
    return DONE


def _say_only_failed(reporter: Reporter, report: Report) -> None:
    """Print in one line what nothing else reports: addresses that no letter could be sent to."""
    unusable, failed = report.failures.get("address", 0), counts_of(report, DeliveryState.FAILED)
    is_nobody = failed and not (counts_of(report, DeliveryState.SENT) or owes(report))
    if unusable or is_nobody:
        nobody = "nobody was sent the letter; " if is_nobody else ""
        count, kind = (unusable, "address") if unusable else (failed, "hard")
        words = count_noun(count, "delivery ended", "deliveries ended")
        reporter.say(f"{report.week}: {nobody}{words} as `failed {kind}`; {_look(report)}")


def _look(report: Report) -> str:
    return f"look at it with `weekly status --week {report.week}`"


def _describe_owed(report: Report, progress: Progress) -> str:
    """Return what is still owed and why, if that is more than some readers who were put off."""
    if progress.put_off and not counts_of(report, DeliveryState.SENT):
        return f"the relay has taken no letter yet and puts readers off: {progress.put_off}"
    owed = counts_of(report, DeliveryState.QUEUED)
    why = progress.put_off or "connections to the relay were lost"
    of_all = count_noun(report.audience, "letter is", "letters are")
    return f"{owed:,} of {of_all} still owed: {why}" if owed else ""


def _judge_wait(reporter: Reporter, report: Report, progress: Progress, waits: RateWait) -> int:
    sooner = ", and sooner after `weekly relay resume`" if waits.asked else ""
    words = f"{report.week} is {waits}{_aside(report, progress.trip)}; it goes on by itself{sooner}"
    if needs_a_person(report):
        reporter.say(f"{words}; {_look(report)}")
        return LOOK
    if waits.asked:
        reporter.say(words)
        return LATER
    reporter.tell(words)  # a limit of the settings is no failure
    return DONE


def _judge_stop(reporter: Reporter, report: Report, progress: Progress) -> int:
    words = f"{report.week} was stopped: {progress.stopped}{_aside(report, progress.trip)}"
    is_refused = progress.trip is Trip.REFUSED
    if progress.temporary:
        # 454 is a login, TLS or permission that the relay has not got ready (RFC 4954, 3207): it may stay so.
        may_stay = is_refused or "answered 454" in progress.stopped
        advice = "; `weekly relay check` shows what the relay wants" if may_stay else ""
        reporter.say(f"{words}; the next run {'tries one letter first' if is_refused else 'goes on'}{advice}")
        return LATER
    reporter.say(
        f"{words}; no letter leaves before the cause is fixed: `weekly relay check` shows what to set; "
        f"every run tries {'one letter' if is_refused else 'again'}"
    )
    return LOOK if is_refused else FAILED


def _judge_pause(reporter: Reporter, report: Report, trip: Trip) -> int:
    words, aside = f"{report.week} is paused", _aside(report, trip)
    if report.resumes_at is not None:
        reporter.say(
            f"{words} until {report.resumes_at:%Y-%m-%d %H:%M} UTC: {report.paused_reason}{aside}; "
            "a run after that tries one letter first, and `weekly resume` ends the pause sooner"
        )
        return LATER
    reporter.say(f"{words}: {report.paused_reason}{aside}; fix the cause, then `weekly resume`")
    return LOOK


def _aside(report: Report, trip: Trip) -> str:
    """Return what became of the readers so far: how many were sent, and what is not good."""
    counts = {state: counts_of(report, state) for state in DeliveryState}
    parts = []
    if counts[DeliveryState.SENT]:
        parts.append(f"; {counts[DeliveryState.SENT]:,} of {report.audience:,} were sent")
    bad = [state for state in _BAD if counts[state]]
    parts += [f"; {counts[state]:,} {_BAD[state]}, see `weekly status`" for state in bad]
    if trip in (Trip.POLICY, Trip.HARD):
        refused = report.failures.get(trip.value, 0)
        parts.append(f"; the {refused:,} refused readers are queued again by `weekly resume`")
    return "".join(parts if bad else [*parts, "; nothing is lost"])


_BAD = {
    DeliveryState.UNKNOWN: "have an unknown outcome",
    DeliveryState.FAILED: "were refused",
    DeliveryState.EXPIRED: "have expired",
}


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
