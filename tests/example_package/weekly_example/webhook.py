"""A relay of our own that reports bounces with a bearer token."""

from __future__ import annotations

from pipeline.model.returned import ReturnKind, ReturnReport
from pipeline.webhooks import payload
from pipeline.webhooks.signatures import check_authorization
from pipeline.webhooks.webhook import Trust, WebhookRequest, WebhookSpec


def _verify(request: WebhookRequest, trust: Trust) -> None:
    check_authorization(request, trust)


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    return tuple(
        payload.make_report(
            "relay",
            payload.text(event, "id"),
            payload.make_returned(ReturnKind.HARD, to=payload.text(event, "address"), at=None),
        )
        for event in payload.parse_events(request.body)
    )


RELAY = WebhookSpec("relay", _verify, _read)
