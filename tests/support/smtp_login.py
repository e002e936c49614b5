"""A letter that goes to a server with TLS and a login, and what must be on no wire and in no message."""

from __future__ import annotations

import asyncio
import base64
import ssl
import traceback

import pytest

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.smtp import SmtpTransport
from pipeline.model.delivery import Envelope

LETTER = b"Message-ID: <w48.1@news.example>\r\nSubject: Weekly\r\n\r\nHello\r\n"
HUGE = LETTER + (b"x" * 76 + b"\r\n") * 200_000
USER, PASSWORD = "weekly", "correct horse: bättery"
USERS = {USER: PASSWORD}
SPOKEN = (
    PASSWORD.encode(),
    base64.b64encode(PASSWORD.encode()),
    base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()),
)
JANE = Envelope("bounces@news.example", "jane@example.org", "2026-W48.5f1c2a")


def server_side(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def transport(server, ca_file, security="starttls", **more):
    login = {"username": USER, "password": PASSWORD, "ehlo_name": "sender.example"}
    options = SmtpOptions(host="localhost", port=server.port, security=security, **login)
    return SmtpTransport(options, ca_file=ca_file, **more)


def send(transport, letter=LETTER, before_handover=None):
    async def nothing():
        """Commit nothing."""

    async def main():
        session = await transport.open()
        try:
            return await session.send(JANE, letter, before_handover or nothing)
        finally:
            await session.close()

    return asyncio.run(main())


def trouble_of(server, transport):
    """Fail to send, and prove that neither wire nor words had the password."""
    with pytest.raises(TransportError) as caught:
        send(transport)
    assert server.accepted == []
    told = "".join(traceback.format_exception(caught.value)).encode()
    for secret in SPOKEN:
        assert secret not in told
        assert secret not in server.heard
    return caught.value
