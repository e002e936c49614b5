"""An address as it stands in MAIL and RCPT: ASCII wherever possible, UTF-8 only as RFC 6531 allows. Pure."""

from __future__ import annotations

import re

_ASCII = re.compile(r"[\x21-\x3b\x3d\x3f\x41-\x7e]+@[\x21-\x3b\x3d\x3f\x41-\x7e]+")
"""Printable ASCII without space and angle brackets, with one at-sign: cannot end or change a command."""
_LOCAL = re.compile(r"[^\s\x00-\x20<>@\x7f-\xa0\ud800-\udfff]+")
_MAX_OCTETS = 254


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
