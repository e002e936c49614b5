"""`weekly content plan`, `path` and `coverage`: what is coming, what to know first, what is unused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.content_authoring import readable
from pipeline.cli.options import command, json_option, open_editors_newsletter, say
from pipeline.cli.outputs import check_page, document, print_json
from pipeline.cli.tables import print_table
from pipeline.model.suggest import did_you_mean
from pipeline.weeks import get_due_at

if TYPE_CHECKING:
    from pipeline.edition.promises import Planned
    from pipeline.model.content import Catalogue
    from pipeline.model.picks import PickKind
    from pipeline.pick.coverage import Cell, Coverage, CoverageRow
    from pipeline.weeks import Week
    from pipeline.wiring import Newsletter

LONGEST_WEEKS = 520
"""Ten years."""

html_option = click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Also write a page for the browser.",
)


def weeks_option(default: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare `--weeks`."""
    return click.option(
        "--weeks",
        type=click.IntRange(1, LONGEST_WEEKS),
        default=default,
        show_default=True,
        help="How many weeks, from the coming one on.",
    )


def write_page(newsletter: Newsletter, page: Path, template: str, values: dict[str, object]) -> None:
    """Write one self-contained page for the browser."""
    from pipeline.files import replace_file
    from pipeline.render.jinja import fill

    head: dict[str, object] = {"newsletter_name": newsletter.letterhead.name}
    replace_file(page, fill(newsletter.templates, f"web/{template}.html.j2", head | values))
    say(f"written: {page}")


def _age(age: int | None) -> str:
    if age is None:
        return "never"
    return "1 week ago" if age == 1 else f"{age} weeks ago"


# weekly content plan


@command()
@weeks_option(26)
@json_option
def plan(*, weeks: int, as_json: bool) -> None:
    """Show what goes out in the coming weeks if nothing changes, and why. Locks and wishes are respected.

    Example: weekly content plan --weeks 26
    """
    from pipeline.edition.forecast import explain_briefly, find_end_of_unused, plan_weeks

    newsletter = open_editors_newsletter()
    edition = newsletter.edition()
    catalogue, _ = edition.catalogue()
    planned = list(plan_weeks(edition, catalogue, weeks))
    ends = {kind: find_end_of_unused(planned, kind) for kind in ("term", "tip")}
    if as_json:
        rows = [_plan_json(each, catalogue, newsletter) for each in planned]
        runs_out = {kind: str(week) if week else None for kind, week in ends.items()}
        print_json({"weeks": rows, "runs_out": runs_out})
        return
    table = []
    for each in planned:
        term = each.picks.find("term")
        known = catalogue.term_by_slug.get(term.ref) if term else None
        why = next((explain_briefly(pick) for pick in each.picks.picks), "")
        table.append(
            (
                f"{each.week}{' locked' if each.locked else ''}",
                _day(each.week, newsletter),
                _name(each, "term"),
                str(known.difficulty) if known else "",
                known.category if known else "",
                _name(each, "tip"),
                why,
            )
        )
    columns = ("week", "goes out", "term", "level", "category", "tip", "why this term")
    print_table(columns, table, right={"level"}, spare=("why this term", "level", "category", "goes out"))
    for kind, week in ends.items():
        if week:
            click.echo(f"you run out of unused {kind}s in {week}")


def _day(week: Week, newsletter: Newsletter) -> str:
    return f"{get_due_at(week, newsletter.schedule).astimezone(newsletter.schedule.zone):%Y-%m-%d}"


def _name(each: Planned, kind: PickKind) -> str:
    pick = each.picks.find(kind)
    if pick is None:
        return "-"
    marks = ["again"] * each.is_repeat(pick) + ["pinned"] * pick.pinned
    return f"{pick.ref} ({', '.join(marks)})" if marks else pick.ref


def _plan_json(each: Planned, catalogue: Catalogue, newsletter: Newsletter) -> dict[str, object]:
    from pipeline.edition.forecast import explain_briefly

    row: dict[str, object] = {
        "week": str(each.week),
        "goes_out_at": get_due_at(each.week, newsletter.schedule),
        "locked": each.locked,
        "term": None,
        "tip": None,
    }
    for pick in each.picks.picks:
        if pick.kind == "item":
            continue  # a locked week has its stories already; no other week of a plan has any
        term = catalogue.term_by_slug.get(pick.ref) if pick.kind == "term" else None
        tip = catalogue.tip_by_slug.get(pick.ref) if pick.kind == "tip" else None
        row[pick.slot] = {
            "slug": pick.ref,
            "title": term.title if term else tip.title if tip else None,
            "difficulty": term.difficulty if term else None,
            "category": term.category if term else None,
            "tags": tip.tags if tip else (),
            "again": each.is_repeat(pick),
            "pinned": pick.pinned,
            "why": explain_briefly(pick),
        }
    return row


