"""The only HTTP client: fetches feeds and pages, guarded against private addresses, bounded in time and size.

Returns values; a bad feed never raises. Proxies, cookies and credentials of the environment are not used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from pipeline.feeds.host_limits import Hosts, Silent
from pipeline.feeds.http_types import (
    Answer,
    Failed,
    Fetched,
    NotModified,
    Reached,
    plain_validator,
    read_retry_after,
    refuse,
)
from pipeline.feeds.options import FetchOptions
from pipeline.feeds.url_policy import Refused, Target, check_address, check_redirect, check_url
from pipeline.http_client import open_connections

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.9, text/html;q=0.7, */*;q=0.1"
)
ACCEPT_PAGES = "text/html, application/xhtml+xml, */*;q=0.5"
REDIRECTS = 5
"""Enough for a move to https and one to a new host, with some to spare."""
RATIO_FROM_BYTES = 256 * 1024
"""Below this size any compression ratio is accepted: unpacking costs nothing."""

_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate", "br"})
_MOVED_FOR_GOOD = frozenset({301, 308})
_MOVED = frozenset({301, 302, 303, 307, 308})
_OK, _NOT_MODIFIED = 200, 304

_Read = TypeVar("_Read")

_Reader = Callable[[httpx2.Response, Target, str], Awaitable[_Read]]
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Sleep = Callable[[float], Awaitable[None]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Resolve a host to all its addresses, in the order of the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Fetcher:
    """Fetches URLs concurrently, but never two from one host; use it as a context manager.

    A host that did not answer one fetch is not tried for another while the manager is open. `trust` replaces
    the certificates that the system trusts.
    """

    def __init__(
        self,
        rules: FetchOptions,
        *,
        clock: Callable[[], datetime],
        resolve: Resolve = resolve,
        sleep: Sleep = asyncio.sleep,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.rules = rules
        self._clock = clock
        self._resolve = resolve
        self._sleep = sleep
        self._hosts = Hosts(rules.concurrency)
        # Connections are never kept: one that was checked for a name must not serve another.
        self._transport = open_connections(keep=0, trust=trust)

    async def __aenter__(self) -> Self:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)

    async def fetch(self, url: str, *, etag: str = "", last_modified: str = "") -> Answer:
        """Fetch a URL with the attempts that the options allow; the validators are those served before."""
        asked = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        validators = {name: value for name, value in asked.items() if value}
        asker = object()

        async def read(response: httpx2.Response, target: Target, moved_to: str) -> Answer:
            return await self._read(response, target, moved_to, is_conditional=bool(validators))

        try:
            return await self._persist(lambda: self._attempt(url, validators, read, asker))
        finally:
            self._hosts.settle(asker)

    async def _persist(self, attempt: Callable[[], Awaitable[Answer]]) -> Answer:
        """Repeat attempts as the options say, waiting longer each time, or as long as the server asks."""
        wait_s = self.rules.wait_s
        for _ in range(self.rules.attempts - 1):
            answer = await attempt()
            if not isinstance(answer, Failed) or not answer.can_retry:
                return answer
            if answer.retry_at is not None:
                wait_s = max(wait_s, (answer.retry_at - self._clock()).total_seconds())
            if wait_s > self.rules.longest_wait_s:
                return answer
            await self._sleep(wait_s)
            wait_s *= 2
        return await attempt()

    async def ask(self, url: str) -> Reached | Failed:
        """Request a URL once, to learn whether something is there; the body is not read."""

        async def look(response: httpx2.Response, _: Target, moved_to: str) -> Reached | Failed:
            status = response.status_code
            return Reached(status, moved_to) if response.is_success else refuse(status)

        return await self._attempt(url, {"Accept": ACCEPT_PAGES}, look, None)

    async def _attempt(
        self, url: str, headers: dict[str, str], read: _Reader[_Read], asker: object
    ) -> _Read | Failed:
        """Follow a URL through its redirects; every error becomes a value here."""
        try:
            return await self._follow(url, headers, read, asker)
        except Silent as error:
            return replace(error.failed, can_retry=False)
        except (Refused, OSError, ValueError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            return _explain(error, self.rules)

    async def _follow(
        self, url: str, headers: dict[str, str], read: _Reader[_Read], asker: object
    ) -> _Read | Failed:
        allowed = self.rules.allow_private_hosts
        target = check_url(url, allowed_hosts=allowed)
        left_s, moved_to, is_for_good = self.rules.total_s, "", True
        for _ in range(REDIRECTS + 1):
            async with self._turn(target, asker):
                loop = asyncio.get_running_loop()
                began = loop.time()
                async with asyncio.timeout(left_s), self._open(target, headers) as response:
                    if response.status_code not in _MOVED:
                        return await read(response, target, moved_to)
                    location, status = response.headers.get("location", ""), response.status_code
                left_s -= loop.time() - began
            target = check_redirect(target, location, allowed_hosts=allowed)
            is_for_good = is_for_good and status in _MOVED_FOR_GOOD
            moved_to = target.url if is_for_good else moved_to
        return Failed(f"it redirects more than {REDIRECTS} times")

    @asynccontextmanager
    async def _turn(self, target: Target, asker: object) -> AsyncIterator[None]:
        """Wait for a turn at a host, and record for an `asker` whether it answers."""
        async with self._hosts.turn(target, asker):
            try:
                yield
            except (OSError, httpx2.HTTPError) as error:
                failed = _explain(error, self.rules)
                if failed.is_silent and asker is not None:
                    self._hosts.doubt(target, asker, failed)
                raise
            self._hosts.trust(target)

    @asynccontextmanager
    async def _open(self, target: Target, headers: dict[str, str]) -> AsyncIterator[httpx2.Response]:
        """Send the request to an address that was checked, and to no other."""
        addresses = await self._resolve(target.host, target.port)
        if not addresses:
            raise Refused(f"{target.host} has no address")
        for address in addresses:
            check_address(target, address)
        response = await self._ask_first(target, addresses, headers)
        try:
            yield response
        finally:
            await response.aclose()

    async def _ask_first(
        self, target: Target, addresses: Sequence[str], headers: dict[str, str]
    ) -> httpx2.Response:
        """Send the request to the first address that accepts the connection."""
        for address in addresses[:-1]:
            try:
                return await self._transport.handle_async_request(self._request(target, address, headers))
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue
        return await self._transport.handle_async_request(self._request(target, addresses[-1], headers))

    def _request(self, target: Target, address: str, headers: dict[str, str]) -> httpx2.Request:
        """Build a request to an address that names the host in Host, SNI and certificate check."""
        rules = self.rules
        place = f"[{address}]" if ":" in address else address
        return httpx2.Request(
            "GET",
            f"{target.scheme}://{place}:{target.port}{target.path}",
            headers={
                "Host": target.host_header,
                "User-Agent": rules.user_agent,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, br",
                "Connection": "close",
                **headers,
            },
            extensions={
                "sni_hostname": target.host,
                "timeout": {
                    "connect": rules.connect_s,
                    "read": rules.read_s,
                    "write": rules.read_s,
                    "pool": rules.total_s,
                },
            },
        )

    async def _read(
        self, response: httpx2.Response, target: Target, moved_to: str, *, is_conditional: bool
    ) -> Answer:
        status = response.status_code
        if status == _NOT_MODIFIED and is_conditional:
            return NotModified()
        if status != _OK:
            return refuse(status, read_retry_after(response.headers.get("retry-after", ""), self._clock()))
        if response.headers.get("content-encoding", "").strip().lower() not in _ENCODINGS:
            return Failed("the answer has a compression that was not asked for")
        body = await self._read_body(response)
        if isinstance(body, Failed):
            return body
        return Fetched(
            status,
            body,
            target.url,
            content_type=response.headers.get("content-type", "")[:200],
            etag=plain_validator(response.headers.get("etag", "")),
            last_modified=plain_validator(response.headers.get("last-modified", "")),
            moved_to=moved_to,
        )

    async def _read_body(self, response: httpx2.Response) -> bytes | Failed:
        """Read in pieces, and stop as soon as the limits are exceeded."""
        most = self.rules.max_bytes
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            packed = max(response.num_bytes_downloaded, 1)
            if len(body) > RATIO_FROM_BYTES and len(body) > packed * self.rules.max_ratio:
                return Failed(f"the answer unpacks to more than {self.rules.max_ratio} times its size")
            if len(body) > most:
                return Failed(f"the answer is larger than {most:,} bytes")
        return bytes(body) if body.strip() else Failed("the answer is empty")


def _explain(error: Exception, rules: FetchOptions) -> Failed:
    """Describe an error in words; `TimeoutError` is an `OSError`, so order matters."""
    if isinstance(error, Refused):
        return Failed(str(error), is_refused=True)
    cause = (getattr(error, "strerror", "") or str(error) or type(error).__name__).lower()
    for kind, reason, can_retry, is_silent in (
        (TimeoutError, f"it took longer than {rules.total_s:g} seconds", True, True),
        (httpx2.ConnectTimeout, "the server took too long to connect", True, True),
        (httpx2.TimeoutException, "the server took too long to answer", True, True),
        (httpx2.DecodingError, "the compressed answer is broken", False, False),
        (httpx2.ConnectError, f"the connection failed: {cause}", True, True),
        (httpx2.HTTPError, f"the connection failed: {cause}", True, False),
        (OSError, f"the host's name cannot be resolved: {cause}", True, True),
    ):
        if isinstance(error, kind):
            is_unresolved = isinstance(error, socket.gaierror)
            return Failed(reason, can_retry=can_retry, is_silent=is_silent, is_unresolved=is_unresolved)
    return Failed(f"the server's answer cannot be understood: {cause}")
