"""What the commands that act on many readers share: the dry run, the question, and the words afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import confirm, open_newsletter, say
from pipeline.cli.selections import Selecting, read_selection
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.model import Subscriber
    from subscribers.store.selection_acts import Change, SelectionActs

FINAL = {
    "unsubscribe": "an undo cannot bring them back: consent is given by the reader alone, who joins again",
    "suppress": "an undo leaves them suppressed; `weekly subscribers suppressions lift` ends that",
    "erase": "this cannot be undone: nothing is kept of them but the proof of consent",
    "pause": "an undo does not resume them: use `weekly subscribers resume` with a selection",
}
"""What the readers of these acts stay, and the next step."""


def split_arguments(arguments: tuple[str, ...], asked: Selecting) -> tuple[str, tuple[str, ...]]:
    """Return the address, empty with a selection, and the other arguments; UsageError without either."""
    if not asked.is_everyone:
        return "", arguments
    if not arguments:
        raise click.UsageError("Name a reader by address, or several with --where or --segment.")
    return arguments[0], arguments[1:]


def choose_one(address: str | None, asked: Selecting) -> str:
    """Return the address, empty with a selection; UsageError with both or neither."""
    if bool(address) is not asked.is_everyone:
        raise click.UsageError("Name one reader by address, or several with --where or --segment.")
    return address or ""


def open_selection_acts(newsletter: Newsletter) -> SelectionActs:
    """Open acts on selections of the readers of a newsletter."""
    from subscribers.store.selection_acts import SelectionActs

    return SelectionActs(newsletter.engine, newsletter.people.selected)


def act_on_selection(
    change: Change,
    asked: Selecting,
    done: str,
    *,
    dry_run: bool,
    yes: bool,
    newsletter: Newsletter | None = None,
) -> None:
    """Carry an act out on a selection, after showing whom it is about; `done` says what they will be."""
    newsletter = newsletter or open_newsletter()
    where = read_selection(newsletter, asked)
    acts = open_selection_acts(newsletter)
    affected = acts.preview(change, where)
    if not affected.count:
        say("nothing to do: the selection matches no reader whom this would change")
        return
    many = count_noun(affected.count, "reader")
    if dry_run or not yes:
        _print_samples(affected.samples, affected.count)
    if dry_run:
        say(f"{many} would be {done}; nothing was changed")
        _say_final(change.kind)
        return
    if affected.count > 1 or change.kind == "erase":
        _say_final(change.kind)
        confirm(f"{many} will be {done}. Go on?", yes=yes)
    made = acts.act(change, where, asked.words, newsletter.clock.now())
    say(f"{count_noun(made.changed, 'reader')} {'was' if made.changed == 1 else 'were'} {done}")
    if change.kind not in FINAL:
        say(f"weekly subscribers undo {made.id} takes it back")


def _say_final(kind: str) -> None:
    if kind in FINAL:
        say(FINAL[kind])


def _print_samples(samples: Sequence[Subscriber], count: int) -> None:
    for reader in samples:
        cells = f"{reader.email:<40} {reader.state.word:<13} {reader.name}"
        click.echo(f"{cells}  {' '.join(reader.tags)}".rstrip())
    if count > len(samples):
        click.echo(f"… and {count - len(samples):,} more")
