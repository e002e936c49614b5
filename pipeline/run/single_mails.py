"""Single mails outside any issue: test copies, and the confirmation that a new reader must answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.issue.history import last_readers

if TYPE_CHECKING:
    from pipeline.model.rendered import Rendered
    from pipeline.wiring import Newsletter

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.deliver.mime.compile import compile_letter, compile_notice
from pipeline.deliver.mime.message import MESSAGE_ID, REF, TO
from pipeline.deliver.transport import Transport, TransportError
from pipeline.edition.sample import readers_phrase, sample_values
from pipeline.errors import TryLater
from pipeline.model.delivery import AttemptOutcome, Envelope, Verdict
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered
from pipeline.render.letter import render_notice
from subscribers.model import Subscriber
from subscribers.tokens import CONFIRM_LIFETIME, Keyring, Purpose, mail_ref, make_token

if TYPE_CHECKING:
    from jinja2 import Environment


async def send_copies(
    transport: Transport,
    rendered: Rendered,
    letterhead: Letterhead,
    addresses: Sequence[str],
    *,
    readers: int,
    at: datetime,
    text_only: bool = False,
) -> list[AttemptOutcome]:
    """Send test copies of a letter; their links open nothing and no ledger knows them."""
    phrase = readers_phrase(readers, letterhead.audience)
    message = compile_letter(rendered, letterhead, frozen_at=at, readers_phrase=phrase, text_only=text_only)
    mails = []
    for number, address in enumerate(addresses, 1):
        values = sample_values(rendered.week, letterhead, address=address)
        ref = f"test{at:%Y%m%d%H%M%S}.{number}"
        values = {**values, REF: ref, MESSAGE_ID: f"{rendered.week.lower()}.{ref}@{letterhead.host}"}
        envelope = Envelope(letterhead.from_email, address, f"{rendered.week}.{ref}")
        mails.append((envelope, message.fill(values)))
    return await _send(transport, mails)


async def send_confirmation(
    transport: Transport,
    reader: Subscriber,
    letterhead: Letterhead,
    templates: Environment,
    keyring: Keyring,
    *,
    at: datetime,
) -> AttemptOutcome:
    """Ask a pending reader to confirm; the link works for 7 days."""
    rendered = render_notice("confirm", {}, letterhead, templates)
    message = compile_notice(rendered, letterhead, sent_at=at)
    token = make_token(keyring, Purpose.CONFIRM, reader.public_id, reader.token_epoch, at + CONFIRM_LIFETIME)
    ref = f"confirm.{mail_ref(keyring, f'{at:%Y%m%dT%H%M%S}', reader.public_id)}"
    mail = message.fill(
        {
            TO: reader.email,
            REF: ref,
            MESSAGE_ID: f"{ref}@{letterhead.host}",
            PersonalSlot.CONFIRM_URL.value: f"{letterhead.base_url}/c/{token}",
        }
    )
    return (await _send(transport, [(Envelope(letterhead.from_email, reader.email, ref), mail)]))[0]


async def _send(transport: Transport, mails: Sequence[tuple[Envelope, bytes]]) -> list[AttemptOutcome]:
    async def nothing() -> None:
        """Record nothing: these mails are in no ledger."""

    try:
        session = await transport.open()
        try:
            outcomes = []
            for envelope, mail in mails:
                if not session.usable:
                    await session.close()
                    session = await transport.open()
                outcomes.append(await session.send(envelope, mail, nothing))
            return outcomes
        finally:
            await session.close()
    except TransportError as error:
        kind = TryLater if error.temporary else PipelineError
        raise kind(str(error)) from error


def refusal(outcome: AttemptOutcome) -> str:
    """Return why a mail was not sent; empty if it was."""
    if outcome.verdict is Verdict.SENT:
        return ""
    return f"{outcome.verdict.value}: {outcome.code or ''} {outcome.detail}".strip()


def mark_as_test(rendered: Rendered) -> Rendered:
    """Mark a letter as a test in its subject."""
    return replace(rendered, subject=f"[Test] {rendered.subject}")


def send_test(
    newsletter: Newsletter, rendered: Rendered, recipients: Sequence[str], *, text_only: bool = False
) -> tuple[int, list[str]]:
    """Send test copies, as text alone if wanted; returns how many were sent, and why others were not.

    Raises SettingsError, PipelineError or TryLater if the transport cannot be used.
    """
    history = newsletter.history()
    outcomes = asyncio.run(
        send_copies(
            newsletter.transport,
            mark_as_test(rendered),
            newsletter.letterhead,
            recipients,
            readers=last_readers(history),
            at=newsletter.clock.now(),
            text_only=text_only,
        )
    )
    refused = [words for outcome in outcomes if (words := refusal(outcome))]
    return len(outcomes) - len(refused), refused


def tell_copies(rendered: Rendered, sent: int, refused: Sequence[str]) -> str:
    """Return how many copies were sent, in words; raises PipelineError if any was refused."""
    words = f"“{mark_as_test(rendered).subject}”: {sent} test {'copy' if sent == 1 else 'copies'} sent"
    if refused:
        raise PipelineError("\n".join((words, *refused)))
    return words
