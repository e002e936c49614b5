"""Amazon SES, through Amazon SNS: notifications and published events.

Anyone with an AWS account can have SNS send validly signed messages anywhere: only those of the configured
topics are accepted, and a subscription is confirmed for them alone.
Sources: docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html,
docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from pipeline.model.options import Options
from pipeline.model.returned import Returned, ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_age
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest, WebhookSpec

MAX_AGE = timedelta(minutes=70)
"""SNS repeats a message for an hour at most, with its first timestamp
(docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html); ten minutes are for its queues."""

_ARN = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[\w-]{1,256}(?:\.fifo)?")
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]*")
_NOTICE = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
"""The fields that are signed, in this order."""
_CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")

_EVENTS = {
    "Complaint": ReturnKind.COMPLAINED,
    "Delivery": ReturnKind.DELIVERED,
    "DeliveryDelay": ReturnKind.DELAYED,
    "Reject": ReturnKind.CONTENT,
    "Rendering Failure": ReturnKind.CONTENT,
}
_RECIPIENTS = {
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
    "Delivery": ("delivery", "recipients"),
    "DeliveryDelay": ("deliveryDelay", "delayedRecipients"),
    "Reject": ("mail", "destination"),
    "Rendering Failure": ("mail", "destination"),
    "Subscription": ("mail", "destination"),
}
"""Where the addresses are that an event is about."""
_CONTENT = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})
"""Subtypes of transient bounces that are about the letter."""


def _topic(value: str) -> str:
    if not _ARN.fullmatch(value):
        raise ValueError("write the ARN of an SNS topic: arn:aws:sns:eu-west-1:123456789012:bounces")
    return value


class SesOptions(Options):
    """Amazon SES, through SNS, needs no secret: Amazon signs each request, and `topics` names yours."""

    topics: Annotated[tuple[Annotated[str, AfterValidator(_topic)], ...], Field(min_length=1)]
    """The ARNs of the SNS topics that SES reports to; messages of other topics are refused."""
    sha1: bool = False
    """Whether to accept SignatureVersion 1, which signs with SHA-1: what a topic does until its attribute
    SignatureVersion is set to 2."""


def _find_certificate(request: WebhookRequest, trust: Trust) -> str:
    """Return the address of the certificate: at SNS in the region of the pinned topic, nowhere else."""
    message = _open(request)
    topic, url = message["TopicArn"], payload.text(message, "SigningCertURL")
    if topic not in trust.options.topics:
        raise WebhookRefusedError("it comes from another topic")
    if not _is_at_sns(url, topic) or not _CERTIFICATE.fullmatch(urlsplit(url).path) or urlsplit(url).query:
        raise WebhookRefusedError("the address of its certificate is not one of Amazon SNS")
    return url


def _verify(request: WebhookRequest, trust: Trust) -> None:
    # Imported for requests only: the library belongs to an extra, and costs a tenth of a second.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    _find_certificate(request, trust)
    message = _open(request)
    check_age(payload.from_iso(payload.text(message, "Timestamp")), trust, MAX_AGE)
    version = payload.text(message, "SignatureVersion")
    if version != "2" and not (version == "1" and trust.options.sha1):
        raise WebhookRefusedError("it is signed with SHA-1: set SignatureVersion of the topic to 2")
    try:
        signature = base64.b64decode(payload.get(message, "Signature") or "", validate=True)
        certificate = load_pem_x509_certificate(trust.certificate)
        key = certificate.public_key()
    except (binascii.Error, ValueError, TypeError):
        raise WebhookRefusedError("its signature or its certificate cannot be read") from None
    if not certificate.not_valid_before_utc <= trust.now <= certificate.not_valid_after_utc:
        raise WebhookRefusedError("its certificate is not valid now")
    if not isinstance(key, rsa.RSAPublicKey):
        raise WebhookRefusedError("its certificate has no RSA key")
    # SHA-1 only where the operator allows it.
    kind = hashes.SHA256() if version == "2" else hashes.SHA1()  # noqa: S303
    try:
        key.verify(signature, _signed_text(message), padding.PKCS1v15(), kind)
    except InvalidSignature:
        raise WebhookRefusedError("the signature does not match") from None


def _confirm_url(request: WebhookRequest, trust: Trust) -> str:
    """Return where SNS wants a subscription of a pinned topic confirmed; empty for other messages."""
    message = _open(request)
    topic, url = message["TopicArn"], payload.text(message, "SubscribeURL")
    if payload.text(message, "Type") != "SubscriptionConfirmation" or topic not in trust.options.topics:
        return ""
    return url if _is_at_sns(url, topic) else ""


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    message = _open(request)
    if payload.text(message, "Type") != "Notification":
        return ()
    try:
        event = payload.parse_json(str(payload.get(message, "Message")).encode(errors="replace"))
    except WebhookRefusedError:
        return ()  # SNS greets a new subscription with a sentence.
    at = payload.from_iso(payload.text(message, "Timestamp"))
    returned = tuple(_read_event(event, at))
    return (payload.make_report("ses", payload.text(message, "MessageId"), *returned),) if returned else ()


def _read_event(event: object, at: datetime | None) -> Iterator[Returned]:
    name = payload.text(event, "eventType") or payload.text(event, "notificationType")
    kind = _find_kind(name, event)
    if kind is None:
        return
    headers = payload.items(event, "mail", "headers")
    for each in payload.items(event, *_RECIPIENTS[name]):
        yield payload.make_returned(
            kind,
            to=payload.text(each, "emailAddress") or payload.text(each),
            at=at,
            references=(
                payload.header(headers, "X-Newsletter-Ref"),
                payload.header(headers, "Message-ID"),
                payload.text(event, "mail", "commonHeaders", "messageId"),
            ),
            status=payload.text(each, "status"),
            detail=payload.text(each, "diagnosticCode"),
        )


def _find_kind(name: str, event: object) -> ReturnKind | None:
    if name == "Bounce":
        return _find_bounce(payload.get(event, "bounce"))
    if name == "Complaint" and payload.text(event, "complaint", "complaintFeedbackType") == "not-spam":
        return None
    if name == "Subscription":
        preferences = payload.get(event, "subscription", "newTopicPreferences")
        return ReturnKind.UNSUBSCRIBED if payload.get(preferences, "unsubscribeAll") is True else None
    return _EVENTS.get(name)


def _find_bounce(bounce: object) -> ReturnKind:
    if payload.text(bounce, "bounceType") == "Permanent":
        return ReturnKind.HARD
    is_content = payload.text(bounce, "bounceSubType") in _CONTENT
    return ReturnKind.CONTENT if is_content else ReturnKind.SOFT


def _open(request: WebhookRequest) -> dict[str, Any]:
    """Parse a message whose signed text can be split into fields in one way only.

    Line breaks separate the fields. If any field but `Message`, the first, could contain one, a message to
    another customer's topic could be presented as one to ours, with Amazon's genuine signature.
    """
    message = payload.parse_json(request.body)
    if not isinstance(message, dict) or not isinstance(message.get("TopicArn"), str):
        raise WebhookRefusedError("the body is not a message of SNS")
    for name, value in _signed_fields(message):
        if not isinstance(value, str) or (name != "Message" and not _ONE_LINE.fullmatch(value)):
            raise WebhookRefusedError("a field that is signed is not one line")
    return message


def _signed_fields(message: dict[str, Any]) -> list[tuple[str, Any]]:
    names = _CONFIRMATION if message.get("Type") in _CONFIRMATIONS else _NOTICE
    return [(name, message[name]) for name in names if message.get(name) is not None]


def _signed_text(message: dict[str, Any]) -> bytes:
    return "".join(f"{name}\n{value}\n" for name, value in _signed_fields(message)).encode(errors="replace")


def _is_at_sns(url: str, topic: str) -> bool:
    found = _ARN.fullmatch(topic)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if found is None or parts.scheme != "https" or parts.username is not None or port not in (None, 443):
        return False
    domain = "amazonaws.com.cn" if found[1] == "aws-cn" else "amazonaws.com"
    return parts.hostname == f"sns.{found[2]}.{domain}"


WEBHOOK = WebhookSpec(
    "ses",
    _verify,
    _read,
    options=SesOptions,
    needs_secret=False,
    needs_modules=("cryptography",),
    # SNS sends text/plain unless the subscription's delivery policy names another type.
    content_types=frozenset({"text/plain", "application/json"}),
    certificate_url=_find_certificate,
    confirm_url=_confirm_url,
)
