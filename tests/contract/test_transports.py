"""What every transport promises to the engine, whatever it writes to."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.api_server import ApiServer
from support.smtp_server import ScriptedServer, say
from support.transports import RecordingTransport

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import Recalls, Stage, TransportContext, TransportError
from pipeline.deliver.transports.outbox import Outbox
from pipeline.deliver.transports.smtp import SmtpTransport
from pipeline.http_client import ApiClient
from pipeline.model.delivery import About, AttemptOutcome, Envelope, FailureClass, Verdict

sys.path.insert(0, str(Path(__file__).parent.parent / "example_package"))
from weekly_example.transport import WEBHOOK, WebhookOptions

LETTER = b"Message-ID: <w48.1@news.example>\r\nSubject: Weekly\r\n\r\nHello =E2=82=AC\r\n\r\n=2E\r\n"


@dataclass
class Way:
    """A transport, and what has arrived at its end so far."""

    transport: Any
    arrived: Any
    refuse: Any = None
    """Makes the other side refuse the next message of a used session: `sender`, `rate` or `sequence`."""


@contextmanager
def outbox(tmp_path):
    folder = tmp_path / "var" / "outbox"
    yield Way(Outbox(folder), lambda: [path.read_bytes() for path in sorted(folder.glob("*.eml"))])


@contextmanager
def smtp(_):
    with ScriptedServer() as server:
        options = SmtpOptions(host="127.0.0.1", port=server.port, security="none", ehlo_name="sender.example")

        def refuse(kind):
            stage, line = {
                "sender": ("rcpt", b"550 relay not permitted"),
                "rate": ("dot", b"454 Throttling failure: Maximum sending rate exceeded."),
                "sequence": ("mail", b"503 5.5.1 Error: nested MAIL command"),
            }[kind]
            server.script[stage] = [say(line)]

        yield Way(SmtpTransport(options), lambda: [letter.message for letter in server.accepted], refuse)


@contextmanager
def recording(_):
    transport = RecordingTransport()

    def refuse(kind):
        answer = {
            "sender": AttemptOutcome(Verdict.FAILED, FailureClass.POLICY, 550, about=About.SENDER),
            "rate": TransportError("slower", stage=Stage.DOT, temporary=True, about=About.RATE),
            "sequence": AttemptOutcome(Verdict.NOT_SENT, unbegun=True),
        }[kind]
        transport.script(envelope(2).recipient, [answer])

    yield Way(transport, lambda: [message for _, message in transport.delivered], refuse)


@contextmanager
def webhook(tmp_path):
    with ApiServer() as server:
        context = TransportContext(tmp_path, "weekly-insights")
        transport = WEBHOOK.build(WebhookOptions(url=server.url), context)

        def refuse(kind):
            server.answer_next({"sender": 403, "rate": 429}[kind])

        yield Way(transport, lambda: [body for _, body in server.accepted], refuse)


WAYS = (outbox, smtp, recording, webhook)
"""Every transport that the suite holds; a new one is one more here."""

RECALLING = (outbox,)
"""Those that find out afterwards what became of a message."""

REFUSING = (smtp, recording, webhook)
"""Those whose other side can refuse everybody."""

IN_SEQUENCE = (smtp, recording)
"""Those whose other side can be out of step on a used connection."""


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def way(request, tmp_path):
    with request.param(tmp_path) as made:
        yield made


@pytest.fixture(params=RECALLING, ids=lambda way: way.__name__)
def recalling(request, tmp_path):
    with request.param(tmp_path) as made:
        yield made


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


def held_to(ways):
    return pytest.mark.parametrize("refusing", ways, ids=lambda way: way.__name__)


def refused(made, kind):
    """Send one message, be refused the second, and send it again over what is usable then."""

    async def main():
        session = await made.transport.open()
        await session.send(envelope(1), LETTER, nothing)
        made.refuse(kind)
        try:
            answer = await session.send(envelope(2), LETTER, nothing)
        except TransportError as error:
            answer = error
        was_usable = session.usable
        if not was_usable or isinstance(answer, TransportError):
            await session.close()
            session = await made.transport.open()
        again = await session.send(envelope(2), LETTER, nothing)
        await session.close()
        return answer, was_usable, again

    answer, was_usable, again = asyncio.run(main())
    assert again.verdict is Verdict.SENT
    assert made.arrived() == [LETTER, LETTER]
    return answer, was_usable


@held_to(REFUSING)
def test_a_refusal_about_the_sender_is_told_from_one_about_the_reader(refusing, tmp_path):
    with refusing(tmp_path) as made:
        answer, _ = refused(made, "sender")
    if isinstance(answer, TransportError):
        assert not answer.temporary
    else:
        assert (answer.about, answer.failure) == (About.SENDER, FailureClass.POLICY)


@held_to(REFUSING)
def test_a_request_to_slow_down_is_the_runs_and_leaves_the_message_owed(refusing, tmp_path):
    with refusing(tmp_path) as made:
        answer, _ = refused(made, "rate")
    assert isinstance(answer, TransportError)
    assert (answer.is_about_rate, answer.temporary) == (True, True)


@held_to(IN_SEQUENCE)
def test_a_used_connection_that_is_out_of_step_is_replaced_and_costs_nothing(refusing, tmp_path):
    with refusing(tmp_path) as made:
        answer, was_usable = refused(made, "sequence")
    assert (answer.verdict, answer.unbegun, was_usable) == (Verdict.NOT_SENT, True, False)


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


def test_every_transport_that_recalls_is_held_to_it(way, request):
    assert isinstance(way.transport, Recalls) == (request.node.callspec.params["way"] in RECALLING)


def test_what_arrived_is_recalled_as_sent_and_what_nobody_knows_as_unknown(recalling):
    async def main():
        session = await recalling.transport.open()
        await session.send(envelope(1), LETTER, nothing)
        await session.close()
        return [await recalling.transport.recall(envelope(number).ref) for number in (1, 2)]

    assert asyncio.run(main()) == [Verdict.SENT, None]
    assert recalling.arrived() == [LETTER]


def test_what_was_cut_before_its_dot_is_never_recalled_as_sent(recalling):
    async def main():
        async def before_handover():
            raise ZeroDivisionError

        session = await recalling.transport.open()
        with pytest.raises(ZeroDivisionError):
            await session.send(envelope(1), LETTER, before_handover)
        await session.close()
        return await recalling.transport.recall(envelope(1).ref)

    assert asyncio.run(main()) in (None, Verdict.NOT_SENT)
    assert recalling.arrived() == []


def post(server, *, commit=nothing):
    async def main():
        session = await WEBHOOK.build(WebhookOptions(url=server.url), TransportContext(Path(), "w")).open()
        try:
            return await session.send(envelope(1), LETTER, commit)
        finally:
            await session.close()

    return asyncio.run(main())


def test_an_answer_of_an_api_that_is_lost_leaves_the_delivery_unknown():
    with ApiServer(0) as server:
        assert post(server).verdict is Verdict.UNKNOWN
    assert len(server.accepted) == 1


def test_an_api_that_is_away_or_refuses_the_key_is_the_runs_fault_and_not_the_readers():
    with ApiServer(401) as server, pytest.raises(TransportError) as refused:
        post(server)
    assert (refused.value.stage, refused.value.temporary) == (Stage.AUTH, False)
    with pytest.raises(TransportError) as away:
        post(server)
    assert (away.value.stage, away.value.temporary) == (Stage.CONNECT, True)


@pytest.mark.parametrize("url", ["http://api.example.org", "ftp://127.0.0.1", "//x"])
def test_a_message_never_crosses_the_network_in_the_clear(url):
    with pytest.raises(ValueError, match="https"):
        ApiClient(url, headers={})
