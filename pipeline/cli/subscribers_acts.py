"""`weekly subscribers imports` and `undo`: what was done to many readers at once, and the way back."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import confirm, dry_run_option, json_option, open_newsletter, say, yes_option
from pipeline.cli.outputs import document, print_json
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.store.acts import ReaderAct
    from subscribers.store.undo import ReaderActs, UndoResult

KEPT_SHOWN = 20
"""More lines would fill the screen; --json lists them all."""


def open_acts(newsletter: Newsletter) -> ReaderActs:
    """Open the acts on the readers of a newsletter."""
    from pipeline.store.audience import IN_AN_AUDIENCE
    from subscribers.store.undo import ReaderActs

    _ = newsletter.people  # refuses a key that is not the readers'
    return ReaderActs(newsletter.upgraded(), mailed=IN_AN_AUDIENCE)


@click.command()
@click.option("--all", "all_kinds", is_flag=True, help="Every act on many readers, not only imports.")
@json_option
def imports(*, all_kinds: bool, as_json: bool) -> None:
    """List the imports, the oldest first, each with its id, source, files and counts.

    An import that is not finished is still running, or was cut off: its readers receive nothing until the
    list is imported again or the import is undone. Example: weekly subscribers imports
    """
    from pipeline.cli.tables import print_table

    newsletter = open_newsletter()
    found = open_acts(newsletter).list(all_kinds=all_kinds) if newsletter.has_store() else ()
    if as_json:
        print_json({"imports": [_as_document(act) for act in found]})
        return
    if found:
        kind = ("kind",) if all_kinds else ()
        rows = [
            (
                str(act.id),
                f"{act.started_at:%Y-%m-%d %H:%M}",
                *((act.kind,) if all_kinds else ()),
                describe_state(act),
                act.source,
                ", ".join(list_files(act)) or str(act.detail.get("selection", "")),
                describe_counts(act),
            )
            for act in found
        ]
        print_table(
            (
                "id",
                "started (UTC)",
                *kind,
                "state",
                "source",
                "files" if not all_kinds else "files or selection",
                "rows",
            ),
            rows,
            right=("id",),
        )


def describe_state(act: ReaderAct) -> str:
    """Return where an act stands, in a few words."""
    if act.undone_at:
        return f"undone {act.undone_at:%Y-%m-%d}"
    if act.finished_at:
        return "finished"
    return f"unfinished: {count_noun(act.waiting, 'reader')} waiting" if act.waiting else "unfinished"


def list_files(act: ReaderAct) -> list[str]:
    """Return the files that an import read."""
    files = act.detail.get("files")
    return [str(name) for name in files] if isinstance(files, list) else []


def describe_counts(act: ReaderAct) -> str:
    """Return what became of the rows, such as `1,200 added, 3 kept out`."""
    counts = act.detail.get("counts") or {}
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)


def _as_document(act: ReaderAct) -> object:
    from pipeline.cli.documents.acts import ReaderActRow

    counts = {word: count for word, count in (act.detail.get("counts") or {}).items() if count}
    return document(ReaderActRow, act, files=list_files(act), counts=counts)


@click.command()
@click.argument("act_id", metavar="ID", type=click.IntRange(1))
@dry_run_option
@yes_option
@json_option
def undo(*, act_id: int, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Undo an import, or another act on many readers, as far as nobody has touched them since.

    Readers whom it added are removed, known readers have their earlier name, tags and attributes again.
    Whoever received a letter, left, confirmed or was changed since stays as they are and is listed. It never
    raises consent: who was lowered stays so, and who is removed and was not active is remembered as kept out.
    It can be repeated.

    \b
    weekly subscribers undo 3 --dry-run
    weekly subscribers undo 3 --yes
    """  # noqa: D301 - click wants the character itself
    newsletter = open_newsletter()
    acts = open_acts(newsletter)
    act, expected = acts.get(act_id), acts.preview(act_id)
    kept = [] if not as_json else list(acts.kept_readers(act_id))
    if dry_run:
        result = expected
    else:
        if not as_json:
            say(f"{_name(act)}: {_describe(expected)}")
        confirm("Undo it?", yes=yes)
        result = acts.undo(act_id, newsletter.clock.now())
    if as_json:
        print_json(
            {
                "id": act_id,
                "dry_run": dry_run,
                "removed": result.removed,
                "restored": result.restored,
                "kept": kept,
            }
        )
        return
    _tell_kept(acts, act_id, result)
    say(f"{'would undo' if dry_run else 'undid'} {_name(act)}: {_describe(result)}")


def _name(act: ReaderAct) -> str:
    source = f" ({act.source})" if act.source else ""
    return f"{act.kind} {act.id}{source} of {act.started_at:%Y-%m-%d %H:%M} UTC"


def _describe(result: UndoResult) -> str:
    kept = sum(result.kept.values())
    counts = {
        f"{result.removed:,} removed": result.removed,
        f"{result.restored:,} restored": result.restored,
        f"{kept:,} stay as they are": kept,
    }
    return ", ".join(words for words, count in counts.items() if count) or "nothing is left to undo"


def _tell_kept(acts: ReaderActs, act_id: int, result: UndoResult) -> None:
    for reader in islice(acts.kept_readers(act_id), KEPT_SHOWN):
        click.echo(f"{reader.email or '(erased)'}: {reader.reason}")
    count = sum(result.kept.values())
    if count > KEPT_SHOWN:
        say(f"… and {count - KEPT_SHOWN:,} more: --json lists them")
