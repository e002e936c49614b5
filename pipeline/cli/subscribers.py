"""`weekly subscribers …`: readers and the proof of their consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    dry_run_option,
    group,
    json_option,
    open_newsletter,
    say,
)
from pipeline.cli.outputs import echo_lines, print_json, print_json_rows
from pipeline.cli.selections import STATES, Selecting, listed, read_selection
from pipeline.cli.subscribers_acts import imports, undo
from pipeline.cli.subscribers_edit import edit, merge
from pipeline.cli.subscribers_growth import growth
from pipeline.cli.subscribers_import import import_
from pipeline.cli.subscribers_invite import invite
from pipeline.cli.subscribers_lists import (
    export,
    not_blank,
)
from pipeline.cli.subscribers_people import PEOPLE_COMMANDS
from pipeline.cli.subscribers_show import find, proof, show
from pipeline.cli.subscribers_suppressions import suppressions
from pipeline.cli.subscribers_tags import tag, untag

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.model import Subscriber


@group()
def subscribers() -> None:
    """Add, import, list and count readers. An import never raises consent."""


for each in (
    import_,
    imports,
    undo,
    export,
    show,
    proof,
    find,
    edit,
    merge,
    growth,
    invite,
    suppressions,
    tag,
    untag,
    *PEOPLE_COMMANDS,
):
    subscribers.add_command(each)


@subscribers.command()
@click.argument("address")
@click.option("--name", default="", help="How the letter addresses the reader.")
@click.option(
    "--consent",
    metavar="TEXT",
    default=None,
    callback=lambda ctx, param, value: "" if value is None else not_blank(ctx, param, value),
    help="The proof you hold; without it the reader must confirm by mail.",
)
@dry_run_option
def add(*, address: str, name: str, consent: str, dry_run: bool) -> None:
    """Add a reader: pending, with a confirmation mail; or active, with the proof that you name.

    Example: weekly subscribers add ada@example.org --name Ada --consent "asked me at the meet-up, 2026-11-03"
    """
    from subscribers.addresses import parse_address
    from subscribers.errors import KeptOutAddress, TransitionError
    from subscribers.model import Proof

    parsed = parse_address(address)
    newsletter = open_newsletter()
    if dry_run:
        say(f"would add an {'active' if consent else 'unconfirmed'} reader")
        return
    now = newsletter.clock.now()
    proof = Proof(source="command line", given_at=now, wording=consent)
    if consent:
        try:
            reader = newsletter.people.add_with_proof(parsed, name=name, proof=proof, now=now)
        except TransitionError as error:
            raise click.UsageError(
                f"The reader is {error.state}. Add them without --consent: a mail asks them."
            ) from error
        except KeptOutAddress as error:
            raise click.UsageError(f"{error}; add it without --consent: a mail asks them.") from error
    else:
        _ = newsletter.transport  # refuses placeholders before anything is written
        reader = newsletter.people.request(parsed, name=name, proof=proof, now=now)
        if reader.state.word == "pending":
            _ask_to_confirm(newsletter, reader)
    say(f"the reader is {reader.state.word}")


def _ask_to_confirm(newsletter: Newsletter, reader: Subscriber) -> None:
    import asyncio

    from pipeline.errors import PipelineError
    from pipeline.run.pacing import open_pacer
    from pipeline.run.single_mails import NOT_SENT, SINGLE_MAIL_WAIT, send_confirmation

    now = newsletter.clock.now()
    mail = asyncio.run(
        send_confirmation(
            newsletter.transport,
            reader,
            newsletter.letterhead,
            newsletter.templates,
            newsletter.secrets.signing,
            at=now,
            pace=open_pacer(newsletter, until=now + SINGLE_MAIL_WAIT, notice=newsletter.say),
        )
    )
    if mail.refusal:
        raise PipelineError(
            f"the reader is pending, but the confirmation mail was not sent ({mail.refusal}); add them again"
        )
    newsletter.people.note_confirm_mailed(reader.public_id, now, source="command line")
    where = f"the confirmation mail is written to {mail.file}; {NOT_SENT}"
    say(where if mail.file else "a confirmation mail is on its way; its link works for 7 days")


@subscribers.command("list")
@listed
@json_option
def list_(*, as_json: bool, asked: Selecting) -> None:
    """List readers in the order they joined, all of them or a selection.

    \b
    weekly subscribers list --state pending
    weekly subscribers list --where 'tag:mentors and joined>2026-01-01 and company~"Ltd"'
    """  # noqa: D301 - click wants the character itself
    from pipeline.run.reading import ListedReaders
    from subscribers.exporting import as_object

    newsletter = open_newsletter()
    where = read_selection(newsletter, asked)
    readers = ListedReaders(newsletter).iterate(where)
    if as_json:
        print_json_rows("subscribers", (as_object(reader) for reader in readers if reader.email))
        return
    lines = (
        f"{reader.email or '(erased)':<40} {reader.state.word:<13} {reader.name}  {' '.join(reader.tags)}"
        for reader in readers
    )
    echo_lines((line.rstrip() for line in lines), f"{'email':<40} {'state':<13} name and tags")


@subscribers.command()
@listed
@json_option
def count(*, as_json: bool, asked: Selecting) -> None:
    """Count readers by state; `deliverable` is how many the next letter goes to.

    \b
    weekly subscribers count --json
    weekly subscribers count --where 'domain:example.org and not tag:staff'
    """  # noqa: D301 - click wants the character itself
    from pipeline.run.reading import read_people

    newsletter = open_newsletter()
    people = read_people(newsletter)
    counts, deliverable = dict.fromkeys(STATES, 0), 0
    if people and asked.is_everyone:
        counts, deliverable = dict(people.count_by_state()), people.count_deliverable()
    elif not asked.is_everyone:
        where = read_selection(newsletter, asked)
        if people:
            counts = dict(newsletter.people.selected.count_by_state(where))
            deliverable = newsletter.people.selected.count_deliverable(where)
    if as_json:
        print_json({"counts": counts, "deliverable": deliverable})
        return
    for word, number in (*counts.items(), ("deliverable", deliverable)):
        click.echo(f"{number:>9,} {word}")
