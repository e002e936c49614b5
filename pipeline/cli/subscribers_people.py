"""`weekly subscribers set`, `pause`, `unsubscribe`, `erase` …: acts on one reader, or on a selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, confirm, dry_run_option, open_newsletter, say, yes_option
from pipeline.cli.selection_acts import (
    act_on_selection,
    choose_one,
    open_selection_acts,
    split_arguments,
)
from pipeline.cli.selections import Selecting, selected
from pipeline.cli.subscribers_lists import find_reader

if TYPE_CHECKING:
    from subscribers.store.selection_acts import Change

_COLUMNS = ("name", "first_name")

address_argument = click.argument("address", required=False)


@command("set")
@click.argument("arguments", nargs=-1, metavar="[ADDRESS] FIELD=VALUE...")
@selected
@dry_run_option
@yes_option
def set_(*, arguments: tuple[str, ...], asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Set name, first_name or attributes of a reader or of a selection; an empty value takes one off.

    \b
    weekly subscribers set ada@example.org name="Ada Lovelace" company=Acme
    weekly subscribers set --where 'domain:acme.example' company="Acme Ltd"
    """  # noqa: D301 - click wants the character itself
    from subscribers.store.selection_acts import Filling

    address, pairs = split_arguments(arguments, asked)
    values = dict(split_pair(pair) for pair in pairs)
    if not values:
        raise click.UsageError("Write what to set, such as company=Acme.")
    columns = {name: text for name, text in values.items() if name in _COLUMNS}
    change = Filling(columns, {name: text for name, text in values.items() if name not in _COLUMNS})
    _act(change, address, asked, "changed", dry_run=dry_run, yes=yes)


def split_pair(pair: str) -> tuple[str, str]:
    """Split `FIELD=VALUE` of a name or an attribute; raises UsageError for anything else."""
    from subscribers.selection.fields import FIELDS

    name, sign, text = pair.partition("=")
    name = name.strip()
    if not sign or not name or '"' in name or "\0" in pair:
        raise click.UsageError(f"{pair!r} does not set anything; write FIELD=VALUE, such as company=Acme.")
    if name in FIELDS and name not in _COLUMNS:
        raise click.UsageError(
            f"{name} cannot be set so; set name, first_name or an attribute. For tags and states there are "
            "commands of their own, for the address `weekly subscribers edit`."
        )
    return name, " ".join(text.split())


@command()
@address_argument
@selected
@dry_run_option
@yes_option
def pause(*, address: str | None, asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Pause readers: they receive nothing until they are resumed.

    \b
    weekly subscribers pause ada@example.org
    weekly subscribers pause --where 'domain:example.org'
    """  # noqa: D301 - click wants the character itself
    from subscribers.store.selection_acts import PAUSE

    _act(PAUSE, choose_one(address, asked), asked, "paused", dry_run=dry_run, yes=yes)


@command()
@address_argument
@selected
@dry_run_option
@yes_option
def resume(*, address: str | None, asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Resume readers who are paused.

    \b
    weekly subscribers resume ada@example.org
    weekly subscribers resume --where 'paused and domain:example.org'
    """  # noqa: D301 - click wants the character itself
    from subscribers.store.selection_acts import RESUME

    _act(RESUME, choose_one(address, asked), asked, "resumed", dry_run=dry_run, yes=yes)


def _act(change: Change, address: str, asked: Selecting, done: str, *, dry_run: bool, yes: bool) -> None:
    if not address:
        act_on_selection(change, asked, done, dry_run=dry_run, yes=yes)
        return
    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    if dry_run:
        say(f"a reader who is {reader.state.word} would be {done}; nothing was changed")
        return
    made = open_selection_acts(newsletter).act_on(change, reader.id, newsletter.clock.now())
    say(f"the reader is {done}" if made.changed else f"nothing to do: the reader is {reader.state.word}")


@command()
@address_argument
@selected
@dry_run_option
@yes_option
def unsubscribe(*, address: str | None, asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Unsubscribe a reader at their request, or a selection. Safe to repeat.

    \b
    weekly subscribers unsubscribe ada@example.org
    weekly subscribers unsubscribe --where 'import:3 and not confirmed>1y' --dry-run
    """  # noqa: D301 - click wants the character itself
    from subscribers.addresses import parse_address
    from subscribers.store.selection_acts import UNSUBSCRIBE

    if not choose_one(address, asked):
        act_on_selection(UNSUBSCRIBE, asked, "unsubscribed", dry_run=dry_run, yes=yes)
        return
    newsletter = open_newsletter()
    reader = find_reader(newsletter, str(address))
    if dry_run:
        say(f"would unsubscribe a reader who is {reader.state.word}")
        return
    left = newsletter.people.unsubscribe_address(
        parse_address(str(address)), newsletter.clock.now(), source="command line"
    )
    say("the reader is unsubscribed" if left else f"nothing to do: the reader is {reader.state.word}")


@command()
@address_argument
@selected
@click.option(
    "--reason",
    type=click.Choice(["bounced", "complained", "by hand"]),
    default="by hand",
    show_default=True,
    help="The reason, for the record.",
)
@dry_run_option
@yes_option
def suppress(*, address: str | None, asked: Selecting, reason: str, dry_run: bool, yes: bool) -> None:
    """Suppress an address or a selection: never written to again, whatever a later import says.

    \b
    weekly subscribers suppress ada@example.org --reason complained
    weekly subscribers suppress --where 'domain:gone.example' --reason bounced
    """  # noqa: D301 - click wants the character itself
    from subscribers.addresses import parse_address
    from subscribers.store.selection_acts import suppress_by
    from subscribers.suppression import SuppressionReason

    if not choose_one(address, asked):
        change = suppress_by(SuppressionReason(reason))
        act_on_selection(change, asked, "suppressed", dry_run=dry_run, yes=yes)
        return
    parsed = parse_address(str(address))
    newsletter = open_newsletter()
    if dry_run:
        say("would suppress the address")
        return
    added = newsletter.people.suppress(
        parsed, SuppressionReason(reason), newsletter.clock.now(), source="command line"
    )
    say("the address is suppressed" if added else "nothing to do: the address was suppressed already")


@command()
@address_argument
@selected
@dry_run_option
@yes_option
def erase(*, address: str | None, asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Erase readers: address, names, attributes and tags. The proof and a hash that keeps them out remain.

    \b
    weekly subscribers erase ada@example.org --yes
    weekly subscribers erase --where 'unsubscribed and left<2y' --dry-run
    """  # noqa: D301 - click wants the character itself
    from subscribers.store.selection_acts import ERASE

    if not choose_one(address, asked):
        act_on_selection(ERASE, asked, "erased", dry_run=dry_run, yes=yes)
        return
    newsletter = open_newsletter()
    reader = find_reader(newsletter, str(address))
    if dry_run:
        say(f"would erase a reader who is {reader.state.word}")
        return
    confirm("Forget this reader for good?", yes=yes)
    newsletter.people.erase(reader.public_id, newsletter.clock.now(), source="command line")
    say("the reader is erased")


PEOPLE_COMMANDS = (set_, pause, resume, unsubscribe, suppress, erase)
"""The commands of this module."""
