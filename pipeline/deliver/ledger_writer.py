"""Groups the changes of several workers into few transactions of the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

from pipeline.deliver.ledger import DeliveryChange, Ledger
from pipeline.model.delivery import DeliveryState

LINGER_S = 0.005
"""How long a group waits for another change: a transaction costs about as much for ten changes as for one.

It is waited only while other workers are busy, mostly with waiting for a server, which over a network takes
longer than this. A relay on this machine answers sooner, so that all ten connections wait together.
"""

LONGEST_LINGER_S = 0.05
"""On a slow disk a group waits as long as the last transaction took. No change waits longer than this, about
one answer of a relay that is far away."""


class LedgerWriter:
    """The one writer. Changes are committed in the order in which they were given.

    A group is written when every worker waits for it, or when its first change has waited long enough.
    It is written on the event loop: handing it to a thread and back costs more than most transactions, and
    there is little that workers could do meanwhile. After a failed write nothing more is written and every
    later `commit` raises the same error: a run that cannot record must not send.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._workers = 0
        self._linger_s = LINGER_S
        self._changes: list[DeliveryChange] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._began_at = 0.0
        self._waited_for = 0
        self._broken: BaseException | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.flush()
        if error is None:
            self._check()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Count a worker while it works: groups wait for its changes."""
        self._workers += 1
        try:
            yield
        finally:
            self._workers -= 1
            if self._waiting and len(self._waiting) >= self._workers:
                self.flush()

    def put(self, change: DeliveryChange) -> None:
        """Queue a change; it is written no later than any change committed after it."""
        self._changes.append(change)
        self._schedule()

    async def commit(self, change: DeliveryChange) -> None:
        """Write a change and return when it is committed.

        A caller that is cancelled or interrupted has not acted on the change: it is not written, or queued
        again from its new state if it already was.
        """
        self._check()
        self._changes.append(change)
        written = None
        try:
            if len(self._waiting) + 1 >= self._workers:
                self.flush()
            else:
                self._schedule()
                written = self._loop.create_future()
                self._waiting.append(written)
                await written
        except BaseException:
            if written in self._waiting:
                self._waiting.remove(written)
            self._take_back(change)
            raise
        self._check()

    def _take_back(self, change: DeliveryChange) -> None:
        if change in self._changes:
            self._changes.remove(change)
        elif self._broken is None:
            self.put(DeliveryChange(change.subscriber_id, change.to, DeliveryState.QUEUED))

    def _check(self) -> None:
        if self._broken is not None:
            raise self._broken

    def _schedule(self) -> None:
        if self._timer is None:
            self._began_at = self._loop.time()
            self._wait()

    def _wait(self) -> None:
        self._waited_for = len(self._changes)
        self._timer = self._loop.call_later(self._linger_s, self._linger)

    def _linger(self) -> None:
        """Write the group, unless it has grown meanwhile: then the rest is on its way, too."""
        is_late = self._loop.time() + self._linger_s > self._began_at + LONGEST_LINGER_S
        if len(self._changes) > self._waited_for and not is_late:
            self._wait()
        else:
            self.flush()

    def flush(self) -> None:
        """Write everything that waits, in one transaction; what an interrupt stops is written next time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._changes and self._broken is None:
            began_at = self._loop.time()
            try:
                self._ledger.apply(self._changes, self._clock())
            except Exception as error:  # noqa: BLE001 - every waiting worker gets it
                self._broken = error
            self._linger_s = min(max(LINGER_S, self._loop.time() - began_at), LONGEST_LINGER_S)
        self._changes = []
        waiting, self._waiting = self._waiting, []
        for written in waiting:
            if written.done():
                continue
            if self._broken is None:
                written.set_result(None)
            else:
                written.set_exception(self._broken)
