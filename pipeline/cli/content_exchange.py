"""`weekly content import` and `weekly content export`: terms as glossary sites keep them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import command, common, dry_run_option, json_option, open_editors_newsletter, say
from pipeline.cli.outputs import check_export, print_json
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from pipeline.content.exchange.import_plan import FileChange, ImportPlan

_LISTED = 20
"""How many notes or rejected rows are printed; --json and -v have them all."""


@command("import")
@click.argument("source", metavar="FILE_OR_DIR", type=click.Path(path_type=Path))
@click.option("--update", is_flag=True, help="Rewrite files that differ from the source.")
@dry_run_option
@json_option
@click.pass_context
def import_(ctx: click.Context, source: Path, *, update: bool, dry_run: bool, as_json: bool) -> None:
    """Import terms from JSON, CSV or a folder of Markdown files.

    An existing file is left alone without --update. Exit code 6 when an entry was rejected.
    Example: weekly content import glossary.json --dry-run
    """
    from pipeline.content.exchange.import_plan import plan_glossary_import

    root = open_editors_newsletter().folder
    plan = plan_glossary_import(root, source, update=update)
    if not dry_run:
        write(root, plan.changes)
    if as_json:
        print_json(_report(plan, dry_run=dry_run))
    else:
        _show(plan, dry_run=dry_run)
    ctx.exit(exits.LOOK if plan.refused else exits.DONE)


@command("export")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Not to stdout.")
@click.option(
    "--format", "form", type=click.Choice(["json"]), default="json", show_default=True, help="What to write."
)
def export(out: Path | None, *, form: str) -> None:  # noqa: ARG001 - one format so far
    """Write every term as one JSON list, sorted by slug; imported ones as they came. Tips are not in it.

    Example: weekly content export --out glossary.json
    """
    from pipeline.content.exchange.export import export_term
    from pipeline.files import replace_file

    newsletter = open_editors_newsletter()
    if out is not None:
        check_export(newsletter, out)
    catalogue, _ = newsletter.edition().catalogue()
    exported = [export_term(term) for term in catalogue.terms]
    document = json.dumps(exported, ensure_ascii=False, indent=2)
    if out is None:
        click.echo(document)
        return
    replace_file(out, f"{document}\n")
    say(f"{out}: {count_noun(len(catalogue.terms), 'term')}")


def write(root: Path, changes: Iterable[FileChange]) -> None:
    """Write files one by one, with a progress bar on a terminal; when stopped, print how far it came."""
    from pipeline.content.exchange.import_plan import write_changes

    done, due = 0, [change for change in changes if change.action in ("new", "update")]
    hidden = common().quiet or not sys.stderr.isatty()
    bar = click.progressbar(
        write_changes(root, due), length=len(due), label="writing", file=sys.stderr, hidden=hidden
    )
    try:
        with bar as written:
            for done, _ in enumerate(written, 1):  # noqa: B007 - printed when it is stopped
                pass
    except (KeyboardInterrupt, click.Abort):
        say(f"{done} of {len(due)} files were written, each of them whole; importing again goes on")
        raise


def print_changes(changes: Iterable[FileChange]) -> None:
    """Print what becomes of every file that does not stay as it is."""
    for change in changes:
        if change.action != "unchanged":
            click.echo(f"{change.action:<9} {change.path}")


def say_some(lines: Sequence[str], what: str) -> None:
    """Print notes or rejected rows, the first of them only without --verbose."""
    shown = lines if common().verbose else lines[:_LISTED]
    for line in shown:
        say(line)
    if len(lines) > len(shown):
        say(f"… and {len(lines) - len(shown)} more {what}: -v shows them all")


def say_summary(first: str, counts: Mapping[str, int]) -> None:
    """Print one line: what was done, then the counts that are not 0."""
    say("; ".join([first, *(f"{count} {words}" for words, count in counts.items() if count)]))


def _group(notes: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield each note once with the number of its entries, the most frequent first."""
    places: dict[str, list[str]] = {}
    for place, note in notes:
        places.setdefault(note, []).append(place)
    for note, found in sorted(places.items(), key=lambda pair: -len(pair[1])):
        yield f"{found[0]}: {note}" if len(found) == 1 else f"{len(found)} entries: {note}"


def _report(plan: ImportPlan, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "files": [{"path": c.path, "action": c.action, "from": c.place} for c in plan.changes],
        "rejected": plan.refused,
        "notes": [{"place": place, "note": note} for place, note in plan.notes],
    }


def _show(plan: ImportPlan, *, dry_run: bool) -> None:
    print_changes(plan.changes)
    is_full = common().verbose
    say_some(
        [f"{place}: {note}" for place, note in plan.notes] if is_full else [*_group(plan.notes)], "notes"
    )
    for unread in plan.refused:
        say(f"rejected: {unread.place}: {unread.reason}")
    words = "would be written" if dry_run else "written"
    say_summary(
        f"{plan.count('new')} new and {plan.count('update')} updated files {words}",
        {
            "unchanged": plan.count("unchanged"),
            "differ and were kept (--update rewrites them)": plan.count("kept"),
            "rejected": len(plan.refused),
        },
    )
