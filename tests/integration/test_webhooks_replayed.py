"""Webhooks that come again, at once, or in another order count once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from support.environment import NOW
from support.webhook_senders import SENDERS

every_sender = pytest.mark.parametrize("name", SENDERS)


@every_sender
def test_the_same_request_again_changes_nothing(host, name):
    post = SENDERS[name]().post(host.event("hard"))
    assert host.post(name, post).status_code == 200
    before = host.everything()
    assert [host.post(name, post).status_code for _ in range(3)] == [200] * 3
    assert host.everything() == before


@pytest.mark.parametrize("name", ["mailgun", "ses"])
def test_the_same_request_many_times_at_once_counts_once(host, name):
    post = SENDERS[name]().post(host.event("complained"))
    with ThreadPoolExecutor(8) as crowd:
        answers = list(crowd.map(lambda _: host.post(name, post), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(host.everything()["returned"]) == 1
    assert host.states() == ["complained", "active", "active"]


@every_sender
def test_reports_in_any_order_end_in_the_same_state(open_host, name):
    orders = list(permutations(("delivered", "delayed", "hard", "complained")))
    for order in orders[::9]:
        host = open_host()
        for kind in order:
            assert host.post(name, SENDERS[name]().post(host.event(kind, id=kind))).status_code == 200
        assert host.states() == ["complained", "active", "active"], order


@pytest.mark.parametrize("kind", ["delivered", "opened"])
def test_a_used_token_of_mailgun_cannot_carry_another_event(host, kind):
    sender = SENDERS["mailgun"]()
    post = sender.post(host.event(kind, reader=0))
    assert host.post("mailgun", post).status_code == 200
    body = json.loads(post.body)
    body["event-data"] = sender.event(host.event("complained", reader=1))
    before = host.everything()
    assert host.post("mailgun", replace(post, body=json.dumps(body).encode())).status_code == 200
    assert host.everything() == before


def test_a_used_token_is_remembered_longer_than_a_request_may_be_old(host):
    sender = SENDERS["mailgun"]()
    host.post("mailgun", sender.post(host.event("delivered", id="1")))
    host.now = sender.signed_at = NOW + timedelta(days=8)
    host.post("mailgun", sender.post(host.event("delivered", id="2")))
    assert len(host.everything()["webhook_token"]) == 1


@pytest.mark.parametrize(("name", "status"), [("resend", 503), ("brevo", 429)])
def test_while_the_database_is_away_the_provider_is_asked_to_come_again(host, name, status):
    post = SENDERS[name]().post(host.event("hard"))
    path = Path(host.engine.url.database)
    away = path.rename(path.with_name("away.db"))
    path.mkdir()
    answer = host.post(name, post)
    assert (answer.status_code, "retry-after" in answer.headers) == (status, True)
    path.rmdir()
    away.rename(path)
    assert host.post(name, post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_a_used_token_is_free_again_when_its_transaction_failed(host):
    post = SENDERS["mailgun"]().post(host.event("hard"))
    with host.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE returned RENAME TO returned_elsewhere")
    assert host.post("mailgun", post).status_code == 503
    with host.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE returned_elsewhere RENAME TO returned")
    assert host.post("mailgun", post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]
