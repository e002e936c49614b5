"""Servers that refuse, stall, lie and vanish at every stage: what the reader's delivery becomes of it."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.smtp_client import (
    HUGE,
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
    transport,
    until,
)
from support.smtp_server import DROP, HANG, RESET, Do, ScriptedServer, accepting, raw, say

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.smtp import SmtpTransport
from pipeline.model.delivery import FailureClass, Verdict


@dataclass(frozen=True)
class Fault:
    """A script for Jane's letter and what must become of it; Joe's letter follows and must always arrive.

    `code_in_step` is the code where the commands travel one by one, if it is another than when together.
    """

    id: str
    script: dict[Any, Any]
    verdict: Verdict
    failure: FailureClass = F.NONE
    code: int = 0
    accepted: bool = False
    usable: bool = False
    timeouts: dict[str, float] = field(default_factory=dict)
    code_in_step: int | None = None


def rcpt(line, verdict, failure=F.NONE, *, usable=True):
    action = say(line, "stay" if usable else "close")
    return Fault(f"rcpt {line.decode()}", at("rcpt", action), verdict, failure, int(line[:3]), usable=usable)


def data(line, verdict, failure=F.NONE, *, usable=True):
    return Fault(
        f"data {line.decode()}", at("data", say(line)), verdict, failure, int(line[:3]), usable=usable
    )


def dot(line, verdict, failure=F.NONE, *, usable=True):
    return Fault(f"dot {line.decode()}", at("dot", say(line)), verdict, failure, int(line[:3]), usable=usable)


REFUSALS = [
    rcpt(b"450 4.2.0 greylisted", V.DEFERRED),
    rcpt(b"451 4.3.0 later", V.DEFERRED),
    rcpt(b"452 4.2.2 full", V.DEFERRED, F.SOFT),
    rcpt(b"421 4.3.2 going down", V.DEFERRED, usable=False),
    rcpt(b"550 5.1.1 no such user", V.FAILED, F.HARD),
    rcpt(b"550 no such user", V.FAILED, F.HARD),
    rcpt(b"552 5.2.2 full", V.DEFERRED, F.SOFT),
    rcpt(b"554 5.7.1 blocked", V.FAILED, F.POLICY),
    rcpt(b"550 5.7.26 unauthenticated", V.FAILED, F.POLICY),
    rcpt(b"550 5.7.515 access denied", V.FAILED, F.POLICY),
    rcpt(b"554 no", V.FAILED, F.POLICY),
    data(b"451 4.3.0 later", V.DEFERRED),
    data(b"421 4.3.2 going down", V.DEFERRED, usable=False),
    data(b"554 5.5.1 no valid recipients", V.FAILED, F.POLICY),
    dot(b"421 4.3.2 going down", V.DEFERRED, usable=False),
    dot(b"451 4.3.0 later", V.DEFERRED),
    dot(b"452 4.3.1 no room", V.DEFERRED),
    dot(b"550 5.1.1 no such user", V.FAILED, F.HARD),
    dot(b"550 5.7.1 spam", V.FAILED, F.POLICY),
    dot(b"554 no", V.FAILED, F.POLICY),
    dot(b"552 5.2.2 full", V.DEFERRED, F.SOFT),
]
LOSSES = [
    Fault(
        f"{stage} {name}",
        at(stage, action),
        V.NOT_SENT,
        timeouts={f"{stage}_s": SHORT} if action is HANG else {},
    )
    for stage in ("rcpt", "data")
    for name, action in {
        "drop": DROP,
        "reset": RESET,
        "hang": HANG,
        "garbage": say(b"what?"),
        "cut": raw(b"250 o", "close"),
    }.items()
]
LOSSES += [
    Fault("rcpt 334", at("rcpt", say(b"334 go")), V.NOT_SENT, code=334),
    Fault("data 250", at("data", say(b"250 ok")), V.NOT_SENT, code=250),
    Fault("rcpt twice 250", at("rcpt", raw(b"250 ok\r\n250 ok\r\n")), V.NOT_SENT, code=250, code_in_step=0),
    Fault("data 354 and more", at("data", raw(b"354 go\r\n250 ok\r\n")), V.NOT_SENT),
]
DOUBTS = [
    Fault("dot drop", at("dot", accepting(DROP)), V.UNKNOWN, accepted=True),
    Fault("dot reset", at("dot", accepting(RESET)), V.UNKNOWN, accepted=True),
    Fault("dot hang", at("dot", accepting(HANG)), V.UNKNOWN, accepted=True, timeouts={"dot_s": SHORT}),
    Fault("dot drop, not taken", at("dot", DROP), V.UNKNOWN),
    Fault("dot garbage", at("dot", accepting(say(b"ok, thanks"))), V.UNKNOWN, accepted=True),
    Fault("dot 500 garbage", at("dot", accepting(say(b"500_no"))), V.UNKNOWN, accepted=True),
    Fault("dot 250 cut by the end", at("dot", raw(b"250 o", "close")), V.UNKNOWN, accepted=True),
    Fault(
        "dot 250 cut", at("dot", raw(b"250 o", "hang")), V.UNKNOWN, accepted=True, timeouts={"dot_s": SHORT}
    ),
    Fault("dot 550 cut", at("dot", accepting(raw(b"550 5.1.1 no", "close"))), V.UNKNOWN, accepted=True),
    Fault("dot 354", at("dot", say(b"354 go")), V.UNKNOWN, code=354),
    Fault("dot two codes", at("dot", raw(b"250-ok\r\n550 no\r\n")), V.UNKNOWN, accepted=True),
    Fault("dot endless", at("dot", raw(b"250-ok\r\n" * 9000)), V.UNKNOWN, accepted=True),
    Fault("dot NUL", at("dot", raw(b"250 \0\r\n")), V.UNKNOWN, accepted=True),
    Fault(
        "dot 9 KB line", at("dot", raw(b"250-" + b"x" * 9000 + b"\r\n250 ok\r\n")), V.UNKNOWN, accepted=True
    ),
    Fault(
        "dot trickle",
        at("dot", raw(b"250 " + b"x" * 900 + b"\r\n", bytewise=True, delay_s=0.01)),
        V.UNKNOWN,
        accepted=True,
        timeouts={"total_s": 0.5},
    ),
]
YESES = [
    Fault("rcpt 251", at("rcpt", say(b"251 will forward")), V.SENT, code=250, accepted=True, usable=True),
    Fault("rcpt 252", at("rcpt", say(b"252 will try")), V.SENT, code=250, accepted=True, usable=True),
    Fault("dot late", at("dot", say(b"250 ok", delay_s=0.1)), V.SENT, code=250, accepted=True, usable=True),
    Fault(
        "dot 250 and close", at("dot", say(b"250 ok", "close")), V.SENT, code=250, accepted=True, usable=False
    ),
    Fault("dot twice 250", at("dot", raw(b"250 ok\r\n250 ok\r\n")), V.SENT, code=250, accepted=True),
    Fault(
        "dot 250, then 421",
        at("dot", raw(b"250 ok\r\n421 bye\r\n", "close")),
        V.SENT,
        code=250,
        accepted=True,
    ),
    Fault(
        "dot many lines",
        at("dot", raw(b"250-a\r\n250-b\r\n250 c\r\n")),
        V.SENT,
        code=250,
        accepted=True,
        usable=True,
    ),
    Fault("dot code only", at("dot", raw(b"250\r\n")), V.SENT, code=250, accepted=True, usable=True),
    Fault("dot bare LF", at("dot", raw(b"250 ok\n")), V.SENT, code=250, accepted=True, usable=True),
    Fault(
        "bytewise",
        at("rcpt", say(b"250 " + b"x" * 60, bytewise=True, delay_s=0.02)),
        V.SENT,
        code=250,
        accepted=True,
        usable=True,
        timeouts={"rcpt_s": 1.0},
    ),
]


@pytest.mark.parametrize("fault", REFUSALS + LOSSES + DOUBTS + YESES, ids=lambda fault: fault.id)
@pytest.mark.parametrize("together", [False, True], ids=["one by one", "together"])
def test_a_fault_is_told_by_its_stage_and_the_next_reader_is_served(fault, together):
    async def main(server):
        way = transport(server, **fault.timeouts)
        session = await way.open()
        if together:
            await session.send(envelope(MAY), LETTER, nothing)
        outcome = await session.send(envelope(JANE), LETTER, nothing)
        if fault.id in ("dot 250 and close", "dot 250, then 421"):
            await until(lambda: not session.usable)
        was_usable = session.usable
        if not was_usable:
            await session.close()
            session = await way.open()
        following = await session.send(envelope(JOE), LETTER, nothing)
        await session.close()
        return outcome, was_usable, following

    with ScriptedServer(fault.script) as server:
        outcome, was_usable, following = asyncio.run(main(server))
    code = fault.code if together or fault.code_in_step is None else fault.code_in_step
    assert (outcome.verdict, outcome.failure, outcome.code) == (fault.verdict, fault.failure, code)
    assert was_usable is fault.usable
    assert not outcome.unbegun
    assert following.verdict is V.SENT
    arrived = [letter.rcpt for letter in server.accepted]
    assert arrived == [MAY] * together + [JANE] * fault.accepted + [JOE]
    assert all(letter.message == LETTER for letter in server.accepted)
    assert server.connections == (1 if fault.usable else 2)


@pytest.mark.parametrize(
    ("line", "temporary"),
    [
        (b"421 4.3.2 busy", True),
        (b"450 4.7.1 later", True),
        (b"451 4.3.0 later", True),
        (b"554 5.7.1 not you", False),
        (b"521 no mail here", False),
    ],
)
@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail"])
def test_a_refusal_before_any_reader_is_named_is_the_runs(stage, line, temporary):
    # Any 5xx to EHLO would be answered with HELO, so there HELO is refused as well.
    script = {stage: say(line), **({"helo": say(line)} if stage == "ehlo" else {})}
    trouble, server = run_into_trouble(script)
    assert (trouble.stage, trouble.temporary, trouble.code) == (stage, temporary, int(line[:3]))
    assert not any(command.startswith("RCPT") for command in server.commands)


@pytest.mark.parametrize("action", [DROP, RESET, HANG, say(b"what?"), raw(b"250-", "close")], ids=str)
@pytest.mark.parametrize("stage", ["greeting", "ehlo", "mail"])
def test_a_loss_before_any_reader_is_named_is_the_runs_and_passes(stage, action):
    short = {"mail_s" if stage == "mail" else "greeting_s": SHORT} if action is HANG else {}
    trouble, _ = run_into_trouble({stage: action}, **short)
    # A reset that follows on the heels of the connection may be met before the connection counts as made.
    stages = {"connect", "greeting"} if stage == "greeting" and action is RESET else {stage}
    assert trouble.stage in stages
    assert (trouble.temporary, trouble.code) == (True, 0)


def test_a_greeting_of_another_protocol_does_not_pass():
    trouble, _ = run_into_trouble({"greeting": say(b"HTTP/1.1 400 Bad Request")})
    assert (trouble.stage, trouble.temporary, trouble.code) == ("greeting", False, 0)
    assert "check smtp.port" in str(trouble)


def run_into_trouble(
    script, *, letter=LETTER, before_handover=nothing, extensions=None, usable=False, **timeouts
):
    async def main(server):
        session = None
        try:
            session = await transport(server, **timeouts).open()
            await session.send(envelope(JANE), letter, before_handover)
        except TransportError as trouble:
            assert session is None or session.usable is usable
            return trouble
        finally:
            if session:
                await session.close()

    more = {} if extensions is None else {"extensions": extensions}
    with ScriptedServer(script, **more) as server:
        trouble = asyncio.run(main(server))
    assert isinstance(trouble, TransportError)
    assert server.accepted == []
    return trouble, server


def test_a_relay_that_is_away_is_tried_later():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(TransportError, match="refused") as caught:
        asyncio.run(
            SmtpTransport(
                SmtpOptions(host="127.0.0.1", port=port, security="none", ehlo_name="sender.example")
            ).open()
        )
    assert (caught.value.stage, caught.value.temporary) == ("connect", True)


def test_a_message_over_the_advertised_size_stops_the_run_before_mail():
    trouble, server = run_into_trouble({}, extensions=("SIZE 59",), usable=True)
    assert (trouble.stage, trouble.temporary) == ("data", False)
    assert [command for command in server.commands if command != "QUIT"] == ["EHLO sender.example"]


@pytest.mark.parametrize("line", [b"552 too big", b"552 5.3.4 too big", b"554 5.6.0 malformed"])
def test_a_letter_that_is_refused_itself_stops_the_run(line):
    trouble, _ = run_into_trouble({"dot": say(line)})
    assert (trouble.stage, trouble.temporary) == ("dot", False)


@pytest.mark.parametrize("then", ["hang", "close"])
def test_too_big_said_in_the_middle_of_the_body_stops_the_run(then):
    trouble, _ = run_into_trouble(
        {"body": say(b"552 5.3.4 too big", then, after=100_000)}, letter=HUGE, extensions=()
    )
    assert (trouble.stage, trouble.temporary, trouble.code) == ("data", False, 552)


def test_too_big_said_while_handed_is_committed_stops_the_run():
    trouble, _ = early({"body": say(b"552 5.3.4 too big", "close", after=len(LETTER))})
    assert (trouble.stage, trouble.temporary, trouble.code) == ("data", False, 552)


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        (Do(then="close", after=len(LETTER)), V.NOT_SENT),
        (Do(then="reset", after=len(LETTER)), V.NOT_SENT),
        (say(b"what?", "hang", after=len(LETTER)), V.NOT_SENT),
        (say(b"250 taken", "hang", after=len(LETTER)), V.NOT_SENT),
        (say(b"451 4.3.0 later", "close", after=len(LETTER)), V.DEFERRED),
        (say(b"421 4.3.2 going down", "close", after=len(LETTER)), V.DEFERRED),
        (say(b"554 5.7.1 spam", "close", after=len(LETTER)), V.FAILED),
    ],
    ids=str,
)
def test_what_comes_before_the_dot_is_definite_and_keeps_the_dot_back(action, verdict):
    outcome, server = early({"body": action})
    assert outcome.verdict is verdict
    assert server.accepted == []
    assert b"\r\n.\r\n" not in server.heard


def early(script):
    """Send a letter whose commit of `handed` takes until the server has said or done something."""

    async def main(server):
        session = await transport(server).open()
        try:
            return await session.send(envelope(JANE), LETTER, lambda: until(lambda: not session.usable))
        except TransportError as trouble:
            return trouble
        finally:
            assert not session.usable
            await session.close()

    with ScriptedServer(script) as server:
        return asyncio.run(main(server)), server


@pytest.mark.parametrize(
    "action",
    [Do(then="close", after=100_000), Do(then="reset", after=100_000), Do(then="stay", delay_s=60)],
    ids=str,
)
def test_a_body_that_the_server_stops_taking_is_still_owed(action):
    async def main(server):
        session = await transport(server, body_s=0.3).open()
        outcome = await session.send(envelope(JANE), HUGE, never)
        assert not session.usable
        await session.close()
        return outcome

    async def never():
        raise AssertionError("`handed` was committed before the body was with the server")

    with ScriptedServer({"body": action}, extensions=()) as server:
        assert asyncio.run(main(server)).verdict is V.NOT_SENT
    assert server.accepted == []