# weekly content path


@command()
@click.argument("slug")
@json_option
def path(*, slug: str, as_json: bool) -> None:
    """Show the learning path to a term: its prerequisites in order, and which of them were sent already.

    Example: weekly content path rag
    """
    from pipeline.content.learning_path import find_path

    newsletter = open_editors_newsletter()
    catalogue = readable(newsletter)
    if slug not in catalogue.term_by_slug:
        advice = did_you_mean(slug, catalogue.term_by_slug) or "`weekly content list` shows every term"
        raise click.UsageError(f"There is no term {slug!r}; {advice}")
    sent = {past.term: past.week for past in newsletter.history()}
    steps = find_path(catalogue, slug)
    if as_json:
        from pipeline.cli.documents.content import PathStep

        rows = [document(PathStep, step, step.term, last_sent=sent.get(step.term.slug)) for step in steps]
        print_json({"slug": slug, "path": rows})
        return
    table = [
        (
            str(number),
            step.term.slug,
            step.term.title,
            str(step.term.difficulty),
            sent.get(step.term.slug, "not yet"),
        )
        for number, step in enumerate(steps, 1)
    ]
    print_table(
        ("step", "term", "title", "difficulty", "last sent"),
        table,
        right={"step", "difficulty"},
        spare=("difficulty", "title"),
    )


# weekly content coverage


@command()
@json_option
@html_option
def coverage(*, as_json: bool, page: Path | None) -> None:
    """Count terms by category and difficulty and tips by tag: used, unused, and how long ago.

    Example: weekly content coverage --html coverage.html
    """
    from pipeline.pick.coverage import DIFFICULTIES, cover

    newsletter = open_editors_newsletter()
    check_page(newsletter, page)
    edition = newsletter.edition()
    catalogue = readable(newsletter)
    covered = cover(catalogue, edition.history, edition.coming)
    if page:
        values = {"coverage": covered, "week": str(edition.coming), "difficulties": DIFFICULTIES}
        write_page(newsletter, page, "coverage", values)
    if as_json:
        print_json({"week": str(edition.coming), **coverage_json(covered)})
    else:
        _print_coverage(covered)


def coverage_json(covered: Coverage) -> dict[str, object]:
    """Return coverage as JSON values; ages are in weeks, null when never used."""
    from pipeline.cli.documents.content import CoveredEntry

    return {
        "terms": [_row_json(row) for row in (*covered.terms, covered.all_terms)],
        "tips": [_row_json(row) for row in (*covered.tips, covered.all_tips)],
        "entries": [
            document(CoveredEntry, entry, difficulty=entry.difficulty or None, last_used=entry.last_week)
            for entry in covered.entries
        ],
    }


def _row_json(row: CoverageRow) -> dict[str, object]:
    from pipeline.cli.documents.content import CoverageCell

    levels = {str(level): document(CoverageCell, cell) for level, cell in row.cells.items()}
    return {"name": row.name, **document(CoverageCell, row.whole), "difficulty": levels or None}


def _print_coverage(covered: Coverage) -> None:
    from pipeline.pick.coverage import DIFFICULTIES

    levels = [f"difficulty {level}" for level in DIFFICULTIES]
    counts = ("unused", "total", "last used")
    rows = [
        (row.name, *(_fraction(row.cells[level]) for level in DIFFICULTIES), *_numbers(row.whole))
        for row in (*covered.terms, covered.all_terms)
    ]
    print_table(
        ("terms: unused of all", *levels, *counts), rows, right={*levels, *counts}, spare=("last used",)
    )
    click.echo()
    rows = [(row.name, *_numbers(row.whole)) for row in (*covered.tips, covered.all_tips)]
    print_table(("tips", *counts), rows, right=counts)


def _fraction(cell: Cell) -> str:
    return f"{cell.unused} of {cell.total}" if cell.total else "-"


def _numbers(cell: Cell) -> tuple[str, ...]:
    return str(cell.unused), str(cell.total), _age(cell.age)
