"""`weekly simulate`: make the coming letters without writing them anywhere."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from pipeline import exits
from pipeline.cli.content_forecast import coverage_json, html_option, weeks_option, write_page
from pipeline.cli.options import command, common, json_option, open_newsletter, say
from pipeline.cli.outputs import check_page, document, print_json
from pipeline.cli.tables import print_table
from pipeline.weeks import get_due_at, week_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.edition.forecast import SimulatedLetter, Simulation
    from pipeline.model.news import Snapshot
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter


_SPARE = ("bytes", "words", "news", "findings", "minutes")
"""The columns that a narrow terminal drops, in this order; a broken promise names its numbers."""


@command()
@weeks_option(60)
@click.option(
    "--feeds",
    "feeds",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Take the news from feeds in these files, named <slug>.xml, each as it was in its week.",
)
@json_option
@html_option
@click.pass_context
def simulate(ctx: click.Context, *, weeks: int, feeds: Path | None, as_json: bool, page: Path | None) -> None:
    """Build the letters of the coming weeks as the run would, and check the promises about them.

    Nothing is fetched, locked, sent or recorded; with --as-of the weeks begin then. Exit code 5 when a
    promise is broken.

    Example: weekly simulate --weeks 104
    """
    from pipeline.edition.forecast import simulate as play
    from pipeline.edition.promises import PROMISES

    newsletter = open_newsletter()
    check_page(newsletter, page)
    edition = newsletter.edition()
    now = week_at(newsletter.clock.now(), newsletter.schedule)
    if edition.coming > now.next():
        last = edition.history[-1].week
        say(f"letters up to {last} were sent already: the weeks begin with {edition.coming}")
    snapshots = _read_feeds(newsletter, feeds) if feeds else None
    hidden = not (common().talks and sys.stderr.isatty())
    with click.progressbar(length=weeks, label="weeks", file=sys.stderr, hidden=hidden) as bar:
        played = play(edition, weeks, snapshots=snapshots, on_letter=lambda: bar.update(1))
    if page:
        rows = {row.name: place for place, row in enumerate(played.coverage.terms)}
        rows_of = {e.slug: rows[e.groups[0]] for e in played.coverage.entries if e.kind == "term"}
        values = {"simulation": played, "promises": PROMISES, "rows_of": rows_of}
        write_page(newsletter, page, "simulation", values)
    if as_json:
        print_json(_to_json(played))
    else:
        _print(played)
    ctx.exit(exits.CHECKS if played.broken else exits.DONE)


def _read_feeds(newsletter: Newsletter, folder: Path) -> Callable[[Week], Snapshot]:
    from pipeline.feeds.replay import read_replay

    edition = newsletter.edition()
    replay = read_replay(folder, edition.feeds)
    for problem in replay.problems:
        say(problem)

    def snapshot(week: Week) -> Snapshot:
        at = get_due_at(week, newsletter.schedule)
        return replace(edition.snapshot(week), items=replay.items_at(at, newsletter.settings.feeds.max_age))

    return snapshot


def _to_json(played: Simulation) -> dict[str, object]:
    return {
        "weeks": [_letter_json(letter) for letter in played.letters],
        "broken": played.broken,
        "repeats": played.repeats,
        "mix": played.mix,
        "sources": dict(played.sources),
        "coverage": coverage_json(played.coverage),
    }


def _letter_json(letter: SimulatedLetter) -> dict[str, object]:
    from pipeline.cli.documents.issues import SimulatedWeek

    planned = letter.planned
    sizes = {name: getattr(letter, name) or None for name in ("words", "minutes", "html_bytes")}
    stories = [{"section": section, "feed": feed} for section, feed in letter.stories]
    return document(SimulatedWeek, planned.past, planned, planned.picks, letter, stories=stories, **sizes)


def _print(played: Simulation) -> None:
    from pipeline.edition.promises import PROMISES

    rows = [
        (
            letter.planned.past.week,
            _mark(letter, "term"),
            _mark(letter, "tip"),
            _news(letter),
            str(letter.words),
            str(letter.minutes),
            f"{letter.html_bytes:,}",
            str(len(letter.findings)),
        )
        for letter in played.letters
    ]
    numbers = ("news", "words", "minutes", "bytes", "findings")
    print_table(("week", "term", "tip", *numbers), rows, right=numbers, spare=_SPARE)
    click.echo()
    mix = [(mix.category, str(mix.letters), f"{mix.share:.0%}", f"{mix.target:.0%}") for mix in played.mix]
    counts = ("letters", "share", "of the glossary")
    print_table(("category", *counts), mix, right=counts)
    click.echo()
    if played.sources:
        total = sum(count for _, count in played.sources)
        shares = [(feed, str(count), f"{count / total:.0%}") for feed, count in played.sources]
        print_table(("source", "stories", "share"), shares, right=("stories", "share"))
        click.echo()
    for letter in played.letters:
        for finding in letter.findings:
            click.echo(f"{letter.planned.week}: {finding.severity}: {finding}")
    kept = [(promise, sentence, _count(played, promise)) for promise, sentence in PROMISES.items()]
    print_table(("promise", "in words", "broken"), kept, right={"broken"})
    for broken in played.broken:
        click.echo(str(broken))


def _mark(letter: SimulatedLetter, slot: Literal["term", "tip"]) -> str:
    pick = letter.planned.picks.find(slot)
    if pick is None or letter.planned.picks.layout == "skip":
        return "-"
    return f"{pick.ref} (again)" if letter.planned.is_repeat(pick) else pick.ref


def _news(letter: SimulatedLetter) -> str:
    layout = letter.planned.picks.layout
    return str(len(letter.stories)) if layout == "ordinary" else layout


def _count(played: Simulation, promise: str) -> str:
    times = sum(broken.promise == promise for broken in played.broken)
    return f"{times} times" if times else "never"
