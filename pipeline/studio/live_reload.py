"""Watches the files and notifies every open page of changes, by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from watchfiles import Change, awatch

HEARTBEAT_S = 15.0
DEBOUNCE_MS = 50
STEP_MS = 10
"""A burst of saves ends when nothing came for a step, and is reported at the latest after the debounce."""

_FOLDERS = ("content", "templates")


class LiveReload:
    """Notifies every open page of changes; those that a page has not received yet become one."""

    def __init__(self, *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._heartbeat_s = heartbeat_s
        self._listeners: set[asyncio.Event] = set()
        self._closed = False

    def notify(self) -> None:
        """Notify every page that something has changed."""
        for listener in self._listeners:
            listener.set()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        self.notify()

    async def listen(self, state: Callable[[], int]) -> AsyncIterator[str]:
        """Yield the events of one page: the state now, each new one, and a heartbeat in between."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            yield f"retry: 500\nevent: state\ndata: {state()}\n\n"
            while not self._closed:
                try:
                    async with asyncio.timeout(self._heartbeat_s):
                        await changed.wait()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                changed.clear()
                if not self._closed:
                    yield f"event: state\ndata: {state()}\n\n"
        finally:
            self._listeners.discard(changed)


async def watch(folder: Path, config: Path, also: tuple[Path, ...], changed: Callable[[], object]) -> None:
    """Call `changed` after every burst of saves, until cancelled.

    Looks at content, templates and the settings, not at var, where a run writes all the time; `also` are
    further folders to look at. A folder that is made later is found.
    """
    shallow = {str(folder), str(config.parent)}
    is_again = False
    while True:
        deep = [path for path in (*(folder / name for name in _FOLDERS), *also) if path.is_dir()]
        inner = asyncio.create_task(_watch_below(deep, changed))
        try:
            if is_again:
                await asyncio.sleep(0)  # the inner watch begins; what came before it is reported now
                changed()
            is_again = True
            async for changes in awatch(
                *shallow,
                watch_filter=lambda _, path: Path(path).name in (*_FOLDERS, config.name, ".secrets"),
                debounce=DEBOUNCE_MS,
                step=STEP_MS,
                recursive=False,
            ):
                changed()
                if any(kind is not Change.modified and Path(path).name in _FOLDERS for kind, path in changes):
                    break
        finally:
            inner.cancel()
            with suppress(asyncio.CancelledError):
                await inner


async def _watch_below(folders: list[Path], changed: Callable[[], object]) -> None:
    if not folders:
        return
    async for _ in awatch(*folders, watch_filter=_is_ours, debounce=DEBOUNCE_MS, step=STEP_MS):
        changed()


def _is_ours(_kind: Change, path: str) -> bool:
    """Leave out what editors and this program write next to a file for a moment."""
    name = Path(path).name
    return not (name.startswith(".") or name.endswith(("~", ".tmp", ".swp", ".swx")) or name == "4913")
