"""What a relay shows of itself before it takes a letter, and which software or service it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.deliver.login_need import Need, find_need
from pipeline.deliver.refusal import find_about
from pipeline.deliver.transport import Stage
from pipeline.deliver.transports.port_identity import Spoken
from pipeline.deliver.transports.reply import Reply
from pipeline.model.delivery import About


@dataclass(frozen=True, slots=True)
class TlsFacts:
    """The TLS of a connection whose certificate was verified."""

    version: str
    cipher: str
    expires_at: datetime | None
    issuer: str


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """The answer to one command of a probe; `detail` is its text without addresses."""

    stage: Stage
    code: int
    detail: str
    about: About = About.UNCLEAR
    need: Need = Need.NOTHING

    @property
    def is_accepted(self) -> bool:
        """Whether the relay said yes."""
        return self.code // 100 == 2  # noqa: PLR2004 - the first digit of RFC 5321, 4.2.1

    @property
    def is_temporary(self) -> bool:
        """Whether the relay said that it may take it later."""
        return self.code // 100 == 4  # noqa: PLR2004


def read_answer(stage: Stage, reply: Reply) -> ProbeAnswer:
    """Return what a reply to a command of the probe means."""
    about = find_about(stage, reply.code, reply.enhanced, reply.text)
    need = find_need(reply.code, reply.enhanced, reply.text)
    return ProbeAnswer(stage, reply.code, reply.detail, about, need)


@dataclass(slots=True)
class RelayFacts:
    """Filled while a connection is opened, so that a failure leaves what was learned before it."""

    banner: str = ""
    hello: str = ""
    """The first line of the answer to EHLO."""
    offers: Mapping[str, str] = field(default_factory=dict)
    """Keywords in capitals with their parameters; those under TLS, once there is TLS."""
    tls: TlsFacts | None = None
    login: str = ""
    """The mechanism that the relay accepted; empty without a login."""
    own_name: str = ""
    """What this machine greets with."""
    probe: tuple[ProbeAnswer, ...] = ()
    need: Need = Need.NOTHING
    """What the reply that ended the opening asks for."""
    spoken: Spoken = field(default_factory=Spoken)
    """What the port speaks, if it was asked because no greeting came."""

    @property
    def max_bytes(self) -> int:
        """The largest letter that the relay announces; 0 when it names no limit."""
        size = self.offers.get("SIZE", "").partition(" ")[0]
        return int(size) if size.isdecimal() else 0

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The ways to log in that are announced."""
        return tuple(self.offers.get("AUTH", "").split())


@dataclass(frozen=True, slots=True)
class RelaySoftware:
    """What answers at the other end."""

    name: str
    version: str = ""
    is_test: bool = False
    """Whether it is made for tests and delivers nothing."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


_VERSION = r"[ /]*v?(?P<version>\d+(?:\.\d+)+\w*)?"

_BY_GREETING: tuple[tuple[str, str], ...] = (
    ("Amazon SES", r"SimpleEmailService|email-smtp[.-][\w.-]*amazonaws\.com"),
    ("Gmail or Google Workspace", r"\bgsmtp\b|smtp(?:-relay)?\.gmail\.com|smtp\.google\.com"),
    ("Microsoft 365", r"(?:outlook|office365)\.com\b"),
    ("Exchange", r"Microsoft ESMTP MAIL Service|Microsoft Exchange"),
    ("Postmark", r"\bpostmark(?:app)?\b"),
    ("SendGrid", r"\bSG ESMTP\b|sendgrid|ismtpd"),
    ("Mailgun", r"\bmailgun\b"),
    ("Brevo", r"\bbrevo\.com|sendinblue"),
    ("Mailjet", r"\bmailjet\b"),
    ("SparkPost", r"sparkpost|\becelerity\b"),
    ("Mandrill", r"\bmandrill(?:app)?\b"),
    ("Resend", r"\bresend\b"),
    ("Fastmail", r"\b(?:fastmail|messagingengine)\.com"),
    ("Zoho Mail", r"\bzoho(?:mail)?\b"),
    ("Proton Mail", r"\bproton(?:mail)?\b"),
    ("iCloud Mail", r"\bicloud\b|mail\.me\.com"),
    ("Yahoo Mail", r"\byahoo\.com"),
    ("Postfix", rf"\bPostfix\b{_VERSION}"),
    ("Exim", rf"\bExim\b{_VERSION}"),
    ("OpenSMTPD", rf"\bOpenSMTPD\b{_VERSION}"),
    ("sendmail", rf"\bSendmail\b{_VERSION}"),
    ("Haraka", rf"\bHaraka\b{_VERSION}"),
    ("Stalwart", rf"\bStalwart\b{_VERSION}"),
    ("maddy", r"\bmaddy\b"),
    ("Courier", r"\bCourier\b"),
    ("qmail", r"\bqmail\b"),
    ("Zimbra", r"\bZimbra\b"),
    ("Apache James", r"\bJAMES\b"),
    ("PowerMTA", rf"\bPowerMTA\b{_VERSION}"),
    ("KumoMTA", r"\bKumoMTA\b"),
    ("Halon", r"\bHalon\b"),
    ("MDaemon", rf"\bMDaemon\b{_VERSION}"),
    ("hMailServer", r"\bhMailServer\b"),
    ("Kerio Connect", rf"\bKerio Connect\b{_VERSION}"),
    ("IceWarp", rf"\bIceWarp\b{_VERSION}"),
    ("MailEnable", rf"\bMailEnable\b{_VERSION}"),
)
"""What services and programs write into their greetings, or what their hosts are called."""

_TEST_SERVERS = (
    ("Mailpit", r"\bMailpit\b"),
    ("MailHog", r"\bMailHog\b"),
    ("MailDev", r"\bmaildev\b"),
    ("aiosmtpd", rf"\bPython SMTP\b{_VERSION}"),
    ("Mailtrap's sandbox", r"sandbox\.smtp\.mailtrap\.io"),
)

_BY_OFFERS: tuple[tuple[str, frozenset[str]], ...] = (
    ("Exim", frozenset({"PIPECONNECT"})),
    ("Exim", frozenset({"X_PIPE_CONNECT"})),
    ("Exim", frozenset({"PRDR"})),
    ("sendmail", frozenset({"DELIVERBY", "ETRN"})),
    ("Microsoft 365", frozenset({"XRDST"})),
    ("Exchange", frozenset({"XEXCH50"})),
    ("Exchange", frozenset({"X-ANONYMOUSTLS"})),
    ("Postfix", frozenset({"ETRN", "VRFY", "ENHANCEDSTATUSCODES", "DSN"})),
)
"""Extensions that only one program has, or together only one (measured: docs/reference/mail-servers.md)."""


def recognise(host: str, facts: RelayFacts) -> RelaySoftware | None:
    """Return what the relay is, by its greeting, its host name or what it announces; None if none shows."""
    shown = f"{facts.banner}\n{facts.hello}\n{host}"
    if found := _find(_TEST_SERVERS, shown):
        return RelaySoftware(*found, is_test=True)
    if found := _find(_BY_GREETING, shown):
        return RelaySoftware(*found)
    return next((RelaySoftware(name) for name, needed in _BY_OFFERS if needed <= facts.offers.keys()), None)


def _find(table: Iterable[tuple[str, str]], shown: str) -> tuple[str, str] | None:
    for name, pattern in table:
        if found := re.search(pattern, shown, re.IGNORECASE):
            return name, found.groupdict().get("version") or ""
    return None
