"""Standard Webhooks (https://www.standardwebhooks.com), for relays and scripts without a file of their own.

The body is `{"type": "email.bounced", "timestamp": "…", "data": {"email": "…", "message_id": "…"}}`.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

from pipeline.model.options import Options
from pipeline.model.returned import Returned, ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import LONGEST_SKEW, check_age, is_one_of
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest, WebhookSpec

_EVENTS = {
    "email.bounced": ReturnKind.HARD,
    "email.complained": ReturnKind.COMPLAINED,
    "email.delivered": ReturnKind.DELIVERED,
    "email.delivery_delayed": ReturnKind.DELAYED,
    "email.failed": ReturnKind.POLICY,
    "email.suppressed": ReturnKind.POLICY,
    "email.unsubscribed": ReturnKind.UNSUBSCRIBED,
}
_PERMANENT = ("permanent", "hard")
_SIGNATURES = 10
"""More signatures than a sender has while it changes its secret are not looked at."""


class StandardOptions(Options):
    """Standard Webhooks, for relays and scripts of your own. The secret is yours to make.

    It is `whsec_` and 24 random bytes or more in base64, the same at the sender, which reports email.bounced,
    email.complained, email.delivered, email.delivery_delayed, email.failed, email.suppressed and
    email.unsubscribed.
    """


def check_secret(secret: str) -> None:
    """Raise ValueError for a secret that is not base64, with or without `whsec_`."""
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except binascii.Error as error:
        raise ValueError("must be base64, as the provider shows it: `whsec_…`") from error
    if not raw:
        raise ValueError("is empty behind `whsec_`")


def check_signature(request: WebhookRequest, trust: Trust, prefix: str) -> None:
    """Check the signature that the headers `<prefix>-id`, `-timestamp` and `-signature` have of the body.

    The library makes the expected signature; its own `verify` would ask the clock.
    """
    # Imported for requests only, because it belongs to an extra.
    from standardwebhooks import Webhook  # noqa: PLC0415

    event_id, stamp = (request.headers.get(f"{prefix}-{part}", "") for part in ("id", "timestamp"))
    # What is signed is `id.timestamp.body`: a dot in the id would let it be taken apart in two ways.
    if not event_id or "." in event_id:
        raise WebhookRefusedError("the id of the signature is missing, or has a dot")
    check_age(payload.from_stamp(stamp), trust, LONGEST_SKEW)
    try:
        body = request.body.decode("utf-8")
    except UnicodeDecodeError:
        raise WebhookRefusedError("the body is not text") from None
    signed_at = datetime.fromtimestamp(int(stamp), tz=UTC)
    expected = [Webhook(secret).sign(event_id, signed_at, body).encode() for secret in trust.secrets]
    given = request.headers.get(f"{prefix}-signature", "").split(" ")[:_SIGNATURES]
    if not any(is_one_of(each.encode(errors="replace"), expected) for each in given):
        raise WebhookRefusedError("the signature does not match")


def read_events(request: WebhookRequest, source: str, prefix: str) -> tuple[ReturnReport, ...]:
    """Read what a body reports; `<prefix>-id` is the same when it is sent again."""
    event_id = request.headers.get(f"{prefix}-id", "")
    found = enumerate(map(_read_event, payload.parse_events(request.body)))
    return tuple(
        payload.make_report(source, f"{event_id}/{place}" if place else event_id, returned)
        for place, returned in found
        if returned is not None
    )


def _read_event(event: dict[str, Any]) -> Returned | None:
    kind, data = _find_kind(event), payload.get(event, "data")
    if kind is None:
        return None
    headers = payload.items(data, "headers")
    said = payload.text(data, "bounce", "message") or payload.text(data, "reason")
    own = (payload.text(each) for each in payload.items(data, "bounce", "diagnosticCode"))
    to = (payload.text(each) for each in payload.items(data, "to"))
    return payload.make_returned(
        kind,
        to=payload.text(data, "email") or next(to, ""),
        at=payload.from_iso(payload.text(event, "timestamp") or payload.text(event, "created_at")),
        references=(
            payload.text(data, "reference"),
            payload.text(data, "message_id"),
            payload.header(headers, "X-Newsletter-Ref"),
            payload.header(headers, "Message-ID"),
        ),
        status=" ".join((payload.text(data, "status"), *own)),
        detail=said,
        is_classified=bool(payload.text(data, "bounce", "type")),
    )


def _find_kind(event: dict[str, Any]) -> ReturnKind | None:
    name = payload.text(event, "type")
    if name == "contact.updated" and payload.get(event, "data", "unsubscribed") is True:
        return ReturnKind.UNSUBSCRIBED
    kind = _EVENTS.get(name)
    if kind is ReturnKind.HARD and payload.text(event, "data", "bounce", "type").lower() not in _PERMANENT:
        return ReturnKind.SOFT
    return kind


def _verify(request: WebhookRequest, trust: Trust) -> None:
    check_signature(request, trust, "webhook")


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    return read_events(request, "standard", "webhook")


WEBHOOK = WebhookSpec(
    "standard",
    _verify,
    _read,
    options=StandardOptions,
    needs_modules=("standardwebhooks",),
    check_secret=check_secret,
)
