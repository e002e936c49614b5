"""What answers on a port, found by connecting to it: other protocols, TLS from the first byte, nothing."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme
from support.smtp_server import HANG, ScriptedServer, raw

from pipeline.deliver.transports.port_identity import Spoken, find_protocol, identify

SOON_S = 0.05
"""Servers here speak at once or never: what comes later is heard after the command."""


@pytest.mark.parametrize(
    ("first", "protocol"),
    [
        (b"220 mx ESMTP", "SMTP"),
        (b"554 5.7.1 not you", "SMTP"),
        (b"220 ProFTPD Server ready", "FTP"),
        (b"SSH-2.0-OpenSSH_9.2", "SSH"),
        (b"+OK Dovecot ready", "POP3"),
        (b"HTTP/1.1 400 Bad Request", "HTTP"),
        (b"\x15\x03\x01\x00\x02\x02F", "TLS"),
        (b"J\x00\x00\x00\n8.0.32", "another protocol"),
        (b"", ""),
    ],
)
def test_a_protocol_is_recognised_by_its_first_bytes(first, protocol):
    assert find_protocol(first) == protocol


def asked(server):
    return asyncio.run(identify("127.0.0.1", server.port, first_bytes_s=SOON_S))


def test_a_port_is_asked_in_the_clear_and_then_by_tls():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with ScriptedServer({"greeting": raw(b"* OK ready\r\n")}) as server:
        assert asked(server) == Spoken("IMAP")
    with ScriptedServer(tls=context, implicit_tls=True) as server:
        assert asked(server).has_tls
    with ScriptedServer({"greeting": HANG}) as server:
        assert asked(server) == Spoken()
    assert asked(server) == Spoken()
