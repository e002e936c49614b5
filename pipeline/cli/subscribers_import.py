"""`weekly subscribers import`: lists of readers from other tools, planned before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime, time
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import (
    DateParam,
    command,
    confirm,
    dry_run_option,
    json_option,
    open_input,
    open_newsletter,
    say,
    tell,
    yes_option,
)
from pipeline.cli.subscribers_lists import named_input, not_blank, parse_maps, warn_of_unmatched
from pipeline.cli.subscribers_suppressions import open_suppressions

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.importing.read_row import RowWishes
    from subscribers.importing.rejected import RejectedFile
    from subscribers.importing.report import ImportReport
    from subscribers.importing.roles import ListOptions
    from subscribers.importing.rows import Importer
    from subscribers.importing.understanding import ListReading
    from subscribers.model import Proof

STATES_OF_FILES = ("unsubscribed", "bounced", "complained", "suppressed", "per-row")
_SUPPRESSED_CHUNK = 500  # addresses a transaction: each may change a reader


@command("import")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True)
)
@click.option(
    "--source", required=True, callback=not_blank, metavar="TEXT", help="Where the list comes from."
)
@click.option(
    "--consent-date", type=DateParam(), metavar="DATE", required=True, help="When the readers consented."
)
@click.option(
    "--consent-text",
    required=True,
    callback=not_blank,
    metavar="TEXT",
    help="The exact words they agreed to.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="Say what a column is: 'Business Email=email', 'Gone=opted-out:yes', 'Status=opted-in:VIP'.",
)
@click.option(
    "--ignore", "ignored", multiple=True, metavar="COLUMN", help="A column that is not about consent."
)
@click.option(
    "--state",
    type=click.Choice(STATES_OF_FILES),
    help="The state of everybody in the files; per-row: the columns tell it.",
)
@click.option(
    "--dates",
    type=click.Choice(["day-first", "month-first"]),
    help="How to read 03/04/2025 when nothing else tells.",
)
@click.option(
    "--attributes",
    default="",
    metavar="COLUMNS",
    help="Columns to keep as attributes: 'company,job_title', or all.",
)
@click.option(
    "--rejected",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where rejected rows are written.  [default: NAME.rejected.csv next to the list]",
)
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
    files: tuple[Path, ...],
    source: str,
    consent_date: date,
    consent_text: str,
    maps: tuple[str, ...],
    ignored: tuple[str, ...],
    state: str | None,
    dates: str | None,
    attributes: str,
    rejected: Path | None,
    sheet: str,
    encoding: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Import lists of readers who consented elsewhere. Bad rows are listed and do not stop the rest.

    The tool that wrote a list is recognized by its columns; other columns are found by name. Who left,
    bounced or is pending stays so; of several rows, columns and files the lowest consent counts. A column
    that may be about consent and is not understood stops the import with the options that answer it.
    Tags are separated by commas, semicolons or bars: "text-only, early birds" is two.
    On a terminal a plan is shown first, and --dry-run shows nothing else. Exit code 2 when something must be
    answered first, 6 when rows were rejected or kept out because a word is not understood.

    \b
    weekly subscribers import readers.csv --source "old list" \\
        --consent-date 2025-01-31 --consent-text "Send me the weekly letter"
    """  # noqa: D301 - click wants the character itself
    from pipeline.issue.variants import list_choices
    from pipeline.run.reading import find_own_exporters
    from subscribers.importing.dates import DateOrder
    from subscribers.importing.read_row import RowWishes, check_attributes
    from subscribers.importing.roles import ListOptions
    from subscribers.model import Proof

    newsletter = open_newsletter()
    proof = Proof(source, datetime.combine(consent_date, time(), UTC), consent_text)
    if proof.given_at > newsletter.clock.now():
        raise click.BadParameter("lies in the future.", param_hint="--consent-date")
    options = ListOptions(
        maps=parse_maps(maps),
        ignored=ignored,
        state=state or "",
        order=DateOrder(dates) if dates else None,
        exporters=find_own_exporters(newsletter),
    )
    names = tuple(name.strip() for name in attributes.split(",") if name.strip())
    work = _Import(newsletter, proof, RowWishes(frozenset(list_choices()), names), as_json=as_json)
    with ExitStack() as stack:
        readings = _open_lists(stack, newsletter, files, options, sheet=sheet, encoding=encoding)
        check_attributes(readings, names)
        if any(reading.questions for reading in readings):
            work.ask(readings)
            ctx.exit(exits.USAGE)
        if dry_run:
            report = work.plan(readings)
        else:
            if not yes and not as_json and sys.stdin.isatty() and sys.stderr.isatty():
                work.plan(readings)
                confirm("Import them?", yes=False)
            report = work.carry_out(readings, rejected, files)
    warn_of_unmatched(newsletter, report.tags)
    ctx.exit(exits.LOOK if report.rejected_rows or report.unknown_rows else 0)


