"""`weekly subscribers show`: one reader, and the proof of their consent."""

from __future__ import annotations

from collections.abc import Mapping

import click

from pipeline.cli.options import command, json_option, open_newsletter
from pipeline.cli.outputs import document, print_json
from pipeline.cli.subscribers_lists import find_reader
from pipeline.cli.subscribers_suppressions import open_suppressions
from subscribers.instants import format_instant


@command()
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
