"""What to set for a relay, from what it showed: findings with a reason and a next step. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.deliver.options import DeliveryOptions, SmtpOptions
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.relay_facts import ProbeAnswer, RelayFacts, RelaySoftware
from pipeline.model.delivery import About
from pipeline.model.problem import Severity

EXIM_QUEUES_AFTER = 10
"""Exim's default of smtp_accept_queue_per_connection: what follows waits for a queue run (measured, 4.96)."""
EXIM_CLOSES_AFTER = 1000
"""Exim's default of smtp_accept_max_per_connection, after which it says 421 (measured, 4.96)."""
OPENSMTPD_CLOSES_AFTER = 100
"""OpenSMTPD's limit of letters a session, after which it says 452 (measured, 6.8)."""
MICROSOFT_CONNECTIONS, MICROSOFT_PER_MINUTE = 3, 30
"""What Microsoft 365 allows a mailbox, by its documentation (docs/how-to/send-with-microsoft-365.md)."""
EXPIRES_SOON = timedelta(days=14)
"""Certificates are renewed about 30 days before their end; two weeks before it, that has failed."""
OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")
"""Deprecated by RFC 8996."""
SUBMISSION_PORTS = (465, 587)
"""Ports for those who log in (RFC 8314, 3.3; RFC 6409)."""


@dataclass(frozen=True, slots=True)
class RelayFinding:
    """One thing to know or to change; an error means that sending would fail."""

    id: str
    severity: Severity
    what: str
    why: str
    fix: str
    """The next step."""
    temporary: bool = False
    """Whether time alone may resolve it."""


@dataclass(frozen=True, slots=True)
class RelayCase:
    """Everything that the advice depends on."""

    smtp: SmtpOptions
    delivery: DeliveryOptions
    facts: RelayFacts
    software: RelaySoftware | None
    is_local: bool
    """Whether the relay is on this machine."""
    now: datetime
    letter_bytes: int = 0
    """The size of this week's letter; 0 when it cannot be made."""
    failure: TransportError | None = None
    """What ended the opening or the probe."""


def find_findings(case: RelayCase) -> tuple[RelayFinding, ...]:
    """Return what to know, errors first."""
    found = [*_failure(case), *_answers(case), *_size(case), *_security(case), *_limits(case)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))


def _failure(case: RelayCase) -> Iterator[RelayFinding]:
    error = case.failure
    if error is None:
        return
    id_, fix = _FIX_BY_STAGE.get(error.stage, ("answer", "ask the relay's operator, with these words"))
    if error.stage in (Stage.TLS, Stage.STARTTLS):
        id_, fix = _fix_tls(case, str(error))
    if error.stage is Stage.AUTH and not error.code:
        id_, fix = "login-mechanism", _fix_mechanism(case)
    if error.about is About.RATE:
        id_, fix = (
            "too-fast",
            "wait, or use fewer `connections` in [delivery]; the next run goes on by itself",
        )
    why = "no letter can be sent before this works"
    yield RelayFinding(id_, "error", str(error), why, fix, temporary=error.temporary)


_FIX_BY_STAGE = {
    Stage.CONNECT: (
        "unreachable",
        "check smtp.host and smtp.port, the server, and the firewall: hosting companies often block port 25",
    ),
    Stage.GREETING: (
        "greeting",
        "the server refuses this host before it knows anything else: ask its operator to let this address in",
    ),
    Stage.EHLO: ("hello", "set smtp.ehlo_name to the full name of this host, as it is in the DNS"),
    Stage.AUTH: (
        "login-refused",
        "check smtp.username and the password; many providers want a key or an app password here",
    ),
}


def _fix_tls(case: RelayCase, words: str) -> tuple[str, str]:
    if case.smtp.ca_file and "smtp.ca_file" in words:
        return "ca-file", "name a file with the certificate of your authority in PEM form"
    if "certificate" not in words:
        if "does not offer STARTTLS" in words:
            local = 'set security = "none" for a relay on this machine, or ' if case.is_local else ""
            return (
                "no-starttls",
                f'{local}use port 465 with security = "tls", or ask for STARTTLS on the server',
            )
        return "tls", 'port 465 goes with security = "tls", ports 587 and 25 with security = "starttls"'
    if "mismatch" in words or "not valid for" in words:
        return "certificate-name", "set smtp.host to a name that is in the server's certificate"
    if "expired" in words:
        return "certificate-expired", "renew the certificate on the server"
    return (
        "certificate-authority",
        "name the certificate of your own authority, or of the server itself, in smtp.ca_file",
    )


