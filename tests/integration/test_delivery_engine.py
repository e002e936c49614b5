"""The engine on a real ledger: every outcome ends where the chart says, and the counts add up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.stores import (
    DEFERRED,
    LOST,
    NOW,
    POLICY,
    REFUSED,
    SENT,
    UNKNOWN,
    Newsroom,
    ScriptedTransport,
    by_number,
    people_of,
)

from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.retry import RETRY_AFTER
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.outbox import Outbox
from pipeline.model.delivery import AttemptOutcome, FailureClass, Verdict
from pipeline.store.deliveries import DeliveryLedger
from subscribers.model import Event


@pytest.fixture
def room(engine):
    return Newsroom(engine, readers=12).open()


def test_every_reader_gets_the_letter_once(room):
    server = ScriptedTransport()
    room.send(server)
    assert sorted(server.accepted) == sorted(f"r{n}@example.org" for n in range(12))
    assert room.counts() == {"sent": 12}


def test_a_second_run_sends_nothing(room):
    room.send(ScriptedTransport())
    again = ScriptedTransport()
    room.send(again)
    assert again.accepted == []


def test_every_answer_ends_in_its_state(room):
    room.send(ScriptedTransport(by_number({0: REFUSED, 1: DEFERRED, 2: UNKNOWN, 3: POLICY})))
    assert room.counts() == {"sent": 8, "failed": 2, "deferred": 1, "unknown": 1}


def test_what_was_lost_before_the_dot_is_sent_in_the_same_run(room):
    server = ScriptedTransport(lambda address, attempt: LOST if attempt == 1 and address < "r3" else SENT)
    room.send(server)
    assert room.counts() == {"sent": 12}
    assert len(server.accepted) == 12


def test_a_letter_that_breaks_every_connection_waits_and_the_rest_goes_out(room):
    room.send(ScriptedTransport(by_number({4: LOST})))
    assert room.counts() == {"sent": 11, "deferred": 1}


def test_a_deferred_delivery_comes_back_when_it_is_due_and_not_before(room):
    greylist = ScriptedTransport(lambda _address, attempt: DEFERRED if attempt == 1 else SENT)
    room.send(greylist)
    assert room.counts() == {"deferred": 12}
    room.send(greylist, now=NOW + timedelta(minutes=3))
    assert room.counts() == {"deferred": 12}
    room.send(greylist, now=NOW + timedelta(minutes=7))
    assert room.counts() == {"sent": 12}
    assert set(greylist.attempts.values()) == {2}


def test_a_delivery_expires_after_the_last_retry(room):
    always = ScriptedTransport(by_number({4: DEFERRED, 7: DEFERRED}))
    now = NOW
    for wait in (timedelta(0), *RETRY_AFTER):
        assert room.counts().get("expired", 0) == 0
        now += wait * 1.25
        room.send(always, now=now)
    assert room.counts() == {"sent": 10, "expired": 2}
    assert always.attempts["r4@example.org"] == always.attempts["r7@example.org"] == len(RETRY_AFTER) + 1


FAILED, LATER = Verdict.FAILED, Verdict.DEFERRED

HARD, BLOCKED = FailureClass.HARD, FailureClass.POLICY


def test_who_left_after_the_freeze_is_skipped(room, engine):
    people = people_of(engine)
    people.unsubscribe(room.public_ids[5], Event.UNSUBSCRIBED_PAGE, NOW)
    people.erase(room.public_ids[6], NOW)
    people.complain(room.public_ids[7], NOW)
    server = ScriptedTransport()
    room.send(server)
    assert room.counts() == {"sent": 9, "skipped": 3}
    assert not {"r5@example.org", "r6@example.org", "r7@example.org"} & set(server.accepted)


def test_a_relay_that_takes_one_connection_only_still_gets_everything(room):
    class OneAtATime(ScriptedTransport):
        async def open(self):
            if self.opened:
                raise TransportError("421 too many connections", stage=Stage.GREETING, temporary=True)
            return await super().open()

    room.send(OneAtATime(), rules=DeliveryOptions(connections=3))
    assert room.counts() == {"sent": 12}


def test_a_relay_that_recycles_its_connections_costs_no_reader_an_attempt(room):
    def recycled(_address, attempt):
        return AttemptOutcome(Verdict.NOT_SENT, detail="421", unbegun=True) if attempt == 1 else SENT

    room.send(ScriptedTransport(recycled))
    assert room.counts() == {"sent": 12}


def test_a_transport_that_never_waits_leaves_every_worker_its_turn(room, tmp_path, monkeypatch):
    groups = []
    apply = DeliveryLedger.apply

    def count(self, changes, now):
        groups.append(len(changes))
        apply(self, changes, now)

    monkeypatch.setattr(DeliveryLedger, "apply", count)
    room.send(Outbox(tmp_path), rules=DeliveryOptions(connections=12))
    assert room.counts() == {"sent": 12}
    assert max(groups) > 8, groups
