"""`weekly subscribers …`: who receives the letter, and the proof."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from pipeline.cli.options import (
    EXIT_LOOK,
    confirm,
    dry_run_option,
    group,
    json_option,
    newsletter,
    print_json,
    say,
    yes_option,
)

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.importing import ImportReport
    from subscribers.model import State, Subscriber

STATES = ("pending", "active", "paused", "unsubscribed", "bounced", "complained", "erased")
REJECTED_SHOWN = 20

state_option = click.option("--state", type=click.Choice(STATES), help="Only those in this state.")
tag_option = click.option("--tag", default="", help="Only those with this tag.")


@group()
def subscribers() -> None:
    """Add, import, list and count readers. An import never raises anybody's consent."""


@subscribers.command()
@click.argument("address")
@click.option("--name", default="", help="How the letter addresses the reader.")
@click.option(
    "--consent",
    metavar="TEXT",
    default="",
    help="The proof you hold; without it the reader must confirm by mail.",
)
@dry_run_option
def add(*, address: str, name: str, consent: str, dry_run: bool) -> None:
    """Add a reader: pending, with a confirmation mail; or active, with the proof that you name.

    Example: weekly subscribers add ada@example.org --name Ada --consent "asked me at the meet-up, 2026-11-03"
    """
    from subscribers.addresses import parse_address
    from subscribers.model import Proof

    parsed = parse_address(address)
    letter = newsletter()
    if dry_run:
        say(f"would add an {'active' if consent else 'unconfirmed'} reader")
        return
    now = letter.clock.now()
    proof = Proof(source="command line", given_at=now, wording=consent)
    if consent:
        reader = letter.people.add_with_proof(parsed, name=name, proof=proof, now=now)
    else:
        _ = letter.transport  # refuses placeholders before anything is written
        reader = letter.people.request(parsed, name=name, proof=proof, now=now)
        if reader.state.word == "pending":
            _ask_to_confirm(letter, reader)
    say(f"the reader is {reader.state.word}")


def _ask_to_confirm(letter: Newsletter, reader: Subscriber) -> None:
    from pipeline.errors import PipelineError
    from pipeline.notices import refusal, send_confirmation

    now = letter.clock.now()
    outcome = asyncio.run(
        send_confirmation(
            letter.transport, reader, letter.letterhead, letter.templates, letter.secrets.signing, at=now
        )
    )
    if words := refusal(outcome):
        raise PipelineError(
            f"the reader is pending, but the confirmation mail was not sent ({words}); add them again"
        )
    letter.people.note_confirm_mailed(reader.public_id, now, source="command line")
    say("a confirmation mail is on its way; its link works for 7 days")


