"""`weekly jobs …`: import jobs, list those that a letter could have."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline import exits
from pipeline.cli.content_exchange import print_changes, say_some, say_summary, write
from pipeline.cli.options import (
    dry_run_option,
    group,
    json_option,
    open_input,
    open_newsletter,
    say_problems,
    tell,
    week_option,
)
from pipeline.cli.outputs import document, print_json, to_json
from pipeline.cli.tables import print_table, shorten
from pipeline.jobs.salary import salary_text
from pipeline.model.plurals import count_noun
from pipeline.weeks import get_due_at

if TYPE_CHECKING:
    from pipeline.jobs.importing import JobImportPlan
    from pipeline.jobs.items import JobDrop, Sifted
    from pipeline.jobs.posting import Posting
    from pipeline.model.problem import Problem


@group()
def jobs() -> None:
    """Import jobs, and list those that a letter could have."""


@jobs.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.option("--update", is_flag=True, help="Rewrite files that differ from the import.")
@dry_run_option
@json_option
@click.pass_context
def import_(ctx: click.Context, *, file: Path, update: bool, dry_run: bool, as_json: bool) -> None:
    """Import jobs from a JSON file, or from stdin with `-`, as content/jobs/*.md. Bad rows stop nothing.

    Jobs with the same company, title and place are the same, whatever their link. An existing file changes
    only with --update, and keeps its first_seen date. Exit code 6 when rows were rejected.

    \b
    weekly jobs import jobs.json --dry-run
    curl -s https://example.org/jobs.json | weekly jobs import -
    """  # noqa: D301 - click wants the character itself
    from pipeline.jobs.importing import plan_job_import, read_rows

    newsletter = open_newsletter()
    _ = newsletter.settings  # refuses a folder that is not a newsletter, before anything is written to it
    with open_input(file, "JSON") as stream:
        rows = read_rows(stream, "stdin" if str(file) == "-" else str(file))
    plan = plan_job_import(newsletter.folder, rows, newsletter.clock.now().date(), update=update)
    if not dry_run:
        write(newsletter.folder, plan.changes)
    if as_json:
        print_json(_plan_json(plan, dry_run=dry_run))
    else:
        print_changes(plan.changes)
        _tell_plan(plan, dry_run=dry_run)
    ctx.exit(exits.LOOK if plan.rejected else exits.DONE)


def _plan_json(plan: JobImportPlan, *, dry_run: bool) -> dict[str, object]:
    from pipeline.cli.documents.news import JobFile

    return {
        "dry_run": dry_run,
        "rows": plan.rows,
        "files": [document(JobFile, each) for each in plan.changes],
        "same_job": [{"row": row, "as_row": lead} for row, lead in plan.same],
        "rejected": plan.rejected,
        "notes": [{"row": row, "note": note} for row, note in plan.notes],
    }


def _tell_plan(plan: JobImportPlan, *, dry_run: bool) -> None:
    say_some([f"row {row}: {note}" for row, note in plan.notes], "notes")
    say_some([f"rejected: row {each.row}: {each.reason}" for each in plan.rejected], "rejected rows")
    words = "would be written" if dry_run else "written"
    files = f"{plan.count('new')} new and {plan.count('update')} updated files"
    summary = f"{count_noun(plan.rows, 'row')}: {files} {words}"
    counts = {
        "unchanged": plan.count("unchanged"),
        "different and kept (--update rewrites them)": plan.count("kept"),
        "about the same job as another row": len(plan.same),
        "rejected": len(plan.rejected),
    }
    say_summary(summary, counts)


@jobs.command("list")
@click.option("--all", "everything", is_flag=True, help="Also list jobs that no letter would have, and why.")
@click.option(
    "--max-age",
    type=click.IntRange(1, 3650),
    metavar="DAYS",
    help="How long ago a job may have been posted.  [default: as long as in a letter]",
)
@week_option
@json_option
def list_(*, everything: bool, max_age: int | None, week: str | None, as_json: bool) -> None:
    """List the jobs that the letter of a week could have, newest first; --json has long names in full.

    Ages are counted from when the letter is due; a job must be open as long as it may still be sent.

    Example: weekly jobs list --all
    """
    from pipeline.jobs.items import sift_jobs
    from pipeline.jobs.read import read_jobs

    newsletter = open_newsletter()
    chosen = newsletter.week(week, has_letter=True)
    postings, found = read_jobs(newsletter.folder)
    problems = newsletter.settings.heard(found)
    days = max_age or newsletter.selection.news.max_job_age_days
    due_at = get_due_at(chosen, newsletter.schedule)
    sifted = sift_jobs(postings, due_at, due_at + newsletter.schedule.max_age, timedelta(days=days))
    if as_json:
        print_json({"week": str(chosen)} | _listed_json(sifted, problems, everything=everything))
    else:
        _print_jobs(sifted, everything=everything)
        say_problems(problems)
    hint = " (--all shows why)" if sifted.dropped and not everything else ""
    tell(f"{chosen}: candidates: {len(sifted.kept)}, left out: {len(sifted.dropped)}{hint}")


def _print_jobs(sifted: Sifted, *, everything: bool) -> None:
    rows = [(*_cells(posting), salary_text(posting), "") for posting, _ in sifted.kept]
    if everything:
        rows += [(*_cells(drop.posting), salary_text(drop.posting), _why(drop)) for drop in sifted.dropped]
    columns = ("posted", "company", "title", "place", "pay", "why not")
    if rows:
        last = len(columns) if everything else -1
        print_table(columns[:last], [row[:last] for row in rows])


def _cells(posting: Posting) -> tuple[str, str, str, str]:
    where = ", ".join(filter(None, (posting.place, posting.remote)))
    names = shorten(posting.company, 24), shorten(posting.title, 40), shorten(where, 24)
    return str(posting.dated_on or "-"), *names


def _why(drop: JobDrop) -> str:
    detail = drop.detail.removeprefix("content/jobs/")
    return f"{drop.reason}: {shorten(detail, 48)}" if detail else drop.reason


def _listed_json(sifted: Sifted, problems: tuple[Problem, ...], *, everything: bool) -> dict[str, object]:
    dropped = [
        _posting_json(drop.posting) | {"reason": drop.reason, "detail": drop.detail}
        for drop in sifted.dropped
    ]
    return {
        "jobs": [
            _posting_json(posting) | {"item": item.id, "feed": item.feed} for posting, item in sifted.kept
        ],
        "problems": problems,
        "dropped": dropped if everything else None,
    }


def _posting_json(posting: Posting) -> dict[str, Any]:
    return {**to_json(posting), "pay": salary_text(posting)}
