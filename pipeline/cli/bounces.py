"""`weekly bounces ingest`: what comes back after the send."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import dry_run_option, group, json_option, open_newsletter, say
from pipeline.cli.outputs import print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.bounces.ingest import IngestedMail, IngestReport, MailSource

SHOWN = 20
"""How many mails that stay are named one by one, as many as `weekly status` lists deliveries."""


@group()
def bounces() -> None:
    """Read bounces, complaints and delays, and act on the readers by `[bounces]`."""


@bounces.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--again", is_flag=True, help="Also mails of the IMAP mailbox that were left for a person before."
)
@dry_run_option
@json_option
@click.pass_context
def ingest(ctx: click.Context, *, paths: tuple[Path, ...], again: bool, dry_run: bool, as_json: bool) -> None:
    """Read what came back: from the mailbox of the settings, or from the PATHs. Safe to repeat.

    A PATH is a Maildir, an mbox, a single mail, or - for stdin. A report counts once, however often it is
    read; a mail is marked as read only when the database has it. What is not a report stays for a person.

    \b
    weekly bounces ingest                 the mailbox of [imap] or [bounces] mailbox
    weekly bounces ingest ~/Maildir       a Maildir
    weekly bounces ingest - < bounce.eml  from a mail server's pipe

    --dry-run lists every mail with what it was recognised as, its reader, and what would follow.

    From stdin, a mail that stays is kept in var/strays, because a mail server would return what is not taken.

    Exit codes: 6 when a mail could not be read or a PATH is not mail at all; 75 when the server is away; the
    same with --dry-run.
    """  # noqa: D301 - click wants the character itself
    from pipeline.bounces.ingest import IngestReport
    from pipeline.bounces.ingest_words import ingest_words
    from pipeline.run.returned import ingest_all, open_mailboxes
    from pipeline.store.mailbox_notes import note_mailboxes

    newsletter = open_newsletter()
    sources = [_open(path, newsletter.folder) for path in paths] or open_mailboxes(newsletter, again=again)
    if not sources:
        raise click.UsageError(
            "No mailbox is configured. Set `[imap] host` or `[bounces] mailbox`, or name a PATH."
        )
    report = IngestReport()
    try:
        ingest_all(newsletter, sources, report, dry_run=dry_run)
    except BaseException:
        # What was read before the error is in the database.
        if report.mails:
            say(ingest_words(report))
        raise
    if not (paths or dry_run):
        note_mailboxes(newsletter.engine, "", newsletter.clock.now())
    if as_json:
        print_json(_as_json(report, dry_run=dry_run))
    else:
        _show_mails(report.entries, dry_run=dry_run)
        say(f"{'would count: ' if dry_run else ''}{ingest_words(report)}")
    from_stdin = any(source.name == "stdin" for source in sources)
    if from_stdin and (report.left or report.unreadable) and not dry_run:
        say("what stays of standard input is kept in var/strays")
    if from_stdin and not report.mails and sys.stderr.isatty():
        raise click.UsageError("Nothing came on standard input: is the file before the `<` or `|` empty?")
    ctx.exit(exits.LOOK if report.unreadable else 0)


def _open(path: Path, folder: Path) -> MailSource:
    from pipeline.bounces.sources.files import STRAYS, MailStream, open_path

    if str(path) != "-":
        return open_path(path)
    if sys.stdin.isatty():
        say("reading one mail from the terminal; Ctrl-D ends it")
    return MailStream(sys.stdin.buffer, folder / STRAYS)


def _show_mails(mails: Sequence[IngestedMail], *, dry_run: bool) -> None:
    """List every mail of a dry run on stdout, and the first of those that stay on stderr."""
    from pipeline.bounces.ingest_words import mail_lines

    for mail in mails if dry_run else mails[:SHOWN]:
        for line in mail_lines(mail, with_reader=dry_run):
            if dry_run:
                click.echo(line)
            else:
                say(line)
    if not dry_run and len(mails) > SHOWN:
        say(f"… and {len(mails) - SHOWN:,} more: --dry-run lists all")


def _as_json(report: IngestReport, *, dry_run: bool) -> dict[str, object]:
    from pipeline.model.returned import ReturnKind, ReturnOutcome

    return {
        "dry_run": dry_run,
        "mails": report.mails,
        "done": report.done,
        "left": report.left,
        "unreadable": report.unreadable,
        "waiting": report.waiting,
        "ignored": report.ignored,
        "returned": {kind.word: report.kinds[kind] for kind in ReturnKind if report.kinds[kind]},
        "outcomes": {outcome.value: report.outcomes[outcome] for outcome in ReturnOutcome},
        "readers": dict(sorted(report.actions.items())),
        "settled": report.settled,
        "entries": [
            {
                "place": mail.place,
                "what": mail.what,
                "done": mail.is_done,
                "results": [
                    {
                        "kind": result.kind.word,
                        "outcome": result.outcome.value,
                        "week": result.week or None,
                        "email": result.email or None,
                        "action": result.action or None,
                    }
                    for result in mail.results
                ],
            }
            for mail in report.entries
        ],
    }
