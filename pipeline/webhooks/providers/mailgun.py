"""Mailgun: one event in a request, signed with the signing key of the account.

The signature covers a timestamp and a token, not the event: the token is the id of the event here, so a
request whose event was exchanged is a repetition. Sources:
documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks, …/user-manual/events/events.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from pipeline.model.delivery import ReferenceHeader
from pipeline.model.options import Line, Options
from pipeline.model.returned import ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_age, is_one_of
from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest, WebhookSpec

_EVENTS = {
    "delivered": ReturnKind.DELIVERED,
    "complained": ReturnKind.COMPLAINED,
    "unsubscribed": ReturnKind.UNSUBSCRIBED,
    "rejected": ReturnKind.POLICY,
}
_REASONS = {
    "bounce": ReturnKind.HARD,
    "suppress-bounce": ReturnKind.HARD,
    "suppress-complaint": ReturnKind.COMPLAINED,
    "suppress-unsubscribe": ReturnKind.UNSUBSCRIBED,
    "espblock": ReturnKind.POLICY,
    # The retries are used up: no server has refused the address.
    "old": ReturnKind.SOFT,
}
"""Why a message failed for good; a reason that is not here proves nothing about the address."""


class MailgunOptions(Options):
    """Mailgun. The secret is the HTTP webhook signing key of the account, not an API key.

    The Webhooks page of the control panel shows it. Add the address there for Delivered Messages, Permanent
    Failure, Temporary Failure, Spam Complaints and Unsubscribes.
    """

    domains: tuple[Annotated[Line, AfterValidator(str.lower)], ...] = ()
    """Only reports of these sending domains; empty means any of the account that has the key."""
    max_age_s: Annotated[int, Field(ge=60, le=172_800)] = 600
    """How many seconds old the time of a signature may be."""


def _verify(request: WebhookRequest, trust: Trust) -> None:
    body = payload.parse_json(request.body)
    stamp, token, given = (
        payload.text(body, "signature", part) for part in ("timestamp", "token", "signature")
    )
    if not token:
        raise WebhookRefusedError("the token of the signature is missing")
    signed = f"{stamp}{token}".encode(errors="replace")
    expected = [hmac.digest(secret.encode(), signed, "sha256").hex().encode() for secret in trust.secrets]
    if not is_one_of(given.encode(errors="replace"), expected):
        raise WebhookRefusedError("the signature does not match")
    check_age(payload.from_stamp(stamp), trust, timedelta(seconds=trust.options.max_age_s))
    if trust.options.domains and _find_domain(payload.get(body, "event-data")) not in trust.options.domains:
        raise WebhookRefusedError("it is about another domain of the account")


def _find_domain(event: object) -> str:
    name = payload.text(event, "domain", "name")
    return (name or payload.text(event, "envelope", "sender").rpartition("@")[2]).lower()


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    event = payload.get(payload.parse_json(request.body), "event-data")
    kind = _find_kind(event)
    if kind is None:
        return ()
    status = payload.get(event, "delivery-status")
    returned = payload.make_returned(
        kind,
        to=payload.text(event, "recipient"),
        at=payload.from_epoch(payload.get(event, "timestamp")),
        references=(
            payload.text(event, "user-variables", payload.REFERENCE_KEY),
            payload.text(event, "message", "headers", "message-id"),
        ),
        status=payload.text(status, "enhanced-code"),
        detail=payload.text(status, "message") or payload.text(status, "description"),
    )
    return (payload.make_report("mailgun", _find_token(request), returned),)


def _find_token(request: WebhookRequest) -> str:
    return payload.text(payload.parse_json(request.body), "signature", "token")


def _find_kind(event: object) -> ReturnKind | None:
    name = payload.text(event, "event")
    if name != "failed":
        return _EVENTS.get(name)
    if payload.text(event, "severity") != "permanent":
        return ReturnKind.DELAYED
    return _REASONS.get(payload.text(event, "reason"), ReturnKind.SOFT)


WEBHOOK = WebhookSpec(
    "mailgun",
    _verify,
    _read,
    options=MailgunOptions,
    one_time_token=_find_token,
    # documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp: X-Mailgun-Variables.
    reference_header=ReferenceHeader("X-Mailgun-Variables", f'{{"{payload.REFERENCE_KEY}": "', '"}'),
)
