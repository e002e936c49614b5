"""What to set for a relay, from what it showed: findings with a reason and a next step. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from pipeline.deliver.relay_finding import RelayCase, RelayFinding
from pipeline.deliver.relay_refusals import (
    NO_LOGIN_FIX,
    NO_LOGIN_WHY,
    SUBMISSION_PORTS,
    find_refusals,
    needs_login,
)

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


def find_findings(case: RelayCase) -> tuple[RelayFinding, ...]:
    """Return what to know, errors first."""
    found = [
        *find_refusals(case),
        *_size(case),
        *_security(case),
        *_login(case),
        *_limits(case),
        *_utf8(case),
    ]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))


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


def _login(case: RelayCase) -> Iterator[RelayFinding]:
    smtp = case.smtp
    if case.failure or not all(answer.is_accepted for answer in case.facts.probe):
        return  # the refusal is the finding
    if smtp.password.get_secret_value() and not smtp.username:
        yield RelayFinding(
            "login-incomplete",
            "warning",
            "there is a password for the relay and no user name, so it is not used",
            "letters are handed over without a login",
            "set smtp.username, or remove the password",
        )
    elif needs_login(case) and smtp.port in SUBMISSION_PORTS:
        yield RelayFinding("no-login", "warning", f"no login on port {smtp.port}", NO_LOGIN_WHY, NO_LOGIN_FIX)


def _utf8(case: RelayCase) -> Iterator[RelayFinding]:
    if case.beyond_ascii and case.facts.offers and "SMTPUTF8" not in case.facts.offers:
        readers = "1 reader has" if case.beyond_ascii == 1 else f"{case.beyond_ascii:,} readers have"
        yield RelayFinding(
            "smtputf8",
            "warning",
            f"{readers} an address with letters beyond ASCII, and the relay does not offer SMTPUTF8",
            "their deliveries end as `failed address`; nothing else is affected",
            "switch it on at the relay (Postfix: smtputf8_enable = yes), then `weekly retry --class address`",
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
