"""Resend: the events of https://resend.com/docs/webhooks/emails, signed by Svix.

A Svix signature is that of Standard Webhooks under other header names
(https://docs.svix.com/receiving/verifying-payloads/how-manual); every endpoint has its own secret.
"""

from __future__ import annotations

from pipeline.model.options import Options
from pipeline.model.returned import ReturnReport
from pipeline.webhooks.providers.standard import check_secret, check_signature, read_events
from pipeline.webhooks.webhook import Trust, WebhookRequest, WebhookSpec


class ResendOptions(Options):
    """Resend. The secret is the signing secret of the endpoint, `whsec_…`.

    It is on the endpoint's page, under Webhooks in the dashboard. Tick email.bounced, email.complained,
    email.delivered, email.delivery_delayed, email.failed, email.suppressed and contact.updated.
    """


def _verify(request: WebhookRequest, trust: Trust) -> None:
    check_signature(request, trust, "svix")


def _read(request: WebhookRequest) -> tuple[ReturnReport, ...]:
    return read_events(request, "resend", "svix")


WEBHOOK = WebhookSpec(
    "resend",
    _verify,
    _read,
    options=ResendOptions,
    needs_modules=("standardwebhooks",),
    check_secret=check_secret,
)
