"""`weekly issue …`: the letter of a week before its freeze, and what was frozen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.issue_check import check
from pipeline.cli.issue_explain import explain
from pipeline.cli.issue_wishes import (
    CLIENT,
    approve,
    ban,
    journal,
    pin,
    swap,
    unapprove,
    unban,
    undo,
    unpin,
    words,
)
from pipeline.cli.options import (
    common,
    dry_run_option,
    group,
    json_option,
    open_newsletter,
    say,
    say_problems,
    week_option,
)
from pipeline.cli.outputs import document, print_json

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


@group()
def issue() -> None:
    """Build, look at and check the letter of a week. Without --week it is the next one."""


for one in (explain, pin, unpin, ban, unban, swap, words, approve, unapprove, undo, journal, check):
    issue.add_command(one)


@issue.command()
@week_option
@click.option("--refresh", is_flag=True, help="Choose again although the week is locked.")
@click.option("--frozen", is_flag=True, help="Fail when a new selection would differ; write nothing.")
@dry_run_option
def build(*, week: str | None, refresh: bool, frozen: bool, dry_run: bool) -> None:
    """Choose and lock the letter of a week: content/issues/WEEK.lock.json.

    The news of a week that has none yet is fetched first, as the run would.

    Example: weekly issue build --week 2026-W48
    """
    if refresh and frozen:
        raise click.UsageError("--refresh and --frozen exclude each other.")
    newsletter = open_newsletter()
    chosen = newsletter.week(week)
    editor = newsletter.editor(CLIENT, is_dry_run=dry_run)
    editor.require_open(chosen)
    if not dry_run and not frozen:
        _fetch_if_missing(newsletter, chosen)
    draft, noted = editor.lock(chosen, "refresh" if refresh else "frozen" if frozen else "keep")
    _tell_problems(draft)
    if draft.drifted and not refresh:
        say(f"{chosen} keeps its locked choice; a new selection would differ (see --refresh)")
    what = "unchanged" if noted is None else "locked"
    if dry_run:
        would = not draft.was_locked or (refresh and draft.drifted)
        what = "would be locked" if would else "would stay as it is"
    say(f"{chosen}: {what}, {_describe(draft)}")
    for note in noted or ():
        say(note)


def _fetch_if_missing(newsletter: Newsletter, week: Week) -> None:
    from pipeline.cli.run import StderrReporter
    from pipeline.run.news import fetch_missing_news

    fetch_missing_news(newsletter, StderrReporter(talks=common().talks, quiet=common().quiet), week)


def _describe(draft: Draft) -> str:
    """Name the letter, and what is unusual about it."""
    picks = draft.lock.picks
    subject = f"“{draft.rendered.subject}”"
    if picks.layout == "skip":
        return f"and it would not go out: {picks.note} (`[sections] thin` in weekly.toml)"
    return f"{subject}, {picks.layout}: {picks.note}" if picks.note else subject


def _tell_problems(draft: Draft) -> None:
    for problem in draft.warnings:
        say(f"warning: {problem}")
    say_problems(draft.findings)


@issue.command()
@week_option
@json_option
def show(*, week: str | None, as_json: bool) -> None:
    """Show what is in a letter: subject, preheader, sections, size, reading time.

    Below the subject stand those that it could have instead; write the one you like into the week's file.

    Example: weekly issue show --json
    """
    from pipeline.cli.documents.issues import IssueShown

    newsletter = open_newsletter()
    chosen = newsletter.week(week, has_letter=True)
    draft = newsletter.edition().draft(chosen)
    if any(past.week == str(chosen) for past in newsletter.history()):
        say(f"{chosen} is frozen: it was sent as it was then; this is how today's files would render it")
    facts = document(
        IssueShown,
        draft.rendered,
        draft.lock,
        draft.lock.picks,
        draft.issue,
        draft,
        week=str(chosen),
        state=draft.state.word,
        locked=draft.was_locked,
        subjects=draft.issue.subject_candidates,
        approval_digest=draft.digest,
        approved=draft.is_approved,
        variants=[each.name for each in draft.variants],
        picks={pick.slot: pick.ref for pick in draft.lock.picks.picks},
    )
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        if name not in ("subjects", "picks", "variants"):
            click.echo(f"{name:>13}  {_in_words(name, value)}")
        elif name == "variants":
            click.echo(f"{name:>13}  {', '.join(each.name for each in draft.variants) or 'none'}")
        elif name == "subjects":
            for each in draft.issue.subject_candidates:
                if each.subject != draft.rendered.subject:
                    click.echo(f"{'or':>13}  {each.subject}")
    for pick in draft.lock.picks.picks:
        click.echo(f"{pick.slot:>13}  {draft.name(pick)}")


def _in_words(name: str, value: object) -> object:
    if not isinstance(value, bool):
        return value
    if name == "drifted" and value:
        return "yes: the week is locked, and a new selection would differ (weekly issue build --frozen)"
    return "yes" if value else "no"


@issue.command()
@week_option
@json_option
def verify(*, week: str | None, as_json: bool) -> None:
    """Rebuild the choice, and for a frozen week the letter, and compare the bytes.

    Example: weekly issue verify --week 2026-W47
    """
    from pipeline.errors import LockMismatch

    newsletter = open_newsletter()
    chosen = newsletter.week(week)
    past = next((past for past in newsletter.history() if past.week == str(chosen)), None)
    draft = newsletter.edition().draft(chosen, mode="frozen")
    if past is not None and past.digest and past.digest != draft.rendered.digest:
        raise LockMismatch(
            f"{chosen}: the choice is the same, but the letter renders differently from what was sent: "
            "content, templates or wishes were edited since"
        )
    if as_json:
        same = {"week": str(chosen), "same": True, "frozen": past is not None}
        print_json(same | {"digest": draft.rendered.digest})
        return
    say(f"{chosen}: the same choice{' and the same letter' if past else ''}, byte for byte")


@issue.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the frozen issues, and the weeks that were skipped, oldest first.

    Example: weekly issue list --json
    """
    from pipeline.issue.lock import find_damage

    newsletter = open_newsletter()
    past = newsletter.history()
    if as_json:
        from pipeline.cli.documents.issues import PastIssue

        unknown = {"number": None, "readers": None}
        rows = [document(PastIssue, one, **(unknown if one.skipped else {})) for one in past]
        print_json({"issues": rows})
        return
    if past:
        click.echo(f"{'week':<8}  {'no.':>4}  {'term':<28} {'tip':<36} {'readers':>9}")
    for one in past:
        if damage := find_damage(newsletter.folder, one.week):
            say(f"warning: {damage}")
        if one.skipped:
            click.echo(f"{one.week}     -  no letter: {one.skipped}")
            continue
        click.echo(f"{one.week}  {one.number:>4}  {one.term:<28} {one.tip:<36} {one.readers:>9,}")
    if not past and common().talks:
        say("no issue was frozen yet")
