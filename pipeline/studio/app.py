"""Shows the next letter on this machine only; a reload shows what was edited. Writes nothing, ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipeline.check import Finding
from pipeline.content.model import Problem
from pipeline.errors import AuthorError, PipelineError
from pipeline.pick.reasons import Pick
from pipeline.render.jinja import fill
from pipeline.web import guards

if TYPE_CHECKING:
    from jinja2 import Environment

HOST = "127.0.0.1"
"""Where the preview listens: nobody else's machine may read a draft."""

_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_SWITCHES = {
    "show": {"html": "HTML", "text": "Text", "why": "Why", "checks": "Checks"},
    "width": {"desktop": "Desktop", "mobile": "Mobile"},
    "scheme": {"light": "Light", "dark": "Dark"},
}
_BROKEN = 422
# No script, no picture, no form: what came with a feed or slipped into a template does nothing here.
_LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True, slots=True)
class Preview:
    """A letter as one sample reader would get it, with everything an editor wants to know of it.

    `html` and `text` have their slots filled. `warnings` are about the content, `findings` about the letter.
    """

    week: str
    number: int
    sender: str
    subject: str
    preheader: str
    html: str
    text: str
    html_bytes: int
    findings: Sequence[Finding] = ()
    picks: Sequence[Pick] = ()
    warnings: Sequence[Problem] = ()
    was_locked: bool = False
    drifted: bool = False
    """Today's inputs would choose something else than the lock."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A link that changes one thing of the view and keeps the rest."""

    label: str
    href: str
    is_current: bool


def create_preview(load: Callable[[], Preview], *, templates: Environment) -> Starlette:
    """Make the preview application; `load` is called for every page and may raise PipelineError.

    An AuthorError is shown as a list of problems with their places. Answers to this machine's names only, so
    that no web page can read a draft through a name of its own (DNS rebinding). Serve it on `HOST`.
    """

    def shell(request: Request) -> Response:
        view = {name: _chosen(request.query_params.get(name), options) for name, options in _SWITCHES.items()}
        letter, problems, trouble = _load(load)
        values = {
            "letter": letter,
            "problems": problems,
            "trouble": trouble,
            "view": view,
            "switches": {name: _switches(name, view) for name in _SWITCHES},
        }
        html = fill(templates, "web/preview.html.j2", values)
        headers = guards.headers(html, frames="'self'", forms="'none'")
        return HTMLResponse(html, 200 if letter else _BROKEN, headers)

    def letter_html(_request: Request) -> Response:
        letter, problems, trouble = _load(load)
        if letter is None:
            return _sorry(problems, trouble)
        headers = {**guards.plain_headers(), "Content-Security-Policy": _LETTER_POLICY}
        return HTMLResponse(letter.html, headers=headers)

    def letter_text(_request: Request) -> Response:
        letter, problems, trouble = _load(load)
        if letter is None:
            return _sorry(problems, trouble)
        return PlainTextResponse(letter.text, headers=guards.plain_headers())

    return Starlette(
        routes=[
            Route("/", shell, methods=["GET"]),
            Route("/letter.html", letter_html, methods=["GET"]),
            Route("/letter.txt", letter_text, methods=["GET"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False)],
    )


def _load(load: Callable[[], Preview]) -> tuple[Preview | None, tuple[Problem, ...], str]:
    """Load the letter, or the problems that keep it from being one, or one sentence for the operator."""
    try:
        return load(), (), ""
    except AuthorError as error:
        return None, error.problems, ""
    except PipelineError as error:
        return None, (), str(error)


def _sorry(problems: Sequence[Problem], trouble: str) -> Response:
    lines = [str(problem) for problem in problems] or [trouble]
    return PlainTextResponse("\n".join(lines) + "\n", _BROKEN, guards.plain_headers())


def _chosen(wanted: str | None, options: dict[str, str]) -> str:
    return wanted if wanted in options else next(iter(options))


def _switches(name: str, view: dict[str, str]) -> tuple[Switch, ...]:
    # The view is in the address: a reload keeps it, and a link shows the same to somebody else.
    return tuple(
        Switch(label, "/?" + urlencode({**view, name: option}), option == view[name])
        for option, label in _SWITCHES[name].items()
    )
