"""Amazon SNS: certificates that are fetched, kept and bounded, and subscriptions that are confirmed."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import timedelta

import pytest
from support.environment import NOW
from support.feed_server import Answer, FeedServer
from support.webhook_host import WebhookHost, check_refused, post_refused
from support.webhook_requests import rsa_key
from support.webhook_ses import CERTIFICATE_URL, SUBSCRIBE_URL, Ses, make_certificate

from pipeline.feeds.options import FetchOptions
from pipeline.web.guarded_fetch import MAX_BYTES, GuardedFetch
from pipeline.web.webhooks import CERTIFICATES, FETCHES, FetchError


def fetch(server, path, *, private_hosts=("127.0.0.1",)):
    options = FetchOptions(allow_private_hosts=("127.0.0.1", "localhost"))
    guarded = GuardedFetch(options, clock=lambda: NOW, private_hosts=private_hosts)
    return asyncio.run(guarded(server.url(path)))


def test_what_is_fetched_is_bounded_public_and_not_followed():
    with closing(FeedServer()) as server:
        server.routes["/certificate"] = Answer(body=b"PEM")
        server.routes["/moved"] = Answer(status=302, headers={"Location": "/certificate"})
        server.routes["/large"] = Answer(body=b"x" * (MAX_BYTES + 1))
        server.routes["/broken"] = Answer(status=503)
        assert fetch(server, "/certificate") == b"PEM"
        for path in ("/moved", "/large", "/broken", "/missing"):
            with pytest.raises(FetchError):
                fetch(server, path)
        before = len(server.asked)
        with pytest.raises(FetchError, match=r"not a usual port|not public"):
            fetch(server, "/certificate", private_hosts=())
        assert len(server.asked) == before


def test_a_certificate_is_fetched_once_and_a_stranger_cannot_have_one_fetched_elsewhere(host):
    for number in range(3):
        host.post("ses", Ses().post(host.event("delivered", id=f"event-{number}")))
    assert host.asked == [CERTIFICATE_URL]
    for url in (
        "https://127.0.0.1/x.pem",
        "https://sns.eu-west-1.amazonaws.com.example.net/x.pem",
        "file:///x.pem",
    ):
        check_refused(post_refused(host, "ses", Ses(certificate_url=url).post(host.event())))
    assert host.asked == [CERTIFICATE_URL]


def test_while_a_certificate_cannot_be_fetched_amazon_is_asked_to_come_again(host):
    certificate = host.served.pop(CERTIFICATE_URL)
    post = Ses().post(host.event("hard"))
    assert post_refused(host, "ses", post).status_code == 503
    host.served[CERTIFICATE_URL] = certificate
    assert host.post("ses", post).status_code == 200
    assert host.states() == ["bounced", "active", "active"]


def test_fetches_of_certificates_are_bounded_in_number_and_time(idle_host):
    def ask(number):
        url = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{number:032x}.pem"
        return idle_host.post("ses", Ses(certificate_url=url).post(idle_host.event())).status_code

    assert {ask(number) for number in range(FETCHES + 30)} == {503}
    assert len(idle_host.asked) == FETCHES
    idle_host.now = NOW + timedelta(hours=2)
    assert ask(1) == 503
    assert len(idle_host.asked) == FETCHES + 1


def test_kept_certificates_are_bounded(host):
    for number in range(CERTIFICATES + 2):
        url = f"https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-{number:032x}.pem"
        host.served[url] = Ses().certificate
        sender = Ses(certificate_url=url)
        assert host.post("ses", sender.post(host.event("delivered", id=f"event-{number}"))).status_code == 200
    assert len(host.webhooks._certificates) == CERTIFICATES


@pytest.mark.parametrize("days", [-400, 400], ids=["not yet valid", "expired"])
def test_a_certificate_of_another_time_is_refused(idle_host, days):
    since = NOW + timedelta(days=days)
    idle_host.served[CERTIFICATE_URL] = make_certificate(
        rsa_key(1), since=since, until=since + timedelta(days=30)
    )
    check_refused(post_refused(idle_host, "ses", Ses().post(idle_host.event())))


def test_a_certificate_that_is_none_is_refused(idle_host):
    idle_host.served[CERTIFICATE_URL] = b"<html>captive portal</html>"
    check_refused(post_refused(idle_host, "ses", Ses().post(idle_host.event())))


def test_a_subscription_of_the_pinned_topic_is_confirmed(idle_host):
    assert post_refused(idle_host, "ses", Ses().confirmation()).status_code == 200
    assert idle_host.asked == [CERTIFICATE_URL, SUBSCRIBE_URL]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/?Action=ConfirmSubscription",
        "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://other.amazonaws.com/?Action=ConfirmSubscription",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription",
        "https://sns.eu-west-1.amazonaws.com@example.net/",
        "",
    ],
)
def test_no_other_address_is_asked_to_confirm(idle_host, url):
    assert post_refused(idle_host, "ses", Ses().confirmation(url)).status_code == 200
    assert idle_host.asked == [CERTIFICATE_URL]


def test_a_subscription_of_another_topic_or_of_a_stranger_is_not_confirmed(idle_host):
    check_refused(
        post_refused(idle_host, "ses", Ses(topic="arn:aws:sns:eu-west-1:999999999999:bounces").confirmation())
    )
    check_refused(post_refused(idle_host, "ses", Ses(key_number=2).confirmation()))
    assert SUBSCRIBE_URL not in idle_host.asked


def test_the_end_of_a_subscription_does_not_subscribe_again(idle_host):
    assert (
        post_refused(idle_host, "ses", Ses().confirmation(kind="UnsubscribeConfirmation")).status_code == 200
    )
    assert SUBSCRIBE_URL not in idle_host.asked


def test_sha1_is_accepted_only_where_the_settings_say_so(open_host):
    old = Ses(version="1")
    host = open_host()
    check_refused(post_refused(host, "ses", old.post(host.event())))
    old.options = old.options | {"sha1": True}
    host.webhooks._enabled = {"ses": WebhookHost.trust(old)}
    assert host.post("ses", old.post(host.event())).status_code == 200
    assert host.states() == ["bounced", "active", "active"]
