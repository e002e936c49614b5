"""Serves the confirm and unsubscribe links of mails, and what providers report to webhooks.

Only a POST changes anything, because link scanners follow every GET. No page says why a link is invalid.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pipeline.errors import PipelineError
from pipeline.web import guards
from pipeline.web.pages import WebPage, WebPages
from subscribers.errors import SuppressedAddress, TokenError, TransitionError
from subscribers.model import Event, Subscriber, SubscriberState
from subscribers.tokens import Keyring, Purpose, open_token, verify_token

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipeline.web.webhooks import Webhooks

_IN = frozenset({SubscriberState.ACTIVE, SubscriberState.PAUSED})
_CAN_LEAVE = _IN | {SubscriberState.PENDING}
_NOT_FOUND, _UNAVAILABLE = 404, 503


class _Rest(StringConvertor):
    """Everything to the end: what programs that find links in text take for a part of one may be a slash."""

    regex = r"[\s\S]*"


register_url_convertor("rest", _Rest())


class PeoplePort(Protocol):
    """What the pages need of the store of subscribers."""

    def check(self) -> None:
        """Raise what keeps the store from being read and written now."""

    def find(self, public_id: int) -> Subscriber | None:
        """Find a reader by the number in links."""

    def confirm(self, public_id: int, now: datetime, *, ip: str = "", wording: str = "") -> bool:
        """Confirm a pending reader; False if they had confirmed."""

    def unsubscribe(self, public_id: int, event: Event, now: datetime, *, source: str = "") -> bool:
        """Unsubscribe a reader; False if they had left."""


def create_app(
    people: PeoplePort,
    keyring: Keyring,
    *,
    now: Callable[[], datetime],
    newsletter_name: str,
    language: str,
    templates: Environment,
    webhooks: Webhooks | None = None,
) -> Starlette:
    """Build the public application; raises AuthorError when a template of a page is broken."""
    pages = WebPages(templates, newsletter_name=newsletter_name, language=language)
    links = _Links(people, keyring, now, pages)

    def refuse(_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else _NOT_FOUND
        extra = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        if status == _NOT_FOUND:
            return pages.show(WebPage.MISSING)
        return pages.show(WebPage.REFUSED, status=status, extra=extra)

    def wait(_request: Request, _error: Exception) -> Response:
        return pages.show(WebPage.BUSY, extra={"Retry-After": str(guards.RETRY_AFTER_S)})

    def apologise(_request: Request, _error: Exception) -> Response:
        return pages.show(WebPage.BROKEN)

    routes = [
        Route("/u/{token:rest}", links.unsubscribe, methods=["GET", "POST"]),
        Route("/c/{token:rest}", links.confirm, methods=["GET", "POST"]),
        Route("/healthz", links.health, methods=["GET"]),
    ]
    if webhooks is not None:
        routes.append(Route("/hooks/{name}", webhooks.receive, methods=["POST"]))
    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: refuse,
            TokenError: refuse,
            guards.Unavailable: wait,
            Exception: apologise,
        },
    )
    # A redirect would repeat the token in a header.
    app.router.redirect_slashes = False
    return app


def serve(app: Starlette, host: str, port: int, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve an application until the process is stopped; port 0 takes a free one.

    `ready` is called with the address, such as `http://127.0.0.1:8000`, as soon as it answers. Requests are
    not logged, because their addresses hold tokens. Raises PipelineError if the port cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as error:
        raise PipelineError(
            f"{host}:{port}: {(error.strerror or str(error)).lower()}; choose another host or port"
        ) from error
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    with listening:
        if ready is not None:
            named = f"[{host}]" if ":" in host else host
            ready(f"http://{named}:{listening.getsockname()[1]}")
        try:
            uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt:
            return  # how a server is stopped from a terminal


@dataclass(frozen=True, slots=True)
class _Links:
    """The two kinds of link, shown (GET) and used (POST)."""

    people: PeoplePort
    keyring: Keyring
    now: Callable[[], datetime]
    pages: WebPages

    async def unsubscribe(self, request: Request) -> Response:
        """Show the button, or unsubscribe the reader.

        A mail program's POST needs nothing but the address (RFC 8058, section 3.2), so an opt-out holds
        whatever its body says.
        """
        body = await guards.read_body(request) if request.method == "POST" else None
        return await run_in_threadpool(self._unsubscribe, _token(request), body)

    def _unsubscribe(self, token: str, body: bytes | None) -> Response:
        if guards.is_sample(token):
            return self.pages.show(WebPage.SAMPLE)
        reader, _ = self._open(Purpose.UNSUBSCRIBE, token)
        if body is None:
            return self.pages.show(WebPage.LEAVE if reader.state in _CAN_LEAVE else WebPage.LEFT)
        by_program = b"List-Unsubscribe" in body
        by_page = not by_program and ("from", "page") in parse_qsl(body.decode("latin-1"))
        event = Event.UNSUBSCRIBED_PAGE if by_page else Event.UNSUBSCRIBED_ONE_CLICK
        source = "" if by_page or by_program else "a POST without the words of RFC 8058"
        with guards.store_errors():
            self.people.unsubscribe(reader.public_id, event, self.now(), source=source)
        if by_program:
            return PlainTextResponse("You are unsubscribed.\n", headers=guards.plain_headers())
        return self.pages.show(WebPage.LEFT)

    def confirm(self, request: Request) -> Response:
        """Show the button or why there is none, or confirm the reader; a body is not read."""
        token = _token(request)
        if guards.is_sample(token):
            return self.pages.show(WebPage.SAMPLE)
        reader, in_time = self._open(Purpose.CONFIRM, token)
        page = _confirm_page(reader.state, in_time=in_time)
        if page is WebPage.CONFIRM and request.method == "POST":
            page = self._confirm(reader, ip=request.client.host if request.client else "")
        return self.pages.show(page)

    def health(self, _request: Request) -> Response:
        """Return `ok` when the store can be read and written, and one word for the cause when it cannot."""
        try:
            with guards.store_errors():
                self.people.check()
        except guards.Unavailable as error:
            answer = PlainTextResponse(f"{error.cause}\n", _UNAVAILABLE, headers=guards.plain_headers())
            answer.headers["Retry-After"] = str(guards.RETRY_AFTER_S)
            return answer
        return PlainTextResponse("ok", headers=guards.plain_headers())

    def _confirm(self, reader: Subscriber, *, ip: str) -> WebPage:
        try:
            with guards.store_errors():
                words = self.pages.words(WebPage.CONFIRM)
                self.people.confirm(reader.public_id, self.now(), ip=ip, wording=words)
        except (TransitionError, SuppressedAddress):
            return WebPage.CLOSED
        return WebPage.CONFIRMED

    def _open(self, purpose: Purpose, token: str) -> tuple[Subscriber, bool]:
        """Return the reader of a link, and whether it has not expired; TokenError if it is invalid."""
        unverified = open_token(purpose, token)
        with guards.store_errors():
            reader = self.people.find(unverified.public_id)
        if reader is None:
            raise TokenError("the link belongs to no reader")
        try:
            verify_token(self.keyring, unverified, reader.token_epoch, self.now())
        except TokenError as error:
            if not error.expired:
                raise
            return reader, False
        return reader, True


def _confirm_page(state: SubscriberState, *, in_time: bool) -> WebPage:
    if state in _IN:
        return WebPage.CONFIRMED
    if state is not SubscriberState.PENDING:
        return WebPage.CLOSED
    return WebPage.CONFIRM if in_time else WebPage.EXPIRED


def _token(request: Request) -> str:
    return guards.find_token(request.path_params["token"])
