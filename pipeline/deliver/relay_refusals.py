"""What to do about a relay that takes no letter: findings for its refusals, with the next step. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.deliver.login_need import Need
from pipeline.deliver.relay_finding import RelayCase, RelayFinding
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.port_identity import SMTP, TLS, UNKNOWN, find_protocol
from pipeline.deliver.transports.relay_facts import ProbeAnswer
from pipeline.model.delivery import About

SUBMISSION_PORTS = (465, 587)
"""Ports for those who log in (RFC 8314, 3.3; RFC 6409)."""
_MAIL_CLIENT_PROTOCOLS = ("IMAP", "POP3", "ManageSieve")
"""What mail programs read mail with."""
_NEWS_GREETINGS = (200, 201)
"""RFC 3977, 5.1."""

NO_LOGIN_WHY = "this port is for those who log in: without a login every reader would be refused"
NO_LOGIN_FIX = (
    "set smtp.username and the password, or use the relay's port 25 if it takes letters of this host"
)
_ALL_REFUSED = "every reader would be refused"
_BEFORE_ALL = "no letter can be sent before this works"
_WAIT = "the next run goes on by itself; if this stays, ask the relay's operator"
_OPERATOR = "ask the relay's operator, with these words"


def find_refusals(case: RelayCase) -> Iterator[RelayFinding]:
    """Yield what ended the opening or the probe, with a next step."""
    if case.failure is not None:
        yield _describe_failure(case, case.failure)
    for answer in case.facts.probe:
        if not answer.is_accepted:
            yield _describe_answer(case, answer)


def needs_login(case: RelayCase) -> bool:
    """Return whether the port is for those who log in, and the settings have no login."""
    is_submission = case.smtp.port in SUBMISSION_PORTS or bool(case.facts.mechanisms)
    return is_submission and not case.smtp.username


# The opening


def _describe_failure(case: RelayCase, error: TransportError) -> RelayFinding:
    words, need = str(error), case.facts.need
    if other := _describe_protocol(case, error):
        return other
    if error.about is About.RATE:
        return _too_fast(words)
    if error.stage is Stage.AUTH and not error.code and _lacks_password(case):
        return RelayFinding("login-incomplete", "error", words, _BEFORE_ALL, _HOW_TO_LOG_IN)
    if need is Need.TLS:
        return _tls_needed(case, words)
    if need is Need.LOGIN and error.stage is not Stage.AUTH:
        return _login_needed(case, words)
    id_, fix = _fix_stage(case, error)
    if error.temporary and error.code:
        fix = _WAIT
    elif _BLOCKED.search(words):
        id_, fix = "host-blocked", _BLOCKED_FIX
    return RelayFinding(id_, "error", words, _BEFORE_ALL, fix, temporary=error.temporary)


def _lacks_password(case: RelayCase) -> bool:
    smtp = case.smtp
    is_given = smtp.password.get_secret_value() or smtp.token_command
    return bool(smtp.username and not is_given)


_HOW_TO_LOG_IN = (
    "write smtp_password into .secrets or set WEEKLY_SMTP__PASSWORD, or empty smtp.username for no login"
)


def _fix_stage(case: RelayCase, error: TransportError) -> tuple[str, str]:
    words = str(error)
    if error.stage in (Stage.TLS, Stage.STARTTLS):
        return _fix_tls(case, words)
    if error.stage is Stage.AUTH:
        return _fix_refused_login(error) if error.code else ("login-mechanism", _fix_mechanism(case))
    id_, fix = _FIX_BY_STAGE.get(error.stage, ("answer", _OPERATOR))
    if error.stage is Stage.CONNECT and re.search(r"\bname\b|no address|nodename", words):
        fix = "check smtp.host: this machine finds no address for that name"
    if error.stage is Stage.GREETING and not error.code:
        fix = "check smtp.port and security, and whether the relay or a firewall lets this host in"
    return id_, fix


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
}

_BLOCKED = re.compile(
    r"\bblocked\b|block-?list|black-?list|spamhaus|\blisted (?:in|on|at|by)\b|reputation"
    r"|\bPTR\b|reverse (?:dns|name|lookup)|\brDNS\b",
    re.IGNORECASE,
)
_BLOCKED_FIX = (
    "this host's address is on a block list or has no name in the reverse DNS, as the answer says: have that "
    "corrected, or send through a relay that takes your login"
)


def _describe_protocol(case: RelayCase, error: TransportError) -> RelayFinding | None:
    """Return what else than SMTP as it is set answers on the port; None if nothing else does."""
    spoken, port, where = case.facts.spoken, case.smtp.port, f"{case.smtp.host}:{case.smtp.port}"
    protocol = spoken.protocol
    if not protocol and case.facts.banner:
        greeted = error.stage is Stage.GREETING and error.code
        protocol = find_protocol(f"{greeted or 220} {case.facts.banner}".encode())
        if protocol == SMTP or (greeted and greeted not in _NEWS_GREETINGS):
            return None
    if not protocol:
        return None
    has_tls = case.smtp.security == "tls"
    if protocol not in (SMTP, TLS, UNKNOWN):
        fix = "set smtp.port to the relay's port for SMTP: 587, 465 or 25"
        if protocol in _MAIL_CLIENT_PROTOCOLS:
            fix = f"port {port} is for reading mail, not for sending: {fix}"
        return RelayFinding("not-smtp", "error", f"{where} speaks {protocol}, not SMTP", _BEFORE_ALL, fix)
    if spoken.has_tls and not has_tls:
        what, fix = "wants TLS from the first byte", 'set security = "tls" in [smtp]'
    elif protocol == SMTP and has_tls and not spoken.has_tls:
        what, fix = "begins in plain text, not with TLS", 'set security = "starttls" in [smtp]'
        fix += ', or "none" for a relay on this machine' if case.is_local else ", or use port 465"
    elif protocol == UNKNOWN:
        what, fix = "does not speak SMTP", "check smtp.host and smtp.port: 587, 465 or 25 are usual"
    else:
        return None
    return RelayFinding(
        "tls" if protocol != UNKNOWN or spoken.has_tls else "not-smtp",
        "error",
        f"{where} {what}",
        _BEFORE_ALL,
        fix,
    )


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


def _fix_refused_login(error: TransportError) -> tuple[str, str]:
    fix = "check smtp.username and the password; many providers want a key or an app password here"
    if error.enhanced == "5.7.139":
        fix = (
            "SMTP AUTH is switched off for this mailbox or organisation at Microsoft 365: have it enabled, "
            "or use a token (smtp.token_command)"
        )
    return "login-refused", fix


def _fix_mechanism(case: RelayCase) -> str:
    smtp, offered = case.smtp, case.facts.mechanisms
    if smtp.security == "none" and "STARTTLS" in case.facts.offers:
        return 'set security = "starttls": the relay takes a login only then'
    if not offered:
        return "remove smtp.username if the relay needs no login, or use its submission port (587 or 465)"
    if "XOAUTH2" in offered:
        return "the relay wants a token: set smtp.token_command"
    if smtp.security == "none":
        return 'set security to "starttls" or "tls": many servers offer PLAIN and LOGIN only then'
    return "enable PLAIN, LOGIN, CRAM-MD5 or XOAUTH2 on the relay"


# At every stage


def _too_fast(said: str) -> RelayFinding:
    why = "a limit of the relay is reached; readers keep their place"
    fix = "wait: the next run goes on by itself; what the relay allows can be set in [delivery]"
    return RelayFinding("too-fast", "error", said, why, fix, temporary=True)


def _login_needed(case: RelayCase, said: str) -> RelayFinding:
    smtp = case.smtp
    fix, why = NO_LOGIN_FIX, _ALL_REFUSED
    if smtp.username:
        fix, why = f"{_OPERATOR}: what may this user send?", "the login was accepted, and is not enough"
    elif smtp.password.get_secret_value():
        fix = "set smtp.username: there is a password, and no user name"
    return RelayFinding("no-login", "error", f"the relay wants a login first: {said}", why, fix)


def _tls_needed(case: RelayCase, said: str) -> RelayFinding:
    fix = f"{_OPERATOR}: the connection has TLS already"
    if case.smtp.security == "none":
        fix = 'set security = "starttls" in [smtp], or "tls" with port 465'
    return RelayFinding("starttls-needed", "error", f"the relay wants TLS first: {said}", _ALL_REFUSED, fix)


# The probe


def _describe_answer(case: RelayCase, answer: ProbeAnswer) -> RelayFinding:
    said = f"{answer.code} {answer.detail}"
    if answer.about is About.RATE:
        return _too_fast(f"the relay asks to slow down: {said}")
    if answer.need is Need.TLS:
        return _tls_needed(case, said)
    if answer.need is Need.LOGIN:
        return _login_needed(case, said)
    is_sender = answer.about is About.SENDER and _NAMES_SENDER.search(answer.detail)
    if answer.stage is Stage.MAIL or (is_sender and not answer.is_temporary):
        return _refused_sender(answer, said)
    return _refused_recipient(case, answer, said)


_NAMES_SENDER = re.compile(
    r"\bsender\b(?! verify)|\bfrom address|\bmail from\b|return-?path|\bidentity\b|SendAs|sending domain"
    r"|\bnot verified\b|\bnot owned\b",
    re.IGNORECASE,
)


def _refused_sender(answer: ProbeAnswer, said: str) -> RelayFinding:
    what, why = f"the sender is refused: {said}", "every letter begins with it"
    if answer.is_temporary:
        what = f"the relay takes no letter now: {said}"
        return RelayFinding("sender-refused", "error", what, why, _WAIT, temporary=True)
    if _BLOCKED.search(answer.detail):
        return RelayFinding("host-blocked", "error", f"the relay blocks this host: {said}", why, _BLOCKED_FIX)
    fix = "set `from` in [newsletter] to an address that this relay may send for, or have it verified there"
    return RelayFinding("sender-refused", "error", what, why, fix)


def _refused_recipient(case: RelayCase, answer: ProbeAnswer, said: str) -> RelayFinding:
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
    if needs_login(case):
        return RelayFinding("no-login", "error", f"the probe is refused: {said}", NO_LOGIN_WHY, NO_LOGIN_FIX)
    if answer.is_temporary and answer.about is not About.SENDER:
        why = "readers would be deferred"
        return RelayFinding("later", "error", f"the probe is put off: {said}", why, _WAIT, temporary=True)
    if _BLOCKED.search(answer.detail):
        what = f"the relay blocks this host: {said}"
        return RelayFinding("host-blocked", "error", what, _ALL_REFUSED, _BLOCKED_FIX)
    return RelayFinding(
        "relay-denied",
        "error",
        f"the relay does not take letters for others from this host: {said}",
        _ALL_REFUSED if answer.about is About.SENDER else f"{_ALL_REFUSED}, {_UNLESS}",
        _RELAYING.get(case.software.name if case.software else "", "allow this host to relay, or log in"),
    )


_UNLESS = "unless only this address is unknown, which its words leave open: try --probe ADDRESS"
_RELAYING = {
    "Postfix": "add this host's address to `mynetworks` in main.cf, or log in on port 587",
    "Exim": "add this host's address to `relay_from_hosts` (Debian: dc_relay_nets), or log in on port 587",
    "OpenSMTPD": 'add a rule such as `match from src 192.0.2.1 for any action "relay"` to smtpd.conf',
    "sendmail": "add this host's address with RELAY to /etc/mail/access, or log in on port 587",
}
