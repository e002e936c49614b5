"""The studio's application: pages that read, acts that write, live reload, and the guard before them all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pipeline.render.jinja import environment
from pipeline.studio.actions import Action, Actions, Notices
from pipeline.studio.cache import BuildCache
from pipeline.studio.live_reload import LiveReload
from pipeline.studio.origin_guard import OriginGuard
from pipeline.studio.pages import StudioPages, Workspace

_log = logging.getLogger("weekly.studio")


class EditableWorkspace(Workspace, Protocol):
    """A workspace that can be changed, too."""

    def acts(self) -> Mapping[str, Action]:
        """List what may be done, by name."""


@dataclass(frozen=True, slots=True)
class Studio:
    """The application, with the live reload that must be closed before its server can stop."""

    app: Starlette
    live_reload: LiveReload
    cache: BuildCache


def create_studio(
    workspace: EditableWorkspace,
    *,
    templates: Path,
    watching: Callable[[Callable[[], object]], Coroutine[Any, Any, None]] | None = None,
) -> Studio:
    """Make the studio of a workspace; `templates` is the folder of the shipped ones.

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
