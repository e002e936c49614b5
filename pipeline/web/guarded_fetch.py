"""Fetches what a verified provider names: with the guards of feeds, once, from public hosts only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Failed, Fetched
from pipeline.feeds.options import FetchOptions
from pipeline.web.webhooks import FetchError

MAX_BYTES = 64 * 1024
"""A certificate has about 2 KB, the answer to a confirmation less."""


class GuardedFetch:
    """Fetches one address, once; private hosts that the settings allow feeds are not allowed here."""

    def __init__(
        self, options: FetchOptions, *, clock: Callable[[], datetime], private_hosts: tuple[str, ...] = ()
    ) -> None:
        narrowed = {"attempts": 1, "max_bytes": MAX_BYTES, "allow_private_hosts": private_hosts}
        self._options = options.model_copy(update=narrowed)
        self._clock = clock

    async def __call__(self, url: str) -> bytes:
        """Return what the address serves; raises FetchError."""
        async with Fetcher(self._options, clock=self._clock) as fetcher:
            answer = await fetcher.fetch(url)
        if isinstance(answer, Fetched) and answer.final_url == url:
            return answer.body
        raise FetchError(answer.reason if isinstance(answer, Failed) else "it leads elsewhere")
