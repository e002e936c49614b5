"""What changes an issue between runs: resolve, retry, cancel, pause, resume, expire and close."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.stores import (
    DEFERRED,
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

from pipeline.deliver.ledger import DeliveryChange
from pipeline.deliver.options import DeliveryOptions
from pipeline.errors import StoreError
from pipeline.model.delivery import DeliveryState, FailureClass, share_sent
from pipeline.model.issue_state import IssueState, Trip
from pipeline.store import remedies
from subscribers.model import Event


@pytest.fixture
def room(engine):
    return Newsroom(engine, readers=12).open()


def test_unknown_is_never_sent_again_by_itself_and_resolving_works_both_ways(room, engine):
    room.send(ScriptedTransport(by_number({1: UNKNOWN, 2: UNKNOWN})))
    later = ScriptedTransport()
    room.send(later, now=NOW + timedelta(days=2))
    assert later.accepted == []
    ledger = room.issues.ledger(room.issue.id)
    ids = [stuck.subscriber_id for stuck in ledger.stuck(10)]
    assert remedies.resolve(engine, room.issue.id, ids[:1], DeliveryState.SENT, NOW) == 1
    assert remedies.resolve(engine, room.issue.id, None, DeliveryState.QUEUED, NOW) == 1
    room.send(later)
    assert len(later.accepted) == 1
    assert room.counts() == {"sent": 12}


def test_an_issue_that_is_paused_meanwhile_is_claimed_no_further(room):
    def pausing(_address, _attempt):
        room.issues.pause(room.issue.id, "stop", NOW)
        return SENT

    room.send(ScriptedTransport(pausing), rules=DeliveryOptions(connections=1))
    assert room.counts().get("queued", 0) >= 2
    assert room.issues.get("2026-W48").paused_reason == "stop"


def test_a_resolved_delivery_reopens_and_closes_a_sent_issue(room, engine):
    room.send(ScriptedTransport(by_number({1: UNKNOWN})))
    room.issues.close(room.issue.id, NOW)
    assert room.issues.get("2026-W48").state is IssueState.SENT_WITH_PROBLEMS
    remedies.resolve(engine, room.issue.id, None, DeliveryState.QUEUED, NOW)
    assert room.issues.get("2026-W48").state is IssueState.SENDING
    room.send(ScriptedTransport())
    room.issues.close(room.issue.id, NOW)
    assert room.issues.get("2026-W48").state is IssueState.SENT


def test_retrying_leaves_a_paused_issue_paused(room, engine):
    room.send(ScriptedTransport(by_number({1: POLICY})))
    room.issues.pause(room.issue.id, "wrong date", NOW)
    assert remedies.retry(engine, room.issue.id, [FailureClass.POLICY], NOW) == 1
    issue = room.issues.get("2026-W48")
    assert (issue.state, issue.paused_reason) == (IssueState.PAUSED, "wrong date")
    assert not room.issues.begin(room.issue.id, NOW)


def test_a_cancelled_issue_owes_nothing_and_takes_nothing_back(room, engine):
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    assert remedies.cancel(engine, room.issue.id, NOW) == 12
    assert room.counts() == {"skipped": 12}
    for change in (
        lambda: remedies.retry(engine, room.issue.id, list(FailureClass), NOW),
        lambda: remedies.resolve(engine, room.issue.id, None, DeliveryState.QUEUED, NOW),
        lambda: remedies.cancel(engine, room.issue.id, NOW),
    ):
        with pytest.raises(StoreError, match="cancelled"):
            change()


def test_a_cancelled_issue_stays_cancelled_when_it_rested_until_an_instant(room, engine):
    assert room.issues.pause(room.issue.id, "answers are lost", NOW, resumes_at=NOW + timedelta(hours=1))
    assert remedies.cancel(engine, room.issue.id, NOW) == 12
    assert not room.issues.pause(room.issue.id, "wait for me", NOW)
    assert room.issues.resume(room.issue.id, NOW) is None
    issue = room.issues.get("2026-W48")
    assert (issue.state, issue.resumes_at) == (IssueState.CANCELLED, None)


def test_an_issue_with_deferred_letters_is_not_closed(room):
    room.send(ScriptedTransport(by_number({1: DEFERRED})))
    room.issues.close(room.issue.id, NOW)
    assert room.issues.get("2026-W48").state is IssueState.SENDING


def test_resuming_queues_again_what_a_breaker_counted_and_nothing_else(room):
    room.send(ScriptedTransport(by_number({1: REFUSED, 2: REFUSED, 3: POLICY, 4: UNKNOWN})))
    room.issues.record_stop(room.issue.id, Trip.HARD, "", "too many are gone")
    room.issues.pause(room.issue.id, "too many are gone", NOW)
    assert room.issues.resume(room.issue.id, NOW) == 2
    assert room.counts() == {"queued": 2, "sent": 8, "failed": 1, "unknown": 1}
    issue = room.issues.get("2026-W48")
    assert (issue.state, issue.trip, issue.stopped_reason) == (IssueState.SENDING, Trip.NONE, "")
    assert room.issues.resume(room.issue.id, NOW) is None


def test_a_pause_with_an_end_is_over_then_and_not_before(room):
    end = NOW + timedelta(hours=1)
    assert room.issues.pause(room.issue.id, "answers are lost", NOW, resumes_at=end)
    assert not room.issues.get("2026-W48").can_continue(NOW)
    assert not room.issues.begin(room.issue.id, NOW)
    assert room.issues.get("2026-W48").can_continue(end)
    assert room.issues.pause(room.issue.id, "wait for me", NOW)
    assert not room.issues.pause(room.issue.id, "once more", NOW)
    assert not room.issues.get("2026-W48").can_continue(end)
    room.issues.resume(room.issue.id, NOW)
    room.issues.pause(room.issue.id, "answers are lost", NOW, resumes_at=end)
    assert room.issues.begin(room.issue.id, end)
    issue = room.issues.get("2026-W48")
    assert (issue.state, issue.paused_reason, issue.resumes_at) == (IssueState.SENDING, "", None)


def test_what_is_owed_of_an_old_issue_expires_and_a_retry_makes_it_fresh(room, engine):
    room.send(ScriptedTransport(by_number({1: DEFERRED, 2: REFUSED})), rules=DeliveryOptions(connections=1))
    assert remedies.expire(engine, room.issue.id, "too old", NOW) == 1
    assert room.counts() == {"sent": 10, "failed": 1, "expired": 1}
    assert [stuck.detail for stuck in room.issues.ledger(room.issue.id).stuck(1)] == ["too old"]
    later = NOW + timedelta(days=30)
    assert remedies.retry(engine, room.issue.id, [], later) == 1
    assert room.issues.get("2026-W48").fresh_from == later


@pytest.mark.parametrize(
    ("sent", "least", "state"),
    [
        (0, 0.01, IssueState.SENT_WITH_PROBLEMS),
        (5, 0.5, IssueState.SENT_WITH_PROBLEMS),
        (6, 0.5, IssueState.SENT),
        (11, 1.0, IssueState.SENT_WITH_PROBLEMS),
        (12, 1.0, IssueState.SENT),
    ],
)
def test_an_issue_is_sent_when_enough_readers_were(room, sent, least, state):
    room.send(ScriptedTransport(by_number(dict.fromkeys(range(sent), SENT), otherwise=REFUSED)))
    if not sent:
        ledger = room.issues.ledger(room.issue.id)
        ledger.take_over(NOW, resend_unknown=False)
        claims = ledger.claim(after=0, limit=12, now=NOW).claims
        gone = [
            DeliveryChange(
                one.subscriber_id, DeliveryState.CLAIMED, DeliveryState.FAILED, failure=FailureClass.HARD
            )
            for one in claims
        ]
        ledger.apply(gone, NOW)
    room.issues.close(room.issue.id, NOW, min_sent=least)
    assert room.issues.get("2026-W48").state is state
    assert share_sent(room.counts()) == sent / 12


def test_readers_who_left_do_not_lower_the_share(room, engine):
    people = people_of(engine)
    for number in range(10):
        people.unsubscribe(room.public_ids[number], Event.UNSUBSCRIBED_PAGE, NOW)
    room.send(ScriptedTransport())
    room.issues.close(room.issue.id, NOW, min_sent=1.0)
    assert room.issues.get("2026-W48").state is IssueState.SENT
