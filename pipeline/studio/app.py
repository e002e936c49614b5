"""The studio's application: pages that read, acts that write, live reload, and the guard before them all.

It is served on this machine only, until it is stopped.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.errors import PipelineError
from pipeline.render.jinja import environment
from pipeline.studio.actions import Actions, Notices
from pipeline.studio.cache import BuildCache
from pipeline.studio.live_reload import LiveReload
from pipeline.studio.origin_guard import OriginGuard
from pipeline.studio.pages import StudioPages
from pipeline.studio.workspace import NewsletterWorkspace

_log = logging.getLogger("weekly.studio")


@dataclass(frozen=True, slots=True)
class Studio:
    """The application, with the live reload that must be closed before its server can stop."""

    app: Starlette
    live_reload: LiveReload
    cache: BuildCache


def create_studio(
    workspace: NewsletterWorkspace,
    *,
    templates: Path,
    watching: Callable[[Callable[[], object]], Coroutine[Any, Any, None]] | None = None,
) -> Studio:
    """Build the studio of a workspace; `templates` is the folder of the shipped ones.

    `watching` gets what to call when files have changed, and runs as long as the application does. The
    pages are drawn from the shipped templates alone: a newsletter's own may be what is broken just now.
    """
    cache, live_reload, messages = BuildCache(), LiveReload(), Notices()
    pages = StudioPages(workspace, cache, environment([templates]), templates / "studio", messages.find)
    acts = Actions(workspace.acts(), cache, live_reload, messages)

    def changed() -> None:
        cache.change()
        live_reload.notify()

    async def keep_watching() -> None:
        try:
            if watching is not None:
                await watching(changed)
        except OSError as error:
            _log.error("saved files are no longer seen (%s): reload the page after you save", error)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(keep_watching())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def events(_request: Request) -> Response:
        return StreamingResponse(live_reload.listen(lambda: cache.state), media_type="text/event-stream")

    app = Starlette(
        routes=[
            Route("/", pages.page, methods=["GET"]),
            Route("/letter.html", pages.letter_html, methods=["GET"]),
            Route("/letter.eml", pages.letter_eml, methods=["GET"]),
            Route("/file", pages.file, methods=["GET"]),
            Route("/static/{name}", pages.asset, methods=["GET"]),
            Route("/events", events, methods=["GET"]),
            Route("/act/{act}", acts.do, methods=["POST"]),
        ],
        middleware=[Middleware(OriginGuard)],
        lifespan=lifespan,
    )
    return Studio(app, live_reload, cache)


HOST = "127.0.0.1"
"""No other machine may read a draft."""

NEXT_PORTS = 20
"""How many ports are tried after one that is taken."""

_HIGHEST = 65535


class StudioServer(uvicorn.Server):
    """A server that ends the open streams first: they would keep it from stopping."""

    def __init__(self, config: uvicorn.Config, live_reload: LiveReload) -> None:
        super().__init__(config)
        self._live_reload = live_reload

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, streams first."""
        self._live_reload.close()
        await super().shutdown(sockets)


def make_server(studio: Studio) -> StudioServer:
    """Build the server of a studio; it logs errors only."""
    config = uvicorn.Config(
        studio.app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    return StudioServer(config, studio.live_reload)


def listen(port: int, *, or_next: bool) -> socket.socket:
    """Listen on a port of this machine, or the next free one; raises PipelineError when none is free."""
    last = min(port + NEXT_PORTS, _HIGHEST) if or_next and port else port
    while True:
        try:
            return socket.create_server((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and port < last:
                port += 1
                continue
            cause = os.strerror(error.errno or 0).lower()
            raise PipelineError(
                f"{HOST}:{port}: {cause}; choose another with --port, or 0 for any"
            ) from error


def serve(studio: Studio, port: int, *, or_next: bool, ready: Callable[[str], None]) -> None:
    """Serve the studio; `ready` gets its address as soon as it answers."""
    with listen(port, or_next=or_next) as listening:
        ready(f"http://{HOST}:{listening.getsockname()[1]}")
        with suppress(KeyboardInterrupt):  # how a server is stopped from a terminal
            make_server(studio).run(sockets=[listening])
