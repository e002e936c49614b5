"""Single mails outside any issue: test copies, and the confirmation that a new reader must answer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.issue.history import last_readers

if TYPE_CHECKING:
    from pipeline.model.rendered import Rendered
    from pipeline.wiring import Newsletter

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.deliver.mime.compile import compile_letter, compile_notice
from pipeline.deliver.mime.message import MESSAGE_ID, REF, TO
from pipeline.deliver.transport import Transport, TransportError, WritesFiles
from pipeline.edition.sample import readers_phrase, sample_values
from pipeline.errors import TryLater
from pipeline.model.delivery import AttemptOutcome, Envelope, Verdict
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered
from pipeline.render.letter import render_notice
from pipeline.run.pacing import open_pacer
from subscribers.model import Subscriber
from subscribers.tokens import CONFIRM_LIFETIME, Keyring, Purpose, mail_ref, make_token

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipeline.deliver.pacer import Pacer


SINGLE_MAIL_WAIT = timedelta(minutes=1)
"""How long a single mail waits for a limit: somebody looks at the screen meanwhile."""


@dataclass(frozen=True, slots=True)
class SentMail:
    """What became of a mail, and the file that it was written to by a transport that sends none."""

    outcome: AttemptOutcome
    file: str = ""

    @property
    def refusal(self) -> str:
        """Why it was not sent; empty if it was."""
        if self.outcome.verdict is Verdict.SENT:
            return ""
        return f"{self.outcome.verdict.value}: {self.outcome.code or ''} {self.outcome.detail}".strip()


async def send_copies(
    transport: Transport,
    rendered: Rendered,
    letterhead: Letterhead,
    addresses: Sequence[str],
    *,
    readers: int,
    at: datetime,
    text_only: bool = False,
    pace: Pacer | None = None,
) -> list[SentMail]:
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
    return await _send(transport, mails, pace)


async def send_confirmation(
    transport: Transport,
    reader: Subscriber,
    letterhead: Letterhead,
    templates: Environment,
    keyring: Keyring,
    *,
    at: datetime,
    pace: Pacer | None = None,
) -> SentMail:
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
    return (await _send(transport, [(Envelope(letterhead.from_email, reader.email, ref), mail)], pace))[0]


async def _send(
    transport: Transport, mails: Sequence[tuple[Envelope, bytes]], pace: Pacer | None
) -> list[SentMail]:
    async def nothing() -> None:
        """Record nothing: these mails are in no ledger."""

    try:
        session = await transport.open()
        try:
            sent: list[SentMail] = []
            for envelope, mail in mails:
                if pace is not None and pace.is_limited and not await pace.admit():
                    raise TryLater(
                        f"{len(sent)} of {len(mails)} mails were sent; {pace.blocked}; call again then"
                    )
                if not session.usable:
                    await session.close()
                    session = await transport.open()
                outcome = await session.send(envelope, mail, nothing)
                file = str(transport.find_file(envelope.ref)) if isinstance(transport, WritesFiles) else ""
                sent.append(SentMail(outcome, file))
            return sent
        finally:
            await session.close()
            if pace is not None:
                pace.close()
    except TransportError as error:
        if pace is not None and error.is_about_rate:
            pace.refused(error, sent=0, sessions=0)
        kind = TryLater if error.temporary else PipelineError
        raise kind(str(error)) from error


def mark_as_test(rendered: Rendered) -> Rendered:
    """Mark a letter as a test in its subject."""
    return replace(rendered, subject=f"[Test] {rendered.subject}")


def send_test(
    newsletter: Newsletter, rendered: Rendered, recipients: Sequence[str], *, text_only: bool = False
) -> str:
    """Send test copies, as text alone if wanted; returns in words how many were sent, or where they are.

    Raises SettingsError, PipelineError or TryLater if the transport cannot be used, PipelineError if any copy
    was refused.
    """
    mails = asyncio.run(
        send_copies(
            newsletter.transport,
            mark_as_test(rendered),
            newsletter.letterhead,
            recipients,
            readers=last_readers(newsletter.history()),
            at=newsletter.clock.now(),
            text_only=text_only,
            pace=open_pacer(
                newsletter, until=newsletter.clock.now() + SINGLE_MAIL_WAIT, notice=newsletter.say
            ),
        )
    )
    refused = [mail.refusal for mail in mails if mail.refusal]
    files = [mail.file for mail in mails if mail.file and not mail.refusal]
    count = len(mails) - len(refused)
    done = f"written to {', '.join(files)}; {NOT_SENT}" if files else "sent"
    words = f"“{mark_as_test(rendered).subject}”: {count} test {'copy' if count == 1 else 'copies'} {done}"
    if refused:
        raise PipelineError("\n".join((words, *refused)))
    return words


NOT_SENT = "nothing leaves this machine: `[transport] kind` in weekly.toml writes letters to files"
