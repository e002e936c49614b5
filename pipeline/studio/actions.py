"""What the editor does in the studio: wishes, words, a test copy, an approval. The only part that writes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pipeline.errors import PipelineError
from pipeline.studio.cache import BuildCache
from pipeline.studio.live_reload import LiveReload
from pipeline.studio.view import read_view
from pipeline.web.guards import read_body

SEE_OTHER = 303
_MOST_MESSAGES = 16  # one for each open tab, and some to go back to
_LARGEST_BODY_BYTES = 64 * 1024  # many times the longest intro; a form is small


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in words, and the id by which it can be undone; empty when it cannot."""

    words: str
    undo: str = ""


Action = Callable[[str, Mapping[str, str]], Done]
"""Changes a week as a form asks and returns what was done; raises PipelineError when it cannot."""


@dataclass(frozen=True, slots=True)
class Notice:
    """The message after an act; `typed` is a refused form, to fill the next one with."""

    kind: str
    words: str
    act: str = ""
    week: str = ""
    undo: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)


class Notices:
    """The messages of the last acts, for the page that comes after each."""

    def __init__(self) -> None:
        self._count = 0
        self._said: OrderedDict[str, Notice] = OrderedDict()

    def keep(self, message: Notice) -> str:
        """Keep a message and return the key to find it by."""
        self._count += 1
        key = str(self._count)
        self._said[key] = message
        while len(self._said) > _MOST_MESSAGES:
            self._said.popitem(last=False)
        return key

    def find(self, key: str) -> Notice | None:
        """Find a message; None when it is too long ago."""
        return self._said.get(key)


class Actions:
    """Carries out one act at a time and then shows the page again, whatever came of it."""

    def __init__(
        self, acts: Mapping[str, Action], cache: BuildCache, live_reload: LiveReload, messages: Notices
    ) -> None:
        self._acts = acts
        self._cache = cache
        self._live_reload = live_reload
        self._messages = messages
        self._one = threading.Lock()

    async def do(self, request: Request) -> Response:
        """Do what the form asks."""
        body = await read_body(request, _LARGEST_BODY_BYTES)
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        form = {name: values[-1] for name, values in fields.items()}
        message = await run_in_threadpool(self._do, request.path_params["act"], form)
        self._cache.change()
        self._live_reload.notify()
        shown = read_view(request.query_params)
        address = shown.href(at=shown.at)
        joint = "&" if "?" in address else "?"
        said = self._messages.keep(message)
        return RedirectResponse(f"{address}{joint}said={said}", SEE_OTHER)

    def _do(self, name: str, form: Mapping[str, str]) -> Notice:
        act, week = self._acts.get(name), form.get("week", "")
        if act is None:
            return Notice("error", f"the studio knows no act `{name}`")
        try:
            with self._one:
                done = act(week, form)
        except PipelineError as error:
            typed = form if name == "words" else {}
            return Notice("error", str(error), name, week, typed=typed)
        return Notice("done", done.words, name, week, done.undo)


def get(form: Mapping[str, str], name: str) -> str:
    """Get a field of a form; raises PipelineError when it is missing."""
    value = form.get(name, "").strip()
    if not value:
        raise PipelineError(f"the form has no {name}")
    return value
