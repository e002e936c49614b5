"""What stops a run of the engine, and what it leaves for the next one: refusals, lost answers, errors."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from support.stores import (
    DEFERRED,
    NOW,
    REFUSED,
    SENT,
    UNKNOWN,
    Newsroom,
    ScriptedTransport,
    by_number,
)

from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pace import Limits
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
from pipeline.deliver.transport import Stage, TransportError
from pipeline.model.delivery import AttemptOutcome, FailureClass, Verdict
from pipeline.model.issue_state import Trip


@pytest.fixture
def room(engine):
    return Newsroom(engine, readers=12).open()


FAILED, LATER = Verdict.FAILED, Verdict.DEFERRED
HARD, BLOCKED = FailureClass.HARD, FailureClass.POLICY
ABOUT_EVERYBODY = {
    "Exim": AttemptOutcome(FAILED, HARD, 550, "", "relay not permitted"),
    "OpenSMTPD": AttemptOutcome(FAILED, HARD, 550, "", "Invalid recipient: <address>"),
    "Postfix without login": AttemptOutcome(FAILED, BLOCKED, 554, "5.7.1", "Access denied"),
    "Debian's Postfix": AttemptOutcome(LATER, FailureClass.NONE, 454, "4.7.1", "Relay access denied"),
    "policy daemon": AttemptOutcome(LATER, FailureClass.NONE, 450, "4.7.1", "policy says later"),
    "unknown words": AttemptOutcome(FAILED, BLOCKED, 554, "5.7.1", "no #7f3a"),
}

GONE = AttemptOutcome(FAILED, HARD, 550, "", "Invalid recipient")


@pytest.mark.parametrize("answer", ABOUT_EVERYBODY.values(), ids=ABOUT_EVERYBODY.keys())
@pytest.mark.parametrize("after_the_dot", [False, True])
def test_a_relay_that_refuses_everybody_charges_nobody(room, answer, after_the_dot):
    server = ScriptedTransport(by_number({}, otherwise=answer), refuses_after_the_dot=after_the_dot)
    progress = room.send(server)
    assert room.counts() == {"queued": 12}
    assert 3 <= len(server.attempts) <= 5
    assert answer.detail in progress.stopped
    assert progress.trip is Trip.REFUSED
    assert progress.temporary is (answer.verdict is Verdict.DEFERRED)
    again = ScriptedTransport(by_number({}, otherwise=answer))
    room.send(again, last_refusal=progress.refusal)
    assert len(again.attempts) == 1
    room.send(ScriptedTransport(), last_refusal=progress.refusal)
    assert room.counts() == {"sent": 12}


def test_a_list_whose_first_readers_are_gone_is_sent_to_the_others(room):
    room.send(ScriptedTransport(by_number(dict.fromkeys(range(4), GONE))))
    assert room.counts() == {"sent": 8, "failed": 4}


def test_a_greylister_that_puts_off_everybody_costs_no_patience(room):
    forever = ScriptedTransport(by_number({}, otherwise=DEFERRED))
    for hours in range(0, 60, 5):
        room.send(forever, now=NOW + timedelta(hours=hours))
        assert room.counts() == {"deferred": 12}
    room.send(ScriptedTransport(), now=NOW + timedelta(hours=65))
    assert room.counts() == {"sent": 12}


def test_a_quota_in_unknown_words_stops_the_run_where_it_is(engine):
    room = Newsroom(engine, readers=60).open()

    enough = AttemptOutcome(FAILED, HARD, 550, "", "enough for today")
    server = ScriptedTransport()
    server.script = lambda _address, _attempt: enough if sum(server.attempts.values()) > 20 else SENT
    progress = room.send(server)
    assert room.counts() == {"sent": 20, "queued": 40}
    assert "enough for today" in progress.stopped


def test_a_block_of_dead_addresses_does_not_stop_a_run_for_ever(engine):
    room = Newsroom(engine, readers=80).open()
    dead = AttemptOutcome(Verdict.FAILED, FailureClass.HARD, 550, "", "Invalid recipient")
    room.send(ScriptedTransport(by_number(dict.fromkeys(range(20, 50), dead))))
    assert room.counts() == {"sent": 50, "failed": 30}


def test_a_tail_of_readers_who_were_put_off_before_is_nobodys_fault(room):
    full = AttemptOutcome(Verdict.DEFERRED, FailureClass.SOFT, 452, "4.3.0", "not now")
    tail = ScriptedTransport(by_number(dict.fromkeys(range(6), full)))
    room.send(tail)
    assert room.counts() == {"sent": 6, "deferred": 6}
    room.send(tail, now=NOW + timedelta(hours=1))
    assert room.counts() == {"sent": 6, "deferred": 6}
    assert max(tail.attempts.values()) == 2


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (REFUSED, {"failed": 1}),
        (AttemptOutcome(Verdict.FAILED, FailureClass.HARD, 550, "", "Invalid recipient"), {"queued": 1}),
        (AttemptOutcome(Verdict.FAILED, FailureClass.POLICY, 550, "", "relay not permitted"), {"queued": 1}),
    ],
)
def test_the_only_reader_of_a_list_fails_only_if_the_answer_names_the_mailbox(engine, answer, counts):
    room = Newsroom(engine, readers=1).open()
    room.send(ScriptedTransport(by_number({}, otherwise=answer)))
    assert room.counts() == counts


def test_a_relay_that_is_away_touches_no_reader(room):
    away = [TransportError("connection refused", stage=Stage.CONNECT, temporary=True) for _ in range(20)]
    progress = room.send(ScriptedTransport(opening=away))
    assert room.counts() == {"queued": 12}
    assert progress.temporary
    assert "refused" in progress.stopped


def test_a_relay_that_is_away_stops_the_run_also_for_fewer_letters_than_connections(engine):
    class Away(ScriptedTransport):
        async def open(self):
            await asyncio.sleep(0)  # meanwhile the other workers find nothing to do and end
            raise TransportError("connection refused", stage=Stage.CONNECT, temporary=True)

    room = Newsroom(engine, readers=1).open()
    progress = room.send(Away(), rules=DeliveryOptions(connections=3))
    assert room.counts() == {"queued": 1}
    assert progress.temporary
    assert "refused" in progress.stopped


class SteppedTransport(ScriptedTransport):
    """Lets `step` act before each letter, with the number of the letter and a way to hand it over."""

    def __init__(self, step):
        super().__init__()
        self.begun = 0
        self.step = step

    async def open(self):
        session = await super().open()
        send = session.send

        async def stepped(envelope, message, before_handover):
            self.begun += 1
            await self.step(self.begun)
            return await send(envelope, message, before_handover)

        session.send = stepped
        return session


def test_an_unexpected_error_leaves_no_letter_unknown_that_was_not_handed_over(room):
    is_waiting = asyncio.Event()

    async def step(number):
        if number == 2:
            # Ready before the letter waits for its transaction: `send` goes on once and then commits.
            asyncio.get_running_loop().call_soon(lambda: asyncio.get_running_loop().call_soon(is_waiting.set))
        if number == 3:
            await asyncio.Event().wait()
        if number == 4:
            await is_waiting.wait()
            raise KeyError("unexpected")

    server = SteppedTransport(step)
    with pytest.raises(KeyError, match="unexpected"):
        room.send(server, rules=DeliveryOptions(connections=3))
    assert room.counts().get("handed", 0) == 0
    later = ScriptedTransport()
    room.send(later)
    assert room.counts() == {"sent": 12}
    assert len(server.accepted) + len(later.accepted) == 12


def test_a_worker_that_waits_for_the_pace_ends_when_another_one_stops_the_run(room):
    seconds, is_waiting = [0.0], asyncio.Event()

    async def wait(wanted):
        if seconds[0]:
            is_waiting.set()
            await asyncio.Event().wait()
        seconds[0] += wanted

    async def step(number):
        if number == 2:
            await is_waiting.wait()
            raise TransportError("552 message too big", stage=Stage.DOT, temporary=False, code=552)

    pace = Pacer(
        PrivatePaceLedger(),
        Limits(per_second=1),
        owner="one",
        clock=lambda: NOW + timedelta(seconds=seconds[0]),
        until=NOW + timedelta(hours=1),
        wait=wait,
    )
    progress = room.send(SteppedTransport(step), pace=pace)
    assert "too big" in progress.stopped
    assert room.counts() == {"sent": 1, "queued": 11}


def test_a_refused_login_stops_at_once_and_touches_no_reader(room):
    refused = TransportError("535 authentication failed", stage=Stage.AUTH, temporary=False, code=535)
    server = ScriptedTransport(opening=[refused, refused])
    progress = room.send(server)
    assert not progress.temporary
    assert not progress.pause
    assert server.opened <= 2
    assert room.counts() == {"queued": 12}


def test_a_letter_that_is_too_big_pauses_the_issue(room):
    big = TransportError("552 message too big", stage=Stage.DOT, temporary=False, code=552)
    progress = room.send(ScriptedTransport(by_number({}, otherwise=big)))
    assert progress.pause
    assert room.counts() == {"queued": 12}


def test_answers_that_never_come_stop_the_run_before_the_list_is_burnt(room):
    progress = room.send(ScriptedTransport(by_number({}, otherwise=UNKNOWN)))
    counts = room.counts()
    assert counts["unknown"] <= 6
    assert counts["queued"] >= 6
    assert progress.stopped


def test_a_relay_that_never_answers_pauses_the_issue(room):
    assert room.send(ScriptedTransport(by_number({}, otherwise=UNKNOWN))).pause
