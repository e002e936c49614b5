"""`weekly subscribers invite`: pending readers of a list are asked to confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.options import command, confirm, dry_run_option, open_newsletter, say, yes_option
from pipeline.cli.selections import Selecting, read_selection, selected
from pipeline.model.plurals import count_noun

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter
    from subscribers.model import Subscriber


@command()
@selected
@dry_run_option
@yes_option
def invite(*, asked: Selecting, dry_run: bool, yes: bool) -> None:
    """Ask pending readers of a selection to confirm: one mail, and one reminder a week later at the earliest.

    Call it again for the reminder, and when limits of the relay stopped it. Who answers neither is forgotten
    by `weekly run` after 30 days (`[store] forget_unconfirmed`).

    \b
    weekly subscribers invite --where 'import:3' --dry-run
    """  # noqa: D301 - click wants the character itself
    from subscribers.inviting import is_invitation_due
    from subscribers.model import SubscriberState
    from subscribers.selection.model import by_state, join_all

    if asked.is_everyone:
        raise click.UsageError("Name whom to ask with --where or --segment, such as --where import:3.")
    newsletter = open_newsletter()
    where = join_all(read_selection(newsletter, asked), by_state(SubscriberState.PENDING))
    people, now = newsletter.people, newsletter.clock.now()
    due = [
        reader for reader in people.iterate(where) if is_invitation_due(people.events(reader.public_id), now)
    ]
    if not due:
        say("nothing to do: no pending reader of the selection is to be asked now")
        return
    many = count_noun(len(due), "pending reader")
    if dry_run:
        say(f"{many} would be asked to confirm; nothing was sent")
        return
    _ = newsletter.transport  # refuses placeholders before anything is asked
    if len(due) > 1:
        confirm(f"{many} will get a mail that asks them to confirm. Go on?", yes=yes)
    say(f"{count_noun(_send(newsletter, due), 'reader')} asked to confirm; the link works for 7 days")


def _send(newsletter: Newsletter, readers: list[Subscriber]) -> int:
    """Send the mails and record each; returns how many were sent, raises when one was refused."""
    import asyncio

    from pipeline.errors import PipelineError
    from pipeline.run.pacing import open_pacer
    from pipeline.run.single_mails import send_confirmation

    until = newsletter.clock.now() + newsletter.settings.delivery.run_for
    sent, refused = 0, ""
    for reader in readers:
        mail = asyncio.run(
            send_confirmation(
                newsletter.transport,
                reader,
                newsletter.letterhead,
                newsletter.templates,
                newsletter.secrets.signing,
                at=newsletter.clock.now(),
                pace=open_pacer(newsletter, until=until, notice=newsletter.say),
            )
        )
        if mail.refusal:
            refused = mail.refusal
            continue
        now = newsletter.clock.now()
        newsletter.people.note_confirm_mailed(reader.public_id, now, source="command line, invite")
        sent += 1
    if refused:
        left = len(readers) - sent
        raise PipelineError(f"{sent} were asked to confirm, {left} could not be ({refused}); call again")
    return sent
