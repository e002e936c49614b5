"""What every webhook promises, whoever signs and in whichever shape."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.environment import NOW
from support.examples import examples
from support.webhook_requests import KINDS, Event
from support.webhook_senders import SENDERS

from pipeline.model.returned import ReturnKind
from pipeline.webhooks.registry import BUILT_IN, find_webhook
from pipeline.webhooks.webhook import Webhook, WebhookRefusedError, WebhookRequest

REF = "2026-W48.0123456789abcdef0123"
MESSAGE_ID = "2026-w48.0123456789abcdef0123@news.example.org"

_CODES = {
    "hard": ReturnKind.HARD,
    "complained": ReturnKind.COMPLAINED,
    "delivered": ReturnKind.DELIVERED,
    "delayed": ReturnKind.DELAYED,
}


def trusting(sender, **more):
    spec = find_webhook(sender.name)
    options = spec.options.model_validate(sender.options) if spec.options else None
    return replace(Webhook(spec, options, sender.secrets), **more)


def certificate(sender):
    return getattr(sender, "certificate", b"")


def receive(post, webhook, *, now=NOW, certificate=b""):
    """Take a request as the server does; returns its reports."""
    request = WebhookRequest(post.headers, post.body)
    if webhook.spec.certificate_url:
        webhook.spec.certificate_url(request, webhook.trust(now))
    webhook.spec.verify(request, webhook.trust(now, certificate))
    return webhook.spec.read(request)


@pytest.fixture(params=SENDERS)
def sender(request):
    return SENDERS[request.param]()


def test_every_webhook_has_a_sender_here():
    assert set(SENDERS) == set(BUILT_IN)


@pytest.mark.parametrize("kind", KINDS)
def test_an_event_arrives_with_its_meaning_its_reader_and_its_reference(sender, kind):
    post = sender.post(Event(kind, "ada@example.org", REF, MESSAGE_ID))
    (report,) = receive(post, trusting(sender), certificate=certificate(sender))
    (returned,) = report.returned
    assert (returned.kind, returned.recipients) == (_CODES[kind], ("ada@example.org",))
    assert report.source == sender.name
    assert report.is_authenticated
    assert any("0123456789abcdef0123" in text for text in returned.references)
    assert abs(returned.at - NOW) < timedelta(seconds=1)
    assert returned.status == ("5.1.1" if kind == "hard" else returned.status)


def test_the_same_event_has_the_same_id_and_another_has_another(sender):
    webhook, pem = trusting(sender), certificate(sender)

    def id_of(event):
        (report,) = receive(sender.post(event), webhook, certificate=pem)
        return report.report_id

    event = Event("hard", ref=REF)
    assert id_of(event) == id_of(event)
    assert id_of(event) != id_of(replace(event, id="event-2", at=NOW - timedelta(seconds=9)))


def test_a_request_that_somebody_else_signed_is_refused(sender):
    post = sender.stranger().post(Event("hard"))
    with pytest.raises(WebhookRefusedError):
        receive(post, trusting(sender), certificate=certificate(sender))


def test_a_request_of_another_tenant_is_refused(sender):
    webhook = trusting(sender)
    with pytest.raises(WebhookRefusedError):
        receive(sender.post(Event("hard"), other_tenant=True), webhook, certificate=certificate(sender))


@pytest.mark.parametrize("days", [-3, 3], ids=["aged", "of the future"])
def test_a_request_of_another_time_is_refused(sender, days):
    sender.signed_at = NOW + timedelta(days=days)
    post = sender.post(Event("hard", at=NOW + timedelta(days=days)))
    with pytest.raises(WebhookRefusedError):
        receive(post, trusting(sender), certificate=certificate(sender))


@pytest.mark.parametrize("name", [name for name in SENDERS if name != "ses"])
def test_old_and_new_secrets_are_accepted_while_they_are_changed(name):
    # Amazon changes its key by itself, and says with each message where the certificate is.
    sender = SENDERS[name]()
    other = sender.stranger()
    webhook = trusting(sender, secrets=(*other.secrets, *sender.secrets))
    if name == "sendgrid":
        both = {"public_keys": sender.options["public_keys"] + other.options["public_keys"]}
        webhook = replace(webhook, options=webhook.spec.options.model_validate(both))
    for each in (sender, other):
        assert receive(each.post(Event("hard")), webhook)


def test_without_its_headers_a_request_is_refused(sender):
    post = sender.post(Event("hard"))
    if sender.name in ("ses", "mailgun"):
        data = json.loads(post.body)
        for name in ("Signature", "signature"):
            data.pop(name, None)
        post.body = json.dumps(data).encode()
    post.headers = {"content-type": "application/json"}
    with pytest.raises(WebhookRefusedError):
        receive(post, trusting(sender), certificate=certificate(sender))


SIGNED_BODIES = [name for name in SENDERS if name not in ("postmark", "brevo", "mailgun")]
"""The others sign no body: Postmark and Brevo have a password, Mailgun signs a token that is used once."""


@pytest.mark.parametrize("name", SIGNED_BODIES)
def test_one_changed_byte_of_the_body_is_refused(name):
    sender = SENDERS[name]()
    post = sender.post(Event("hard", "ada@example.org"))
    post.body = post.body.replace(b"ada@example.org", b"bob@example.org")
    with pytest.raises(WebhookRefusedError):
        receive(post, trusting(sender), certificate=certificate(sender))


@pytest.mark.parametrize("name", SENDERS)
def test_an_event_that_is_not_known_is_left_out(name):
    sender = SENDERS[name]()
    data = sender.event(Event("hard"))
    for key in ("eventType", "RecordType", "event", "type"):
        if key in data:
            data[key] = "something of next year"
    post = sender.sign([data] if sender.is_batching else data, "event-9")
    assert receive(post, trusting(sender), certificate=certificate(sender)) == ()


HEADERS = (
    *("authorization", "webhook-id", "webhook-timestamp", "webhook-signature"),
    *("svix-id", "svix-timestamp", "svix-signature"),
    *("x-twilio-email-event-webhook-timestamp", "x-twilio-email-event-webhook-signature"),
)
KEYS = (
    *(
        "Type",
        "TopicArn",
        "Message",
        "SigningCertURL",
        "Timestamp",
        "Signature",
        "RecordType",
        "mail",
        "headers",
    ),
    *("event", "event-data", "signature", "timestamp", "token", "data", "type", "email", "to", "bounce"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda data: json.dumps(data).encode())


@given(
    name=st.sampled_from(sorted(SENDERS)),
    body=BODIES,
    headers=st.dictionaries(
        st.sampled_from(HEADERS),
        st.text(max_size=40) | st.just("1795510800") | st.just("v1,AAAA"),
    ),
)
@examples(300)
def test_no_bytes_are_believed_or_raise_anything_else(name, body, headers):
    sender = SENDERS[name]()
    webhook = trusting(sender)
    request = WebhookRequest(headers, body)
    with pytest.raises(WebhookRefusedError):
        webhook.spec.verify(request, webhook.trust(NOW, b""))


@given(name=st.sampled_from(sorted(SENDERS)), body=BODIES)
@examples(300)
def test_reading_is_total(name, body):
    spec, request = find_webhook(name), WebhookRequest({}, body)
    for reader in filter(None, (spec.read, spec.one_time_token)):
        try:
            reader(request)
        except WebhookRefusedError:
            continue


@given(name=st.sampled_from(sorted(SENDERS)), data=JSON, kind=st.sampled_from(KINDS))
@examples(300)
def test_reading_is_total_for_events_with_something_odd_in_them(name, data, kind):
    sender = SENDERS[name]()
    event = sender.event(Event(kind))
    for key in list(event):
        odd = sender.sign([event | {key: data}] if sender.is_batching else event | {key: data}, "event-1")
        find_webhook(name).read(WebhookRequest(odd.headers, odd.body))


# What is signed can be taken apart in one way only


def test_a_message_to_the_topic_of_somebody_else_cannot_be_read_as_one_to_ours():
    ours, ours_pem = SENDERS["ses"](), SENDERS["ses"]().certificate
    foreign = replace(ours, topic="arn:aws:sns:eu-west-1:999999999999:theirs")
    forged = {
        "Message": json.dumps(ours.event(Event("complained"))),
        "MessageId": "forged",
        "Timestamp": f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}",
        "TopicArn": ours.topic,
    }
    for filler in ("", " " * 2000):
        text = (
            "\n".join(f"{name}\n{value}" for name, value in forged.items()).removeprefix("Message\n") + filler
        )
        post = foreign.sign_message("Notification", text, "genuine")
        genuine = json.loads(post.body)
        rest = "".join(f"\n{name}\n{genuine[name]}" for name in ("MessageId", "Timestamp", "TopicArn"))
        for topic, kind in (
            (ours.topic + filler + rest, "Notification"),
            (ours.topic, filler + rest.removeprefix("\nMessageId\n") + "\nType\nNotification"),
        ):
            post.body = json.dumps(genuine | forged | {"TopicArn": topic, "Type": kind}).encode()
            with pytest.raises(WebhookRefusedError):
                receive(post, trusting(ours), certificate=ours_pem)


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "standard", "resend"])
@pytest.mark.parametrize("more", ["e0", ".0", "_0", " ", "+"])
def test_a_time_that_is_signed_has_digits_only(name, more):
    sender = SENDERS[name]()
    post = sender.post(Event("hard"))
    stamp = str(int(NOW.timestamp()))
    if name == "mailgun":
        data = json.loads(post.body)["signature"]
        signed = hmac.digest(sender.secrets[0].encode(), f"{stamp}{more}{data['token']}".encode(), "sha256")
        post.body = json.dumps(
            {"signature": data | {"timestamp": stamp + more, "signature": signed.hex()}, "event-data": {}}
        ).encode()
    else:
        post.headers = {
            key: value + more if key.endswith("-timestamp") else value for key, value in post.headers.items()
        }
    with pytest.raises(WebhookRefusedError):
        receive(post, trusting(sender))


def test_an_id_with_a_dot_is_refused():
    sender = SENDERS["standard"]()
    with pytest.raises(WebhookRefusedError):
        receive(sender.post(Event("hard", id="msg.1")), trusting(sender))
