"""`weekly subscribers suppressions …`: the addresses that must not be written to."""

from __future__ import annotations

import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import (
    dry_run_option,
    group,
    json_option,
    open_input,
    open_newsletter,
    say,
    yes_option,
)
from pipeline.cli.outputs import document, print_json, print_json_rows
from pipeline.cli.subscribers_lists import (
    named_input,
    not_blank,
    parse_column_map,
    tell_ignored,
    tell_rejected,
)
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from datetime import datetime

    from pipeline.wiring import Newsletter
    from subscribers.addresses import Address
    from subscribers.sheets.table import Table
    from subscribers.store.suppressions import SuppressionList
    from subscribers.suppressing import SuppressedEntry
    from subscribers.suppression import SuppressionReason

REASONS = ("bounced", "complained", "by hand", "erased", "kept out")
HASH_CHARS = 32

reason_option = click.option("--reason", type=click.Choice(REASONS), help="Only those with this reason.")


@group()
def suppressions() -> None:
    """List, export, import and lift the addresses that must not be written to.

    They are stored as hashes, so the list outlives the readers; an address is shown while a reader has it.
    Those that an imported list kept out are there, too, with its word: no other list makes them active, a
    sign-up that they confirm does.
    """


def open_suppressions(newsletter: Newsletter) -> SuppressionList:
    """Open the suppression list of a newsletter."""
    from subscribers.store.suppressions import SuppressionList

    _ = newsletter.people  # refuses a key that is not the readers'
    return SuppressionList(newsletter.upgraded(), suppression_key=newsletter.secrets.suppression_key)


def _find_reason(word: str | None) -> SuppressionReason | None:
    from subscribers.suppression import SuppressionReason

    return SuppressionReason(word) if word else None


@suppressions.command("list")
@reason_option
@json_option
def list_(*, reason: str | None, as_json: bool) -> None:
    """List the suppressed addresses, each with its hash, reason and source, then those that were lifted.

    Example: weekly subscribers suppressions list --reason complained
    """
    listed, wanted = open_suppressions(open_newsletter()), _find_reason(reason)
    found, lifted = listed.iterate(reason=wanted), listed.iterate_lifted(reason=wanted)
    if as_json:
        print_json_rows("suppressions", found, lifted=lifted)
        return
    rows = chain(
        ((each, each.at, each.reason.value, each.source) for each in found),
        (
            (one, one.lifted_at, "lifted", f"was {one.reason.value}; lifted because: {one.lift_reason}")
            for one in lifted
        ),
    )
    for number, row in enumerate(rows):
        if not number:
            click.echo(f"{'at':<20}  {'hash':<{len(row[0].hash)}}  {'reason':<10}  {'email':<32}  source")
        _show(*row)


def _show(entry: SuppressedEntry, at: datetime, what: str, why: str) -> None:
    who = entry.email or "(no reader)"
    cells = (format_instant(at), entry.hash, f"{what:<10}", f"{who:<32}", why)
    click.echo("  ".join(cells).rstrip())


@suppressions.command()
@reason_option
def export(*, reason: str | None) -> None:
    """Write the list to stdout as CSV, which `import` reads.

    The hashes are good only together with the suppression key in .secrets. Suppressions that were lifted are
    at the end, with `lifted_at` and the reason; an import leaves them out.
    Example: weekly subscribers suppressions export > suppressions.csv
    """
    from subscribers.suppressing import export_suppressions

    listed, wanted = open_suppressions(open_newsletter()), _find_reason(reason)
    found = chain(listed.iterate(reason=wanted), listed.iterate_lifted(reason=wanted))
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr] # CSV brings its own line ends
    export_suppressions(found, sys.stdout, listed.key_mark)


