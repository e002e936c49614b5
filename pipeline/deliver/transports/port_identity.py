"""What answers on a port: SMTP, another protocol, or TLS from the first byte. Only for diagnosis.

Sends no letter, no login and no address: one greeting in the clear and one under TLS.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from dataclasses import dataclass

FIRST_BYTES_S = 5.0
"""How long a server may take to speak first; most pauses on purpose are shorter (sendmail's greet_pause)."""
CONNECT_S = 10.0
"""The port took a connection a moment ago: a second one that takes longer does not come."""
_FIRST_BYTES = 512
"""More than any greeting needs before it is recognised."""

SMTP, TLS, UNKNOWN = "SMTP", "TLS", "another protocol"

_BY_FIRST_BYTES = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for name, pattern in (
        ("FTP", rb"220[ -][^\r]*(?:\bftp|ftpd\b|filezilla)"),
        ("LMTP", rb"220[ -][^\r]*\blmtp\b"),
        ("NNTP", rb"20[01][ -]"),
        (SMTP, rb"[245]\d\d[ -]"),
        ("IMAP", rb"\* (?:OK|PREAUTH|BYE)\b"),
        ("POP3", rb"\+OK|-ERR"),
        ("ManageSieve", rb'"IMPLEMENTATION"|NO "'),
        ("SSH", rb"SSH-"),
        ("VNC", rb"RFB \d"),
        ("HTTP", rb"\s*(?:HTTP/\d|<!doctype|<html)"),
        (TLS, rb"[\x14-\x17]\x03[\x00-\x04]"),
    )
)
"""How servers begin: RFC 5321, 2033 (LMTP), 3977, 9051, 1939, 5804, 4253, 6143, 9112, and a record of TLS."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The protocol that a port speaks; `has_tls` when it does so under TLS from the first byte."""

    protocol: str = ""
    has_tls: bool = False

    @property
    def is_relay(self) -> bool:
        """Whether letters can be handed over there as the other settings are."""
        return self.protocol == SMTP and not self.has_tls


def find_protocol(first: bytes) -> str:
    """Return what protocol begins like this; empty for no bytes."""
    if not first:
        return ""
    return next((name for name, pattern in _BY_FIRST_BYTES if pattern.match(first)), UNKNOWN)


async def identify(host: str, port: int, *, first_bytes_s: float = FIRST_BYTES_S) -> Spoken:
    """Connect once or twice and return what is spoken on a port; nothing when no one answers."""
    plain = find_protocol(await _hear(host, port, None, first_bytes_s))
    if plain and plain != TLS:
        return Spoken(plain)
    context = ssl.create_default_context()
    # Nothing is sent that must not be read by others, and a wrong certificate is a finding of its own.
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    secured = find_protocol(await _hear(host, port, context, first_bytes_s))
    if secured or plain:
        return Spoken(secured or UNKNOWN, has_tls=True)
    return Spoken()


async def _hear(host: str, port: int, context: ssl.SSLContext | None, first_bytes_s: float) -> bytes:
    """Return how a server begins, or else how it answers a command; nothing when it says nothing."""
    try:
        async with asyncio.timeout(CONNECT_S):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, UnicodeError):  # TimeoutError and SSLError are OSErrors
        return b""
    try:
        for command in (b"", b"EHLO localhost\r\n"):
            writer.write(command)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(first_bytes_s):
                    return await reader.read(_FIRST_BYTES)
    except OSError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return b""
