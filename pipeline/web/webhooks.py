"""Takes what providers report: verified first, written down in one transaction, then answered.

Every request that is not accepted gets the same answer; the log gets the reason and nothing of the request.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pipeline.model.returned import ReturnOutcome, ReturnReport, ReturnResult
from pipeline.web import guards
from pipeline.webhooks.webhook import Webhook, WebhookRefusedError, WebhookRequest

BODY_LIMIT_BYTES = 1024 * 1024
"""SendGrid posts up to 768 KB, Amazon SNS up to 256 KB; the others less."""
CERTIFICATES = 16
"""More than Amazon signs with at one time; further ones are fetched each time."""
FETCHES = 20
FETCH_SPAN = timedelta(hours=1)
"""Anyone can ask for a certificate to be fetched, so there are at most so many fetches in this time: all that
are kept, and a few more for certificates that were changed."""

_NOT_FOUND, _REFUSED = 404, 401
_log = logging.getLogger("weekly.web")


class FetchError(Exception):
    """An address could not be fetched; the message is the reason, without the address."""


class ReturnsPort(Protocol):
    """What webhooks need of the store of returned mail."""

    def take(
        self, reports: Sequence[ReturnReport], now: datetime, *, token: str = ""
    ) -> Sequence[Sequence[ReturnResult]]:
        """Write reports down and act on them, all or none; nothing at all when `token` was used before."""


class FetchPort(Protocol):
    """A guarded HTTP client: public addresses only, bounded in time and size."""

    def __call__(self, url: str) -> Awaitable[bytes]:
        """Return what an address serves, without following it elsewhere; raises FetchError."""


class Webhooks:
    """The webhooks of a newsletter behind one address, `/hooks/NAME`."""

    def __init__(
        self,
        enabled: Mapping[str, Webhook],
        returns: ReturnsPort,
        *,
        now: Callable[[], datetime],
        fetch: FetchPort,
    ) -> None:
        self._enabled = enabled
        self._returns = returns
        self._now = now
        self._fetch = fetch
        self._certificates: dict[str, bytes] = {}
        self._fetched_at: deque[datetime] = deque(maxlen=FETCHES)

    async def receive(self, request: Request) -> Response:
        """Answer 200 when a request's reports are committed, 401 to what is not accepted.

        While the store or a certificate is unavailable the answer makes the provider come again.
        """
        name = request.path_params["name"]
        webhook = self._enabled.get(name)
        if webhook is None:
            raise HTTPException(_NOT_FOUND)
        try:
            await self._take(webhook, request)
        except WebhookRefusedError as error:
            _log.warning("webhook %s: a request was refused: %s", name, error)
            return _answer("refused", _REFUSED)
        except guards.Unavailable:
            answer = _answer("try again later", webhook.spec.retry_status)
            answer.headers["Retry-After"] = str(guards.RETRY_AFTER_S)
            return answer
        return _answer("ok", 200)

    async def _take(self, webhook: Webhook, http: Request) -> None:
        spec = webhook.spec
        kind = http.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in spec.content_types:
            raise WebhookRefusedError("the content type is not the provider's")
        body = await guards.read_body(http, BODY_LIMIT_BYTES)
        request = WebhookRequest(dict(http.headers), body)
        trust = webhook.trust(self._now())
        if spec.certificate_url is not None:
            url = spec.certificate_url(request, trust)
            trust = webhook.trust(trust.now, await self._get_certificate(url))
        spec.verify(request, trust)
        if spec.confirm_url is not None and (url := spec.confirm_url(request, trust)):
            await self._get(url)
            _log.warning("webhook %s: the subscription is confirmed", spec.name)
        reports = spec.read(request)
        token = f"{spec.name}/{spec.one_time_token(request)}" if spec.one_time_token else ""
        # A token is used up by an event that reports nothing, too: it must not carry another one.
        if reports or token:
            await run_in_threadpool(self._record, spec.name, reports, trust.now, token)

    def _record(self, name: str, reports: Sequence[ReturnReport], now: datetime, token: str) -> None:
        try:
            with guards.store_errors():
                taken = self._returns.take(reports, now, token=token)
        except ValueError:
            # Sent again it would fail again, so it is answered as taken and costs no other event.
            if len(reports) > 1:
                for each in reports:
                    self._record(name, [each], now, token)
            else:
                _log.warning("webhook %s: an event holds a value that cannot be stored; it is ignored", name)
            return
        unmatched = Counter(
            result.kind.word
            for results in taken
            for result in results
            if result.outcome is ReturnOutcome.UNMATCHED
        )
        if unmatched:
            words = ", ".join(f"{count:,} {kind}" for kind, count in sorted(unmatched.items()))
            _log.warning("webhook %s: accepted, but about no letter to a reader here: %s", name, words)

    async def _get_certificate(self, url: str) -> bytes:
        kept = self._certificates.get(url)
        if kept is not None:
            return kept
        now = self._now()
        if len(self._fetched_at) == FETCHES and self._fetched_at[0] > now - FETCH_SPAN:
            raise guards.Unavailable
        self._fetched_at.append(now)
        certificate = await self._get(url)
        if len(self._certificates) < CERTIFICATES:
            self._certificates[url] = certificate
        return certificate

    async def _get(self, url: str) -> bytes:
        try:
            return await self._fetch(url)
        except FetchError as error:
            _log.warning("an address of the provider cannot be fetched: %s", error)
            raise guards.Unavailable from error


def _answer(text: str, status: int) -> Response:
    return PlainTextResponse(f"{text}\n", status, headers=guards.plain_headers())
