"""SendGrid: the signed event webhook, many events in a request.

The signature is ECDSA over P-256 and SHA-256 of the timestamp and the raw body.
Sources: www.twilio.com/docs/sendgrid/for-developers/tracking-events/event,
…/getting-started-event-webhook-security-features, …/building-an-x-smtpapi-header.
"""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from pipeline.model.delivery import ReferenceHeader
from pipeline.model.options import Options
from pipeline.model.returned import ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_age
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest, WebhookSpec

_HEADER = "x-twilio-email-event-webhook-"

_EVENTS = {
    "deferred": ReturnKind.DELAYED,
    "delivered": ReturnKind.DELIVERED,
    "spamreport": ReturnKind.COMPLAINED,
    "unsubscribe": ReturnKind.UNSUBSCRIBED,
    "group_unsubscribe": ReturnKind.UNSUBSCRIBED,
}
_CLASSES = {
    "invalid address": ReturnKind.HARD,
    "mailbox unavailable": ReturnKind.SOFT,
    "technical": ReturnKind.SOFT,
    "technical failure": ReturnKind.SOFT,
    "content": ReturnKind.CONTENT,
    "reputation": ReturnKind.POLICY,
    "frequency or volume too high": ReturnKind.POLICY,
}
"""What `bounce_classification` can be; without one, `type` and the status decide."""
_DROPPED = {
    "bounced address": ReturnKind.HARD,
    "invalid": ReturnKind.HARD,
    "unsubscribed address": ReturnKind.UNSUBSCRIBED,
    "spam reporting address": ReturnKind.COMPLAINED,
}
"""Why SendGrid did not send; every other reason is about the letter or the account."""


def _public_key(value: str) -> str:
    try:
        if base64.b64decode(value, validate=True):
            return value
    except binascii.Error:
        pass
    raise ValueError("write the verification key that SendGrid shows: one line of base64")


class SendgridOptions(Options):
    """SendGrid needs no secret: requests are verified with the public key of your webhook.

    Tick Delivered, Deferred, Bounced, Dropped, Spam Reports, Unsubscribes and Group Unsubscribes.
    """

    public_keys: Annotated[tuple[Annotated[str, AfterValidator(_public_key)], ...], Field(min_length=1)]
    """The verification keys of the signed event webhook, as SendGrid shows them: Settings, Mail Settings,
    Event Webhooks, in the webhook's security features."""
    max_age_s: Annotated[int, Field(ge=60, le=172_800)] = 600
    """How many seconds old the time of a signature may be."""


def _verify(request: WebhookRequest, trust: Trust) -> None:
    # Imported for requests only: the library belongs to an extra, and costs a tenth of a second.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    stamp = request.headers.get(f"{_HEADER}timestamp", "")
    check_age(payload.from_stamp(stamp), trust, timedelta(seconds=trust.options.max_age_s))
    try:
        signature = base64.b64decode(request.headers.get(f"{_HEADER}signature", ""), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookRefusedError("the signature cannot be read") from None
    for each in trust.options.public_keys:
        try:
            key = serialization.load_der_public_key(base64.b64decode(each))
        except ValueError:
            continue
        if not isinstance(key, ec.EllipticCurvePublicKey):
            continue
        try:
            key.verify(signature, stamp.encode(errors="replace") + request.body, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            continue
        return
    raise WebhookRefusedError("the signature does not match")


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    found = (_read_event(event) for event in payload.parse_events(request.body))
    return tuple(report for report in found if report is not None)


def _read_event(event: dict[str, Any]) -> ReturnReport | None:
    kind, event_id = _find_kind(event), payload.text(event, "sg_event_id")
    if kind is None or not event_id:
        return None
    returned = payload.make_returned(
        kind,
        to=payload.text(event, "email"),
        at=payload.from_epoch(payload.get(event, "timestamp")),
        # Keys of `unique_args` are among the event's own keys.
        references=(payload.text(event, payload.REFERENCE_KEY), payload.text(event, "smtp-id")),
        status=payload.text(event, "status"),
        detail=payload.text(event, "reason") or payload.text(event, "response"),
        is_classified=any(payload.text(event, name) for name in ("type", "bounce_classification"))
        or payload.text(event, "event") != "bounce",
    )
    return payload.make_report("sendgrid", event_id, returned)


def _find_kind(event: dict[str, Any]) -> ReturnKind | None:
    name = payload.text(event, "event")
    if name == "dropped":
        return _DROPPED.get(payload.text(event, "reason").lower(), ReturnKind.POLICY)
    if name != "bounce":
        return _EVENTS.get(name)
    # `blocked` is SendGrid's word for what is not about the address.
    otherwise = ReturnKind.POLICY if payload.text(event, "type") == "blocked" else ReturnKind.HARD
    return _CLASSES.get(payload.text(event, "bounce_classification").lower(), otherwise)


WEBHOOK = WebhookSpec(
    "sendgrid",
    _verify,
    _read,
    options=SendgridOptions,
    needs_secret=False,
    needs_modules=("cryptography",),
    reference_header=ReferenceHeader("X-SMTPAPI", f'{{"unique_args": {{"{payload.REFERENCE_KEY}": "', '"}}'),
)
