"""Limit requests per host, and remember which hosts do not answer, for the length of one update."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pipeline.feeds.http_types import Failed
from pipeline.feeds.url_policy import Target


class Silent(Exception):
    """The host did not answer another request; a further one would only wait as long."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


@dataclass(slots=True)
class _Doubt:
    """A host did not answer `asker`, which tries again; all others wait for the result."""

    asker: object
    failed: Failed
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Hosts:
    """Limits concurrent requests: in total, to one per host, and to none for a host that does not answer."""

    def __init__(self, at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._locks: dict[str, asyncio.Lock] = {}
        self._doubts: dict[tuple[str, int], _Doubt] = {}

    @asynccontextmanager
    async def turn(self, target: Target, asker: object) -> AsyncIterator[None]:
        """Wait until the host is free, then for one of all places, so that a slow host holds one place.

        Raises Silent when the host did not answer another asker, in any of its attempts.
        """
        while True:
            async with self._locks.setdefault(target.host, asyncio.Lock()):
                doubt = self._doubts.get(_place(target))
                if doubt is None or doubt.asker is asker:
                    async with self._all:
                        yield
                    return
            await doubt.settled.wait()
            if self._doubts.get(_place(target)) is doubt:
                raise Silent(doubt.failed)

    def doubt(self, target: Target, asker: object, failed: Failed) -> None:
        """Record that a host did not answer; all others wait until the asker has settled it."""
        self._doubts.setdefault(_place(target), _Doubt(asker, failed)).failed = failed

    def trust(self, target: Target) -> None:
        """Record that a host answers."""
        doubt = self._doubts.pop(_place(target), None)
        if doubt is not None:
            doubt.settled.set()

    def settle(self, asker: object) -> None:
        """Record that an asker will not try again: hosts that did not answer it are silent for all others."""
        for doubt in self._doubts.values():
            if doubt.asker is asker:
                doubt.settled.set()


def _place(target: Target) -> tuple[str, int]:
    """Return what identifies one server of a host."""
    return target.host, target.port
