"""Refusals during the send count like bounces, and only where they are about the address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.returned import WEEKS, mail, report, states
from support.stores import NOW, REFUSED, SENT, Newsroom, ScriptedTransport, freezing

from pipeline.model.delivery import AttemptOutcome, FailureClass, Verdict
from pipeline.store.return_results import find_refused


def test_a_refusal_during_the_send_counts_like_a_bounce(engine):
    room = Newsroom(engine, 40).open()
    refusing = ScriptedTransport(lambda address, _attempt: REFUSED if address == "r0@example.org" else SENT)
    for week in WEEKS[:3]:
        if week != WEEKS[0]:
            room.issue = room.issues.freeze(freezing(week, WEEKS.index(week) + 1), NOW)
        room.send(refusing)
        mail(room).act_on_refusals(room.issue.id, NOW)
    assert states(room)[:2] == ["bounced", "active"]
    assert room.issue.audience == 39
    assert refusing.attempts["r0@example.org"] == 2


@pytest.mark.parametrize(
    "words",
    [
        "Sender verify failed",
        "Rejected because 203.0.113.5 is in a black list",
        "SPF check failed",
        "DMARC policy violation",
        "Blocked by our policy",
        "Administrative prohibition",
        "Access denied",
        "Message rejected as spam",
        "IP reputation too low",
        "5.7.1 Recipient address rejected: not permitted",
        "no",
    ],
)
def test_a_refusal_that_is_not_about_the_address_takes_no_reader_off_the_list(engine, words):
    room = Newsroom(engine, 10).open()
    said = AttemptOutcome(Verdict.FAILED, FailureClass.HARD, 550, detail=words)
    refusing = ScriptedTransport(lambda address, _attempt: said if address == "r0@example.org" else SENT)
    for number, week in enumerate(WEEKS[:3], 1):
        if number > 1:
            room.issue = room.issues.freeze(freezing(week, number), NOW)
        room.send(refusing)
        mail(room).act_on_refusals(room.issue.id, NOW)
    assert states(room)[0] == "active"
    assert refusing.attempts["r0@example.org"] == 3


def test_a_mailbox_that_stays_full_counts_when_its_delivery_expires_and_greylisting_does_not(
    engine,
):
    room = Newsroom(engine, 10).open()
    answers = {
        "r0@example.org": AttemptOutcome(
            Verdict.DEFERRED, FailureClass.SOFT, 452, "4.2.2", "4.2.2 mailbox full"
        ),
        "r1@example.org": AttemptOutcome(
            Verdict.DEFERRED, code=450, enhanced="4.7.1", detail="4.7.1 greylisted"
        ),
    }
    relay = ScriptedTransport(lambda address, _attempt: answers.get(address, SENT))
    for number, week in enumerate(WEEKS[:4], 1):
        if number > 1:
            room.issue = room.issues.freeze(freezing(week, number), NOW)
        for day in range(14):
            room.send(relay, now=NOW + timedelta(days=day))
        assert room.counts() == {"sent": 8, "expired": 2}
        mail(room).act_on_refusals(room.issue.id, NOW)
    assert states(room)[:3] == ["bounced", "active", "active"]


def test_a_relay_that_refuses_everybody_takes_nobody_off_the_list(engine):
    room = Newsroom(engine, 40).open()
    room.send(ScriptedTransport(lambda _address, _attempt: REFUSED))
    assert mail(room, hard_issues=1).act_on_refusals(room.issue.id, NOW) == 0
    assert set(states(room)) == {"active"}


def test_a_mass_refusal_is_not_the_first_of_two_hard_results(engine):
    room = Newsroom(engine, 40).open()
    taken = {f"r{number}@example.org" for number in range(20)}
    room.send(ScriptedTransport(lambda address, _attempt: SENT if address in taken else REFUSED))
    with engine.connect() as connection:
        refused = find_refused(connection, room.issue.id)
    assert len(refused) > 8
    assert mail(room).act_on_refusals(room.issue.id, NOW) == 0
    dead = f"r{refused[0] - 1}@example.org"
    room.issue = room.issues.freeze(freezing(WEEKS[1], 2), NOW)
    room.send(ScriptedTransport(lambda address, _attempt: REFUSED if address == dead else SENT))
    assert room.counts() == {"sent": 39, "failed": 1}
    assert mail(room).act_on_refusals(room.issue.id, NOW) == 0
    mail(room).take([report(room, week=WEEKS[1], reader=refused[0] - 1)], NOW)
    assert set(states(room)) == {"active"}
