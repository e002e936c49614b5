"""Writes changes to the ledger from one thread and groups waiting ones into one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from types import TracebackType
from typing import Self, TypeVar

from pipeline.deliver.ledger import DeliveryChange, Ledger

LINGER_S = 0.002
"""How long the writer waits for more changes: a transaction costs the same for one as for ten."""

T = TypeVar("T")


class LedgerWriter:
    """The one writer. Changes are committed in the order in which they were given.

    After a failed write nothing more is written and every later `commit` raises the same error: a run that
    cannot record must not send.
    """

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._waiting: list[tuple[DeliveryChange, asyncio.Future[None] | None]] = []
        self._wake = asyncio.Event()
        self._closing = False
        self._broken: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._write())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing = True
        self._wake.set()
        if self._task is not None:
            await self._task
        self._thread.shutdown()
        if error is None and self._broken is not None:
            raise self._broken

    def put(self, change: DeliveryChange) -> None:
        """Queue a change; it is written no later than any change committed after it."""
        self._waiting.append((change, None))
        self._wake.set()

    async def commit(self, change: DeliveryChange) -> None:
        """Write a change and return when it is committed."""
        if self._broken is not None:
            raise self._broken
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, done))
        self._wake.set()
        await done

    async def call(self, ask: Callable[[], T]) -> T:
        """Run a call of the ledger on the writer's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, ask)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            if not self._closing:
                await asyncio.sleep(LINGER_S)
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._apply(batch)
            if self._closing and not self._waiting:
                return

    async def _apply(self, batch: list[tuple[DeliveryChange, asyncio.Future[None] | None]]) -> None:
        changes = [change for change, _ in batch]
        try:
            if self._broken is None:
                await self.call(lambda: self._ledger.apply(changes, self._clock()))
        except Exception as error:  # noqa: BLE001 - every waiting caller gets it
            self._broken = error
        for _, done in batch:
            if done is None or done.done():
                continue
            if self._broken is None:
                done.set_result(None)
            else:
                done.set_exception(self._broken)
