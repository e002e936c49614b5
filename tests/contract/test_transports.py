"""What every transport promises to the engine, whatever it writes to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from recording import RecordingTransport
from smtp_server import ScriptedServer

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transports.outbox import Outbox
from pipeline.deliver.transports.smtp import SmtpTransport
from pipeline.model.delivery import Envelope, Verdict

LETTER = b"Message-ID: <w48.1@news.example>\r\nSubject: Weekly\r\n\r\nHello =E2=82=AC\r\n\r\n=2E\r\n"


@dataclass
class Way:
    """A transport, and what has arrived at its end so far."""

    transport: Any
    arrived: Any


@pytest.fixture(params=["outbox", "smtp", "recording"])
def way(request, tmp_path):
    if request.param == "outbox":
        folder = tmp_path / "var" / "outbox"
        yield Way(Outbox(folder), lambda: [path.read_bytes() for path in sorted(folder.glob("*.eml"))])
    elif request.param == "recording":
        recording = RecordingTransport()
        yield Way(recording, lambda: [message for _, message in recording.delivered])
    else:
        with ScriptedServer() as server:
            settings = SmtpOptions(
                host="127.0.0.1", port=server.port, security="none", ehlo_name="sender.example"
            )
            yield Way(SmtpTransport(settings), lambda: [letter.message for letter in server.accepted])


def envelope(number):
    return Envelope("bounces@news.example", f"reader{number}@example.org", f"2026-W48.{number:04x}")


async def nothing():
    """Commit nothing."""


def test_the_bytes_arrive_as_they_are(way):
    async def main():
        session = await way.transport.open()
        outcome = await session.send(envelope(1), LETTER, nothing)
        await session.close()
        return outcome

    assert asyncio.run(main()).verdict is Verdict.SENT
    assert way.arrived() == [LETTER]


def test_handed_is_committed_once_and_before_the_message_arrives(way):
    seen = []

    async def before_handover():
        await asyncio.sleep(0)
        seen.append(way.arrived())

    async def main():
        session = await way.transport.open()
        await session.send(envelope(1), LETTER, before_handover)
        await session.close()

    asyncio.run(main())
    assert seen == [[]]
    assert len(way.arrived()) == 1


def test_what_could_not_be_committed_is_not_sent(way):
    error = OSError(28, "the ledger's disk is full")

    async def before_handover():
        raise error

    async def main():
        session = await way.transport.open()
        with pytest.raises(OSError, match="ledger") as caught:
            await session.send(envelope(1), LETTER, before_handover)
        await session.close()
        return caught.value

    assert asyncio.run(main()) is error
    assert way.arrived() == []


def test_a_delivery_that_is_cancelled_before_its_dot_is_not_sent(way):
    async def main():
        session = await way.transport.open()
        begun = asyncio.Event()

        async def before_handover():
            begun.set()
            await asyncio.Event().wait()

        sending = asyncio.create_task(session.send(envelope(1), LETTER, before_handover))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await session.close()

    asyncio.run(main())
    assert way.arrived() == []


def test_one_session_carries_many_messages(way):
    async def main():
        session = await way.transport.open()
        for number in range(5):
            assert session.usable
            outcome = await session.send(envelope(number), LETTER + b"%d\r\n" % number, nothing)
            assert outcome.verdict is Verdict.SENT
        await session.close()

    asyncio.run(main())
    assert way.arrived() == [LETTER + b"%d\r\n" % number for number in range(5)]


def test_sessions_do_not_disturb_each_other(way):
    async def one(number):
        session = await way.transport.open()
        await session.send(envelope(number), LETTER + b"%d\r\n" % number, nothing)
        await session.close()

    async def main():
        await asyncio.gather(*(one(number) for number in range(8)))

    asyncio.run(main())
    assert sorted(way.arrived()) == [LETTER + b"%d\r\n" % number for number in range(8)]


def test_closing_twice_and_after_a_fault_is_quiet(way):
    async def fail():
        raise ZeroDivisionError

    async def main():
        session = await way.transport.open()
        with pytest.raises(ZeroDivisionError):
            await session.send(envelope(1), LETTER, fail)
        await session.close()
        await session.close()

    asyncio.run(main())
