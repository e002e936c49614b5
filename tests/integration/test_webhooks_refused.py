"""What a webhook refuses: one answer, nothing is changed, and nothing private is logged."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.environment import NOW
from support.examples import examples
from support.webhook_host import KEYRING, WEEK, check_refused, post_refused
from support.webhook_senders import SENDERS

from pipeline.web.webhooks import BODY_LIMIT_BYTES
from subscribers.tokens import mail_ref

every_sender = pytest.mark.parametrize("name", SENDERS)


@every_sender
def test_a_stranger_is_refused(idle_host, name):
    check_refused(post_refused(idle_host, name, SENDERS[name]().stranger().post(idle_host.event())))


@every_sender
def test_another_tenant_is_refused(idle_host, name):
    check_refused(post_refused(idle_host, name, SENDERS[name]().post(idle_host.event(), other_tenant=True)))


@every_sender
@pytest.mark.parametrize("days", [3, -3], ids=["aged", "of the future"])
def test_a_request_of_another_time_is_refused(idle_host, name, days):
    post = SENDERS[name]().post(idle_host.event())
    idle_host.now = NOW + timedelta(days=days)
    check_refused(post_refused(idle_host, name, post))


@every_sender
@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/html", "multipart/form-data", ""]
)
def test_another_content_type_is_refused(idle_host, name, kind):
    check_refused(
        post_refused(idle_host, name, SENDERS[name]().post(idle_host.event()), **{"content-type": kind})
    )


@every_sender
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"\xff\xfe", b"[" * 5000, b'{"a": "\\ud800"}'])
def test_a_malformed_body_is_refused(idle_host, name, body):
    post = SENDERS[name]().post(idle_host.event())
    post.body = body
    check_refused(post_refused(idle_host, name, post))


@every_sender
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_body_that_is_too_large_is_refused_unread(idle_host, name, declared):
    post = SENDERS[name]().post(idle_host.event())
    body = post.body + b" " * BODY_LIMIT_BYTES
    post.body = body if declared else iter([body[:9999], body[9999:]])
    assert post_refused(idle_host, name, post).status_code == 413


@every_sender
def test_looking_changes_nothing(idle_host, name):
    before = idle_host.everything()
    assert {
        idle_host.client.get(f"/hooks/{name}").status_code,
        idle_host.client.put(f"/hooks/{name}").status_code,
    } == {405}
    assert idle_host.everything() == before


def test_a_webhook_that_is_not_enabled_is_not_there(open_host):
    host = open_host(senders=[SENDERS["postmark"]()])
    for name in ("mailgun", "nothing", "..", "postmark/x"):
        assert host.post(name, SENDERS["mailgun"]().post(host.event())).status_code in (404, 405)


@given(
    name=st.sampled_from(sorted(SENDERS)),
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(["authorization", "svix-id", "svix-signature", "webhook-id", "content-type"]),
        st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    ),
)
@examples(60)
def test_whatever_bytes_come_no_reader_is_touched(shared_host, name, body, headers):
    before = shared_host.states()
    headers = {"content-type": "application/json"} | headers
    answer = shared_host.client.post(f"/hooks/{name}", content=body, headers=headers)
    assert answer.status_code == 401
    assert shared_host.states() == before == ["active"] * 3


def test_no_address_no_reference_and_no_secret_is_logged(host, caplog):
    caplog.set_level(logging.DEBUG)
    for name, sender in SENDERS.items():
        own, stranger = sender(), sender().stranger()
        host.post(name, own.post(host.event("hard", reader=1)))
        host.post(name, stranger.post(host.event("hard", reader=2)))
        for secret in (*own.secrets, *stranger.secrets):
            assert secret not in caplog.text
    assert "refused" in caplog.text
    assert "@example.org" not in caplog.text
    assert not [
        ref for ref in (mail_ref(KEYRING, WEEK, each) for each in host.room.public_ids) if ref in caplog.text
    ]
