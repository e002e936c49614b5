"""The checks that several providers share; secrets are compared in constant time. Pure."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from pipeline.webhooks.webhook import Trust, WebhookRefusedError, WebhookRequest

LONGEST_SKEW = timedelta(minutes=5)
"""How far the clocks of two servers may differ; the tolerance of the Standard Webhooks library."""


def is_one_of(given: bytes, expected: Iterable[bytes]) -> bool:
    """Compare with every value in constant time, also after one was equal."""
    found = False
    for each in expected:
        found |= hmac.compare_digest(given, each)
    return found


def check_age(at: datetime | None, trust: Trust, most: timedelta) -> None:
    """Raise WebhookRefusedError unless an instant is there, at most `most` ago, and not in the future."""
    if at is None:
        raise WebhookRefusedError("it has no time")
    if at < trust.now - most:
        raise WebhookRefusedError("it is too old")
    if at > trust.now + LONGEST_SKEW:
        raise WebhookRefusedError("its time is in the future")


def check_authorization(request: WebhookRequest, trust: Trust) -> None:
    """Check the Authorization header: `user:password` for Basic (RFC 7617), any other secret for Bearer."""
    given = request.headers.get("authorization", "")
    scheme, _, value = given.partition(" ")
    expected = [_authorization(secret) for secret in trust.secrets]
    if not is_one_of(f"{scheme.lower()} {value.strip()}".encode(errors="replace"), expected):
        raise WebhookRefusedError("the Authorization header does not match a secret")


def _authorization(secret: str) -> bytes:
    if ":" in secret:
        return b"basic " + base64.b64encode(secret.encode())
    return b"bearer " + secret.encode()
