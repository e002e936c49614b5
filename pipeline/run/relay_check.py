"""Checks the relay without sending a letter: connects, logs in, names sender and reader, takes it back."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.relay_advice import find_findings
from pipeline.deliver.relay_finding import RelayCase, RelayFinding
from pipeline.deliver.transport import Stage, Transport, TransportError
from pipeline.deliver.transports.host_names import is_loopback
from pipeline.deliver.transports.port_identity import identify
from pipeline.deliver.transports.relay_facts import RelayFacts, RelaySoftware, recognise
from pipeline.errors import PipelineError
from pipeline.exits import DONE, FAILED, LATER
from pipeline.run.reading import has_current_store
from subscribers.model import SubscriberState
from subscribers.selection.model import by_state

if TYPE_CHECKING:
    from pipeline.deliver.transports.smtp import SmtpTransport
    from pipeline.deliver.transports.smtp_session import SmtpSession
    from pipeline.wiring import Newsletter

SAMPLED_READERS = 500
"""Readers among whom the commonest mail domain is looked for: enough to find one of a real list."""


@dataclass(frozen=True, slots=True)
class RelayChecked:
    """What a check of the relay found."""

    transport: str
    where: str
    """Host and port, or the folder."""
    facts: RelayFacts = field(default_factory=RelayFacts)
    software: RelaySoftware | None = None
    probe: str = ""
    """The address that RCPT was asked about."""
    letter_bytes: int = 0
    findings: tuple[RelayFinding, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: whether sending would work now, may work later, or fail."""
        errors = [finding for finding in self.findings if finding.severity == "error"]
        if not errors:
            return DONE
        return LATER if all(finding.temporary for finding in errors) else FAILED


def check_relay(newsletter: Newsletter, *, probe: str = "") -> RelayChecked:
    """Check the transport that the settings name; nothing is sent and nothing is changed.

    `probe` is an address outside the relay; without it, `postmaster` at the mail domain that most readers
    have. Raises SettingsError when the settings do not allow to send.
    """
    from pipeline.deliver.transports.smtp import SmtpTransport

    transport, kind = newsletter.transport, newsletter.settings.transport.kind
    if isinstance(transport, SmtpTransport):
        return asyncio.run(_check_smtp(newsletter, transport, probe or _find_probe(newsletter)))
    failure = asyncio.run(_try_open(transport))
    findings = () if failure is None else (_describe(failure),)
    where = str(newsletter.settings.transport.outbox) if kind == "outbox" else kind
    return RelayChecked(kind, where, letter_bytes=_measure_letter(newsletter), findings=findings)


def _describe(error: TransportError) -> RelayFinding:
    return RelayFinding(
        "transport",
        "error",
        str(error),
        "no letter can be sent before this works",
        "fix the cause and check again",
        temporary=error.temporary,
    )


async def _try_open(transport: Transport) -> TransportError | None:
    try:
        session = await transport.open()
    except TransportError as error:
        return error
    await session.close()
    return None


async def _open_or_identify(transport: SmtpTransport, smtp: SmtpOptions, facts: RelayFacts) -> SmtpSession:
    """Open a session; where that fails before a greeting, find out what the port speaks instead."""
    try:
        return await transport.open(facts)
    except TransportError as error:
        is_mute = error.stage in (Stage.TLS, Stage.GREETING) and not error.code
        if is_mute and "smtp.ca_file" not in str(error) and not facts.spoken.protocol:
            facts.spoken = await identify(smtp.host, smtp.port)
        raise


async def _check_smtp(newsletter: Newsletter, transport: SmtpTransport, probe: str) -> RelayChecked:
    smtp: SmtpOptions = newsletter.settings.smtp
    facts, failure = RelayFacts(), None
    try:
        session = await _open_or_identify(transport, smtp, facts)
        try:
            facts.probe = await session.probe(newsletter.letterhead.from_email, probe)
        finally:
            await session.close()
    except TransportError as error:
        failure = error
    software, size = recognise(smtp.host, facts), _measure_letter(newsletter)
    case = RelayCase(
        smtp,
        newsletter.delivery,
        facts,
        software,
        is_local=is_loopback(smtp.host),
        now=newsletter.clock.now(),
        letter_bytes=size,
        beyond_ascii=newsletter.people.count_beyond_ascii() if has_current_store(newsletter) else 0,
        failure=failure,
    )
    return RelayChecked("smtp", f"{smtp.host}:{smtp.port}", facts, software, probe, size, find_findings(case))


def _measure_letter(newsletter: Newsletter) -> int:
    """Return the bytes of the next letter for a sample reader; 0 when it cannot be made."""
    from pipeline.edition.sample import fill_sample, readers_phrase
    from pipeline.issue.history import last_readers

    try:
        draft = newsletter.edition().draft(newsletter.week(None, has_letter=True))
    except PipelineError:
        return 0  # `weekly issue check` names the cause; the relay can be checked without
    letterhead = newsletter.letterhead
    phrase = readers_phrase(last_readers(newsletter.history()), letterhead.audience)
    return len(fill_sample(draft.rendered, letterhead, phrase=phrase, at=newsletter.clock.now()).eml)


def _find_probe(newsletter: Newsletter) -> str:
    addresses = [newsletter.letterhead.from_email]
    if has_current_store(newsletter):
        readers = newsletter.people.page(limit=SAMPLED_READERS, where=by_state(SubscriberState.ACTIVE))
        addresses = [reader.email for reader in readers if reader.email] or addresses
    domains = Counter(address.rpartition("@")[2] for address in addresses)
    return f"postmaster@{domains.most_common(1)[0][0]}"
