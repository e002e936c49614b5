"""Postmark: bounces, complaints, deliveries and changes of subscriptions.

Postmark does not sign. It sends the user and password of the address, or headers that the webhook is given.
Sources: postmarkapp.com/developer/webhooks/webhooks-overview and its pages,
postmarkapp.com/developer/api/bounce-api (types of bounces).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pipeline.model.delivery import ReferenceHeader
from pipeline.model.options import Options
from pipeline.model.returned import ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_age, check_authorization
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest, WebhookSpec

MAX_AGE = timedelta(days=1)
"""Postmark repeats a request ten times, the last one after ten and a half hours
(postmarkapp.com/support/article/understanding-inbound-webhook-retries-in-postmark)."""

_BOUNCES = {
    "HardBounce": ReturnKind.HARD,
    "BadEmailAddress": ReturnKind.HARD,
    "SoftBounce": ReturnKind.SOFT,
    "DnsError": ReturnKind.SOFT,
    "Transient": ReturnKind.DELAYED,
    "SpamComplaint": ReturnKind.COMPLAINED,
    "Unsubscribe": ReturnKind.UNSUBSCRIBED,
    # A filter's word about the letter, not the reader's.
    "SpamNotification": ReturnKind.POLICY,
    "VirusNotification": ReturnKind.POLICY,
    "Blocked": ReturnKind.POLICY,
    "DMARCPolicy": ReturnKind.POLICY,
    "SMTPApiError": ReturnKind.POLICY,
    "ManuallyDeactivated": ReturnKind.POLICY,
}
"""Types that are not here, such as `AutoResponder` and `AddressChange`, are not about the address."""
_SUPPRESSED = {"HardBounce": ReturnKind.HARD, "SpamComplaint": ReturnKind.COMPLAINED}
_TIMES = ("BouncedAt", "DeliveredAt", "ChangedAt", "ReceivedAt")


class PostmarkOptions(Options):
    """Postmark. The secret is yours to choose.

    It is `user:password` in the webhook's Basic auth credentials, or the token of a Bearer header. Tick
    Delivery, Bounce, Spam Complaint and Subscription Change.
    """

    servers: tuple[int, ...] = ()
    """Only reports of these servers, by `ServerID`; empty means any that knows the secret."""


def _verify(request: WebhookRequest, trust: Trust) -> None:
    check_authorization(request, trust)
    event = _open(request)
    if trust.options.servers and payload.get(event, "ServerID") not in trust.options.servers:
        raise WebhookRefusedError("it comes from another server of Postmark")
    check_age(_find_time(event), trust, MAX_AGE)


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    event = _open(request)
    kind, at = _find_kind(event), _find_time(event)
    if kind is None:
        return ()
    record, own = payload.text(event, "RecordType"), payload.text(event, "MessageID")
    returned = payload.make_returned(
        kind,
        to=payload.text(event, "Email") or payload.text(event, "Recipient"),
        at=at,
        references=(payload.text(event, "Metadata", payload.REFERENCE_KEY), own),
        detail=payload.text(event, "Details"),
    )
    # Only bounces and complaints have an `ID`.
    event_id = f"{record}/{payload.text(event, 'ID') or own}/{at and at.isoformat()}"
    return (payload.make_report("postmark", event_id, returned),)


def _find_kind(event: dict[str, Any]) -> ReturnKind | None:
    match payload.text(event, "RecordType"):
        case "Bounce":
            return _BOUNCES.get(payload.text(event, "Type"))
        case "SpamComplaint":
            return ReturnKind.COMPLAINED
        case "Delivery":
            return ReturnKind.DELIVERED
        case "SubscriptionChange" if payload.get(event, "SuppressSending") is True:
            reason = payload.text(event, "SuppressionReason")
            if reason == "ManualSuppression" and payload.text(event, "Origin") == "Recipient":
                return ReturnKind.UNSUBSCRIBED
            return _SUPPRESSED.get(reason)
    return None


def _find_time(event: dict[str, Any]) -> datetime | None:
    return payload.from_iso(next((found for name in _TIMES if (found := payload.text(event, name))), ""))


def _open(request: WebhookRequest) -> dict[str, Any]:
    event = payload.parse_json(request.body)
    if not isinstance(event, dict):
        raise WebhookRefusedError("the body is not an event of Postmark")
    return event


WEBHOOK = WebhookSpec(
    "postmark",
    _verify,
    _read,
    options=PostmarkOptions,
    # postmarkapp.com/developer/user-guide/send-email-with-smtp: X-PM-Metadata-<key>.
    reference_header=ReferenceHeader(f"X-PM-Metadata-{payload.REFERENCE_KEY}"),
)
