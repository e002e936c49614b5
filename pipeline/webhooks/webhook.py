"""The port through which providers report: what a webhook of one provider is made of. Pure.

A webhook is an entry of `webhooks/registry.py`, or of an installed package: docs/develop/add-a-webhook.md
has the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.model.delivery import ReferenceHeader
from pipeline.model.frozen import dataclass

if TYPE_CHECKING:
    from pipeline.model.options import Options
    from pipeline.model.returned import ReturnReport

JSON = frozenset({"application/json"})


class WebhookRefusedError(Exception):
    """A request that is not accepted. The message is for the log: a fixed reason, no value of the request."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One request as it came. The names of `headers` are lower-case."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a request is verified with.

    `options` is the webhook's table, `secrets` every secret in force (the old and the new one while they are
    changed), `certificate` what `certificate_url` served.
    """

    options: Any
    secrets: tuple[str, ...] = field(repr=False)
    now: datetime
    certificate: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """One provider, by the name that `[webhooks] enabled` and the address `/hooks/NAME` have for it.

    `verify` raises WebhookRefusedError unless the request is signed, recent and meant for this newsletter;
    nothing of a request may be believed before. `read` returns what a verified request reports, in any order,
    and leaves out events it does not know; it raises WebhookRefusedError if the body is not of the provider's
    form. Both must be total: whatever bytes come, no other exception.
    """

    name: str
    verify: Callable[[WebhookRequest, Trust], None]
    read: Callable[[WebhookRequest], tuple[ReturnReport, ...]]
    options: type[Options] | None = None
    needs_secret: bool = True
    needs_modules: tuple[str, ...] = ()
    """Modules of the extra `webhooks` that it imports."""
    check_secret: Callable[[str], None] | None = None
    """Raises ValueError for a secret that cannot be one; called when the server starts."""
    content_types: frozenset[str] = JSON
    retry_status: int = 503
    """The HTTP status that makes the provider send a request again later."""
    reference_header: ReferenceHeader | None = None
    """The header that brings our reference back, where the provider replaces the Message-ID."""
    certificate_url: Callable[[WebhookRequest, Trust], str] | None = None
    """Returns where the signing certificate is to be fetched; raises WebhookRefusedError for any address that
    is not the provider's. Called before `verify`."""
    one_time_token: Callable[[WebhookRequest], str] | None = None
    """Returns what may be used once only, where the signature does not cover the events."""
    confirm_url: Callable[[WebhookRequest, Trust], str] | None = None
    """Returns the address that a verified request asks to be confirmed at, or an empty text."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook that is served, with what secures it."""

    spec: WebhookSpec
    options: Any
    secrets: tuple[str, ...] = field(repr=False)

    def trust(self, now: datetime, certificate: bytes = b"") -> Trust:
        """Return what its requests are verified with."""
        return Trust(self.options, self.secrets, now, certificate)
