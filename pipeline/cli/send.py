"""`weekly send`: test copies, which no ledger knows."""

from __future__ import annotations

import click

from pipeline.cli.options import (
    command,
    dry_run_option,
    open_newsletter,
    read_variant,
    say,
    variant_option,
    week_option,
)
from pipeline.cli.variants import render_variant


@command()
@click.option(
    "--to", "addresses", multiple=True, required=True, metavar="ADDRESS", help="Where to; may be repeated."
)
@week_option
@variant_option
@dry_run_option
def send(*, addresses: tuple[str, ...], week: str | None, variant: str, dry_run: bool) -> None:
    """Send test copies of a letter, marked [Test]; their unsubscribe links open nothing.

    Readers get theirs by `weekly run`. Example: weekly send --to editor@example.org
    """
    from pipeline.run.single_mails import mark_as_test, send_test, tell_copies
    from subscribers.addresses import parse_address

    choices = read_variant(variant)
    newsletter = open_newsletter()
    recipients = [parse_address(address).email for address in addresses]
    edition = newsletter.edition()
    draft = edition.draft(newsletter.week(week))
    rendered = render_variant(edition, draft, choices)
    if dry_run:
        count = len(recipients)
        say(f"would send “{mark_as_test(rendered).subject}” to {count} address{'es' if count != 1 else ''}")
        return
    say(tell_copies(rendered, *send_test(newsletter, rendered, recipients, text_only=choices.text_only)))
