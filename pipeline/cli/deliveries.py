"""`weekly status`, `retry`, `resolve`, `pause`, `resume`, `cancel`: the deliveries of an issue."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    command,
    confirm,
    dry_run_option,
    json_option,
    open_newsletter,
    say,
    week_option,
    yes_option,
)
from pipeline.cli.outputs import print_json
from pipeline.model.plurals import count_noun
from pipeline.run.reading import find_waiting_acts, read_issues

if TYPE_CHECKING:
    from pipeline.deliver.pacer import RateWait
    from pipeline.model.delivery import DeliveryState, Report
    from pipeline.store.reading import FrozenIssue, ReadIssues
    from pipeline.wiring import Newsletter

SHOWN = 20
"""How many deliveries `status` lists one by one."""


def _open(week: str | None) -> tuple[Newsletter, FrozenIssue]:
    """Open the newsletter with the issue of a week, or the latest frozen one."""
    newsletter = open_newsletter()
    _, issue = _find_issue(read_issues(newsletter), week)
    return newsletter, issue


def _find_issue(issues: ReadIssues | None, week: str | None) -> tuple[ReadIssues, FrozenIssue]:
    """Find the issue of a week, or the latest frozen one; `week` is one that click has parsed."""
    from pipeline.errors import StoreError

    if issues is not None and week:
        return issues, issues.get(week)
    issue = issues.find_latest() if issues is not None else None
    if issues is None or issue is None:
        raise StoreError("no issue was frozen yet: `weekly run` freezes the first one")
    return issues, issue


@command()
@week_option
@json_option
@click.option(
    "--list",
    "limit",
    type=click.IntRange(1),
    default=SHOWN,
    show_default=True,
    help="How many to list.",
)
def status(*, week: str | None, as_json: bool, limit: int) -> None:
    """Show the deliveries of an issue by state, and those that a person must look at.

    Without --week it is the latest frozen issue. Example: weekly status --json
    """
    from pipeline.run.pacing import find_pace_wait
    from pipeline.run.report import as_json as report_json
    from pipeline.run.report import owes, report_on
    from pipeline.run.unresolved import list_unresolved
    from subscribers.tokens import mail_ref

    newsletter = open_newsletter()
    waiting = find_waiting_acts(newsletter)
    for act in () if as_json else waiting:
        click.echo(str(act))
    issues, issue = _find_issue(read_issues(newsletter), week)
    report = report_on(issues, issue)
    waits = find_pace_wait(newsletter) if owes(report) else None
    unread = issues.find_unread()
    if as_json:
        more = {"waits_until": waits.until if waits else None, "bounces_error": unread[1] if unread else None}
        print_json({**report_json(report), **more, "unfinished_imports": waiting})
        return
    _tell_state(issue, waits)
    for line in list_unresolved(newsletter, issues, without=issue.week, with_limit=waits is None):
        click.echo(line)
    if unread:
        click.echo(f"bounces have not been read since {unread[0]:%Y-%m-%d %H:%M} UTC: {unread[1]}")
    _tell_counts(report)
    stuck = list(issues.ledger(issue.id).stuck(limit + 1))
    keys = newsletter.secrets.signing
    rows = [
        (
            one.email or "(erased)",
            " ".join(
                part for part in (one.state.word, one.failure.name.lower() if one.failure else "") if part
            ),
            " ".join(part for part in (str(one.code or ""), one.detail) if part),
            # The name of the copy is part of its Message-ID: what to look for in the relay's log.
            f"{issue.week}.{mail_ref(keys, issue.week, one.public_id)}",
        )
        for one in stuck[:limit]
    ]
    if rows:
        from pipeline.cli.tables import print_table  # heavy, and usually not needed

        print_table(("reader", "state", "answer", "copy"), rows)
    if len(stuck) > limit:
        click.echo(f"  … and more: --list {limit * 10}")
    if report.counts["unknown"]:
        click.echo("unknown: ask the relay's log, then `weekly resolve --as sent|queued ADDRESS…`")


def _tell_state(issue: FrozenIssue, waits: RateWait | None) -> None:
    click.echo(f"{issue.week}  no. {issue.number}  {issue.state.word}  “{issue.subject}”")
    if issue.paused_reason:
        until = f" until {issue.resumes_at:%Y-%m-%d %H:%M} UTC" if issue.resumes_at else ""
        click.echo(f"paused{until}: {issue.paused_reason}")
    elif waits:
        sooner = "; `weekly relay resume` ends this sooner" if waits.asked else ""
        click.echo(f"{waits}{sooner}")
    elif issue.stopped_reason:
        click.echo(f"the last run was stopped: {issue.stopped_reason}")


def _tell_counts(report: Report) -> None:
    click.echo(f"{report.audience:>9,} audience{f' (segment {report.segment})' if report.segment else ''}")
    for word, count in report.counts.items():
        if count:
            click.echo(f"{count:>9,} {word}")
    if report.returned:
        words = (f"{count:,} {kind}" for kind, count in reversed([*report.returned.items()]))
        click.echo(f"came back: {', '.join(words)}")
    for source, kinds in report.unmatched.items():
        words = (f"{count:,} {kind}" for kind, count in reversed([*kinds.items()]))
        click.echo(f"reported by {source} about no letter here: {', '.join(words)} (events)")
    if report.next_at:
        click.echo(f"the next deferred delivery is due at {report.next_at:%Y-%m-%d %H:%M} UTC")


@command()
@week_option
@click.option(
    "--class",
    "classes",
    type=click.Choice(["hard", "soft", "policy", "content", "address"]),
    multiple=True,
    help="Also failed deliveries of this class.  [default: soft, policy, content]",
)
@dry_run_option
def retry(*, week: str | None, classes: tuple[str, ...], dry_run: bool) -> None:
    """Queue expired deliveries again, and failed ones that were not the reader's fault.

    The next run sends them. Unknown ones are not touched: see `weekly resolve`.
    Example: weekly retry --class policy
    """
    from pipeline.model.delivery import FailureClass
    from pipeline.store import remedies

    newsletter, issue = _open(week)
    wanted = [FailureClass[name.upper()] for name in classes or ("soft", "policy", "content")]
    ledger = newsletter.issues.ledger(issue.id)
    if dry_run:
        failures = ledger.failures()
        click.echo(sum(failures.get(kind, 0) for kind in wanted) + ledger.counts()[_state("expired")])
        return
    count = remedies.retry(newsletter.upgraded(), issue.id, wanted, newsletter.clock.now())
    if not count:
        say(f"{issue.week}: nothing to queue again")
        return
    say(f"{issue.week}: {count_noun(count, 'delivery', 'deliveries')} queued again for the next `weekly run`")


@command()
@click.argument("addresses", nargs=-1)
@click.option("--as", "outcome", type=click.Choice(["sent", "queued"]), required=True, help="Their outcome.")
@click.option("--all", "everything", is_flag=True, help="All unknown deliveries of the issue.")
@week_option
@dry_run_option
@yes_option
def resolve(
    *, addresses: tuple[str, ...], outcome: str, everything: bool, week: str | None, dry_run: bool, yes: bool
) -> None:
    """Resolve deliveries with an unknown outcome: they arrived (sent), or they did not (queued).

    Queued ones are sent by the next run. Example: weekly resolve --as sent --all
    """
    if bool(addresses) == everything:
        raise click.UsageError("Name addresses, or give --all.")
    from pipeline.store import remedies

    newsletter, issue = _open(week)
    ledger = newsletter.issues.ledger(issue.id)
    ids = None if everything else [_reader_id(newsletter, address) for address in addresses]
    waiting = ledger.counts()[_state("unknown")]
    if dry_run:
        click.echo(waiting if ids is None else len(ids))
        return
    if outcome == "queued" and sys.stdin.isatty():
        letters = waiting if ids is None else len(ids)
        confirm(f"Send {count_noun(letters, 'letter')} of {issue.week} again?", yes=yes)
    count = remedies.resolve(newsletter.upgraded(), issue.id, ids, _state(outcome), newsletter.clock.now())
    say(f"{issue.week}: {count_noun(count, 'unknown delivery is', 'unknown deliveries are')} now {outcome}")


@command()
@week_option
@click.option("--reason", default="paused by hand", show_default=True, help="The reason, for the record.")
@dry_run_option
def pause(*, week: str | None, reason: str, dry_run: bool) -> None:
    """Pause an issue until `weekly resume`; a run in progress finishes what it has claimed.

    Example: weekly pause --reason "wrong date in the intro"
    """
    newsletter, issue = _open(week)
    if dry_run:
        say(f"{issue.week} is {issue.state.word}; would pause it: {reason}")
        return
    if not newsletter.issues.pause(issue.id, reason, newsletter.clock.now()):
        raise click.UsageError(f"{issue.week} is {issue.state.word} and cannot be paused.")
    say(f"{issue.week} is paused: {reason}")


@command()
@week_option
@dry_run_option
def resume(*, week: str | None, dry_run: bool) -> None:
    """Resume a paused issue; the next `weekly run` continues it.

    If a breaker paused it because too many readers were refused, those are queued again.
    Example: weekly resume --week 2026-W48
    """
    from pipeline.model.issue_state import OPEN
    from pipeline.run.pacing import find_pace_wait

    newsletter, issue = _open(week)
    if dry_run:
        say(f"{issue.week} is {issue.state.word}; would resume it")
        return
    newsletter.upgraded()
    again = newsletter.issues.resume(issue.id, newsletter.clock.now())
    if again is None and issue.state in OPEN:
        waits = find_pace_wait(newsletter)
        hint = f"{waits}, which `weekly relay resume` ends" if waits and waits.asked else ""
        say(f"{issue.week} is {issue.state.word}, not paused; {hint or 'the next `weekly run` continues it'}")
        return
    if again is None:
        raise click.UsageError(f"{issue.week} is {issue.state.word}, not paused.")
    refused = count_noun(again or 0, "refused delivery is", "refused deliveries are")
    queued = f", {refused} queued again" if again else ""
    say(f"{issue.week} is resumed{queued}; the next `weekly run` continues it")


@command()
@week_option
@dry_run_option
@yes_option
def cancel(*, week: str | None, dry_run: bool, yes: bool) -> None:
    """Cancel an issue: deliveries that are still owed are skipped for good.

    Example: weekly cancel --week 2026-W48
    """
    from pipeline.run.recall import recall_handed
    from pipeline.run.report import owes, report_on
    from pipeline.store import remedies
    from pipeline.store.lease import lease

    newsletter, issue = _open(week)
    count = owes(report_on(newsletter.issues, issue))
    if dry_run:
        click.echo(count)
        return
    confirm(f"Skip {count_noun(count, 'delivery', 'deliveries')} that {issue.week} owes, for good?", yes=yes)
    with lease(newsletter.engine):
        now = newsletter.clock.now()
        recall_handed(newsletter, issue)
        # What a dead run had claimed is queued again, and so skipped; what it had handed over is unknown.
        newsletter.issues.ledger(issue.id).take_over(now, resend_unknown=False)
        skipped = remedies.cancel(newsletter.engine, issue.id, now)
    say(f"{issue.week} is cancelled, {count_noun(skipped, 'delivery was', 'deliveries were')} skipped")


def _state(word: str) -> DeliveryState:
    from pipeline.model.delivery import DeliveryState

    return DeliveryState[word.upper()]


def _reader_id(newsletter: Newsletter, address: str) -> int:
    from subscribers.addresses import parse_address

    found = newsletter.people.find_by_address(parse_address(address))
    if found is None:
        raise click.UsageError("One of the addresses belongs to no reader; `weekly status` lists them.")
    return found.id
