"""The commands of a transaction, and an address as it stands in them. Pure.

ASCII wherever possible, UTF-8 only as RFC 6531 allows.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.model.delivery import Envelope

_ASCII = re.compile(r"[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+")
"""Printable ASCII without space and angle brackets, with one at-sign: cannot end or change a command."""
_LOCAL = re.compile(r"[^\s\x00-\x20<>@\x7f-\xa0\ud800-\udfff]+")
_MAX_OCTETS = 254


class SenderError(Exception):
    """The sender's address cannot be written into a command."""


class RecipientError(Exception):
    """The reader's address cannot be written into a command; the message says why."""


def write_commands(envelope: Envelope, *, knows_utf8: bool) -> bytes:
    """Return MAIL, RCPT and DATA, a line each.

    Raises:
        SenderError, RecipientError: an address cannot stand in them.
    """
    recipient = to_mailbox(envelope.recipient)
    if recipient is None:
        raise RecipientError("the address cannot be written into an SMTP command")
    sender = _to_sender(envelope.sender) if envelope.sender else (b"", False)
    if sender is None or (sender[1] and not knows_utf8):
        raise SenderError("was not asked: the sender's address cannot be written into a command")
    needs_utf8 = recipient[1] or sender[1]
    if needs_utf8 and not knows_utf8:
        raise RecipientError("the address needs SMTPUTF8, which the mail server does not offer")
    # A header that repeats such an address has 8-bit text (RFC 6531, 3.4 and 3.6).
    options = b" BODY=8BITMIME SMTPUTF8" if needs_utf8 else b""
    return b"MAIL FROM:<%b>%b\r\nRCPT TO:<%b>\r\nDATA\r\n" % (sender[0], options, recipient[0])


def to_mailbox(address: str) -> tuple[bytes, bool] | None:
    """Return an address in bytes, and whether it needs SMTPUTF8; None if it cannot stand in a command.

    An internationalised domain becomes A-labels (RFC 5891), so that only a local part needs SMTPUTF8.
    """
    if _ASCII.fullmatch(address):
        return (address.encode("ascii"), False) if len(address) <= _MAX_OCTETS else None
    local, _, domain = address.rpartition("@")
    if address.isascii() or not _LOCAL.fullmatch(local) or not local.isprintable():
        return None
    if not domain.isascii():
        import idna  # noqa: PLC0415 - 20 ms of tables that hardly any reader needs

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError:
            return None
    mailbox = f"{local}@{domain}"
    if not _ASCII.fullmatch(f"x@{domain}") or len(mailbox.encode()) > _MAX_OCTETS:
        return None
    return mailbox.encode(), not local.isascii()


_to_sender = lru_cache(maxsize=16)(to_mailbox)
"""One sender has all letters, unless each has a return address of its own."""
