"""`weekly simulate`: the coming letters, really made, written nowhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.foresight import coverage_json, html_option, weeks_option, write_page
from pipeline.cli.options import command, common, json_option, newsletter, print_json
from pipeline.cli.tables import print_table

if TYPE_CHECKING:
    from pipeline.simulate import Played, Simulation


@command()
@weeks_option(60)
@json_option
@html_option
@click.pass_context
def simulate(ctx: click.Context, *, weeks: int, as_json: bool, page: Path | None) -> None:
    """Make the letters of the coming weeks, as the run would, and check what is promised of them.

    Nothing is locked, sent or recorded. Exit code 5 when a promise breaks.
    Example: weekly simulate --weeks 104
    """
    from pipeline.simulate import PROMISES
    from pipeline.simulate import simulate as play

    letter = newsletter()
    edition = letter.edition()
    hidden = not (common().talks and sys.stderr.isatty())
    with click.progressbar(length=weeks, label="weeks", file=sys.stderr, hidden=hidden) as bar:
        played = play(edition, letter.schedule, weeks, on_letter=lambda: bar.update(1))
    if page:
        rows = {row.name: place for place, row in enumerate(played.coverage.terms)}
        rows_of = {e.slug: rows[e.groups[0]] for e in played.coverage.entries if e.kind == "term"}
        values = {"simulation": played, "promises": PROMISES, "rows_of": rows_of}
        write_page(letter, page, "simulation", values)
    if as_json:
        print_json(_to_json(played))
    elif not page:
        _print(played)
    if page and not as_json:
        for broken in played.broken:
            click.echo(str(broken))
    ctx.exit(exits.CHECKS if played.broken else exits.DONE)


def _to_json(played: Simulation) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "schema": 1,
        "weeks": [_letter_json(letter) for letter in played.letters],
        "broken": [asdict(broken) for broken in played.broken],
        "repeats": [asdict(repeat) for repeat in played.repeats],
        "mix": [asdict(mix) for mix in played.mix],
        "coverage": coverage_json(played.coverage),
    }


def _letter_json(letter: Played) -> dict[str, object]:
    from dataclasses import asdict

    return {
        "week": letter.week,
        "number": letter.number,
        "locked": letter.locked,
        "term": letter.term or None,
        "tip": letter.tip or None,
        "subject": letter.subject,
        "words": letter.words,
        "minutes": letter.minutes,
        "html_bytes": letter.html_bytes,
        "findings": [asdict(finding) for finding in letter.findings],
    }


def _print(played: Simulation) -> None:
    from pipeline.simulate import PROMISES

    again = {(repeat.week, repeat.kind) for repeat in played.repeats}
    rows = [
        (
            letter.week,
            _mark(letter.term, again=(letter.week, "term") in again),
            _mark(letter.tip, again=(letter.week, "tip") in again),
            str(letter.words),
            str(letter.minutes),
            f"{letter.html_bytes:,}",
            str(len(letter.findings)),
        )
        for letter in played.letters
    ]
    numbers = ("words", "minutes", "bytes", "findings")
    print_table(("week", "term", "tip", *numbers), rows, right=numbers)
    click.echo()
    mix = [(mix.category, str(mix.letters), f"{mix.share:.0%}", f"{mix.target:.0%}") for mix in played.mix]
    counts = ("letters", "share", "of the glossary")
    print_table(("category", *counts), mix, right=counts)
    click.echo()
    for letter in played.letters:
        for finding in letter.findings:
            click.echo(f"{letter.week}: {finding}")
    kept = [(promise, sentence, _count(played, promise)) for promise, sentence in PROMISES.items()]
    print_table(("promise", "in words", "broken"), kept, right={"broken"})
    for broken in played.broken:
        click.echo(str(broken))


def _mark(ref: str, *, again: bool) -> str:
    return f"{ref} (again)" if again else ref or "-"


def _count(played: Simulation, promise: str) -> str:
    times = sum(broken.promise == promise for broken in played.broken)
    return f"{times} times" if times else "never"
