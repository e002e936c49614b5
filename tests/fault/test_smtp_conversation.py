"""One connection, many letters: what travels together, what begins anew, what never reaches the wire."""

from __future__ import annotations

import asyncio

import pytest
from support.smtp_client import (
    JANE,
    JOE,
    LETTER,
    MAY,
    SHORT,
    F,
    V,
    at,
    envelope,
    nothing,
    send_all,
    transport,
)
from support.smtp_server import DROP, EXTENSIONS, HANG, RESET, ScriptedServer, raw, say


def asked_together(server):
    return [packet.count(b"\r\n") for packet in server.packets if packet.startswith(b"MAIL")]


def test_a_connection_that_has_served_once_asks_three_things_at_once():
    with ScriptedServer() as server:
        asyncio.run(send_all(server, JANE, JOE, MAY))
    assert asked_together(server) == [1, 3, 3]
    assert [letter.rcpt for letter in server.accepted] == [JANE, JOE, MAY]


def test_a_relay_that_does_not_offer_it_is_asked_one_thing_at_a_time():
    with ScriptedServer(extensions=("8BITMIME",)) as server:
        asyncio.run(send_all(server, JANE, JOE, MAY))
    assert asked_together(server) == [1, 1, 1]


def test_a_relay_that_would_take_a_letter_for_nobody_gets_none():
    script = {("rcpt", JANE): say(b"550 5.1.1 no such user"), ("data", JANE): say(b"354 go ahead")}
    with ScriptedServer(script) as server:
        outcomes, usable = asyncio.run(send_all(server, JOE, JANE))
    assert [(each.verdict, each.failure) for each in outcomes] == [(V.SENT, F.NONE), (V.FAILED, F.HARD)]
    assert not usable
    assert [letter.rcpt for letter in server.accepted] == [JOE]
    assert server.heard.count(b"\r\n.\r\n") == 1


def test_a_reader_who_is_refused_does_not_spoil_the_next_ones():
    no = say(b"550 5.1.1 no such user")
    with ScriptedServer({("rcpt", JANE): no}) as server:
        outcomes, usable = asyncio.run(send_all(server, JOE, JANE, MAY, JANE, JOE))
    assert [each.verdict for each in outcomes] == [V.SENT, V.FAILED, V.SENT, V.FAILED, V.SENT]
    assert usable
    assert server.connections == 1
    assert [letter.rcpt for letter in server.accepted] == [JOE, MAY, JOE]


def test_a_greylisted_reader_is_served_at_the_second_attempt():
    async def main(server):
        session = await transport(server).open()
        outcomes = [await session.send(envelope(JANE), LETTER, nothing) for _ in range(2)]
        await session.close()
        return [outcome.verdict for outcome in outcomes]

    with ScriptedServer({"rcpt": [say(b"450 4.2.0 greylisted")]}) as server:
        assert asyncio.run(main(server)) == [V.DEFERRED, V.SENT]
    assert [letter.rcpt for letter in server.accepted] == [JANE]
    assert server.commands[3] == "RSET"


@pytest.mark.parametrize(
    "options", [{"max_messages": 3}, {"script": {"dot": [None, None, say(b"250 ok", "close")] * 4}}]
)
def test_a_server_that_ends_connections_early_costs_no_letter_and_no_trouble(options):
    async def main(server):
        way, waiting = transport(server), [f"reader{number}@example.org" for number in range(10)]
        session = await way.open()
        while waiting:
            if not session.usable:
                await session.close()
                session = await way.open()
            outcome = await session.send(envelope(waiting[0]), LETTER, nothing)
            assert outcome.verdict in (V.SENT, V.NOT_SENT)
            if outcome.verdict is V.SENT:
                waiting.pop(0)
        await session.close()

    with ScriptedServer(**options) as server:
        asyncio.run(main(server))
    assert [letter.rcpt for letter in server.accepted] == [
        f"reader{number}@example.org" for number in range(10)
    ]


def test_a_refused_reset_costs_the_connection_and_blames_nobody():
    async def main(server):
        session = await transport(server).open()
        outcomes = [await session.send(envelope(to), LETTER, nothing) for to in (JANE, JOE)]
        assert not session.usable
        await session.close()
        return [outcome.verdict for outcome in outcomes]

    with ScriptedServer({"rset": say(b"500 no"), **at("rcpt", say(b"550 5.1.1 no"))}) as server:
        assert asyncio.run(main(server)) == [V.FAILED, V.NOT_SENT]


