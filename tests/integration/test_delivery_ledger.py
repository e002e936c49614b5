"""The ledger of deliveries: freezing, claims, taking over from a process that died, changes in groups."""

from __future__ import annotations

import pytest
from sqlalchemy import func, insert, select, update
from support.stores import (
    NOW,
    PROOF,
    Newsroom,
    ScriptedTransport,
    freezing,
    people_of,
)

from pipeline.deliver.ledger import DeliveryChange, LedgerConflict
from pipeline.model.delivery import DeliveryState, FailureClass
from pipeline.model.returned import ReturnKind
from pipeline.store.tables import returned
from subscribers.addresses import parse_address
from subscribers.model import Event
from subscribers.store.tables import subscriber


@pytest.fixture
def room(engine):
    return Newsroom(engine, readers=12).open()


def test_what_a_dead_process_had_claimed_is_sent_and_what_it_had_handed_over_is_unknown(room):
    ledger = room.issues.ledger(room.issue.id)
    room.issues.begin(room.issue.id, NOW)
    ledger.take_over(NOW, resend_unknown=False)
    claims = ledger.claim(after=0, limit=5, now=NOW).claims
    ledger.apply([DeliveryChange(claims[0].subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)], NOW)
    server = ScriptedTransport()
    room.send(server)
    assert room.counts() == {"sent": 11, "unknown": 1}
    assert claims[0].email not in server.accepted


def test_a_letter_greets_by_the_first_name_where_it_is_known(room):
    with room.engine.begin() as connection:
        connection.execute(update(subscriber).values(name="Ada King"))
        first = select(func.min(subscriber.c.id)).scalar_subquery()
        connection.execute(update(subscriber).where(subscriber.c.id == first).values(first_name="Ada"))
    ledger = room.issues.ledger(room.issue.id)
    room.issues.begin(room.issue.id, NOW)
    ledger.take_over(NOW, resend_unknown=False)
    claims = ledger.claim(after=0, limit=2, now=NOW).claims
    assert [claim.name for claim in claims] == ["Ada", "Ada King"]


def test_resend_as_the_choice_for_unknown_sends_again(room):
    ledger = room.issues.ledger(room.issue.id)
    room.issues.begin(room.issue.id, NOW)
    ledger.take_over(NOW, resend_unknown=False)
    claim = ledger.claim(after=0, limit=1, now=NOW).claims[0]
    ledger.apply([DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)], NOW)
    room.send(ScriptedTransport(), resend=True)
    assert room.counts() == {"sent": 12}


@pytest.mark.parametrize("resend", [False, True])
def test_what_came_back_of_a_handed_delivery_proves_at_take_over_that_it_was_sent(room, resend):
    ledger = room.issues.ledger(room.issue.id)
    room.issues.begin(room.issue.id, NOW)
    ledger.take_over(NOW, resend_unknown=False)
    claim = ledger.claim(after=0, limit=1, now=NOW).claims[0]
    ledger.apply([DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)], NOW)
    values = {"kind": ReturnKind.DELIVERED, "report": b"1", "taken_at": NOW}
    with room.engine.begin() as connection:
        connection.execute(
            insert(returned).values(issue_id=room.issue.id, subscriber_id=claim.subscriber_id, **values)
        )
    server = ScriptedTransport()
    room.send(server, resend=resend)
    assert claim.email not in server.accepted
    assert room.counts() == {"sent": 12}


def test_a_process_that_was_taken_over_may_write_no_more(room):
    room.issues.begin(room.issue.id, NOW)
    old = room.issues.ledger(room.issue.id)
    old.take_over(NOW, resend_unknown=False)
    claim = old.claim(after=0, limit=1, now=NOW).claims[0]
    room.issues.ledger(room.issue.id).take_over(NOW, resend_unknown=False)
    with pytest.raises(LedgerConflict):
        old.apply([DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)], NOW)
    with pytest.raises(LedgerConflict):
        old.claim(after=0, limit=1, now=NOW)


def test_a_change_that_finds_another_state_writes_nothing_at_all(room):
    room.issues.begin(room.issue.id, NOW)
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    first, second = ledger.claim(after=0, limit=2, now=NOW).claims
    ledger.apply([DeliveryChange(second.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED)], NOW)
    with pytest.raises(LedgerConflict):
        ledger.apply(
            [
                DeliveryChange(first.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED),
                DeliveryChange(second.subscriber_id, DeliveryState.CLAIMED, DeliveryState.HANDED),
            ],
            NOW,
        )
    assert room.counts() == {"queued": 10, "claimed": 1, "handed": 1}


def test_freezing_a_week_twice_gives_the_first_issue_back(room):
    again = room.issues.freeze(freezing(number=9), NOW)
    assert again == room.issues.get("2026-W48")
    assert again.number == 1


def test_the_audience_is_who_was_deliverable_at_the_freeze(engine):
    room = Newsroom(engine, readers=3).open()
    people = people_of(engine)
    people.request(parse_address("pending@example.org"), name="", proof=PROOF, now=NOW)
    people.unsubscribe(room.public_ids[0], Event.UNSUBSCRIBED_PAGE, NOW)
    assert room.issues.freeze(freezing("2026-W49", 2), NOW).audience == 2


def test_no_delivery_moves_against_the_chart(room):
    room.issues.begin(room.issue.id, NOW)
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    claim = ledger.claim(after=0, limit=1, now=NOW).claims[0]
    with pytest.raises(LedgerConflict, match="a delivery cannot go from claimed to sent"):
        ledger.apply([DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.SENT)], NOW)


def test_changes_of_one_reader_in_one_group_are_made_in_their_order(room):
    room.issues.begin(room.issue.id, NOW)
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    first, second = ledger.claim(after=0, limit=2, now=NOW).claims
    claimed, handed, queued = DeliveryState.CLAIMED, DeliveryState.HANDED, DeliveryState.QUEUED
    ledger.apply([DeliveryChange(first.subscriber_id, claimed, handed)], NOW)
    ledger.apply(
        [
            DeliveryChange(first.subscriber_id, handed, queued),
            DeliveryChange(second.subscriber_id, claimed, handed),
            DeliveryChange(second.subscriber_id, handed, queued),
            DeliveryChange(first.subscriber_id, queued, claimed),
        ],
        NOW,
    )
    assert room.counts() == {"queued": 11, "claimed": 1}


def test_answers_that_differ_are_kept_apart_in_one_group(room):
    room.issues.begin(room.issue.id, NOW)
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    claims = ledger.claim(after=0, limit=4, now=NOW).claims
    words = ["mailbox full", "no such user", "no such user", ""]
    with ledger.kept_open():
        ledger.apply(
            [
                DeliveryChange(
                    claim.subscriber_id,
                    DeliveryState.CLAIMED,
                    DeliveryState.FAILED,
                    counted=True,
                    failure=FailureClass.HARD,
                    code=550,
                    detail=said,
                )
                for claim, said in zip(claims, words, strict=True)
            ],
            NOW,
        )
    assert [stuck.detail for stuck in ledger.stuck(10)] == words
