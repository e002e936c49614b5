"""Our SMTP client as a test uses it: a transport to a scripted server, one letter, three readers."""

from __future__ import annotations

import asyncio

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transports.smtp import SmtpTimeouts, SmtpTransport
from pipeline.model.delivery import Envelope, FailureClass, Verdict
from support.patience import PATIENCE_S

F, V = FailureClass, Verdict
JANE, JOE, MAY = "jane@example.org", "joe@example.net", "may@example.com"
LETTER = b"Message-ID: <w48.1@news.example>\r\nSubject: Weekly\r\n\r\nHello\r\n"
HUGE = LETTER + (b"x" * 76 + b"\r\n") * 400_000
"""Far more than the sockets of both sides hold."""
PATIENT = {
    f"{stage}_s": PATIENCE_S
    for stage in ("connect", "greeting", "mail", "rcpt", "data", "body", "dot", "quit")
}


SHORT = 0.15


def transport(server, **timeouts):
    settings = SmtpOptions(host="127.0.0.1", port=server.port, security="none", ehlo_name="sender.example")
    return SmtpTransport(settings, timeouts=SmtpTimeouts(**PATIENT | timeouts))


def envelope(recipient):
    return Envelope("bounces@news.example", recipient, "2026-W48.5f1c2a")


async def nothing():
    """Commit nothing."""


def at(stage, action):
    return {(stage, JANE): action}


async def until(condition):
    """Turn the loop until something has happened; fail loudly when it never does."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - what is waited for is the other side of a socket
            await asyncio.sleep(0.001)


async def send_all(server, *readers):
    session = await transport(server).open()
    outcomes = [await session.send(envelope(reader), LETTER, nothing) for reader in readers]
    usable = session.usable
    await session.close()
    return outcomes, usable