def _fix_mechanism(case: RelayCase) -> str:
    if not case.facts.mechanisms:
        return "remove smtp.username if the relay needs no login, or use its submission port (587 or 465)"
    if "XOAUTH2" in case.facts.mechanisms:
        return "the relay wants a token: set smtp.token_command"
    if case.smtp.security == "none":
        return 'set security to "starttls" or "tls": many servers offer PLAIN and LOGIN only then'
    return "enable PLAIN, LOGIN, CRAM-MD5 or XOAUTH2 on the relay"


def _answers(case: RelayCase) -> Iterator[RelayFinding]:
    for answer in case.facts.probe:
        if not answer.is_accepted:
            yield _refused_sender(answer) if answer.stage is Stage.MAIL else _refused_recipient(case, answer)


def _refused_sender(answer: ProbeAnswer) -> RelayFinding:
    is_temporary = answer.code // 100 == 4 or answer.about is About.RATE  # noqa: PLR2004 - a first digit
    fix = "the next run goes on by itself; if this stays, ask the relay's operator"
    if not is_temporary:
        fix = (
            "set `from` in [newsletter] to an address that this relay may send for, or have it verified there"
        )
    what = f"the sender is refused: {answer.code} {answer.detail}"
    return RelayFinding(
        "sender-refused", "error", what, "every letter begins with it", fix, temporary=is_temporary
    )


def _refused_recipient(case: RelayCase, answer: ProbeAnswer) -> RelayFinding:
    said = f"{answer.code} {answer.detail}"
    if answer.about is About.READER:
        return RelayFinding(
            "probe-unknown",
            "warning",
            f"the address of the probe is refused: {said}",
            "the relay knows no such mailbox, which says nothing about your readers",
            "try an address that exists: --probe ADDRESS",
        )
    if answer.about is About.GREYLIST:
        return RelayFinding(
            "greylisting",
            "warning",
            f"the relay puts first attempts off: {said}",
            "letters are deferred and tried again after 5 minutes",
            "have this host exempted from greylisting on the relay",
        )
    if _needs_login(case):
        return RelayFinding(
            "no-login", "error", f"the probe is refused: {said}", _NO_LOGIN_WHY, _NO_LOGIN_FIX
        )
    is_temporary = answer.code // 100 == 4 and answer.about is not About.SENDER  # noqa: PLR2004 - a first digit
    if is_temporary:
        fix = "the next run goes on by itself; if this stays, ask the relay's operator"
        why = "readers would be deferred"
        return RelayFinding("later", "error", f"the probe is put off: {said}", why, fix, temporary=True)
    return RelayFinding(
        "relay-denied",
        "error",
        f"the relay does not take letters for others from this host: {said}",
        _DENIED if answer.about is About.SENDER else f"{_DENIED}, {_UNLESS}",
        _RELAYING.get(case.software.name if case.software else "", "allow this host to relay, or log in"),
    )


_DENIED = "every reader would be refused"
_UNLESS = "unless only this address is unknown, which its words leave open: try --probe ADDRESS"
_RELAYING = {
    "Postfix": "add this host's address to `mynetworks` in main.cf, or log in on port 587",
    "Exim": "add this host's address to `relay_from_hosts` (Debian: dc_relay_nets), or log in on port 587",
    "OpenSMTPD": 'add a rule such as `match from src 192.0.2.1 for any action "relay"` to smtpd.conf',
    "sendmail": "add this host's address with RELAY to /etc/mail/access, or log in on port 587",
}
_NO_LOGIN_WHY = "this port is for those who log in: without a login every reader would be refused"
_NO_LOGIN_FIX = (
    "set smtp.username and the password, or use the relay's port 25 if it takes letters of this host"
)


def _needs_login(case: RelayCase) -> bool:
    is_submission = case.smtp.port in SUBMISSION_PORTS or bool(case.facts.mechanisms)
    return is_submission and not case.smtp.username


