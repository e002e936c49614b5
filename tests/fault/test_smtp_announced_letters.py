"""The next letter announced together with the dot of the one before: one packet, at no reader's cost."""

from __future__ import annotations

import asyncio

import pytest
from support.smtp_client import (
    JANE,
    JOE,
    LETTER,
    MAY,
    F,
    V,
    at,
    envelope,
    nothing,
    transport,
)
from support.smtp_server import ScriptedServer, say


async def send_ahead(server, *readers, gives_up_after=None):
    """Send letters as the engine does: each next one is announced before the dot of the one before."""
    session = await transport(server).open()
    outcomes, envelopes = [], [envelope(reader) for reader in readers]
    for one, following in zip(envelopes, (*envelopes[1:], None), strict=True):

        async def announce(following=following):
            session.announce(following)

        if session.usable:
            outcomes.append(await session.send(one, LETTER, announce))
        if len(outcomes) == gives_up_after:
            break
    usable = session.usable
    await session.close()
    return outcomes, usable


def test_a_letter_that_was_announced_begins_in_one_packet_with_the_dot_before_it():
    with ScriptedServer() as server:
        outcomes, usable = asyncio.run(send_ahead(server, JANE, JOE, MAY))
    assert [each.verdict for each in outcomes] == [V.SENT] * 3
    assert usable
    together = [
        packet for packet in server.packets if b".\r\nMAIL" in packet and packet.endswith(b"DATA\r\n")
    ]
    assert len(together) == 2
    assert [letter.rcpt for letter in server.accepted] == [JANE, JOE, MAY]
    assert server.commands[-1] == "QUIT"


def test_a_relay_that_does_not_offer_it_gets_nothing_with_the_dot():
    with ScriptedServer(extensions=("8BITMIME",)) as server:
        outcomes, _ = asyncio.run(send_ahead(server, JANE, JOE))
    assert [each.verdict for each in outcomes] == [V.SENT] * 2
    assert not [packet for packet in server.packets if b".\r\nMAIL" in packet]


@pytest.mark.parametrize("line", [b"554 5.7.1 no spam", b"450 4.2.0 later", b"421 4.3.2 shutting down"])
def test_a_refused_dot_ends_the_connection_on_which_the_next_letter_was_announced(line):
    # The relay keeps the refused transaction open: what follows could reach both readers.
    with ScriptedServer({("dot", JOE): say(line)}) as server:
        outcomes, usable = asyncio.run(send_ahead(server, JANE, JOE, MAY))
    assert [each.verdict for each in outcomes][:1] == [V.SENT]
    assert outcomes[1].code == int(line[:3])
    assert len(outcomes) == 2
    assert not usable
    assert [letter.rcpt for letter in server.accepted] == [JANE]


def test_a_relay_that_ends_the_connection_behind_the_dot_costs_the_next_reader_nothing():
    with ScriptedServer(max_messages=1) as server:
        outcomes, usable = asyncio.run(send_ahead(server, JANE, JOE))
    assert outcomes[0].verdict is V.SENT
    assert not usable or (outcomes[1].verdict, outcomes[1].unbegun) == (V.NOT_SENT, True)
    assert [letter.rcpt for letter in server.accepted] == [JANE]


def test_a_reader_who_is_refused_behind_the_dot_of_another_does_not_spoil_the_next_one():
    with ScriptedServer(at("rcpt", say(b"550 5.1.1 no such user"))) as server:
        outcomes, usable = asyncio.run(send_ahead(server, JOE, JANE, MAY))
    assert [(each.verdict, each.failure) for each in outcomes] == [
        (V.SENT, F.NONE),
        (V.FAILED, F.HARD),
        (V.SENT, F.NONE),
    ]
    assert usable
    assert [letter.rcpt for letter in server.accepted] == [JOE, MAY]


def test_a_letter_that_was_announced_and_is_not_sent_gets_no_body_and_no_line_more():
    with ScriptedServer() as server:
        outcomes, _ = asyncio.run(send_ahead(server, JANE, JOE, gives_up_after=1))
    assert [each.verdict for each in outcomes] == [V.SENT]
    assert server.commands[-3:] == ["MAIL FROM:<bounces@news.example>", f"RCPT TO:<{JOE}>", "DATA"]
    assert server.heard.endswith(b"DATA\r\n")
    assert [letter.rcpt for letter in server.accepted] == [JANE]


def test_another_letter_than_the_announced_one_is_not_begun_on_that_connection():
    async def main(server):
        session = await transport(server).open()

        async def announce():
            session.announce(envelope(JOE))

        first = await session.send(envelope(JANE), LETTER, announce)
        second = await session.send(envelope(MAY), LETTER, nothing)
        usable = session.usable
        await session.close()
        return first, second, usable

    with ScriptedServer() as server:
        first, second, usable = asyncio.run(main(server))
    assert first.verdict is V.SENT
    assert (second.verdict, second.unbegun) == (V.NOT_SENT, True)
    assert not usable
    assert [letter.rcpt for letter in server.accepted] == [JANE]


def test_an_announcement_can_be_taken_back_before_the_dot():
    async def main(server):
        session = await transport(server).open()

        async def announce():
            session.announce(envelope(JOE))
            session.announce(None)

        await session.send(envelope(JANE), LETTER, announce)
        await session.send(envelope(MAY), LETTER, nothing)
        await session.close()

    with ScriptedServer() as server:
        asyncio.run(main(server))
    assert [letter.rcpt for letter in server.accepted] == [JANE, MAY]
