"""The engine on a real ledger: every outcome ends where the chart says, and the counts add up."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert
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
    people_of,
)

from pipeline.deliver.ledger import DeliveryChange, LedgerConflict
from pipeline.deliver.options import DeliveryOptions
from pipeline.deliver.pace import Limits
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
from pipeline.deliver.progress import Trip
from pipeline.deliver.retry import RETRY_AFTER
from pipeline.deliver.transport import Stage, TransportError
from pipeline.errors import StoreError
from pipeline.model.delivery import AttemptOutcome, DeliveryState, FailureClass, Verdict, share_sent
from pipeline.model.issue_state import IssueState
from pipeline.model.returned import ReturnKind
from pipeline.store import remedies
from pipeline.store.tables import returned
from subscribers.addresses import parse_address
from subscribers.model import Event


@pytest.fixture
def room(engine, tmp_path):
    return Newsroom(engine, readers=12).open(tmp_path)


def by_number(table, otherwise=SENT):
    """Answer by the number in the address."""
    return lambda address, _attempt: table.get(int(address[1:].split("@")[0]), otherwise)


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


def test_a_quota_in_unknown_words_stops_the_run_where_it_is(engine, tmp_path):
    room = Newsroom(engine, readers=60).open(tmp_path)

    enough = AttemptOutcome(FAILED, HARD, 550, "", "enough for today")
    server = ScriptedTransport()
    server.script = lambda _address, _attempt: enough if sum(server.attempts.values()) > 20 else SENT
    progress = room.send(server)
    assert room.counts() == {"sent": 20, "queued": 40}
    assert "enough for today" in progress.stopped


def test_a_block_of_dead_addresses_does_not_stop_a_run_for_ever(engine, tmp_path):
    room = Newsroom(engine, readers=80).open(tmp_path)
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
def test_the_only_reader_of_a_list_fails_only_if_the_answer_names_the_mailbox(
    engine, tmp_path, answer, counts
):
    room = Newsroom(engine, readers=1).open(tmp_path)
    room.send(ScriptedTransport(by_number({}, otherwise=answer)))
    assert room.counts() == counts


def test_who_left_after_the_freeze_is_skipped(room, engine):
    people = people_of(engine)
    people.unsubscribe(room.public_ids[5], Event.UNSUBSCRIBED_PAGE, NOW)
    people.erase(room.public_ids[6], NOW)
    people.complain(room.public_ids[7], NOW)
    server = ScriptedTransport()
    room.send(server)
    assert room.counts() == {"sent": 9, "skipped": 3}
    assert not {"r5@example.org", "r6@example.org", "r7@example.org"} & set(server.accepted)


def test_a_relay_that_is_away_touches_no_reader(room):
    away = [TransportError("connection refused", stage=Stage.CONNECT, temporary=True) for _ in range(20)]
    progress = room.send(ScriptedTransport(opening=away))
    assert room.counts() == {"queued": 12}
    assert progress.temporary
    assert "refused" in progress.stopped


def test_a_relay_that_is_away_stops_the_run_also_for_fewer_letters_than_connections(engine, tmp_path):
    class Away(ScriptedTransport):
        async def open(self):
            await asyncio.sleep(0)  # meanwhile the other workers find nothing to do and end
            raise TransportError("connection refused", stage=Stage.CONNECT, temporary=True)

    room = Newsroom(engine, readers=1).open(tmp_path)
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


def test_a_relay_that_takes_one_connection_only_still_gets_everything(room):
    class OneAtATime(ScriptedTransport):
        async def open(self):
            if self.opened:
                raise TransportError("421 too many connections", stage=Stage.GREETING, temporary=True)
            return await super().open()

    room.send(OneAtATime(), rules=DeliveryOptions(connections=3))
    assert room.counts() == {"sent": 12}


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


def test_an_issue_that_is_paused_meanwhile_is_claimed_no_further(room):
    def pausing(_address, _attempt):
        room.issues.pause(room.issue.id, "stop", NOW)
        return SENT

    room.send(ScriptedTransport(pausing), rules=DeliveryOptions(connections=1))
    assert room.counts().get("queued", 0) >= 2
    assert room.issues.get("2026-W48").paused_reason == "stop"


def test_freezing_a_week_twice_gives_the_first_issue_back(room):
    from support.stores import freezing

    again = room.issues.freeze(freezing(number=9), NOW)
    assert again == room.issues.get("2026-W48")
    assert again.number == 1


def test_the_audience_is_who_was_deliverable_at_the_freeze(engine, tmp_path):
    from support.stores import PROOF, freezing

    room = Newsroom(engine, readers=3).open(tmp_path)
    people = people_of(engine)
    people.request(parse_address("pending@example.org"), name="", proof=PROOF, now=NOW)
    people.unsubscribe(room.public_ids[0], Event.UNSUBSCRIBED_PAGE, NOW)
    assert room.issues.freeze(freezing("2026-W49", 2), NOW).audience == 2


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


def test_no_delivery_moves_against_the_chart(room):
    room.issues.begin(room.issue.id, NOW)
    ledger = room.issues.ledger(room.issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    claim = ledger.claim(after=0, limit=1, now=NOW).claims[0]
    with pytest.raises(LedgerConflict, match="a delivery cannot go from claimed to sent"):
        ledger.apply([DeliveryChange(claim.subscriber_id, DeliveryState.CLAIMED, DeliveryState.SENT)], NOW)


def test_a_relay_that_recycles_its_connections_costs_no_reader_an_attempt(room):
    def recycled(_address, attempt):
        return AttemptOutcome(Verdict.NOT_SENT, detail="421", unbegun=True) if attempt == 1 else SENT

    room.send(ScriptedTransport(recycled))
    assert room.counts() == {"sent": 12}


def test_a_relay_that_never_answers_pauses_the_issue(room):
    assert room.send(ScriptedTransport(by_number({}, otherwise=UNKNOWN))).pause


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