@pytest.mark.parametrize("action", [DROP, RESET, HANG, say(b"421 no"), say(b"what?")], ids=str)
def test_a_server_without_manners_at_quit_changes_nothing(action):
    async def main(server):
        session = await transport(server, quit_s=SHORT).open()
        outcome = await session.send(envelope(JANE), LETTER, nothing)
        await session.close()
        return outcome

    with ScriptedServer({"quit": action}) as server:
        assert asyncio.run(main(server)).verdict is V.SENT


def test_a_server_that_knows_no_extension_still_gets_its_letters():
    with ScriptedServer({"ehlo": say(b"500 5.5.1 what?")}) as server:
        assert send_one(server, JANE, LETTER).verdict is V.SENT
    assert server.commands[:2] == ["EHLO sender.example", "HELO sender.example"]


@pytest.mark.parametrize(
    "recipient",
    [
        "jané@example.org",
        "jané@exämple.org",
        "jané@example.org>\r\nRCPT TO:<joe@example.net",
        "jane@exämple.org>\r\nRCPT TO:<joe@example.net",
        "jane@exa\u2028mple.org",
        "ja\u00a0ne@example.org",
        "jane@example.org>\r\nRCPT TO:<joe@example.net",
        "jane@example.org\n",
        "ja ne@example.org",
        "<jane@example.org",
        "jane>@example.org",
        "jane",
        "jane@joe@example.org",
        "",
        "j" * 250 + "@example.org",
        "jane\0@example.org",
    ],
)
def test_an_address_that_could_change_a_command_never_reaches_the_wire(recipient):
    async def main(server):
        session = await transport(server).open()
        outcome = await session.send(envelope(recipient), LETTER, nothing)
        assert session.usable
        await session.close()
        return outcome

    with ScriptedServer() as server:
        outcome = asyncio.run(main(server))
    assert (outcome.verdict, outcome.failure) == (V.FAILED, F.ADDRESS)
    assert server.commands == ["EHLO sender.example", "QUIT"]
    assert "@" not in outcome.detail


@pytest.mark.parametrize(
    ("recipient", "mail", "rcpt"),
    [
        ("jane@exämple.org", "", "jane@xn--exmple-cua.org"),
        ("jane@EXÄMPLE.org", "", "jane@xn--exmple-cua.org"),
        ("jané@example.org", " BODY=8BITMIME SMTPUTF8", "jané@example.org"),
        ("jané@exämple.org", " BODY=8BITMIME SMTPUTF8", "jané@xn--exmple-cua.org"),
        (JANE, "", JANE),
    ],
)
def test_smtputf8_is_asked_for_only_by_an_address_that_needs_it(recipient, mail, rcpt):
    with ScriptedServer(extensions=(*EXTENSIONS, "SMTPUTF8")) as server:
        assert send_one(server, recipient, LETTER).verdict is V.SENT
    assert server.accepted[0].rcpt == rcpt
    assert f"MAIL FROM:<bounces@news.example>{mail}" in server.commands


def test_an_internationalised_domain_needs_nothing_of_the_server():
    with ScriptedServer() as server:
        assert send_one(server, "jane@exämple.org", LETTER).verdict is V.SENT
    assert server.accepted[0].rcpt == "jane@xn--exmple-cua.org"
    assert server.heard.isascii()


@pytest.mark.parametrize(
    "letter", [b"x" * 998 + b"\r\n" + b"y" * 997 + b".\r\n", b"a.b\r\n=2E\r\n\r\n=2E.\r\n"]
)
def test_long_lines_and_encoded_dots_arrive_as_they_were_written(letter):
    with ScriptedServer() as server:
        assert send_one(server, JANE, letter).verdict is V.SENT
    assert [accepted.message for accepted in server.accepted] == [letter]


def test_no_address_of_a_reader_is_kept_from_what_a_server_says():
    line = b"550 5.1.1 <jane@example.org>: unknown, see https://relay.example/?who=jane%40example.org\x07"
    with ScriptedServer(at("rcpt", raw(line.replace(b"\x07", b"") + b"\r\n"))) as server:
        outcome = send_one(server, JANE, LETTER)
    assert outcome.enhanced == "5.1.1"
    assert outcome.detail == "5.1.1 <address> unknown, see <address>"


def send_one(server, recipient, letter):
    async def main():
        session = await transport(server).open()
        outcome = await session.send(envelope(recipient), letter, nothing)
        await session.close()
        return outcome

    return asyncio.run(main())
