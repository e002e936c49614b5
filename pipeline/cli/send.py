"""`weekly send`: test copies, which no ledger knows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import click

from pipeline.cli.options import command, dry_run_option, newsletter, say, week_option


@command()
@click.option(
    "--to", "addresses", multiple=True, required=True, metavar="ADDRESS", help="Where to; may be repeated."
)
@week_option
@dry_run_option
def send(*, addresses: tuple[str, ...], week: str | None, dry_run: bool) -> None:
    """Send test copies of a letter, marked [Test]; their unsubscribe links open nothing.

    Readers get theirs by `weekly run`. Example: weekly send --to editor@example.org
    """
    from pipeline.errors import PipelineError
    from pipeline.notices import refusal, send_copies
    from subscribers.addresses import parse_address

    letter = newsletter()
    recipients = [parse_address(address).email for address in addresses]
    draft = letter.edition().draft(letter.week(week))
    rendered = replace(draft.rendered, subject=f"[Test] {draft.rendered.subject}")
    if dry_run:
        say(f"would send “{rendered.subject}” to {len(recipients)} addresses")
        return
    history = letter.history()
    outcomes = asyncio.run(
        send_copies(
            letter.transport,
            rendered,
            letter.letterhead,
            recipients,
            readers=history[-1].readers if history else 0,
            at=letter.clock.now(),
        )
    )
    refused = [words for outcome in outcomes if (words := refusal(outcome))]
    sent = len(outcomes) - len(refused)
    say(f"“{rendered.subject}”: {sent} test {'copy' if sent == 1 else 'copies'} sent")
    if refused:
        raise PipelineError("\n".join(refused))
