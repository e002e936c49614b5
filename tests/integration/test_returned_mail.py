"""What comes back: one function writes it down, settles the delivery and acts on the reader."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from support.returned import KEYRING, WEEKS, mail, report, send_more, states
from support.stores import NOW, UNKNOWN, Newsroom, ScriptedTransport, people_of

from pipeline.bounces.return_address import make_return_token
from pipeline.model.returned import Returned, ReturnKind, ReturnOutcome
from pipeline.run.report import report_on
from pipeline.store.remedies import settle
from pipeline.store.tables import event, issue
from subscribers.model import SubscriberState
from subscribers.tokens import mail_ref


@pytest.fixture
def newsroom(engine):
    return Newsroom(engine, 3).open_sent()


def test_one_hard_bounce_is_written_down_and_a_second_issue_confirms_it(newsroom):
    send_more(newsroom, WEEKS[1:2])
    returned = mail(newsroom)
    (((first,),)) = returned.take([report(newsroom, detail="550 5.1.1 no <r0@example.org> here")], NOW)
    assert (first.outcome, first.week, first.action) == (ReturnOutcome.RECORDED, WEEKS[0], "")
    assert states(newsroom) == ["active"] * 3
    (((second,),)) = returned.take([report(newsroom, week=WEEKS[1], name="r2", detail="no such user")], NOW)
    assert second.action == "bounced"
    assert states(newsroom) == ["bounced", "active", "active"]
    record = people_of(newsroom.engine).events(newsroom.public_ids[0])
    assert record[-1].source == "imap: hard bounces in 2026-W48, 2026-W49 (no such user)"
    with newsroom.engine.connect() as connection:
        traces = connection.execute(select(event.c.kind, event.c.subscriber_id)).all()
    assert ("reader.bounced", 1) in [tuple(row) for row in traces]
    line = returned.find_lines(1)[0]
    assert (line.week, line.kind, line.detail) == (WEEKS[0], ReturnKind.HARD, "550 5.1.1 no <address> here")


def test_with_hard_issues_1_a_hard_bounce_acts_at_once(newsroom):
    mail(newsroom, hard_issues=1).take([report(newsroom)], NOW)
    assert states(newsroom) == ["bounced", "active", "active"]


def test_two_reports_about_one_issue_are_not_a_confirmation(newsroom):
    mail(newsroom).take([report(newsroom, name="a"), report(newsroom, name="b")], NOW)
    assert states(newsroom) == ["active"] * 3


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_soft_bounces_of_four_issues_in_a_row_act_in_any_order(newsroom, order):
    send_more(newsroom, WEEKS[1:4])
    returned = mail(newsroom)
    reports = [report(newsroom, ReturnKind.SOFT, week=WEEKS[n], name=f"s{n}") for n in order]
    returned.take(reports[:3], NOW)
    assert states(newsroom) == ["active"] * 3
    returned.take(reports[3:], NOW)
    assert states(newsroom) == ["bounced", "active", "active"]


def test_a_letter_that_arrived_in_between_starts_the_count_again(newsroom):
    send_more(newsroom)
    kinds = [ReturnKind.SOFT, ReturnKind.SOFT, ReturnKind.DELIVERED, ReturnKind.SOFT, ReturnKind.SOFT]
    mail(newsroom).take(
        [report(newsroom, kind, week=week, name=week) for kind, week in zip(kinds, WEEKS, strict=True)], NOW
    )
    assert states(newsroom) == ["active"] * 3


@pytest.mark.parametrize(
    "kind", [ReturnKind.POLICY, ReturnKind.CONTENT, ReturnKind.DELAYED, ReturnKind.DELIVERED]
)
def test_what_is_not_about_the_mailbox_never_touches_the_reader(newsroom, kind):
    send_more(newsroom)
    reports = [report(newsroom, kind, week=week, name=week) for week in WEEKS]
    results = mail(newsroom, hard_issues=1, soft_issues=1).take(reports, NOW)
    assert {one.outcome for (one,) in results} == {ReturnOutcome.RECORDED}
    assert states(newsroom) == ["active"] * 3


def test_policy_between_two_hard_bounces_does_not_hide_the_second(newsroom):
    send_more(newsroom, WEEKS[1:3])
    kinds = [ReturnKind.HARD, ReturnKind.POLICY, ReturnKind.HARD]
    mail(newsroom).take(
        [report(newsroom, kind, week=week, name=week) for kind, week in zip(kinds, WEEKS, strict=False)], NOW
    )
    assert states(newsroom)[0] == "bounced"


def test_a_complaint_acts_at_once_also_after_later_letters_arrived(newsroom):
    send_more(newsroom, WEEKS[1:3])
    returned = mail(newsroom)
    returned.take([report(newsroom, ReturnKind.SOFT, week=WEEKS[2], name="soft")], NOW)
    returned.take([report(newsroom, ReturnKind.COMPLAINED, recipients=("<hidden>@example.org",))], NOW)
    returned.take([report(newsroom, ReturnKind.UNSUBSCRIBED, reader=1, name="r3")], NOW)
    assert states(newsroom) == ["complained", "unsubscribed", "active"]


def test_the_same_report_counts_once_however_often_it_comes(newsroom):
    returned = mail(newsroom)
    one = report(newsroom)
    assert [r.outcome for (r,) in returned.take([one, one], NOW)] == [
        ReturnOutcome.RECORDED,
        ReturnOutcome.DUPLICATE,
    ]
    assert [r.outcome for (r,) in returned.take([one], NOW)] == [ReturnOutcome.DUPLICATE]
    assert len(returned.find_lines(1)) == 1


def test_nobody_is_found_by_a_reference_that_is_not_ours(newsroom):
    forged = mail_ref(bytes(32), WEEKS[0], newsroom.public_ids[0])
    for references in (
        (),
        (f"<2026-w48.{forged}@news.example.org>",),
        (f"<2031-w01.{forged}@x>",),
        ("x" * 999,),
    ):
        ((result,),) = mail(newsroom, hard_issues=1).take([report(newsroom, references=references)], NOW)
        assert result.outcome is ReturnOutcome.UNMATCHED
    assert states(newsroom) == ["active"] * 3


def test_a_reference_of_one_reader_does_not_bounce_another(newsroom):
    ((result,),) = mail(newsroom, hard_issues=1).take([report(newsroom, recipients=("r1@example.org",))], NOW)
    assert result.outcome is ReturnOutcome.MISMATCHED
    assert states(newsroom) == ["active"] * 3


@pytest.mark.parametrize(
    "recipients",
    [
        (),
        ("R0@EXAMPLE.org",),
        ("rfc822; r0@example.org",),
        ("RFC822;<r0@example.org>",),
        ("x@y.org", "r0@example.org"),
    ],
)
def test_the_address_is_compared_as_the_store_compares_it(newsroom, recipients):
    mail(newsroom, hard_issues=1).take([report(newsroom, recipients=recipients)], NOW)
    assert states(newsroom) == ["bounced", "active", "active"]


def test_a_signed_return_address_is_enough_in_any_case_and_a_forged_one_is_not(newsroom):
    token = make_return_token(KEYRING, WEEKS[0], newsroom.public_ids[0])
    for forged in (token[:-1] + ("a" if token[-1] != "a" else "b"), "a" * 32, token[:-1]):
        one = report(newsroom, references=(), return_addresses=(f"bounces+{forged}@news.example.org",))
        assert mail(newsroom).take([one], NOW)[0][0].outcome is ReturnOutcome.UNMATCHED
    for n, address in enumerate(
        (f"bounces+{token}@news.example.org", f"{token.upper()}@bounces.example.org")
    ):
        one = report(newsroom, references=(), return_addresses=(address,), name=f"r{n}")
        assert mail(newsroom).take([one], NOW)[0][0].outcome is ReturnOutcome.RECORDED


def test_an_address_alone_names_a_reader_only_to_an_authenticated_source(newsroom):
    send_more(newsroom, WEEKS[1:2])
    bare = report(newsroom, references=())
    assert mail(newsroom).take([bare], NOW)[0][0].outcome is ReturnOutcome.UNMATCHED
    ((result,),) = mail(newsroom).take([replace(bare, is_authenticated=True)], NOW)
    assert (result.outcome, result.week) == (ReturnOutcome.RECORDED, WEEKS[1])


def test_an_authenticated_report_is_about_the_letter_it_names_and_not_the_address(newsroom):
    forwarded = replace(report(newsroom, recipients=("r1@example.org",)), is_authenticated=True)
    assert mail(newsroom, hard_issues=1).take([forwarded], NOW)[0][0].action == "bounced"
    other = f"<2026-w48.{mail_ref(bytes(32), WEEKS[0], newsroom.public_ids[1])}@other.example>"
    confirmation = f"<confirm.{'0' * 20}@news.example.org>"
    for references in ((other,), (confirmation,)):
        one = report(newsroom, reader=1, name=references[0], references=references)
        ((result,),) = mail(newsroom, hard_issues=1).take([replace(one, is_authenticated=True)], NOW)
        assert result.outcome is ReturnOutcome.UNMATCHED
    assert states(newsroom) == ["bounced", "active", "active"]


def test_an_unknown_delivery_is_settled_by_whatever_comes_back(engine):
    room = Newsroom(engine, 2).open()
    room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
    room.issues.close(room.issue.id, NOW)
    assert room.counts() == {"unknown": 2}
    ((result,), (other,)) = mail(room).take(
        [report(room), report(room, ReturnKind.DELIVERED, reader=1, name="r2")], NOW
    )
    assert result.settled
    assert other.settled
    assert room.counts() == {"sent": 2}
    found = report_on(room.issues, room.issues.get(WEEKS[0]))
    assert found.state == "sent"
    assert found.returned == {"hard": 1, "delivered": 1}


def test_reports_that_come_to_four_workers_at_once_are_neither_lost_nor_counted_twice(engine):
    room = Newsroom(engine, 5).open()
    room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
    room.issues.close(room.issue.id, NOW)
    unknown = room.counts()["unknown"]
    reports = [
        replace(report(room, kind, reader=reader, name=f"{kind}/{reader}"), is_authenticated=True)
        for kind in (ReturnKind.HARD, ReturnKind.COMPLAINED, ReturnKind.DELIVERED)
        for reader in range(5)
    ]
    foreign = replace(reports[0], returned=(Returned(ReturnKind.HARD),))
    reports += [replace(foreign, report_id=f"foreign {number}") for number in range(5)]
    orders = [reports, reports[::-1], reports[7:] + reports[:7], reports[1::2] + reports[::2]]
    returned = mail(room, hard_issues=1)
    with ThreadPoolExecutor(4) as workers:
        taken = workers.map(
            lambda order: [one for n in (0, 10) for one in returned.take(order[n : n + 10], NOW)], orders
        )
        results = [one for each in taken for found in each for one in found]
    recorded = [one for one in results if one.outcome is ReturnOutcome.RECORDED]
    assert len(results) == 4 * 20
    assert len(recorded) == 15
    assert sum(one.settled for one in results) == unknown
    assert sum(room.issues.unmatched(room.issue.id)["imap"].values()) == 5
    assert states(room) == ["complained"] * 5


def test_a_report_that_came_before_the_outcome_was_unknown_settles_it_later(engine):
    room = Newsroom(engine, 1).open()
    returned = mail(room)
    returned.take([report(room)], NOW)
    room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
    assert returned.settle(NOW) == 1
    assert returned.settle(NOW) == 0
    assert room.counts() == {"sent": 1}


def test_the_same_report_again_settles_what_became_unknown_in_between(engine):
    room = Newsroom(engine, 1).open()
    returned = mail(room)
    returned.take([report(room)], NOW)
    room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
    ((again,),) = returned.take([report(room)], NOW)
    assert (again.outcome, again.settled) == (ReturnOutcome.DUPLICATE, True)
    assert room.counts() == {"sent": 1}


def test_a_dry_run_says_the_same_and_writes_nothing(newsroom):
    returned = mail(newsroom, hard_issues=1)
    would = returned.take([report(newsroom)], NOW, dry_run=True)
    assert states(newsroom) == ["active"] * 3
    assert returned.find_lines(1) == []
    assert returned.take([report(newsroom)], NOW) == would


ON_POSTGRES = pytest.mark.parametrize(
    "db_kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@ON_POSTGRES
def test_two_reports_that_settle_deliveries_of_one_issue_do_not_wait_for_each_other(engine):
    room = Newsroom(engine, 2).open()
    room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
    room.issues.close(room.issue.id, NOW)
    with engine.begin() as other, engine.begin() as mine:
        # What a foreign key to the issue locks when a row of `returned` is written.
        other.execute(select(issue.c.id).with_for_update(read=True, key_share=True))
        mine.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert settle(mine, room.issue.id, [1, 2], NOW) == [1, 2]
    assert room.counts() == {"sent": 2}


@ON_POSTGRES
@pytest.mark.parametrize(("deadlocks", "is_taken"), [(3, True), (4, False)])
def test_a_report_that_the_database_gave_up_for_a_deadlock_is_taken_again(newsroom, deadlocks, is_taken):
    refuse = (
        f"CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN IF nextval('tries') <= {deadlocks} THEN "
        "RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF; RETURN NEW; END $$ "
        "LANGUAGE plpgsql"
    )
    trigger = "CREATE TRIGGER refuse BEFORE INSERT ON returned FOR EACH ROW EXECUTE FUNCTION refuse()"
    write(newsroom.engine, "CREATE SEQUENCE tries", refuse, trigger)
    try:
        with nullcontext() if is_taken else pytest.raises(OperationalError):
            mail(newsroom).take([report(newsroom)], NOW)
        assert len(mail(newsroom).find_lines(1)) == is_taken
    finally:
        write(newsroom.engine, "DROP FUNCTION refuse CASCADE", "DROP SEQUENCE tries")


def write(engine, *statements):
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_an_erased_reader_is_counted_and_nothing_else(newsroom):
    people = people_of(newsroom.engine)
    people.erase(newsroom.public_ids[0], NOW)
    ((result,),) = mail(newsroom, hard_issues=1).take([report(newsroom)], NOW + timedelta(hours=1))
    assert (result.outcome, result.action) == (ReturnOutcome.RECORDED, "")
    assert people.find(newsroom.public_ids[0]).state is SubscriberState.ERASED