def _size(case: RelayCase) -> Iterator[RelayFinding]:
    most = case.facts.max_bytes
    if 0 < most < case.letter_bytes:
        yield RelayFinding(
            "size",
            "error",
            f"this week's letter has {case.letter_bytes:,} bytes, the relay takes {most:,} at most",
            "the relay would refuse it for every reader",
            "raise the limit on the relay (Postfix and Exim: message_size_limit), or shorten the letter",
        )


def _security(case: RelayCase) -> Iterator[RelayFinding]:
    smtp, facts = case.smtp, case.facts
    if smtp.security == "none" and not case.is_local:
        offered = "it offers STARTTLS" if "STARTTLS" in facts.offers else "ask the relay for TLS"
        yield RelayFinding(
            "plain-text",
            "warning",
            f"letters go to {smtp.host} in plain text",
            "addresses and personal links can be read by anyone in between",
            f'set security = "starttls" ({offered})',
        )
    if _needs_login(case) and smtp.port in SUBMISSION_PORTS and all(a.is_accepted for a in facts.probe):
        yield RelayFinding(
            "no-login", "warning", f"no login on port {smtp.port}", _NO_LOGIN_WHY, _NO_LOGIN_FIX
        )
    if facts.tls and facts.tls.expires_at and facts.tls.expires_at - case.now < EXPIRES_SOON:
        yield RelayFinding(
            "certificate-expires",
            "warning",
            f"the relay's certificate ends on {facts.tls.expires_at:%Y-%m-%d}",
            "from then on no letter is sent: certificates are always verified",
            "see why it was not renewed on the server",
        )
    if facts.tls and facts.tls.version in OLD_TLS:
        yield RelayFinding(
            "old-tls",
            "warning",
            f"the connection is secured by {facts.tls.version} only",
            "it is deprecated, and this machine will refuse it one day",
            "enable TLS 1.2 and 1.3 on the relay",
        )
    if facts.own_name.startswith("[") and not case.is_local:
        yield RelayFinding(
            "own-name",
            "warning",
            f"this host has no full name and greets with {facts.own_name}",
            "some relays refuse that, and filters count it against the sender",
            "set smtp.ehlo_name to the name of this host in the DNS",
        )


def _limits(case: RelayCase) -> Iterator[RelayFinding]:
    per_connection, name = case.delivery.messages_per_connection, case.software.name if case.software else ""
    if name == "Exim" and per_connection > EXIM_QUEUES_AFTER:
        yield RelayFinding(
            "exim-queues",
            "warning",
            f"Exim only queues from letter {EXIM_QUEUES_AFTER + 1} of a connection on",
            "those wait for its next queue run, on Debian up to half an hour; it says `250 OK` all the same",
            f"set messages_per_connection = {EXIM_QUEUES_AFTER} in [delivery] (now {per_connection}), or "
            "smtp_accept_queue_per_connection = 0 in Exim",
        )
    if name == "OpenSMTPD" and per_connection > OPENSMTPD_CLOSES_AFTER:
        yield RelayFinding(
            "opensmtpd-session",
            "warning",
            f"OpenSMTPD takes {OPENSMTPD_CLOSES_AFTER} letters a session",
            "the next is put off, and the run has to connect again",
            f"set messages_per_connection = {OPENSMTPD_CLOSES_AFTER} in [delivery] (now {per_connection})",
        )
    is_slow_enough = 0 < case.delivery.per_minute <= MICROSOFT_PER_MINUTE
    if name == "Microsoft 365" and (case.delivery.connections > MICROSOFT_CONNECTIONS or not is_slow_enough):
        yield RelayFinding(
            "microsoft-limits",
            "warning",
            "Microsoft 365 takes 3 connections of a mailbox at once, and 30 letters a minute",
            "more are put off with `432 4.3.2`, so that the run has to find the pace by itself",
            "set connections = 3 and per_minute = 30 in [delivery]",
        )
    if case.software and case.software.is_test:
        yield RelayFinding(
            "test-server",
            "warning",
            f"{case.software.name} is a server for tests",
            "it keeps letters and delivers none",
            "use it for test copies only",
        )
