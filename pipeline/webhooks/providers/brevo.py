"""Brevo: transactional webhooks, one event in a request, or many where batches are switched on.

Brevo does not sign. It sends a bearer token, or the user and password of the address.
Sources: developers.brevo.com/docs/transactional-webhooks, its pages on authentication and batches,
developers.brevo.com/docs/retry-mechanism.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from pipeline.model.delivery import ReferenceHeader
from pipeline.model.options import Options
from pipeline.model.returned import ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_age, check_authorization
from pipeline.webhooks.webhook import Trust, WebhookRequest, WebhookSpec

MAX_AGE = timedelta(days=1)
"""Brevo repeats a request four times, the last one after eleven hours."""

_EVENTS = {
    "hardbounce": ReturnKind.HARD,
    "invalidemail": ReturnKind.HARD,
    "softbounce": ReturnKind.SOFT,
    "deferred": ReturnKind.DELAYED,
    "delivered": ReturnKind.DELIVERED,
    "spam": ReturnKind.COMPLAINED,
    "complaint": ReturnKind.COMPLAINED,
    "unsubscribe": ReturnKind.UNSUBSCRIBED,
    "unsubscribed": ReturnKind.UNSUBSCRIBED,
    "blocked": ReturnKind.POLICY,
    "error": ReturnKind.POLICY,
}
"""By name without `_`: transactional events are called `hard_bounce`, those of campaigns `hardBounce`."""
_HEADER = "X-Mailin-custom"


class BrevoOptions(Options):
    """Brevo, for transactional mail. The secret is yours to choose.

    Give it to the webhook as its authentication: a bearer token, or `user:password` in its address. Tick
    delivered, deferred, soft bounce, hard bounce, invalid email, complaint, unsubscribed, blocked and error.
    """


def _verify(request: WebhookRequest, trust: Trust) -> None:
    check_authorization(request, trust)
    times = [at for event in payload.parse_events(request.body) if (at := _find_time(event)) is not None]
    # Batches hold events of several minutes, so the newest counts.
    check_age(max(times, default=None), trust, MAX_AGE)


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    found = (_read_event(event) for event in payload.parse_events(request.body))
    return tuple(report for report in found if report is not None)


def _read_event(event: dict[str, Any]) -> ReturnReport | None:
    name = payload.text(event, "event")
    kind, at = _EVENTS.get(name.replace("_", "").lower()), _find_time(event)
    if kind is None:
        return None
    to, own = payload.text(event, "email"), payload.text(event, "message-id")
    returned = payload.make_returned(
        kind,
        to=to,
        at=at,
        references=(payload.text(event, _HEADER), own),
        detail=payload.text(event, "reason"),
    )
    # Brevo's events have no id of their own (`id` is the webhook's).
    parts = f"{name}\0{to}\0{own}\0{at and at.isoformat()}"
    event_id = hashlib.blake2b(parts.encode(errors="replace"), digest_size=16).hexdigest()
    return payload.make_report("brevo", event_id, returned)


def _find_time(event: dict[str, Any]) -> datetime | None:
    # `ts_event` is when it happened, in UTC; `date` is in the account's zone and `ts_epoch` of the sending.
    return payload.from_epoch(payload.get(event, "ts_event") or payload.get(event, "ts"))


WEBHOOK = WebhookSpec(
    "brevo",
    _verify,
    _read,
    options=BrevoOptions,
    reference_header=ReferenceHeader(_HEADER),
    # Any 5xx is a final no to Brevo.
    retry_status=429,
)
