"""Webhooks through the whole application on a real database: what is signed acts on readers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.environment import NOW
from support.stores import UNKNOWN, Newsroom, ScriptedTransport, freezing
from support.webhook_host import KEYRING, WebhookHost
from support.webhook_requests import Event
from support.webhook_senders import SENDERS

from pipeline.bounces.options import BounceOptions
from pipeline.store.returned import ReturnedMail

every_sender = pytest.mark.parametrize("name", SENDERS)


class TestOnBothDatabases:
    def test_a_bounce_a_complaint_and_a_replay(self, engine):
        host = WebhookHost(Newsroom(engine, 3).open_sent())
        for kind, reader in (("hard", 0), ("complained", 1)):
            post = SENDERS["mailgun"]().post(host.event(kind, reader, id=kind))
            assert [host.post("mailgun", post).status_code for _ in range(2)] == [200, 200]
        assert host.states() == ["bounced", "complained", "active"]


@every_sender
def test_a_hard_bounce_that_is_signed_takes_the_reader_off_the_list(host, name):
    answer = host.post(name, SENDERS[name]().post(host.event("hard")))
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert host.states() == ["bounced", "active", "active"]


@every_sender
def test_without_a_reference_the_address_and_the_newest_letter_count(host, name):
    assert host.post(name, SENDERS[name]().post(Event("complained", "r1@example.org"))).status_code == 200
    assert host.states() == ["active", "complained", "active"]


@every_sender
def test_what_is_about_other_mail_is_taken_counted_and_logged(idle_host, name, caplog):
    before, counted = idle_host.everything(), idle_host.room.issues.unmatched(idle_host.room.issue.id)
    other = Event("hard", "nobody@example.org", id="other-mail")
    for _ in range(2):  # sent again, it counts once
        assert idle_host.post(name, SENDERS[name]().post(other)).status_code == 200
    assert set(caplog.messages) == {f"webhook {name}: accepted, but about no letter to a reader here: 1 hard"}
    hard = counted.get(name, {}).get("hard", 0) + 1
    assert idle_host.room.issues.unmatched(idle_host.room.issue.id)[name]["hard"] == hard
    after = idle_host.everything()
    for table in ("webhook_token", "unmatched_report"):
        after.pop(table), before.pop(table)
    assert after == before


@every_sender
def test_delays_and_deliveries_are_noted_and_touch_nobody(host, name):
    for kind in ("delayed", "delivered"):
        assert host.post(name, SENDERS[name]().post(host.event(kind, id=kind))).status_code == 200
    assert host.states() == ["active"] * 3
    assert len(host.everything()["returned"]) == 2


def test_a_report_settles_a_delivery_with_an_unknown_outcome(databases):
    with databases.lend("sqlite") as engine:
        room = Newsroom(engine, 3).open()
        room.send(ScriptedTransport(lambda _address, _attempt: UNKNOWN))
        settle_by_reports(WebhookHost(room))


def settle_by_reports(host):
    assert host.room.counts() == {"unknown": 3}
    for reader, name in enumerate(("sendgrid", "brevo")):
        assert host.post(name, SENDERS[name]().post(host.event("delivered", reader))).status_code == 200
    assert host.room.counts() == {"sent": 2, "unknown": 1}


def test_a_batch_of_a_thousand_events_counts_but_for_its_damaged_ones(host):
    sender = SENDERS["sendgrid"]()
    good = [sender.event(host.event("complained", reader, id=f"event-{reader}")) for reader in (0, 2)]
    noise = [{"event": "open", "email": f"x{n}@example.org", "sg_event_id": f"x{n}"} for n in range(1000)]
    post = sender.sign([*noise, None, {"event": "bounce"}, 7, *good], "batch")
    assert host.post("sendgrid", post).status_code == 200
    assert host.states() == ["complained", "active", "complained"]


def test_by_default_a_second_issue_confirms_a_hard_bounce(open_host):
    host = open_host(hard_issues=2)
    host.post("postmark", SENDERS["postmark"]().post(host.event("hard")))
    assert host.states() == ["active"] * 3
    host.room.issue = host.room.issues.freeze(freezing("2026-W49", 2), NOW)
    host.room.send(ScriptedTransport())
    later = host.event("hard", week="2026-W49", id="event-2", at=NOW - timedelta(minutes=1))
    assert host.post("postmark", SENDERS["postmark"]().post(later)).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


class PickyReturns(ReturnedMail):
    """Cannot store a report about one reader."""

    def take(self, reports, now, **options):
        if any("r1@" in address for each in reports for one in each.returned for address in one.recipients):
            raise ValueError("the database cannot store a value of these reports")
        return super().take(reports, now, **options)


def test_a_value_that_cannot_be_stored_costs_no_other_event_and_is_not_asked_for_again(host, caplog):
    host.webhooks._returns = PickyReturns(host.engine, keyring=KEYRING, options=BounceOptions(hard_issues=1))
    events = [host.event("hard", reader, id=str(reader)) for reader in range(3)]
    assert host.post("sendgrid", SENDERS["sendgrid"]().post(*events)).status_code == 200
    assert host.states() == ["bounced", "active", "bounced"]
    assert caplog.messages == [
        "webhook sendgrid: an event holds a value that cannot be stored; it is ignored"
    ]


def spoil(data, value):
    """Return an event with one value in place of each that it has, except those that verify it."""
    if isinstance(data, dict):
        kept = ("ServerID", "domain", "signature", "Type", "TopicArn")
        return {key: each if key in kept else spoil(each, value) for key, each in data.items()}
    return [spoil(each, value) for each in data] if isinstance(data, list) else value


@every_sender
@pytest.mark.parametrize(
    "value", ["a\0b@example.org", "\ud7ff" * 9_999, 10**400, 1e308, [[[{}]]], None], ids=range(6)
)
def test_values_of_any_kind_in_a_signed_request_get_a_plain_answer(idle_host, name, value):
    sender = SENDERS[name]()
    post = sender.sign(spoil(sender.event(idle_host.event("hard")), value), f"spoiled-{len(repr(value))}")
    assert idle_host.post(name, post).status_code in (200, 401)
    assert idle_host.states() == ["active"] * 3
