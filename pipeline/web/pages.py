"""The public pages, rendered once when the server starts: they are the same for every reader."""

from __future__ import annotations

import re
from enum import StrEnum
from html import unescape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse

from pipeline.render.jinja import fill
from pipeline.web import guards
from subscribers.tokens import CONFIRM_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment


class WebPage(StrEnum):
    """The pages; each is a template of its name."""

    LEAVE = "leave"
    """Asks whether the reader wants to leave."""
    LEFT = "left"
    """The reader has left, now or before."""
    CONFIRM = "confirm"
    """Asks whether the sign-up was meant."""
    CONFIRMED = "confirmed"
    """The reader is confirmed, now or before."""
    EXPIRED = "expired"
    """The confirmation came too late."""
    CLOSED = "closed"
    """Confirming is no longer possible; does not say why."""
    SAMPLE = "sample"
    """The link of a preview or a test copy."""
    MISSING = "missing"
    """No such link, whatever the reason."""
    REFUSED = "refused"
    """A request that none of the pages makes."""
    BUSY = "busy"
    """The store is unavailable."""
    BROKEN = "broken"
    """A fault of the program."""


_STATUS = {
    WebPage.EXPIRED: 410,
    WebPage.MISSING: 404,
    WebPage.REFUSED: 400,
    WebPage.BUSY: 503,
    WebPage.BROKEN: 500,
}


class WebPages:
    """All pages as bytes. Raises AuthorError when a template is broken."""

    def __init__(self, templates: Environment, *, newsletter_name: str, language: str) -> None:
        values = {
            "newsletter_name": newsletter_name,
            "language": language,
            "confirm_days": CONFIRM_LIFETIME.days,
        }
        self._html = {page: fill(templates, f"web/{page}.html.j2", values) for page in WebPage}

    def words(self, page: WebPage) -> str:
        """Return what a page says, without its markup and the name above it."""
        main = self._html[page].partition("<main>")[2].partition("</main>")[0]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", main)).split())

    def show(
        self, page: WebPage, *, status: int | None = None, extra: Mapping[str, str] | None = None
    ) -> HTMLResponse:
        """Return a page; `extra` headers are added to those of the guards."""
        html = self._html[page]
        return HTMLResponse(html, status or _STATUS.get(page, 200), {**guards.headers(html), **(extra or {})})
