"""Prints what an import would do: how each list is read, what must be answered, who becomes what."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import say
from pipeline.cli.outputs import document
from pipeline.cli.subscribers_lists import tell_ignored, tell_rejected
from pipeline.cli.tables import print_table, shorten
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from subscribers.importing.report import ImportReport, SampleRow, VerdictCount
    from subscribers.importing.understanding import ListReading

WORDS_SHOWN = 12
"""Of more words of one list the rest is summed up; --json lists them all."""
_LABEL = 11
"""Columns for the label before what is read: the longest label and a gap."""
_WIDEST = 100
"""Longer lines are hard to read, on a wide terminal, too."""


def print_readings(readings: Sequence[ListReading]) -> None:
    """Print how each list is read."""
    for number, reading in enumerate(readings):
        if number:
            click.echo()
        _print_reading(reading)


def print_questions(readings: Sequence[ListReading]) -> None:
    """Print what a list does not tell, with the options to add to the command; on stderr."""
    click.echo("\nnothing was imported: answer this first, with one of the options below each", err=True)
    for reading in readings:
        for question in reading.questions:
            place = f"{reading.table.name}: " if len(readings) > 1 else ""
            click.echo(f"\n{place}{question.text}", err=True)
            for choice in question.choices:
                click.echo(f"    {choice}", err=True)


def print_plan(readings: Sequence[ListReading], report: ImportReport) -> None:
    """Print how each list is read, who becomes what, and one row of each kind."""
    print_readings(readings)
    if report.verdicts:
        click.echo()
        print_table(
            ("rows", "would be", "because"),
            list(_list_counts(report.verdicts, many=len(readings) > 1)),
            right=("rows",),
        )
    if report.samples:
        click.echo()
        print_table(
            ("line", "for example", "name", "would be"),
            [
                (str(each.line), each.email, shorten(each.name, 30), _describe_verdict(each))
                for each in report.samples
            ],
            right=("line",),
        )
    click.echo()


def tell_unknown(report: ImportReport) -> None:
    """Print the words that are not understood, whose people are kept out, on stderr."""
    from subscribers.importing.questions import option
    from subscribers.importing.words import ConsentVerdict

    unknown = [each for each in report.verdicts if each.verdict is ConsentVerdict.UNKNOWN and each.word]
    for each in unknown[:WORDS_SHOWN]:
        rows = f"{each.rows:,} {'row is' if each.rows == 1 else 'rows are'} kept out"
        choice = option("map", f"{each.column}=opted-in:{each.word}")
        say(f"{rows}: {each.column} {each.word!r} is not understood; if it is a consent: {choice}")
    if len(unknown) > WORDS_SHOWN:
        say(f"… and {len(unknown) - WORDS_SHOWN:,} more words: --json lists them")


def tell_report(report: ImportReport, *, is_planned: bool = False) -> None:
    """Print what an import did on stderr; a plan has shown the columns already."""
    tell_rejected(report.rejected, report.rejected_rows)
    tell_unknown(report)
    if not is_planned:
        tell_ignored(report.ignored_columns)
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "lowered": report.lowered,
        "duplicate" if report.duplicates == 1 else "duplicates": report.duplicates,
        "kept out": report.kept_out,
        "rejected": report.rejected_rows,
    }
    words = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    say(f"{'would import: ' if report.dry_run else ''}{count_noun(report.rows, 'row')}: {words or 'nothing'}")


def as_document(
    readings: Sequence[ListReading], report: ImportReport | None, rejected_file: str
) -> dict[str, object]:
    """Build the JSON document of an import; without a report something must be answered first."""
    from pipeline.cli.documents.lists import (
        ImportedList,
        ImportQuestion,
        ImportSample,
        ImportVerdict,
        SubscriberImport,
    )
    from subscribers.importing.report import NOTHING_IMPORTED

    done = report or NOTHING_IMPORTED
    return document(
        SubscriberImport,
        done,
        rejected=done.rejected_rows,
        problems=done.rejected,
        rejected_file=rejected_file,
        id=done.act_id or None,
        kept_out_reasons=dict(done.kept_out_reasons),
        lists=[
            document(
                ImportedList,
                reading,
                file=reading.table.name,
                rows=reading.survey.rows,
                fields={name: reading.header[place] for name, place in reading.fields.items()},
                consent=[column.name for column in reading.consent],
                state=reading.state.word if reading.state else None,
                notes=list(reading.table.notes),
                unused=list(reading.unused),
            )
            for reading in readings
        ],
        questions=[
            document(ImportQuestion, question, file=reading.table.name, choices=list(question.choices))
            for reading in readings
            for question in reading.questions
        ],
        samples=[document(ImportSample, each, verdict=each.verdict.word) for each in done.samples],
        people=[document(ImportVerdict, each, verdict=each.verdict.word) for each in done.verdicts],
    )


def _print_reading(reading: ListReading) -> None:
    rows = reading.survey.rows
    title = f"{reading.table.name}: {rows:,} {'row' if rows == 1 else 'rows'}"
    click.echo(click.style(title, bold=sys.stdout.isatty()))
    width = min(shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDEST, _WIDEST)
    for label, words in _describe_reading(reading):
        click.echo(
            textwrap.fill(
                f"{label:<{_LABEL}}{words}",
                width,
                initial_indent="  ",
                subsequent_indent=" " * (_LABEL + 2),
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _describe_reading(reading: ListReading) -> Iterator[tuple[str, str]]:
    fields = {name: reading.header[place] for name, place in reading.fields.items()}
    if reading.exporter:
        yield "written by", reading.exporter
    yield "address", fields["email"]
    if names := [fields[each] for each in ("name", "first name", "last name") if each in fields]:
        yield "name", ", ".join(names)
    if "tags" in fields:
        yield "tags", fields["tags"]
    if "consent date" in fields:
        order = f", {reading.order.value}" if reading.order else ""
        yield "date", f"{fields['consent date']}{order}"
    columns = [column.name for column in reading.consent]
    if reading.state:
        columns.insert(0, f"the whole file is {reading.state.word}")
    yield (
        "consent",
        ", ".join(columns) or "no column: your --source, --consent-date and --consent-text are the proof",
    )
    if reading.unused:
        yield "not used", ", ".join(reading.unused)
    for note in reading.table.notes:
        yield "note", note


def _describe_verdict(each: VerdictCount | SampleRow) -> str:
    from subscribers.importing.words import KEPT_OUT

    return "kept out" if each.verdict in KEPT_OUT else each.verdict.word


def _describe_reason(each: VerdictCount, *, many: bool) -> str:
    from subscribers.importing.words import ConsentVerdict

    words = f"{each.column}: {each.word or '(empty)'}" if each.column else ""
    if each.verdict is ConsentVerdict.UNKNOWN:
        words += " (not understood)"
    if not words:
        words = "the whole file" if each.verdict else "nothing speaks against it"
    return f"{each.file}: {words}" if many else words


def _list_counts(verdicts: Sequence[VerdictCount], *, many: bool) -> Iterator[tuple[str, str, str]]:
    for each in verdicts[:WORDS_SHOWN]:
        yield f"{each.rows:,}", _describe_verdict(each), _describe_reason(each, many=many)
    rest: dict[str, list[int]] = {}
    for each in verdicts[WORDS_SHOWN:]:
        rest.setdefault(_describe_verdict(each), []).append(each.rows)
    for words, rows in rest.items():
        yield f"{sum(rows):,}", words, f"{count_noun(len(rows), 'more word')}; --json lists them"
