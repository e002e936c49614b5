"""`weekly subscribers show`, `proof` and `find`: one reader, the proof of their consent, and who is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from pipeline import exits
from pipeline.cli.options import command, json_option, open_newsletter, say
from pipeline.cli.outputs import document, print_json, print_json_rows
from pipeline.cli.subscribers_lists import find_reader
from pipeline.cli.subscribers_suppressions import open_suppressions
from pipeline.model.plurals import count_noun
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.model import ConsentEvent, Subscriber
    from subscribers.suppressing import LiftedEntry

FOUND_SHOWN = 50
"""More would not be read; a longer part of the name or address finds fewer."""


@command()
@click.argument("address")
@json_option
def show(*, address: str, as_json: bool) -> None:
    """Show one reader with the whole record of consent, their last letters, and what came back of them.

    Example: weekly subscribers show ada@example.org
    """
    from pipeline.cli.documents.newsletter import DeliveryEntry, RecordEntry, ReturnedEntry
    from subscribers.addresses import parse_address
    from subscribers.attributes import read_attributes
    from subscribers.consent import find_break
    from subscribers.exporting import as_object

    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    record = newsletter.people.events(reader.public_id)
    events = [document(RecordEntry, each, **_write_event(each)) for each in record]
    deliveries = [
        document(DeliveryEntry, each, code=each.code or None)
        for each in newsletter.issues.list_deliveries(reader.id)
    ]
    returned = [
        document(
            ReturnedEntry, each, kind=each.kind.word, code=each.code or None, at=format_instant(each.taken_at)
        )
        for each in newsletter.returned.find_lines(reader.id)
    ]
    lifted = list(open_suppressions(newsletter).iterate_lifted(email_key=parse_address(address).key))
    about = {
        **as_object(reader),
        "first_name": reader.first_name,
        "attributes": read_attributes(reader.attributes),
    }
    parts = {"record": events, "deliveries": deliveries, "returned": returned, "lifted": lifted}
    broken = find_break(record)
    if as_json:
        print_json({**about, "intact": broken is None, **parts})
        return
    _tell_reader(about)
    _tell_parts(events, deliveries, returned, lifted)
    say(_describe_chain(record, broken))


RECORD = ("at", "event", "source", "given", "wording")
"""The columns of a record of consent."""


@command()
@click.argument("address")
@json_option
@click.pass_context
def proof(ctx: click.Context, *, address: str, as_json: bool) -> None:
    """Print the proof of a reader's consent: every entry with dates, source, wording and hash.

    Exit code 6 when the record was altered. Example: weekly subscribers proof ada@example.org
    """
    from pipeline.cli.documents.newsletter import ProofEntry
    from subscribers.consent import find_break

    newsletter = open_newsletter()
    reader = find_reader(newsletter, address)
    record = newsletter.people.events(reader.public_id)
    broken = find_break(record)
    events = [document(ProofEntry, each, **_write_event(each)) for each in record]
    if as_json:
        found = {"intact": broken is None, "broken_at": None if broken is None else broken + 1}
        print_json({"email": reader.email, "state": reader.state.word, **found, "record": events})
    else:
        click.echo(f"{reader.email} is {reader.state.word}")
        for number, (each, event) in enumerate(zip(events, record, strict=True), 1):
            click.echo(f"\n{number}. {_instant(str(each['at']))}  {_describe_event(each)}")
            given = _instant(format_instant(event.given_at)) if event.given_at else ""
            for name, words in (("source", event.source), ("given", given), ("wording", event.wording)):
                if words:
                    click.echo(f"   {name}: {words}")
            click.echo(f"   hash: {event.row_hash}")
        click.echo(f"\n{_describe_chain(record, broken)}")
    ctx.exit(exits.DONE if broken is None else exits.LOOK)


@command()
@click.argument("text")
@json_option
def find(*, text: str, as_json: bool) -> None:
    """Find readers by a part of their name or address, without regard to accents and upper case.

    Example: weekly subscribers find lovelace
    """
    newsletter = open_newsletter()
    if not text.strip():
        raise click.UsageError("Write a part of a name or an address.")
    found = _find(newsletter, text) if newsletter.has_store() else []
    if as_json:
        from subscribers.exporting import as_object

        print_json_rows("subscribers", (as_object(reader) for reader in found[:FOUND_SHOWN]))
    else:
        for reader in found[:FOUND_SHOWN]:
            cells = f"{reader.email:<40} {reader.state.word:<13} {reader.name}"
            click.echo(f"{cells}  {' '.join(reader.tags)}".rstrip())
    if len(found) > FOUND_SHOWN:
        say(f"the first {FOUND_SHOWN} are shown; write more of the name or address")
    elif not found:
        say("no reader has this in name or address")


def _find(newsletter: Newsletter, text: str) -> list[Subscriber]:
    from subscribers.model import SubscriberState
    from subscribers.selection.fields import fold_text
    from subscribers.selection.model import AnyOf, Comparison, Not, by_state, join_all

    folded = fold_text(" ".join(text.split()).replace("\0", ""))
    fields = ("name", "first_name", "email")
    where = AnyOf(tuple(Comparison(field, "~", folded) for field in fields))
    here = join_all(where, Not(by_state(SubscriberState.ERASED)))
    return newsletter.people.page(limit=FOUND_SHOWN + 1, where=here)


def _write_event(event: ConsentEvent) -> dict[str, object]:
    given = format_instant(event.given_at) if event.given_at else None
    return {"event": event.event.word, "at": format_instant(event.at), "given_at": given}


def _tell_reader(about: Mapping[str, object]) -> None:
    for key, value in about.items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(value, Mapping):
            words = ", ".join(f"{name}: {text}" for name, text in value.items())
        if words or key == "confirmed_at":
            shown = _instant(str(words)) if key.endswith("_at") else words
            click.echo(f"{key.removesuffix('_at').replace('_', ' '):>10}  {shown}")


def _tell_part(title: str, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> None:
    from pipeline.cli.tables import print_table

    if rows:
        click.echo(f"\n{title}")
        print_table(columns, [(_instant(str(at)), *(str(cell or "") for cell in row)) for at, *row in rows])


def _tell_parts(
    events: Sequence[Mapping[str, object]],
    deliveries: Sequence[Mapping[str, object]],
    returned: Sequence[Mapping[str, object]],
    lifted: Sequence[LiftedEntry],
) -> None:
    for title, columns, rows in (
        ("record of consent", RECORD, [(each["at"], *_describe_entry(each)) for each in events]),
        (
            "last letters",
            ("at", "letter", "state", "answer"),
            [(_at(each), each["week"], each["state"], _describe_answer(each)) for each in deliveries],
        ),
        (
            "came back",
            ("at", "letter", "kind", "answer"),
            [(each["at"], each["week"], each["kind"], _describe_answer(each)) for each in returned],
        ),
        (
            "suppressions that were lifted",
            ("at", "reason", "lifted because"),
            [(format_instant(one.lifted_at), one.reason.value, one.lift_reason) for one in lifted],
        ),
    ):
        _tell_part(title, columns, rows)


def _describe_chain(record: tuple[ConsentEvent, ...], broken: int | None) -> str:
    if broken is None:
        return f"the record is intact: {count_noun(len(record), 'entry', 'entries')}, each with its hash"
    return f"the record was altered: entry {broken + 1} of {len(record)} does not have its hash"


def _describe_entry(each: Mapping[str, object]) -> tuple[object, ...]:
    given = _instant(str(each["given_at"])) if each["given_at"] else ""
    return _describe_event(each), each["source"], given, each["wording"]


def _at(each: Mapping[str, object]) -> str:
    from datetime import datetime

    at = each["at"]
    return format_instant(at) if isinstance(at, datetime) else ""


def _instant(written: str) -> str:
    """Return an instant of JSON as people read it; `never` for none."""
    return "never" if written == "None" else f"{written[:16].replace('T', ' ')} UTC"


def _describe_event(event: Mapping[str, object]) -> str:
    """Return what an event was; its source says who unsubscribed a reader, unless the operator did."""
    word = str(event["event"])
    return word if event["source"] in ("", "command line") else word.removesuffix(" by hand")


def _describe_answer(returned: Mapping[str, object]) -> str:
    code, words = str(returned["code"] or ""), str(returned.get("detail") or returned.get("answer") or "")
    return words if words.startswith(code) else f"{code} {words}"