@suppressions.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--source", default="", metavar="TEXT", help="Where the list comes from.  [default: its name]")
@click.option(
    "--reason",
    type=click.Choice(REASONS[:3]),
    default="by hand",
    show_default=True,
    help="The reason of rows that have none.",
)
@click.option("--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="Name a column: 'Rcpt=email'.")
@click.option("--sheet", default="", metavar="NAME", help="The sheet of a workbook.")
@click.option(
    "--encoding", default="", metavar="NAME", help="The encoding of a text file, such as windows-1252."
)
@dry_run_option
@yes_option
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    file: Path,
    source: str,
    reason: str,
    maps: tuple[str, ...],
    sheet: str,
    encoding: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Suppress every address of a list: of another tool, or of `export`. Safe to repeat.

    The column of addresses is found by name, as Amazon SES, SendGrid, Mailgun and Postmark export it; a
    column such as "reason" tells bounces from complaints. Readers who have an address leave. A list that
    calls some of its people active is refused with exit code 2, but for --yes. Exit code 6 when rows were
    rejected.

    Example: weekly subscribers suppressions import bounces.csv --reason bounced
    """
    from subscribers.sheets.opening import open_table
    from subscribers.suppressing import COLUMNS, import_suppressions
    from subscribers.suppression import SuppressionReason

    newsletter = open_newsletter()
    column_map = parse_column_map(maps)
    names = [*COLUMNS["email"], *column_map]
    name = "" if str(file) == "-" else str(file)
    with (
        open_input(file, "CSV") as raw,
        named_input(file),
        open_table(raw, name=name, sheet=sheet, encoding=encoding, columns=names) as table,
    ):
        if not yes:
            refuse_active(table)
        for note in table.notes:
            say(f"{table.name}: {note}")
        report = import_suppressions(
            open_suppressions(newsletter),
            table,
            reason=SuppressionReason(reason),
            source=source.strip() or f"import of {file.name}",
            now=newsletter.clock.now(),
            column_map=column_map,
            dry_run=dry_run,
        )
    if as_json:
        from pipeline.cli.documents.newsletter import SuppressionImport

        print_json(
            document(SuppressionImport, report, rejected=report.rejected_rows, problems=report.rejected)
        )
    else:
        tell_rejected(report.rejected, report.rejected_rows)
        tell_ignored(report.ignored_columns)
        counts = {
            "added": report.added,
            "known": report.known,
            "lifted": report.lifted,
            "rejected": report.rejected_rows,
        }
        words = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        rows = f"{report.rows:,} {'row' if report.rows == 1 else 'rows'}"
        say(f"{'would import: ' if report.dry_run else ''}{rows}: {words or 'nothing'}")
    ctx.exit(exits.LOOK if report.rejected_rows else 0)


def refuse_active(table: Table) -> None:
    """Refuse a list of everybody, whose column of states calls some of them active."""
    from subscribers.importing.column_names import is_status_name
    from subscribers.importing.words import ConsentVerdict, compact, state_words

    states = [place for place, name in enumerate(table.header) if is_status_name(name)]
    counts = dict.fromkeys(states, 0)
    for row in table if states else ():
        for place in states if not row.fault else ():
            word = compact(row.cells[place])
            counts[place] += bool(word) and state_words().get(word) is ConsentVerdict.ACTIVE
    for place, count in counts.items():
        if count:
            raise click.UsageError(
                f"{table.header[place]!r} calls {count:,} of them active, and this suppresses everybody "
                "in the list; import such a list with `weekly subscribers import`, which keeps the states "
                "apart, or say --yes to suppress them all"
            )


@suppressions.command()
@click.argument("which", metavar="ADDRESS|HASH")
@click.option("--reason", required=True, callback=not_blank, metavar="TEXT", help="Why, for the record.")
@dry_run_option
def lift(*, which: str, reason: str, dry_run: bool) -> None:
    """Take an address off the list, by itself or by its hash. The reader does not come back by that alone.

    They come back by a new sign-up that they confirm, such as `weekly subscribers add ADDRESS`. An address
    whose owner asked to be forgotten is not lifted.

    Example: weekly subscribers suppressions lift ada@example.org --reason "her mailbox works again"
    """
    from subscribers.suppression import SuppressionReason

    newsletter = open_newsletter()
    listed = open_suppressions(newsletter)
    found = listed.find(_parse(which))
    if found is None:
        say("nothing to do: the address is not suppressed")
        return
    if dry_run:
        say(f"would lift a suppression ({found.reason.value})")
        return
    now = newsletter.clock.now()
    listed.lift(_parse(which), reason, now)
    newsletter.returned.note_lift(f"{found.reason.value}: {reason}", now)
    if found.reason is SuppressionReason.KEPT_OUT:
        say(f"the address is no longer kept out ({found.source}); a list or `subscribers add` may add it")
        return
    say(
        f"the suppression ({found.reason.value}) is lifted; the reader comes back by a new, confirmed sign-up"
    )


def _parse(which: str) -> Address | bytes:
    if len(which) == HASH_CHARS and "@" not in which:
        try:
            return bytes.fromhex(which)
        except ValueError:
            pass
    from subscribers.addresses import parse_address

    return parse_address(which)
