"""The pages of the studio, read only: one template draws them all from the view in the address."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from pipeline.issue.wishes import ONE_LINE_CHARS
from pipeline.render.jinja import fill
from pipeline.studio import sandbox, view, view_models
from pipeline.studio.actions import Notice
from pipeline.studio.cache import BuildCache, CachedValue
from pipeline.studio.error_page import ErrorPage, describe_error
from pipeline.studio.letter import LetterView, Name
from pipeline.studio.view import View, read_view
from pipeline.studio.workspace import NewsletterWorkspace

if TYPE_CHECKING:
    from jinja2 import Environment

BROKEN = 422
MISSING = 404

STATIC: Mapping[str, str] = {
    "studio.js": "text/javascript",
    "studio.css": "text/css",
    "icon.svg": "image/svg+xml",
}
LARGEST_DIFF = 400
"""Lines of a difference that are shown."""


@dataclass(frozen=True, slots=True)
class StudioPages:
    """The pages, drawn from what the cache has."""

    workspace: NewsletterWorkspace
    cache: BuildCache
    templates: Environment
    static: Path
    find_message: Callable[[str], Notice | None]

    async def page(self, request: Request) -> Response:
        """Show the studio."""
        shown, said = read_view(request.query_params), request.query_params.get("said", "")
        return HTMLResponse(await run_in_threadpool(self._draw, shown, said))

    async def letter_html(self, request: Request) -> Response:
        """Serve the letter for the frame, sandboxed: the last good one when it cannot be made now."""
        shown = read_view(request.query_params)
        headers = {"Content-Security-Policy": sandbox.policy(shown.images)}
        letter = (await run_in_threadpool(self._get, shown.week, shown.persona)).value
        if letter is None:
            return PlainTextResponse("There is no letter.\n", BROKEN, headers)
        html = sandbox.frame(letter.html, scheme=shown.scheme, images=shown.images)
        return HTMLResponse(html, headers=headers)

    async def letter_eml(self, request: Request) -> Response:
        """Serve the whole message, to be opened in a mail program."""
        shown = read_view(request.query_params)
        letter = (await run_in_threadpool(self._get, shown.week, shown.persona)).value
        eml = (await run_in_threadpool(self._get_message, shown)).value
        if letter is None or eml is None:
            return PlainTextResponse("There is no letter.\n", BROKEN)
        name = f'attachment; filename="{letter.week}.eml"'
        return Response(eml, headers={"Content-Disposition": name}, media_type="message/rfc822")

    async def file(self, request: Request) -> Response:
        """Show one of the files that letters are made of, at a line."""
        path, line = request.query_params.get("path", ""), request.query_params.get("line", "")
        text = await run_in_threadpool(self.workspace.file, path)
        if text is None:
            return PlainTextResponse("No letter is made of that file.\n", MISSING)
        at = int(line) if line.isdecimal() and len(line) < len("1000000") else 0
        values = {"path": path, "lines": text.split("\n"), "at": at}
        return HTMLResponse(fill(self.templates, "studio/file.html.j2", values))

    async def asset(self, request: Request) -> Response:
        """Serve the style, the script or the icon."""
        name = request.path_params["name"]
        if name not in STATIC:
            return PlainTextResponse("There is no such file.\n", MISSING)
        return Response((self.static / name).read_bytes(), media_type=STATIC[name])

    def _get(self, week: str, persona: str) -> CachedValue[LetterView]:
        return self.cache.get(("letter", week, persona), lambda: self.workspace.letter(week, persona))

    def _get_message(self, shown: View) -> CachedValue[bytes]:
        key = ("message", shown.week, shown.persona)
        return self.cache.get(key, lambda: self.workspace.message(shown.week, shown.persona))

    def _draw(self, shown: View, said: str) -> str:
        calendar = self.cache.get("calendar", self.workspace.calendar).value
        proofing = self.cache.get("proofing", self.workspace.proofing).value
        made = self._get(shown.week, shown.persona)
        letter = made.value
        calendar = calendar and calendar.including(letter.week if letter else shown.week)
        error_page = describe_error(made.error, self.workspace.file) if made.error else None
        addresses, editor, name = proofing or ((), "", "")
        before = calendar.find_before(letter.week) if calendar and letter and shown.beside else ""
        message = self.find_message(said)
        if message and letter and not _holds(message, letter):
            message = None
        values: dict[str, object] = {
            "view": shown,
            "letter": letter,
            "calendar": calendar,
            "error_page": error_page,
            "is_stale": made.is_stale,
            "state": self.cache.state,
            "name": name,
            "addresses": addresses,
            "message": message,
            "tabs": view.TABS,
            "widths": view.WIDTHS,
            "schemes": view.SCHEMES,
            "images": view.IMAGES,
            "open": _Opener(editor, self.workspace.place),
            "frames": self._frames(shown, made, before, error_page),
            "largest_diff": LARGEST_DIFF,
        }
        if letter is not None:
            values |= self._look_into(letter, shown, calendar.names if calendar else {})
        return fill(self.templates, "studio/studio.html.j2", values)

    def _look_into(self, letter: LetterView, shown: View, names: Mapping[str, Name]) -> dict[str, object]:
        """Work out what the page shows of a letter; what only one tab shows, for that tab alone."""
        found: dict[str, object] = {
            "size": view_models.measure(letter),
            "place_of": view_models.place_of,
            "file_of": view_models.file_of,
        }
        if shown.tab == "headers":
            eml = self._get_message(shown).value or b""
            found |= {
                "headers": view_models.read_headers(eml),
                "raw": view_models.raw_headers(eml),
                "eml_bytes": len(eml),
            }
        elif shown.tab == "links":
            found["links"] = view_models.list_links(letter.html)
        elif shown.tab == "why":
            found["most"] = ONE_LINE_CHARS
            found |= {
                "slots": view_models.explain_slots(letter, names),
                "wished": view_models.list_wishes(letter.wishes),
            }
        return found

    def _frames(
        self, shown: View, made: CachedValue[LetterView], before: str, error_page: ErrorPage | None
    ) -> tuple[dict[str, object], ...]:
        """List what is shown side by side: the letter, and before it the last issue if it is wanted."""
        frames = []
        if before:
            last = self._get(before, "named").value
            if last is not None:
                frames.append(_frame(shown, last, "last", "named"))
        if made.value is not None:
            frames.append(
                {**_frame(shown, made.value, "now", shown.persona), "is_stale": error_page is not None}
            )
        return tuple(frames)


def _holds(message: Notice, letter: LetterView) -> bool:
    """Return whether the message about a letter is still true of it as it is now."""
    is_approval = message.kind == "done" and message.act == "approve" and message.week == letter.week
    return not is_approval or letter.stage == "approved"


def _frame(shown: View, letter: LetterView, name: str, persona: str) -> dict[str, object]:
    # The digest makes a new address when, and only when, the letter has changed.
    digest = hashlib.sha256(letter.html.encode()).hexdigest()[:12]
    query = {"week": letter.week if name == "last" else shown.week, "persona": persona, "d": digest}
    look = {"scheme": shown.scheme, "images": shown.images}
    return {
        "name": name,
        "letter": letter,
        "src": f"/letter.html?{urlencode({**query, **look})}",
        "is_stale": False,
    }


@dataclass(frozen=True, slots=True)
class _Opener:
    """Builds addresses that open a file: in the editor when the settings know one, else in the studio."""

    editor: str
    place: Callable[[str], str]

    def __call__(self, path: str, line: int = 0) -> str:
        if self.editor:
            place = quote(self.place(path))
            return self.editor.replace("{path}", place.lstrip("/")).replace("{line}", str(line or 1))
        return f"/file?{urlencode({'path': path, **({'line': line} if line else {})})}"