@subscribers.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--source", required=True, metavar="TEXT", help="Where the list comes from.")
@click.option(
    "--consent-date", type=click.DateTime(["%Y-%m-%d"]), required=True, help="When the readers agreed."
)
@click.option("--consent-text", required=True, metavar="TEXT", help="What they agreed to, word for word.")
@click.option(
    "--map", "maps", multiple=True, metavar="COLUMN=FIELD", help="Name a column: 'Business Email=email'."
)
@dry_run_option
@json_option
@click.pass_context
def import_(
    ctx: click.Context,
    *,
    file: Path,
    source: str,
    consent_date: datetime,
    consent_text: str,
    maps: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a CSV file of readers who agreed elsewhere. Bad rows are listed and do not stop the rest.

    Columns are found by name: email, name (or first and last name), status, tags, consent date. Who left,
    bounced or is pending stays so. Exit code 6 when rows were rejected.

    \b
    weekly subscribers import readers.csv --source "old list" \\
        --consent-date 2025-01-31 --consent-text "Send me the weekly letter"
    """  # noqa: D301 - click wants the character itself
    from subscribers.importing import import_rows
    from subscribers.model import Proof

    letter = newsletter()
    proof = Proof(source, consent_date.replace(tzinfo=UTC), consent_text)
    if proof.given_at > letter.clock.now():
        raise click.BadParameter("lies in the future.", param_hint="--consent-date")
    with _open(file) as lines, _named(file):
        report = import_rows(
            letter.people,
            lines,
            proof=proof,
            now=letter.clock.now(),
            column_map=_column_map(maps),
            dry_run=dry_run,
        )
    if as_json:
        print_json(_report_json(report))
    else:
        _tell_import(report)
    ctx.exit(EXIT_LOOK if report.rejected_rows else 0)


def _open(file: Path) -> TextIO:
    from pipeline.errors import FileError
    from subscribers.spreadsheet import open_text

    try:
        return open_text(sys.stdin.buffer if str(file) == "-" else file.open("rb"))
    except OSError as error:
        raise FileError(file, error, "give the path of a CSV file") from error


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Name the file in the error of a list that cannot be read at all."""
    from pipeline.errors import PipelineError
    from subscribers.errors import UnreadableImport

    try:
        yield
    except UnreadableImport as error:
        raise PipelineError(f"{file}: {error}") from error


def _column_map(maps: tuple[str, ...]) -> dict[str, str]:
    pairs = [one.rpartition("=") for one in maps]
    if any(not column or not field for column, _, field in pairs):
        raise click.BadParameter("write COLUMN=FIELD, such as 'Business Email=email'.", param_hint="--map")
    return {column.strip(): field.strip() for column, _, field in pairs}


def _report_json(report: ImportReport) -> dict[str, object]:
    return {
        "schema": 1,
        "dry_run": report.dry_run,
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "lowered": report.lowered,
        "duplicates": report.duplicates,
        "kept_out": report.kept_out,
        "rejected": report.rejected_rows,
        "problems": [{"line": row.line, "reason": row.reason} for row in report.rejected],
        "ignored_columns": list(report.ignored_columns),
    }


def _tell_import(report: ImportReport) -> None:
    for row in report.rejected[:REJECTED_SHOWN]:
        say(f"line {row.line}: {row.reason}")
    if report.rejected_rows > REJECTED_SHOWN:
        say(f"… and {report.rejected_rows - REJECTED_SHOWN} more: --json lists them")
    if report.ignored_columns:
        say(f"columns not used: {', '.join(report.ignored_columns)}")
    counts = {
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "lowered": report.lowered,
        "duplicates": report.duplicates,
        "kept out": report.kept_out,
        "rejected": report.rejected_rows,
    }
    words = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
    say(f"{'would import: ' if report.dry_run else ''}{report.rows:,} rows: {words or 'nothing'}")


@subscribers.command("list")
@state_option
@tag_option
@json_option
def list_(*, state: str | None, tag: str, as_json: bool) -> None:
    """List readers in the order they joined.

    Example: weekly subscribers list --state pending
    """
    from subscribers.exporting import export_json

    letter = newsletter()
    if not letter.has_store():
        click.echo("[]" if as_json else "", nl=as_json)
        return
    if as_json:
        export_json(letter.people, sys.stdout, state=_state(state), tag=tag)
        return
    for reader in letter.people.iterate(state=_state(state), tag=tag):
        cells = f"{reader.email or '(erased)':<40} {reader.state.word:<13} {reader.name}"
        click.echo(f"{cells}  {' '.join(reader.tags)}".rstrip())


@subscribers.command()
@click.option(
    "--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True, help="The form."
)
@state_option
@tag_option
@click.option("--raw", is_flag=True, help="Do not guard cells that a spreadsheet would run as formulas.")
def export(*, form: str, state: str | None, tag: str, raw: bool) -> None:
    """Write everybody to stdout.

    Example: weekly subscribers export --format json > readers.json
    """
    from subscribers import exporting

    people = newsletter().people
    if form == "json":
        exporting.export_json(people, sys.stdout, state=_state(state), tag=tag)
        return
    sys.stdout.reconfigure(newline="")  # type: ignore[union-attr] # CSV brings its own line ends
    exporting.export_csv(people, sys.stdout, state=_state(state), tag=tag, excel_safe=not raw)


@subscribers.command()
@click.argument("address")
@json_option
def show(*, address: str, as_json: bool) -> None:
    """Show one reader with the whole record of consent.

    Example: weekly subscribers show ada@example.org
    """
    from subscribers.exporting import as_object

    letter = newsletter()
    reader = _find(letter, address)
    events = [
        {
            "event": event.event.word,
            "at": event.at.isoformat(),
            "source": event.source,
            "wording": event.wording,
        }
        for event in letter.people.events(reader.public_id)
    ]
    if as_json:
        print_json({"schema": 1, **as_object(reader), "record": events})
        return
    for key, value in as_object(reader).items():
        click.echo(f"{key:>12}  {', '.join(value) if isinstance(value, list) else value}")
    for event in events:
        click.echo(f"  {event['at']}  {event['event']:<24} {event['source']}  {event['wording']}".rstrip())


@subscribers.command()
@click.argument("address")
@dry_run_option
def unsubscribe(*, address: str, dry_run: bool) -> None:
    """Let a reader leave, on their word. Safe to repeat.

    Example: weekly subscribers unsubscribe ada@example.org
    """
    from subscribers.addresses import parse_address

    letter = newsletter()
    reader = _find(letter, address)
    if dry_run:
        say(f"would let a reader leave who is {reader.state.word}")
        return
    left = letter.people.unsubscribe_address(
        parse_address(address), letter.clock.now(), source="command line"
    )
    say("the reader has left" if left else f"nothing to do: the reader is {reader.state.word}")


@subscribers.command()
@click.argument("address")
@click.option(
    "--reason",
    type=click.Choice(["bounced", "complained", "by hand"]),
    default="by hand",
    show_default=True,
    help="Why, for the record.",
)
@dry_run_option
def suppress(*, address: str, reason: str, dry_run: bool) -> None:
    """Never write to an address again, whatever a later import says.

    Example: weekly subscribers suppress ada@example.org --reason complained
    """
    from subscribers.addresses import parse_address
    from subscribers.suppression import Reason

    parsed = parse_address(address)
    letter = newsletter()
    if dry_run:
        say("would suppress the address")
        return
    added = letter.people.suppress(parsed, Reason(reason), letter.clock.now(), source="command line")
    say("the address is suppressed" if added else "nothing to do: the address was suppressed already")


@subscribers.command()
@click.argument("address")
@dry_run_option
@yes_option
def erase(*, address: str, dry_run: bool, yes: bool) -> None:
    """Forget a reader: address, name and tags. The proof and a hash that keeps them out stay.

    Example: weekly subscribers erase ada@example.org --yes
    """
    letter = newsletter()
    reader = _find(letter, address)
    if dry_run:
        say(f"would forget a reader who is {reader.state.word}")
        return
    confirm("Forget this reader for good?", yes=yes)
    letter.people.erase(reader.public_id, letter.clock.now(), source="command line")
    say("the reader is forgotten")


@subscribers.command()
@json_option
def count(*, as_json: bool) -> None:
    """Count readers by state; `deliverable` is who the next letter goes to.

    Example: weekly subscribers count --json
    """
    letter = newsletter()
    counts = dict(letter.people.count_by_state()) if letter.has_store() else dict.fromkeys(STATES, 0)
    deliverable = letter.people.count_deliverable() if letter.has_store() else 0
    if as_json:
        print_json({"schema": 1, "counts": counts, "deliverable": deliverable})
        return
    for word, number in (*counts.items(), ("deliverable", deliverable)):
        click.echo(f"{number:>9,} {word}")


def _find(letter: Newsletter, address: str) -> Subscriber:
    from subscribers.addresses import parse_address
    from subscribers.errors import StoreError

    reader = letter.people.find_by_address(parse_address(address)) if letter.has_store() else None
    if reader is None:
        raise StoreError("no reader has this address")
    return reader


def _state(word: str | None) -> State | None:
    from subscribers.model import State

    return State[word.upper()] if word else None
