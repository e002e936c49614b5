"""Time that passes only when everybody waits, and then jumps to the earliest of what they wait for.

Timers of asyncio run in it, real sockets and threads do not.
"""

from __future__ import annotations

import asyncio
import selectors
from datetime import UTC, datetime

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class Time:
    """A clock in seconds since 1970, and an event loop that obeys it; `run` works once."""

    def __init__(self):
        self.now = START.timestamp()

    def clock(self):
        return datetime.fromtimestamp(self.now, UTC)

    def run(self, *works):
        """Run coroutines side by side; returns their results."""

        async def together():
            return await asyncio.gather(*works)

        with asyncio.Runner(loop_factory=lambda: _Loop(self)) as runner:
            return runner.run(together())


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, time):
        self._scripted = time
        super().__init__(_Selector(time))

    def time(self):
        return self._scripted.now


class _Selector(selectors.DefaultSelector):
    def __init__(self, time):
        super().__init__()
        self._scripted = time

    def select(self, timeout=None):
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "everybody waits, and nobody for the time"
            self._scripted.now += max(timeout, 1e-6)  # less is lost in a float of this size
        return ready
