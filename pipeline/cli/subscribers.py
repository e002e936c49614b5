"""`weekly subscribers …`: readers and the proof of their consent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import (
    confirm,
    dry_run_option,
    group,
    json_option,
    open_newsletter,
    say,
    yes_option,
)
from pipeline.cli.outputs import document, print_json, print_json_rows
from pipeline.cli.subscribers_acts import imports, undo
from pipeline.cli.subscribers_import import import_
from pipeline.cli.subscribers_lists import (
    STATES,
    export,
    find_reader,
    find_state,
    not_blank,
    state_option,
    tag,
    tag_option,
)
from pipeline.cli.subscribers_suppressions import open_suppressions, suppressions
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.model import Subscriber


@group()
def subscribers() -> None:
    """Add, import, list and count readers. An import never raises consent."""


for each in (import_, imports, undo, export, tag, suppressions):
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
@state_option
@tag_option
@json_option
def list_(*, state: str | None, tag: str, as_json: bool) -> None:
    """List readers in the order they joined.

    Example: weekly subscribers list --state pending
    """
    from subscribers.exporting import as_object

    newsletter = open_newsletter()
    readers = newsletter.people.iterate(state=find_state(state), tag=tag) if newsletter.has_store() else ()
    if as_json:
        print_json_rows("subscribers", (as_object(reader) for reader in readers if reader.email))
        return
    for number, reader in enumerate(readers):
        if not number:
            click.echo(f"{'email':<40} {'state':<13} name and tags")
        cells = f"{reader.email or '(erased)':<40} {reader.state.word:<13} {reader.name}"
        click.echo(f"{cells}  {' '.join(reader.tags)}".rstrip())


@subscribers.command()
@click.argument("address")
@json_option
def show(*, address: str, as_json: bool) -> None:
    """Show one reader with the whole record of consent, and what came back of their letters.

    Example: weekly subscribers show ada@example.org
    """
    from pipeline.cli.documents.newsletter import RecordEntry, ReturnedEntry
    from pipeline.cli.tables import print_table
    from subscribers.addresses import parse_address
    from subscribers.exporting import as_object

    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    events = [
        document(RecordEntry, each, event=each.event.word, at=format_instant(each.at))
        for each in newsletter.people.events(reader.public_id)
    ]
    returned = [
        document(
            ReturnedEntry, each, kind=each.kind.word, code=each.code or None, at=format_instant(each.taken_at)
        )
        for each in newsletter.returned.find_lines(reader.id)
    ]
    lifted = list(open_suppressions(newsletter).iterate_lifted(email_key=parse_address(address).key))
    if as_json:
        print_json({**as_object(reader), "record": events, "returned": returned, "lifted": lifted})
        return
    for key, value in as_object(reader).items():
        words = ", ".join(value) if isinstance(value, list) else value
        if words or key == "confirmed_at":
            click.echo(
                f"{key.removesuffix('_at'):>9}  {_instant(str(words)) if key.endswith('_at') else words}"
            )
    parts: dict[tuple[str, ...], list[tuple[object, ...]]] = {
        ("record of consent", "at", "event", "source", "wording"): [
            (each["at"], _describe_event(each), each["source"], each["wording"]) for each in events
        ],
        ("came back", "at", "letter", "kind", "answer"): [
            (each["at"], each["week"], each["kind"], _describe_answer(each)) for each in returned
        ],
        ("suppressions that were lifted", "at", "reason", "lifted because"): [
            (format_instant(one.lifted_at), one.reason.value, one.lift_reason) for one in lifted
        ],
    }
    for (name, *columns), rows in parts.items():
        if rows:
            click.echo(f"\n{name}")
            print_table(
                columns, [(_instant(str(at)), *(str(cell or "") for cell in row)) for at, *row in rows]
            )


def _instant(written: str) -> str:
    """Return an instant of JSON as people read it; `never` for none."""
    return "never" if written == "None" else f"{written[:16].replace('T', ' ')} UTC"


def _describe_event(event: Mapping[str, object]) -> str:
    """Return what an event was; its source says who unsubscribed a reader, unless the operator did."""
    word = str(event["event"])
    return word if event["source"] in ("", "command line") else word.removesuffix(" by hand")


def _describe_answer(returned: Mapping[str, object]) -> str:
    code, words = str(returned["code"] or ""), str(returned["detail"])
    return words if words.startswith(code) else f"{code} {words}"


@subscribers.command()
@click.argument("address")
@dry_run_option
def unsubscribe(*, address: str, dry_run: bool) -> None:
    """Unsubscribe a reader at their request. Safe to repeat.

    Example: weekly subscribers unsubscribe ada@example.org
    """
    from subscribers.addresses import parse_address

    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    if dry_run:
        say(f"would unsubscribe a reader who is {reader.state.word}")
        return
    left = newsletter.people.unsubscribe_address(
        parse_address(address), newsletter.clock.now(), source="command line"
    )
    say("the reader is unsubscribed" if left else f"nothing to do: the reader is {reader.state.word}")


@subscribers.command()
@click.argument("address")
@click.option(
    "--reason",
    type=click.Choice(["bounced", "complained", "by hand"]),
    default="by hand",
    show_default=True,
    help="The reason, for the record.",
)
@dry_run_option
def suppress(*, address: str, reason: str, dry_run: bool) -> None:
    """Suppress an address: it is never written to again, whatever a later import says.

    Example: weekly subscribers suppress ada@example.org --reason complained
    """
    from subscribers.addresses import parse_address
    from subscribers.suppression import SuppressionReason

    parsed = parse_address(address)
    newsletter = open_newsletter()
    if dry_run:
        say("would suppress the address")
        return
    added = newsletter.people.suppress(
        parsed, SuppressionReason(reason), newsletter.clock.now(), source="command line"
    )
    say("the address is suppressed" if added else "nothing to do: the address was suppressed already")


@subscribers.command()
@click.argument("address")
@dry_run_option
@yes_option
def erase(*, address: str, dry_run: bool, yes: bool) -> None:
    """Erase a reader: address, name and tags. The proof and a hash that keeps the address out remain.

    Example: weekly subscribers erase ada@example.org --yes
    """
    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    if dry_run:
        say(f"would erase a reader who is {reader.state.word}")
        return
    confirm("Forget this reader for good?", yes=yes)
    newsletter.people.erase(reader.public_id, newsletter.clock.now(), source="command line")
    say("the reader is erased")


@subscribers.command()
@json_option
def count(*, as_json: bool) -> None:
    """Count readers by state; `deliverable` is how many the next letter goes to.

    Example: weekly subscribers count --json
    """
    from pipeline.run.reading import read_people

    people = read_people(open_newsletter())
    counts = dict(people.count_by_state()) if people else dict.fromkeys(STATES, 0)
    deliverable = people.count_deliverable() if people else 0
    if as_json:
        print_json({"counts": counts, "deliverable": deliverable})
        return
    for word, number in (*counts.items(), ("deliverable", deliverable)):
        click.echo(f"{number:>9,} {word}")
