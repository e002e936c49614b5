"""`weekly issue pin`, `swap`, `approve`, `undo` …: what an editor does to a week, written to its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from pipeline.cli.options import (
    command,
    common,
    dry_run_option,
    json_option,
    open_newsletter,
    say,
    week_option,
)
from pipeline.cli.outputs import document, print_json

if TYPE_CHECKING:
    from pipeline.edition.editor import Editor, WishAct
    from pipeline.issue.editing import ActOutcome
    from pipeline.issue.journal import Act
    from pipeline.issue.wishes_file import WishKind
    from pipeline.weeks import Week

CLIENT = "command line"


class NameParam(click.ParamType[str]):
    """What an act is about; an empty text is a variable of a shell script that was not set."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse an empty text."""
        if not str(value).strip():
            self.fail("it is empty.", param, ctx)
        return str(value)


def _open(week: str | None, *, dry_run: bool = False) -> tuple[Editor, Week]:
    newsletter = open_newsletter()
    return newsletter.editor(CLIENT, is_dry_run=dry_run), newsletter.week(week)


def _report(done: ActOutcome) -> None:
    for sentence in done.sentences:
        say(f"{done.week}: {sentence}")


def _wish_command(act: WishAct, help_text: str) -> click.Command:
    """Build a command that does one act to what NAME means."""

    @click.argument("name", type=NameParam())
    @click.option(
        "--kind",
        type=click.Choice(["term", "tip", "story"]),
        help="What NAME is, where a term and a tip share it.",
    )
    @week_option
    @dry_run_option
    def run(*, name: str, kind: str | None, week: str | None, dry_run: bool) -> None:
        editor, chosen = _open(week, dry_run=dry_run)
        table = cast("WishKind | None", {"story": "items"}.get(kind or "", kind))
        _report(editor.wish(chosen, act, name, table))

    run.__doc__ = help_text
    return command(act)(run)


pin = _wish_command(
    "pin",
    """Insist on a term, a tip or a story; written to content/issues/WEEK.toml.

    NAME is a slug, the link of a story or of a copy of it, or its id as `weekly issue explain` shows it.
    A ban of the same is taken back, whatever name it was written by.

    Example: weekly issue pin context-window
    """,
)
unpin = _wish_command(
    "unpin",
    """Take back a pin, by any name of what is pinned.

    Example: weekly issue unpin context-window
    """,
)
ban = _wish_command(
    "ban",
    """Keep a term, a tip or a story out of a week; written to content/issues/WEEK.toml.

    NAME is as for `weekly issue pin`. A pin of the same is taken back, whatever name it was written by.

    Example: weekly issue ban temperature --week 2026-W49
    """,
)
unban = _wish_command(
    "unban",
    """Take back a ban, by any name of what is banned.

    Example: weekly issue unban temperature --week 2026-W49
    """,
)


@command()
@click.argument("slot", type=NameParam())
@click.argument("name", type=NameParam(), required=False)
@week_option
@dry_run_option
def swap(*, slot: str, name: str | None, week: str | None, dry_run: bool) -> None:
    """Put another in a slot's place: what has it is banned, NAME or the first runner-up is pinned.

    SLOT is `term`, `tip` or one such as `tools-2`, as `weekly issue explain` lists them. A story stands in
    its section by its score, also where it is pinned.

    Example: weekly issue swap tip
    """
    editor, chosen = _open(week, dry_run=dry_run)
    _report(editor.swap_slot(chosen, slot, name or ""))


@command()
@click.option("--subject", help="The subject; an empty text takes yours out again.")
@click.option("--preheader", help="What stands next to the subject in the inbox.")
@click.option("--intro", help="Markdown above the letter.")
@week_option
@dry_run_option
def words(
    *, subject: str | None, preheader: str | None, intro: str | None, week: str | None, dry_run: bool
) -> None:
    """Write a subject, a preheader or an intro of your own; what is not given stays as it is.

    Example: weekly issue words --subject "Two letters in one"
    """
    given = {"subject": subject, "preheader": preheader, "intro": intro}
    if not any(value is not None for value in given.values()):
        raise click.UsageError("Give --subject, --preheader or --intro.")
    editor, chosen = _open(week, dry_run=dry_run)
    _report(editor.write_words(chosen, given))


@command()
@week_option
@dry_run_option
def approve(*, week: str | None, dry_run: bool) -> None:
    """Approve the letter as it renders now; any later change of it voids the approval.

    A letter that would not be sent is refused: its news are not fetched, a check stops it, or it is locked
    against your wishes.

    Example: weekly issue approve --week 2026-W48
    """
    editor, chosen = _open(week, dry_run=dry_run)
    _report(editor.approve(chosen))


@command()
@week_option
@dry_run_option
def unapprove(*, week: str | None, dry_run: bool) -> None:
    """Take back the approval of a letter; its choice stays locked.

    Example: weekly issue unapprove --week 2026-W48
    """
    editor, chosen = _open(week, dry_run=dry_run)
    _report(editor.unapprove(chosen))


@command()
@click.argument("act", type=NameParam(), required=False)
@week_option
@dry_run_option
def undo(*, act: str | None, week: str | None, dry_run: bool) -> None:
    """Undo the last act of a week, or the one numbered ACT in `weekly issue journal`.

    It takes back what that act wrote and nothing else; where the file was changed there since, it refuses.
    Undo an undo by its number to have the act again.

    Example: weekly issue undo 3
    """
    editor, chosen = _open(week, dry_run=dry_run)
    _report(editor.undo(chosen, act or ""))


@command()
@week_option
@json_option
def journal(*, week: str | None, as_json: bool) -> None:
    """List who did what to a week, from the studio and the command line, the oldest first.

    The lines are in content/issues/WEEK.journal.jsonl, to be committed with the week's file.

    Example: weekly issue journal --json
    """
    editor, chosen = _open(week)
    done = editor.read_journal(chosen)
    if done.unreadable:
        say(f"{done.unreadable} lines of the journal of {chosen} cannot be read; they are left out")
    if as_json:
        print_json({"week": str(chosen), "acts": [_act_json(*row) for row in done.list_rows()]})
        return
    for number, act, is_undone in done.list_rows():
        click.echo(f"{number:>3}  {act.words}{' (undone)' if is_undone else ''}")
        click.echo(f"     {act.at:%Y-%m-%d %H:%M} UTC, {act.who}, {act.client}")
    if not done.acts and common().talks:
        say(f"nothing was done to {chosen} yet")


def _act_json(number: int, act: Act, is_undone: bool) -> dict[str, object]:  # noqa: FBT001 - one row
    from pipeline.cli.documents.issues import ActRow

    changes = {key: {"before": before, "after": after} for key, (before, after) in act.changes.items()}
    return document(ActRow, act, number=number, changes=changes, undone=is_undone)
