"""Whose turn it is at each host, and which hosts do not answer, for as long as one collection lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pipeline.feeds.http_types import Failed
from pipeline.feeds.url_policy import Target


class Silent(Exception):
    """The host did not answer somebody else; asking once more would only wait as long as they did."""

    def __init__(self, failed: Failed) -> None:
        super().__init__(failed.reason)
        self.failed = failed


@dataclass(slots=True)
class _Doubt:
    """A host did not answer `asker`, who tries again; all others wait for what comes of it."""

    asker: object
    failed: Failed
    settled: asyncio.Event = field(default_factory=asyncio.Event)


class Hosts:
    """Lets so many ask at once, never two of them one host, and nobody a host that does not answer."""

    def __init__(self, at_once: int) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._locks: dict[str, asyncio.Lock] = {}
        self._doubts: dict[tuple[str, int], _Doubt] = {}

    @asynccontextmanager
    async def turn(self, target: Target, asker: object) -> AsyncIterator[None]:
        """Wait until the host is free, then for a place among all; so a slow host holds one place.

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
        """Note that a host did not answer; whoever else wants it waits until the asker has settled it."""
        self._doubts.setdefault(_place(target), _Doubt(asker, failed)).failed = failed

    def trust(self, target: Target) -> None:
        """Note that a host answers."""
        doubt = self._doubts.pop(_place(target), None)
        if doubt is not None:
            doubt.settled.set()

    def settle(self, asker: object) -> None:
        """Note that an asker will not try again: the hosts it still doubts are silent for all others."""
        for doubt in self._doubts.values():
            if doubt.asker is asker:
                doubt.settled.set()


def _place(target: Target) -> tuple[str, int]:
    """Tell one server of a host from another."""
    return target.host, target.port
