"""Clients of our web applications in this process: one event loop answers them all.

Otherwise Starlette's test client makes a thread and a loop for every request, which costs as much as most
answers.
"""

from __future__ import annotations

import functools
import threading
from concurrent.futures import Future

import anyio
from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient


@functools.cache
def _portal() -> BlockingPortal:
    """Return the way to a loop that runs as long as this process."""
    ready: Future[BlockingPortal] = Future()

    async def run() -> None:
        async with BlockingPortal() as portal:
            ready.set_result(portal)
            await portal.sleep_until_stopped()

    threading.Thread(target=anyio.run, args=(run,), daemon=True).start()
    return ready.result()


def open_client(app, **options) -> TestClient:
    """Return a client of an application; the options are Starlette's."""
    client = TestClient(app, **options)
    client.portal = _portal()
    return client
