"""What the events of each provider mean for a reader, and what a webhook of Amazon SNS is never led to."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from pipeline.model.returned import ReturnKind
from pipeline.webhooks import payload
from pipeline.webhooks.providers.ses import WEBHOOK as SES
from pipeline.webhooks.providers.ses import SesOptions
from pipeline.webhooks.registry import find_webhook
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"
NOTICE = {"Type": "Notification", "MessageId": "1", "TopicArn": TOPIC}


def read(name, data):
    headers = {"svix-id": "msg_1", "webhook-id": "msg_1"}
    return find_webhook(name).read(WebhookRequest(headers, json.dumps(data).encode()))


def kind(name, data):
    """Return the kind of the only thing that is reported; None when nothing is."""
    reports = read(name, data)
    if not reports:
        return None
    ((returned,),) = (report.returned for report in reports)
    assert returned.recipients == ("ada@example.org",)
    return returned.kind


def ses(event):
    mail = {"destination": ["ada@example.org"]}
    return kind("ses", NOTICE | {"Message": json.dumps({"mail": mail, **event})})


@pytest.mark.parametrize(
    ("type_", "subtype", "status", "expected"),
    [
        ("Permanent", "General", "5.1.1", ReturnKind.HARD),
        ("Permanent", "NoEmail", "", ReturnKind.HARD),
        ("Permanent", "OnAccountSuppressionList", "", ReturnKind.HARD),
        ("Permanent", "General", "5.7.1", ReturnKind.POLICY),
        ("Permanent", "General", "5.2.2", ReturnKind.SOFT),
        ("Permanent", "General", "5.4.4", ReturnKind.SOFT),
        ("Permanent", "General", "5.1.8", ReturnKind.POLICY),
        ("Permanent", "General", "4.4.7", ReturnKind.SOFT),
        ("Transient", "MailboxFull", "5.2.2", ReturnKind.SOFT),
        ("Transient", "General", "", ReturnKind.SOFT),
        ("Transient", "MessageTooLarge", "5.3.4", ReturnKind.CONTENT),
        ("Transient", "ContentRejected", "", ReturnKind.CONTENT),
        ("Undetermined", "Undetermined", "", ReturnKind.SOFT),
    ],
)
def test_a_bounce_of_ses_means_what_its_code_says(type_, subtype, status, expected):
    recipients = [{"emailAddress": "ada@example.org", "status": status}]
    bounce = {"bounceType": type_, "bounceSubType": subtype, "bouncedRecipients": recipients}
    assert ses({"eventType": "Bounce", "bounce": bounce}) is expected
    assert ses({"notificationType": "Bounce", "bounce": bounce}) is expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("smtp; 550 5.1.1 no such user", ReturnKind.HARD),
        ("smtp; 550 User unknown", ReturnKind.HARD),
        ("smtp; 550 not taken", ReturnKind.HARD),
        ("smtp; 550 Message rejected as spam", ReturnKind.POLICY),
        ("smtp; 554 5.7.1 Service unavailable; client host blocked", ReturnKind.POLICY),
        ("smtp; 552 5.3.4 Message too large", ReturnKind.CONTENT),
        ("smtp; 552 5.2.2 Mailbox full", ReturnKind.SOFT),
        ("smtp; 421 try again later", ReturnKind.SOFT),
        ("smtp; 550 5.4.1 Recipient address rejected", ReturnKind.HARD),
    ],
)
def test_the_words_of_the_server_count_more_than_the_provider_s(said, expected):
    recipients = [{"emailAddress": "ada@example.org", "diagnosticCode": said}]
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": recipients}
    assert ses({"eventType": "Bounce", "bounce": bounce}) is expected


def test_a_complaint_that_says_it_is_not_spam_is_none():
    complained = {"complainedRecipients": [{"emailAddress": "ada@example.org"}]}
    for word, expected in (("abuse", ReturnKind.COMPLAINED), ("not-spam", None)):
        complaint = complained | {"complaintFeedbackType": word}
        assert ses({"eventType": "Complaint", "complaint": complaint}) is expected


def test_ses_reports_who_left_by_its_own_link_and_what_it_did_not_send():
    wishes = {"newTopicPreferences": {"unsubscribeAll": True}}
    assert ses({"eventType": "Subscription", "subscription": wishes}) is ReturnKind.UNSUBSCRIBED
    wishes = {"newTopicPreferences": {"unsubscribeAll": False}}
    assert ses({"eventType": "Subscription", "subscription": wishes}) is None
    assert ses({"eventType": "Reject", "reject": {"reason": "Bad content"}}) is ReturnKind.CONTENT
    assert [ses({"eventType": word}) for word in ("Send", "Open", "Click")] == [None] * 3


def test_the_greeting_of_a_new_topic_reports_nothing():
    text = "Successfully validated SNS topic for Amazon SES event publishing."
    assert read("ses", NOTICE | {"Message": text}) == ()


POSTMARK = {
    "HardBounce": ReturnKind.HARD,
    "BadEmailAddress": ReturnKind.HARD,
    "SoftBounce": ReturnKind.SOFT,
    "DnsError": ReturnKind.SOFT,
    "Transient": ReturnKind.DELAYED,
    "SpamNotification": ReturnKind.POLICY,
    "Blocked": ReturnKind.POLICY,
    "DMARCPolicy": ReturnKind.POLICY,
    "AutoResponder": None,
    "AddressChange": None,
    "ChallengeVerification": None,
    "OpenRelayTest": None,
    "Unknown": None,
    "OfNextYear": None,
}


@pytest.mark.parametrize("word", POSTMARK)
def test_a_bounce_of_postmark_means_what_its_type_says(word):
    event = {"RecordType": "Bounce", "Type": word, "Email": "ada@example.org", "ID": 4}
    assert kind("postmark", event) is POSTMARK[word]


@pytest.mark.parametrize(
    ("suppressed", "reason", "origin", "expected"),
    [
        (True, "ManualSuppression", "Recipient", ReturnKind.UNSUBSCRIBED),
        (True, "ManualSuppression", "Customer", None),
        (True, "ManualSuppression", "Admin", None),
        (True, "HardBounce", "Recipient", ReturnKind.HARD),
        (True, "SpamComplaint", "Recipient", ReturnKind.COMPLAINED),
        (False, None, "Recipient", None),
    ],
)
def test_a_change_of_subscription_at_postmark_counts_when_the_reader_made_it(
    suppressed, reason, origin, expected
):
    event = {"RecordType": "SubscriptionChange", "Recipient": "ada@example.org", "Origin": origin}
    event |= {"SuppressSending": suppressed, "SuppressionReason": reason}
    assert kind("postmark", event) is expected


SENDGRID = [
    ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, ReturnKind.HARD),
    ({"event": "bounce"}, ReturnKind.SOFT),
    ({"event": "bounce", "reason": "550 5.1.1 no such user"}, ReturnKind.HARD),
    ({"event": "bounce", "bounce_classification": "Invalid Address"}, ReturnKind.HARD),
    ({"event": "bounce", "bounce_classification": "Mailbox Unavailable"}, ReturnKind.SOFT),
    ({"event": "bounce", "bounce_classification": "Technical"}, ReturnKind.SOFT),
    ({"event": "bounce", "bounce_classification": "Reputation"}, ReturnKind.POLICY),
    ({"event": "bounce", "bounce_classification": "Content"}, ReturnKind.CONTENT),
    ({"event": "bounce", "type": "blocked", "reason": "550 5.7.1 refused"}, ReturnKind.POLICY),
    ({"event": "bounce", "type": "blocked"}, ReturnKind.POLICY),
    ({"event": "bounce", "type": "bounce", "reason": "552 5.2.2 full"}, ReturnKind.SOFT),
    ({"event": "dropped", "reason": "Bounced Address"}, ReturnKind.HARD),
    ({"event": "dropped", "reason": "Unsubscribed Address"}, ReturnKind.UNSUBSCRIBED),
    ({"event": "dropped", "reason": "Spam Reporting Address"}, ReturnKind.COMPLAINED),
    ({"event": "dropped", "reason": "Spam Content (if spam checker app enabled)"}, ReturnKind.POLICY),
    ({"event": "spamreport"}, ReturnKind.COMPLAINED),
    ({"event": "group_unsubscribe"}, ReturnKind.UNSUBSCRIBED),
    ({"event": "group_resubscribe"}, None),
    ({"event": "open"}, None),
    ({"event": "processed"}, None),
]


@pytest.mark.parametrize(("event", "expected"), SENDGRID)
def test_an_event_of_sendgrid(event, expected):
    assert kind("sendgrid", [event | {"email": "ada@example.org", "sg_event_id": "1"}]) is expected


def test_one_damaged_event_of_sendgrid_does_not_cost_the_others():
    good = [{"event": "spamreport", "email": "ada@example.org", "sg_event_id": str(n)} for n in range(3)]
    damaged = [None, 7, "x", [], {"event": "bounce"}, {"event": {"a": 1}, "sg_event_id": "9"}]
    assert len(read("sendgrid", [*damaged, *good, *damaged])) == 3


MAILGUN = [
    ({"event": "failed", "severity": "permanent", "reason": "bounce"}, ReturnKind.HARD),
    ({"event": "failed", "severity": "permanent", "reason": "suppress-bounce"}, ReturnKind.HARD),
    ({"event": "failed", "severity": "permanent", "reason": "suppress-complaint"}, ReturnKind.COMPLAINED),
    ({"event": "failed", "severity": "permanent", "reason": "suppress-unsubscribe"}, ReturnKind.UNSUBSCRIBED),
    ({"event": "failed", "severity": "permanent", "reason": "old"}, ReturnKind.SOFT),
    ({"event": "failed", "severity": "permanent", "reason": "generic"}, ReturnKind.SOFT),
    ({"event": "failed", "severity": "permanent", "reason": "espblock"}, ReturnKind.POLICY),
    ({"event": "failed", "severity": "temporary", "reason": "generic"}, ReturnKind.DELAYED),
    ({"event": "rejected"}, ReturnKind.POLICY),
    ({"event": "unsubscribed"}, ReturnKind.UNSUBSCRIBED),
    ({"event": "opened"}, None),
]


@pytest.mark.parametrize(("event", "expected"), MAILGUN)
def test_an_event_of_mailgun(event, expected):
    data = {"signature": {"token": "t"}, "event-data": event | {"recipient": "ada@example.org"}}
    assert kind("mailgun", data) is expected


def test_a_bounce_of_mailgun_about_policy_is_not_held_against_the_reader():
    status = {"code": 550, "enhanced-code": "5.7.26", "message": "unauthenticated"}
    event = {"event": "failed", "severity": "permanent", "reason": "bounce", "recipient": "ada@example.org"}
    data = {"signature": {"token": "t"}, "event-data": event | {"delivery-status": status}}
    assert kind("mailgun", data) is ReturnKind.POLICY


@pytest.mark.parametrize("name", ["resend", "standard"])
@pytest.mark.parametrize(
    ("type_", "bounce", "expected"),
    [
        ("email.bounced", {"type": "Permanent", "subType": "General"}, ReturnKind.HARD),
        ("email.bounced", {"type": "Transient", "subType": "MailboxFull"}, ReturnKind.SOFT),
        ("email.bounced", {"type": "Undetermined"}, ReturnKind.SOFT),
        ("email.bounced", {"type": "Permanent", "message": "550 5.7.1 blocked"}, ReturnKind.POLICY),
        ("email.bounced", {}, ReturnKind.SOFT),
        ("email.bounced", {"message": "mailbox does not answer"}, ReturnKind.SOFT),
        ("email.bounced", {"message": "550 5.1.1 no such user"}, ReturnKind.HARD),
        ("email.complained", {}, ReturnKind.COMPLAINED),
        ("email.delivery_delayed", {}, ReturnKind.DELAYED),
        ("email.failed", {}, ReturnKind.POLICY),
        ("email.opened", {}, None),
    ],
)
def test_an_event_of_resend_and_of_standard_webhooks(name, type_, bounce, expected):
    data = {"to": ["Ada <ada@example.org>"], "bounce": bounce}
    assert kind(name, {"type": type_, "data": data}) is expected


def test_a_contact_that_unsubscribed_at_resend_leaves():
    for unsubscribed, expected in ((True, ReturnKind.UNSUBSCRIBED), (False, None)):
        data = {"email": "ada@example.org", "unsubscribed": unsubscribed}
        assert kind("resend", {"type": "contact.updated", "data": data}) is expected


BREVO = {
    "hard_bounce": ReturnKind.HARD,
    "hardBounce": ReturnKind.HARD,
    "invalid_email": ReturnKind.HARD,
    "soft_bounce": ReturnKind.SOFT,
    "deferred": ReturnKind.DELAYED,
    "spam": ReturnKind.COMPLAINED,
    "unsubscribed": ReturnKind.UNSUBSCRIBED,
    "blocked": ReturnKind.POLICY,
    "request": None,
    "unique_opened": None,
}


@pytest.mark.parametrize("word", BREVO)
def test_an_event_of_brevo_alone_and_in_a_batch(word):
    event = {"event": word, "email": "ada@example.org", "ts_event": NOW.timestamp()}
    assert kind("brevo", event) is BREVO[word]
    assert kind("brevo", [event]) is BREVO[word]


def certificate_url(url, *, topic=TOPIC):
    body = json.dumps({"TopicArn": topic, "SigningCertURL": url}).encode()
    trust = Trust(SesOptions(topics=(TOPIC,)), (), NOW)
    return SES.certificate_url(WebhookRequest({}, body), trust)


PEM = "SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


def test_a_certificate_is_fetched_from_sns_in_the_region_of_the_topic():
    url = f"https://sns.eu-west-1.amazonaws.com/{PEM}"
    assert certificate_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"http://sns.eu-west-1.amazonaws.com/{PEM}",
        f"https://sns.us-east-1.amazonaws.com/{PEM}",
        f"https://sns.eu-west-1.amazonaws.com.example.net/{PEM}",
        f"https://bucket.s3.eu-west-1.amazonaws.com/{PEM}",
        f"https://sns.eu-west-1.amazonaws.com@example.net/{PEM}",
        f"https://user@sns.eu-west-1.amazonaws.com/{PEM}",
        f"https://sns.eu-west-1.amazonaws.com:8443/{PEM}",
        f"https://sns.eu-west-1.amazonaws.com/{PEM}?x=1",
        f"https://sns.eu-west-1.amazonaws.com/other/{PEM}",
        "https://sns.eu-west-1.amazonaws.com/",
        f"https://127.0.0.1/{PEM}",
        f"https://[::1/{PEM}",
        f"https://sns.eu-west-1.amazonaws.com:port/{PEM}",
        f"file:///{PEM}",
    ],
)
def test_a_certificate_is_fetched_from_nowhere_else(url):
    with pytest.raises(WebhookRefusedError):
        certificate_url(url)


def test_a_certificate_is_not_fetched_for_another_topic():
    with pytest.raises(WebhookRefusedError):
        certificate_url(f"https://sns.eu-west-1.amazonaws.com/{PEM}", topic=TOPIC + "-of-others")


@pytest.mark.parametrize(
    "topic",
    ["", "bounces", "arn:aws:sns:eu-west-1:1:x", "arn:aws:sqs:eu-west-1:123456789012:x", TOPIC + "/../x"],
)
def test_only_the_arn_of_a_topic_is_one(topic):
    with pytest.raises(ValueError, match="ARN"):
        SesOptions(topics=(topic,))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("smtp; 550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 unauthenticated", "5.7.26"),
        ("connected to 10.5.1.1 at last", ""),
        ("4.2.2", "4.2.2"),
        ("version 15.1.1", ""),
        ("", ""),
    ],
)
def test_an_enhanced_code_is_found_in_the_words_of_a_server(text, code):
    assert payload.enhanced(text) == code
