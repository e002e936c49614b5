"""Builds HTTP clients: the one place that does, for feeds and for transports.

Proxies, cookies and credentials of the environment are not used, and redirects are never followed by
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2

if TYPE_CHECKING:
    import ssl

ANSWER_BYTES = 1_000_000
"""An API answers a message in a few hundred bytes; whatever sends a thousand times that is something else."""


_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)


def open_connections(
    *, keep: int, trust: ssl.SSLContext | None = None, most: int | None = None
) -> httpx2.AsyncHTTPTransport:
    """Open a pool that keeps so many idle connections; `trust` replaces the system's certificates."""
    return httpx2.AsyncHTTPTransport(
        verify=True if trust is None else trust,
        trust_env=False,
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=keep),
    )


class NotSentError(Exception):
    """No connection: the server got nothing of the request."""


class AnswerLostError(Exception):
    """The request may have arrived; its answer did not."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """What an API answered, whatever the status."""

    status: int
    body: bytes


class ApiClient:
    """One connection to one HTTP API, for one worker; it is opened by the first request and then kept.

    Only https, or a server of this machine. Raises ValueError for any other `base_url`.
    """

    def __init__(self, base_url: str, *, headers: Mapping[str, str], timeout_s: float = 30.0) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_this_machine(parts.hostname)):
            raise ValueError(f"{base_url!r} must be an https address")
        self._client = httpx2.AsyncClient(
            transport=open_connections(keep=1, most=1),
            base_url=base_url,
            headers=dict(headers),
            timeout=timeout_s,
            follow_redirects=False,
            trust_env=False,
        )

    async def post(self, path: str, content: bytes, *, headers: Mapping[str, str]) -> ApiAnswer:
        """Post a body and return the answer.

        Raises:
            NotSentError: nothing was sent, which is certain.
            AnswerLostError: the connection broke, took too long or answered without end after that.
        """
        body = bytearray()
        try:
            async with self._client.stream("POST", path, content=content, headers=dict(headers)) as answer:
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > ANSWER_BYTES:
                        raise AnswerLostError(f"the answer is larger than {ANSWER_BYTES:,} bytes")
                return ApiAnswer(answer.status_code, bytes(body))
        except _NOT_SENT as error:
            raise NotSentError(_describe(error)) from error
        except (httpx2.HTTPError, OSError) as error:
            raise AnswerLostError(_describe(error)) from error

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


def _describe(error: Exception) -> str:
    return (str(error) or type(error).__name__).lower()


def _is_this_machine(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
