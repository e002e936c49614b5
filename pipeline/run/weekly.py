"""The cron line: what is due is picked, locked, rendered, checked, frozen, delivered; the rest continued.

Safe to call at any time and as often as you like: a week is frozen once, a delivery is made once.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.deliver.ledger import LedgerConflict
from pipeline.deliver.retry import COOL_DOWN, REPEATED
from pipeline.errors import FileError, SettingsError, TryLater
from pipeline.exits import DONE, FAILED, LATER, LOOK, WAITING
from pipeline.issue.history import append_history
from pipeline.logs import log
from pipeline.model.delivery import DeliveryState, Report
from pipeline.model.issue_state import Trip
from pipeline.model.plurals import count_noun
from pipeline.run.filler import filler
from pipeline.run.freeze import find_audience, find_stop, prepare, tell_picks
from pipeline.run.nothing_due import tell_nothing
from pipeline.run.plan import find_owed, find_work
from pipeline.run.reading import find_waiting_acts, has_current_store, needs_no_upgrade, refuse_lost_store
from pipeline.run.recall import recall_handed
from pipeline.run.report import as_json, in_words, report_on
from pipeline.run.reporter import Reporter
from pipeline.run.retention import forget_old
from pipeline.run.returned import act_on_refused, take_returned, tell_mailboxes
from pipeline.run.segments import check_segment
from pipeline.run.signals import StopSignal
from pipeline.run.unresolved import tell_unresolved
from pipeline.run.verdict import judge_run, span_in_words, tell_pause
from pipeline.settings.load import find_missing_login
from pipeline.store import remedies
from pipeline.store.lease import lease
from pipeline.weeks import Week

if TYPE_CHECKING:
    from pipeline.deliver.progress import Progress
    from pipeline.edition.draft import Draft
    from pipeline.store.deliveries import DeliveryLedger
    from pipeline.store.issues import Issues
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter


@dataclass(slots=True)
class Ended:
    """How the parts of a run ended; the most urgent one decides the exit code."""

    reports: list[Report] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    until: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    """How long the run may wait for limits."""

    def code(self) -> int:
        """Return the exit code: failed, then try later, then a person must look, then done."""
        return next((code for code in (FAILED, LATER, LOOK, WAITING) if code in self.codes), DONE)


def weekly_run(
    newsletter: Newsletter,
    reporter: Reporter,
    *,
    at_once: bool = False,
    week: Week | None = None,
    segment: str = "",
) -> tuple[int, tuple[Report, ...]]:
    """Do what is due; returns the exit code and a report for every issue that was worked on.

    `at_once` takes the current ISO week whether it is due or not; with `segment` what is frozen goes to those
    readers only. Raises what the stages raise, and AlreadyRunning if another process holds the lease.
    """
    newsletter.refuse_placeholders()
    refuse_lost_store(newsletter)
    _refuse_lost_secrets(newsletter)
    check_segment(newsletter, segment)
    ended = Ended(codes=take_returned(newsletter, reporter))
    # Owed deliveries go out even if a file of the edition is broken, so they come first.
    if needs_no_upgrade(newsletter) and not find_owed(newsletter).continued:
        work = find_work(newsletter, at_once=at_once, week=week)
        if work.is_nothing:
            ended.codes.append(tell_nothing(newsletter, reporter, work, at_once=at_once, week=week))
            tell_unresolved(newsletter, reporter)
            return ended.code(), ()
    started_at = newsletter.clock.now()
    ended.until = started_at + newsletter.settings.delivery.run_for
    try:
        _work(newsletter, reporter, ended, at_once=at_once, week=week, segment=segment)
    except BaseException as error:
        # What was sent before must be logged; a log that fails must not hide the error.
        with contextlib.suppress(FileError):
            if ended.reports:
                _log(newsletter, "run.failed", started_at, ended, error=type(error).__name__)
        raise
    tell_unresolved(newsletter, reporter, [report.week for report in ended.reports])
    code = ended.code()
    _log(newsletter, "run.ended", started_at, ended, exit_code=code)
    return code, tuple(ended.reports)


def _refuse_lost_secrets(newsletter: Newsletter) -> None:
    """Raise SettingsError for a login without a password or readers without keys, also if nothing is due."""
    if mistakes := list(find_missing_login(newsletter.settings)):
        raise SettingsError(newsletter.config.name, mistakes)
    if has_current_store(newsletter) and newsletter.issues.has_readers():
        _ = newsletter.secrets


def _work(
    newsletter: Newsletter,
    reporter: Reporter,
    ended: Ended,
    *,
    at_once: bool,
    week: Week | None,
    segment: str,
) -> None:
    """Do everything that needs the lease: first owed deliveries, then the letter that is due."""
    with lease(newsletter.engine) as held, StopSignal() as stop:
        newsletter.upgraded()
        _ = newsletter.people  # finds lost or damaged keys before a freeze, not after it
        owed = find_owed(newsletter)
        for issue in owed.continued:
            held.check()
            _deliver(newsletter, reporter, issue, ended, stop)
        for issue in owed.paused:
            ended.codes.append(tell_pause(reporter, issue))
        # Checked again: another run may have done the work while this one waited for the lease.
        work = find_work(newsletter, at_once=at_once, week=week)
        for past in work.unwritten:
            append_history(newsletter.folder, past)
        held.check()
        if stop.asked:
            return
        forget_old(newsletter, reporter)
        prepared = prepare(newsletter, reporter, work, stop, segment)
        if prepared.waits:
            ended.codes.append(WAITING)
        if prepared.issue:
            _deliver(newsletter, reporter, prepared.issue, ended, stop)


def _deliver(
    newsletter: Newsletter, reporter: Reporter, issue: FrozenIssue, ended: Ended, stop: StopSignal
) -> None:
    started_at = newsletter.clock.now()
    with newsletter.sending() as issues:
        if stop.asked or not issues.begin(issue.id, started_at):
            ended.codes.append(LATER)
            return
        ledger = issues.ledger(issue.id)
        recall_handed(newsletter, issue)
        ledger.take_over(started_at, resend_unknown=newsletter.settings.delivery.on_unknown == "resend")
        _expire(newsletter, reporter, issue, started_at)
        ledger.requeue_due(started_at)
        try:
            with ledger.kept_open():
                sending = _send(newsletter, reporter, issue, ledger, stop=stop, until=ended.until)
                progress = asyncio.run(sending)
        except LedgerConflict as error:
            raise TryLater(f"{issue.week}: {error}; nothing was sent twice, call again") from error
        now = newsletter.clock.now()
        _remember(issues, issue, progress, now)
        issues.close(issue.id, now, min_sent=newsletter.settings.delivery.min_sent)
        report = report_on(issues, issues.get(issue.week))
        code = judge_run(reporter, report, progress)
        issues.record_run(issue.id, started_at, now, code, as_json(report))
    ended.reports.append(report)
    ended.codes.append(code)
    if not progress.stopped:
        act_on_refused(newsletter, reporter, issue, report)


def _expire(newsletter: Newsletter, reporter: Reporter, issue: FrozenIssue, now: datetime) -> None:
    """Expire what is owed of a letter that is too old: nobody wants several old ones at once."""
    max_age = newsletter.settings.schedule.max_age
    if issue.fresh_from + max_age > now:
        return
    why = f"not sent within {span_in_words(max_age)} (max_age)"
    if count := remedies.expire(newsletter.engine, issue.id, why, now):
        reporter.say(
            f"{issue.week} is too old: {count_noun(count, 'letter was', 'letters were')} {why} and expired; "
            f"`weekly retry --week {issue.week}` sends what expired all the same"
        )


def _remember(issues: Issues, issue: FrozenIssue, progress: Progress, now: datetime) -> None:
    """Store why a run was stopped, for the next one and for `weekly status`."""
    trip, refusal = progress.trip, progress.refusal
    if progress.stopped and not (trip or progress.sent):
        trip, refusal = issue.trip, issue.refusal  # the relay was not asked again
    issues.record_stop(issue.id, trip, refusal, progress.stopped)
    if progress.pause:
        rest = COOL_DOWN * (1 if issue.trip is Trip.NONE else REPEATED)
        resumes_at = now + rest if progress.trip is Trip.UNKNOWN else None
        issues.pause(issue.id, progress.stopped, now, resumes_at=resumes_at)


async def _send(
    newsletter: Newsletter,
    reporter: Reporter,
    issue: FrozenIssue,
    ledger: DeliveryLedger,
    *,
    stop: StopSignal,
    until: datetime,
) -> Progress:
    from pipeline.deliver.engine import deliver
    from pipeline.run.pacing import open_pacer

    asked, counts = asyncio.Event(), ledger.counts()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(asked.set)

    stop.listen(wake)
    try:
        return await deliver(
            ledger,
            newsletter.transport,
            filler(newsletter, issue),
            rules=newsletter.delivery,
            clock=newsletter.clock.now,
            stop=asked,
            watch=reporter.watch(issue.week, counts[DeliveryState.QUEUED]),
            has_sent=0 < counts[DeliveryState.SENT] >= counts[DeliveryState.QUEUED],
            pace=open_pacer(newsletter, until=until, stop=asked, notice=reporter.tell),
            last_refusal=issue.refusal,
            is_probe=issue.trip is Trip.UNKNOWN,
        )
    finally:
        stop.listen(lambda: None)


def _log(newsletter: Newsletter, event: str, started_at: datetime, ended: Ended, **facts: object) -> None:
    now = newsletter.clock.now()
    log(
        newsletter.folder,
        event,
        now,
        **facts,
        seconds=round((now - started_at) / timedelta(seconds=1), 3),
        issues=[as_json(report) for report in ended.reports],
    )


def rehearse(
    newsletter: Newsletter, reporter: Reporter, *, at_once: bool, week: Week | None, segment: str = ""
) -> None:
    """Print what a run would do now, including the numbers of deliveries; change nothing."""
    newsletter.refuse_placeholders()
    refuse_lost_store(newsletter)
    check_segment(newsletter, segment)
    tell_mailboxes(newsletter, reporter)
    work = find_work(newsletter, at_once=at_once, week=week)
    for issue in work.owed.continued:
        reporter.say(f"would go on with {in_words(report_on(newsletter.issues, issue))}")
    for issue in work.owed.paused:
        reporter.say(f"{issue.week} is paused: {issue.paused_reason}")
    coming = work.week or work.draft
    if coming is None:
        if not work.owed.continued:
            tell_nothing(newsletter, reporter, work, at_once=at_once, week=week)
        return
    draft = newsletter.edition(work.history).draft(coming)
    if not draft.was_locked and any(not feed.hidden for feed in newsletter.feeds()):
        reporter.say("would fetch the feeds first; the following is selected from the present snapshot")
    tell_picks(reporter, draft)
    if draft.lock.picks.layout == "skip":
        reporter.say(f"{coming} would have no letter: {draft.lock.picks.note}")
        return
    for finding in draft.findings:
        reporter.say(f"{finding.severity}: {finding}")
    stop = find_stop(newsletter, draft, is_due=work.week is not None)
    if stop:
        reporter.say(f"would not send {coming}: {stop}")
        return
    what = "freeze and send" if work.week else "draft"
    whom = _describe_audience(newsletter, reporter, draft, segment)
    reporter.say(f"would {what} {coming}, “{draft.rendered.subject}”, to {whom}")


def _describe_audience(newsletter: Newsletter, reporter: Reporter, draft: Draft, segment: str) -> str:
    """Return how many readers a letter would go to; prints which imports are left out."""
    if not newsletter.has_store():
        return "0 readers"
    for act in find_waiting_acts(newsletter):
        reporter.say(str(act))
    chosen = find_audience(newsletter, draft, segment)
    if chosen is None:
        return count_noun(newsletter.issues.readers(), "reader")
    count = newsletter.people.selected.count_deliverable(chosen.selection)
    return f"{count_noun(count, 'reader')} of the segment {chosen.words}"
