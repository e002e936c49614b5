"""Refuses requests to the studio that pages of other origins make."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": a form would then send no origin that could be checked.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class OriginGuard:
    """Answers this machine's own names only, and changes things for the studio's own pages only.

    A web page elsewhere can make a browser ask here: by a name of its own that leads to this machine (DNS
    rebinding), with a form, a script or a picture. Each of them is refused before anything is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**_HEADERS, "Content-Security-Policy": PAGE_POLICY}.items():
                    headers.setdefault(name, value)
            await send(message)

        status, words = check_origin(scope["method"], Headers(scope=scope))
        if status:
            await PlainTextResponse(f"{words}\n", status)(scope, receive, send_headers)
        else:
            await self._app(scope, receive, send_headers)


def check_origin(method: str, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status and words of a refusal; 0 for a request that is allowed."""
    host = headers.get("host", "")
    if _name_of(f"http://{host}") not in HOSTS:
        return 400, "the studio answers to this machine's own names only"
    site = headers.get("sec-fetch-site", "same-origin")
    is_visit = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if method in ("GET", "HEAD"):
        if site not in ("same-origin", "none") and not is_visit:
            return 403, "another page asked for this"
    elif site != "same-origin" or headers.get("origin", "") != f"http://{host}":
        return 403, "only the studio's own page may change anything"
    return 0, ""


def _name_of(address: str) -> str:
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises for an invalid port
    except ValueError:
        return ""
    is_plain = parts.netloc == address.removeprefix("http://") and "@" not in parts.netloc
    return (parts.hostname or "") if is_plain else ""