def _open_lists(
    stack: ExitStack,
    newsletter: Newsletter,
    files: Sequence[Path],
    options: ListOptions,
    *,
    sheet: str,
    encoding: str,
) -> list[ListReading]:
    from subscribers.importing.roles import choose_options
    from subscribers.importing.understanding import understand
    from subscribers.sheets.opening import open_table

    tables = []
    columns = [column for column, field in options.maps]
    for file in files:
        stream = stack.enter_context(open_input(file, "CSV"))
        name = "" if str(file) == "-" else str(file)
        with named_input(file):
            table = open_table(stream, name=name, sheet=sheet, encoding=encoding, columns=columns)
            tables.append(stack.enter_context(table))
    readings = []
    for file, table in zip(files, tables, strict=True):
        with named_input(file):
            chosen = choose_options(table, tables, options)
            readings.append(understand(table, chosen, newsletter.clock.now()))
    return readings


class _Import:
    """Plans an import and carries it out; `as_json` decides how it reports."""

    def __init__(self, newsletter: Newsletter, proof: Proof, wishes: RowWishes, *, as_json: bool) -> None:
        self.newsletter = newsletter
        self.proof = proof
        self.wishes = wishes
        self.as_json = as_json

    @cached_property
    def _imports(self) -> Importer:
        from pipeline.run.reading import open_imports

        return open_imports(self.newsletter)

    def ask(self, readings: Sequence[ListReading]) -> None:
        """Print what must be answered first."""
        from pipeline.cli.subscribers_plan import print_questions, print_readings

        if self.as_json:
            return self._print_json(readings, None)
        print_readings(readings)
        return print_questions(readings)

    def plan(self, readings: Sequence[ListReading]) -> ImportReport:
        """Print what would become of everybody, and change nothing."""
        from pipeline.cli.subscribers_plan import print_plan, tell_report
        from subscribers.importing.rows import import_readings

        report = import_readings(
            self._imports,
            readings,
            proof=self.proof,
            now=self.newsletter.clock.now(),
            wishes=self.wishes,
            dry_run=True,
        )
        if self.as_json:
            self._print_json(readings, report)
        else:
            print_plan(readings, report)
            tell_report(report, is_planned=True)
        return report

    def carry_out(
        self, readings: Sequence[ListReading], rejected: Path | None, files: Sequence[Path]
    ) -> ImportReport:
        """Import the lists, and write rejected rows to a file."""
        from pipeline.cli.subscribers_plan import tell_report
        from subscribers.importing.rejected import RejectedFile
        from subscribers.importing.rows import import_readings

        file = RejectedFile.choose(rejected, files)
        with file:
            report = import_readings(
                self._imports,
                readings,
                proof=self.proof,
                now=self.newsletter.clock.now(),
                wishes=self.wishes,
                reject=file.add,
            )
        if report.suppressed_rows:
            self._suppress(readings)
        if self.as_json:
            self._print_json(readings, report, file)
        else:
            for reading in readings:
                for note in reading.table.notes:
                    say(f"{reading.table.name}: {note}")
            tell_report(report)
            if file.path:
                say(f"rejected rows: {file.path}; repair them there and import that file")
            tell(f"`weekly subscribers undo {report.act_id}` takes this import back")
        return report

    def _suppress(self, readings: Sequence[ListReading]) -> None:
        from subscribers.importing.rows import read_suppressed
        from subscribers.suppressing import SuppressionRow
        from subscribers.suppression import SuppressionReason

        now = self.newsletter.clock.now()
        suppressions = open_suppressions(self.newsletter)
        rows: Iterator[SuppressionRow] = (
            SuppressionRow(address, b"", SuppressionReason.BY_HAND)
            for address in read_suppressed(readings, now)
        )
        while chunk := list(islice(rows, _SUPPRESSED_CHUNK)):
            suppressions.add_rows(chunk, now, source=self.proof.source, dry_run=False)

    def _print_json(
        self, readings: Sequence[ListReading], report: ImportReport | None, file: RejectedFile | None = None
    ) -> None:
        from pipeline.cli.outputs import print_json
        from pipeline.cli.subscribers_plan import as_document

        print_json(as_document(readings, report, str(file.path) if file and file.path else ""))
