"""One connection, many letters: what travels together, what begins anew, what never reaches the wire."""

from __future__ import annotations

import asyncio

import pytest
from support.smtp_client import (
    JANE,
    JOE,
    LETTER,
    MAY,
    PATIENT,
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

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.smtp import SmtpTimeouts, SmtpTransport


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


@pytest.mark.parametrize("line", [b"554 5.7.1 no", b"450 4.7.1 later", b"451 4.3.0 later"])
def test_a_refusal_after_the_dot_is_reset_before_the_next_reader(line):
    """Postfix keeps the transaction open after smtpd_end_of_data_restrictions; see ScriptedServer.on_mail."""
    with ScriptedServer(at("dot", say(line))) as server:
        outcomes, usable = asyncio.run(send_all(server, JOE, JANE, MAY, JANE, JOE))
    assert [each.verdict is V.SENT for each in outcomes] == [True, False, True, False, True]
    assert usable
    assert (server.connections, server.commands.count("RSET")) == (1, 2)


@pytest.mark.parametrize(
    "line",
    [b"503 5.5.1 Error: nested MAIL command", b"421 4.7.0 bye", b"452 4.5.3 Too many messages sent"],
    ids=lambda line: line[:3].decode(),
)
def test_a_used_connection_that_takes_no_other_sender_costs_no_reader_anything(line):
    with ScriptedServer({"mail": [None, say(line)]}) as server:
        outcomes, usable = asyncio.run(send_all(server, JOE, JANE))
    assert (outcomes[1].verdict, outcomes[1].unbegun, usable) == (V.NOT_SENT, True, False)


def test_a_server_that_is_out_of_step_from_the_start_is_a_mistake_of_the_run():
    script = {"mail": say(b"503 5.5.1 Bad sequence of commands")}
    with ScriptedServer(script) as server, pytest.raises(TransportError) as refused:
        send_one(server, JANE, LETTER)
    assert (refused.value.stage, refused.value.temporary) == ("mail", False)


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()], ids=["together", "one by one"])
def test_a_connection_is_replaced_before_a_server_punishes_its_errors(extensions):
    async def main(server):
        way = transport(server)
        session = await way.open()
        for number in range(24):
            if not session.usable:
                await session.close()
                session = await way.open()
            await session.send(envelope(f"reader{number}@example.org"), LETTER, nothing)
        await session.close()

    with ScriptedServer({"rcpt": say(b"550 5.1.1 no such user")}, extensions=extensions) as server:
        asyncio.run(main(server))
    talks = " ".join(command.split(":")[0] for command in server.commands).split("EHLO sender.example")[1:]
    assert all(talk.count("RCPT TO") + talk.count("DATA") < 10 for talk in talks)
    assert all(talk.count("RSET") < 10 for talk in talks)
    assert server.connections == (5 if extensions else 3)


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        ("rcpt", b"450 4.7.1 Error: too many recipients from sender.example[203.0.113.5]"),
        ("rcpt", b"550 send spam mail rejected: exceeded hour limit"),
        ("data", b"451 4.7.500 Server busy. Please try again later"),
        ("dot", b"454 Throttling failure: Maximum sending rate exceeded."),
        ("dot", b"550 5.4.5 Daily user sending limit exceeded"),
        ("dot", b"552 Message would take you over your relay quota of 40"),
    ],
)
def test_a_request_to_slow_down_is_about_the_run_and_passes(stage, line):
    with ScriptedServer(at(stage, say(line))) as server, pytest.raises(TransportError) as asked:
        send_one(server, JANE, LETTER)
    assert asked.value.is_about_rate
    assert (asked.value.temporary, asked.value.stage, asked.value.code) == (True, stage, int(line[:3]))
    assert server.accepted == []


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


def test_neither_the_link_of_a_reader_nor_the_password_is_kept_from_a_reply():
    token = "AQAAAAAAAAB7AAAAmX3kQ9_b-Zr4pLs1"
    letter = LETTER + f"https://news.example/u/{token}\r\n".encode()
    echo = say(
        f"554-5.7.1 spam: https://news.example/u/{token[:9]}\r\n554 5.7.1 {token[9:]} by S3cret-pass".encode()
    )
    options = SmtpOptions(
        host="127.0.0.1",
        security="none",
        username="letter",
        password="S3cret-pass",
        ehlo_name="sender.example",
    )

    async def main(server):
        way = SmtpTransport(
            options.model_copy(update={"port": server.port}), timeouts=SmtpTimeouts(**PATIENT)
        )
        session = await way.open()
        outcome = await session.send(envelope(JANE), letter, nothing)
        await session.close()
        return outcome

    with ScriptedServer(at("dot", echo), users={"letter": "S3cret-pass"}) as server:
        assert asyncio.run(main(server)).detail == "5.7.1 spam: https://news.example/u/<secret> by <secret>"


def test_a_letter_in_parts_arrives_whole_however_little_the_socket_takes():
    parts = [
        b"Message-ID: <w48.1@news.example>\r\n\r\n",
        *[b"x" * 76 + b"\r\n"] * 900,
        (b"x" * 76 + b"\r\n") * 100_000,
    ]

    async def main(server):
        session = await transport(server).open()
        outcome = await session.send_parts(envelope(JANE), parts, nothing)
        await session.close()
        return outcome

    with ScriptedServer() as server:
        assert asyncio.run(main(server)).verdict is V.SENT
    assert server.accepted[0].message == b"".join(parts)
