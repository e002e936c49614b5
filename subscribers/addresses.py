"""E-mail addresses: what may be written to, how it is compared, how it is shown. Pure; asks no network."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from subscribers.errors import AddressError

ADDRESS_MAX_CHARS = 254
LOCAL_MAX_CHARS = 64
"""In octets (RFC 5321, 4.5.3.1): a path of 256 with its angle brackets, a local part of 64."""
NAME_MAX_CHARS = 200
"""Longer than any name that people print; it keeps a header and a table readable."""
ROLE_ACCOUNTS = frozenset({"abuse", "postmaster", "noreply", "no-reply", "hostmaster", "mailer-daemon"})
"""Mailboxes of roles (RFC 2142 and common practice), which no reader signs up with."""

EMPTY = "there is no address"
CONTROL = "it holds a control character or a line break"
NO_AT = "it has no @"
NOTHING_BEFORE = "there is nothing before the @"
NOTHING_AFTER = "there is nothing after the @"
QUOTED = "the part before the @ is quoted"
NAMED = "it holds more than the bare address: leave out the name and the angle brackets"
LITERAL = "it has an IP address instead of a domain"
TOO_LONG = "it is too long"
INVISIBLE_LOCAL = "the part before the @ has characters that no mail server accepts"
ROLE = "it belongs to a role (postmaster, noreply …), not to a reader"
UNREACHABLE = "its domain cannot receive mail"
MALFORMED = "it is not a well-formed address"
REASONS = frozenset(
    {EMPTY, CONTROL, NO_AT, NOTHING_BEFORE, NOTHING_AFTER, QUOTED, NAMED, LITERAL, TOO_LONG}
    | {INVISIBLE_LOCAL, ROLE, UNREACHABLE, MALFORMED}
)
"""Every reason of an AddressError; constants, so that no reason can repeat an address."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"[A-Za-z](?:[A-Za-z0-9]{0,61}[A-Za-z])?"
_ORDINARY = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+({_TOP}))")
# Under these the validator refuses; it is asked, so that its list stays the only one.
_RESERVED_TOPS = frozenset({"arpa", "invalid", "local", "localhost", "onion"})
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BLANKS = " \t\u00a0\u2002\u2003\u2009\u202f\u3000"


@dataclass(frozen=True, slots=True)
class Address:
    """A usable address: `email` is what SMTP gets (local part as typed), `key` what is compared.

    The domain is ASCII always, the local part nearly always; another one is in NFC and needs a relay with
    SMTPUTF8 (RFC 6531).
    """

    email: str
    key: str


def parse_address(raw: str) -> Address:
    """Parse an address as typed; blanks around it are ignored, anything else unusual is refused.

    DNS is not asked. `.test` and `.example` domains are accepted, for trials. Raises AddressError with one
    of REASONS.
    """
    text = raw.strip(_BLANKS)
    local, domain = _split_ordinary(text) or _validated(text)
    folded = local.lower()
    if folded in ROLE_ACCOUNTS:
        raise AddressError(ROLE)
    return Address(f"{local}@{domain}", f"{folded}@{domain}")


def mask(email: str) -> str:
    """Shorten an address for terminals and logs: `j…e@e…e.org`; never fails."""
    local, _, domain = email.rpartition("@")
    name, _, top = domain.rpartition(".")
    return (
        f"{_ends(local)}@{_ends(name)}.{top}" if local and name and top.isascii() and top.isalnum() else "…"
    )


def clean_name(raw: str) -> str:
    """Reduce a reader's name to one short line of visible characters; empty when nothing is left."""
    if raw.isascii() and raw.isprintable() and len(raw) <= NAME_MAX_CHARS:
        return " ".join(raw.split())
    visible = "".join(" " if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} else char for char in raw)
    return " ".join(visible.split())[:NAME_MAX_CHARS].rstrip()


def _split_ordinary(text: str) -> tuple[str, str] | None:
    # Most addresses are plain ASCII; this answers as the validator does (a property test holds them
    # together), in a fiftieth of its time, and leaves every doubtful one to it.
    match = _ORDINARY.fullmatch(text) if len(text) <= ADDRESS_MAX_CHARS else None
    if match is None or match.end(1) > LOCAL_MAX_CHARS or match[3].lower() in _RESERVED_TOPS:
        return None
    return match[1], match[2].lower()


def _validated(text: str) -> tuple[str, str]:
    refusal = _plain_refusal(text)
    if refusal:
        raise AddressError(refusal)
    # Imported late: half of this package's start-up time, and rarely needed.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - see above

    try:
        valid = validate_email(
            text, check_deliverability=False, strict=True, allow_smtputf8=True, test_environment=True
        )
    except EmailNotValidError as error:
        # The validator's words may quote the address.
        raise AddressError(_reason(text)) from error
    if "." not in valid.ascii_domain:
        raise AddressError(UNREACHABLE)
    # In NFC, so that a letter and its composed form are one mailbox (RFC 6532, 3.1); limits are in octets.
    local = valid.local_part
    octets = len(local.encode())
    if octets > LOCAL_MAX_CHARS or octets + 1 + len(valid.ascii_domain) > ADDRESS_MAX_CHARS:
        raise AddressError(TOO_LONG)
    return local, valid.ascii_domain


def _plain_refusal(text: str) -> str:
    if not text:
        return EMPTY
    if _UNSEEN.search(text):
        return CONTROL
    if "<" in text or ">" in text:
        return NAMED
    if '"' in text:
        return QUOTED
    return TOO_LONG if len(text) > ADDRESS_MAX_CHARS else ""


def _reason(text: str) -> str:
    local, at, domain = text.rpartition("@")
    checks = (
        (not at, NO_AT),
        (not local, NOTHING_BEFORE),
        (not domain, NOTHING_AFTER),
        (domain.startswith("["), LITERAL),
        (len(local.encode(errors="replace")) > LOCAL_MAX_CHARS, TOO_LONG),
        (len(text.encode(errors="replace")) > ADDRESS_MAX_CHARS, TOO_LONG),
        (not local.isascii(), INVISIBLE_LOCAL),
        (domain.lower().rpartition(".")[2] in _RESERVED_TOPS, UNREACHABLE),
    )
    return next((reason for wrong, reason in checks if wrong), MALFORMED)


def _ends(word: str) -> str:
    if len(word) > 2:  # noqa: PLR2004 - of two letters, showing both would show all
        return f"{word[0]}…{word[-1]}"
    return f"{word[0]}…" if len(word) > 1 else "…"
