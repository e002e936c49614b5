"""`weekly subscribers edit` and `merge`: who a reader is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, confirm, dry_run_option, open_newsletter, say, yes_option
from pipeline.cli.selection_acts import open_selection_acts
from pipeline.cli.subscribers_lists import find_reader, not_blank
from pipeline.cli.subscribers_people import split_pair

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.store.merging import ReaderIdentity


def _open_identity(newsletter: Newsletter) -> ReaderIdentity:
    from subscribers.store.merging import ReaderIdentity

    _ = newsletter.people  # refuses a key that is not the readers'
    return ReaderIdentity(newsletter.engine, suppression_key=newsletter.secrets.suppression_key)


@command()
@click.argument("address")
@click.option("--name", default=None, help="The whole name.")
@click.option("--first-name", default=None, help="How letters greet the reader.")
@click.option(
    "--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="An attribute; empty: take it off."
)
@click.option("--address", "new_address", default=None, metavar="ADDRESS", help="The new address.")
@click.option(
    "--reason",
    default=None,
    callback=lambda ctx, param, value: None if value is None else not_blank(ctx, param, value),
    metavar="TEXT",
    help="How you know that the new address is the reader's, for the record.",
)
@dry_run_option
def edit(
    *,
    address: str,
    name: str | None,
    first_name: str | None,
    attributes: tuple[str, ...],
    new_address: str | None,
    reason: str | None,
    dry_run: bool,
) -> None:
    """Change name, attributes or address of a reader; links in old letters go on working.

    \b
    weekly subscribers edit ada@example.org --name "Ada Lovelace" --attribute company=Acme
    weekly subscribers edit ada@example.org --address ada@example.net --reason "wrote to us, 2026-11-03"
    """  # noqa: D301 - click wants the character itself
    from subscribers.addresses import parse_address
    from subscribers.store.selection_acts import Filling

    if (new_address is None) is not (reason is None):
        raise click.UsageError("A new address takes --reason: how you know that it is the reader's.")
    given = {"name": name, "first_name": first_name}
    columns = {field: text for field, text in given.items() if text is not None}
    change = Filling(columns, dict(map(split_pair, attributes)))
    if not columns and not attributes and new_address is None:
        raise click.UsageError("Write what to change, such as --name.")
    parsed = parse_address(new_address) if new_address is not None else None
    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    if dry_run:
        say("would change the reader; nothing was changed")
        return
    now = newsletter.clock.now()
    if parsed is not None and reason is not None:
        _open_identity(newsletter).change_address(reader.public_id, parsed, reason, now)
    if columns or attributes:
        open_selection_acts(newsletter).act_on(change, reader.id, now)
    say("the reader is changed")


@command()
@click.argument("address")
@click.argument("other")
@dry_run_option
@yes_option
def merge(*, address: str, other: str, dry_run: bool, yes: bool) -> None:
    """Merge the reader OTHER into ADDRESS, who are one person. The lowest consent of the two counts.

    Tags and attributes are joined, both records are kept, and links in old letters of both act on ADDRESS.
    OTHER has left then. It cannot be undone. Example: weekly subscribers merge ada@example.org a@example.net
    """
    newsletter = open_newsletter()
    kept, gone = find_reader(newsletter, address), find_reader(newsletter, other)
    if kept.id == gone.id:
        raise click.UsageError("Both are the address of one reader.")
    words = f"the reader who is {gone.state.word} into the one who is {kept.state.word}"
    if dry_run:
        say(f"would merge {words}; nothing was changed")
        return
    confirm(f"Merge {words}?", yes=yes)
    state = _open_identity(newsletter).merge(kept.public_id, gone.public_id, newsletter.clock.now())
    say(f"the readers are one, who is {state.word}")
