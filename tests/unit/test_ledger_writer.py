"""Changes of several workers go into few transactions, in their order, and a failed one stops everybody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from pipeline.deliver.ledger import DeliveryChange
from pipeline.deliver.ledger_writer import LedgerWriter
from pipeline.model.delivery import DeliveryState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


class Pages:
    """A ledger that keeps every transaction as the readers in it."""

    def __init__(self, *, fails_at=0):
        self.pages = []
        self._fails_at = fails_at

    def claim(self, *, after, limit, now):
        raise NotImplementedError

    def apply(self, changes, now):
        assert now == NOW
        if len(self.pages) + 1 == self._fails_at:
            raise OSError(28, "no space left")
        self.pages.append([change.subscriber_id for change in changes])
        self.last = list(changes)


def handed(reader):
    return DeliveryChange(reader, DeliveryState.CLAIMED, DeliveryState.HANDED)


def sent(reader):
    return DeliveryChange(reader, DeliveryState.HANDED, DeliveryState.SENT)


def write(pages, *workers):
    """Let workers, each a function of the writer, work side by side."""

    async def main():
        async with LedgerWriter(pages, lambda: NOW) as writer:

            async def work(worker):
                with writer.worker():
                    await worker(writer)

            return await asyncio.gather(*(work(worker) for worker in workers), return_exceptions=True)

    return asyncio.run(main())


def commits(reader):
    async def worker(writer):
        await writer.commit(handed(reader))

    return worker


def test_workers_that_wait_together_are_written_together_and_what_is_left_at_the_end():
    pages, everybody = Pages(), asyncio.Barrier(5)

    def together(reader):
        async def worker(writer):
            await everybody.wait()
            await writer.commit(handed(reader))
            writer.put(sent(reader))

        return worker

    write(pages, *(together(reader) for reader in range(5)))
    assert [sorted(page) for page in pages.pages] == [[0, 1, 2, 3, 4]] * 2


def test_one_worker_alone_waits_for_nobody():
    pages = Pages()

    async def worker(writer):
        for reader in range(3):
            await writer.commit(handed(reader))
            assert pages.pages[-1] == [reader]

    write(pages, worker)


def test_a_worker_that_is_busy_elsewhere_holds_nobody_back_for_long():
    pages, is_written = Pages(), asyncio.Event()

    async def busy(_writer):
        await is_written.wait()

    async def waiting(writer):
        await writer.commit(handed(1))
        is_written.set()

    write(pages, busy, waiting)
    assert pages.pages == [[1]]


def test_a_worker_that_leaves_is_waited_for_no_longer():
    pages = Pages()

    async def leaves(_writer):
        await asyncio.sleep(0)

    write(pages, leaves, commits(1))
    assert pages.pages[0] == [1]


def test_changes_keep_their_order():
    pages = Pages()

    async def worker(writer):
        writer.put(sent(1))
        writer.put(handed(2))
        await writer.commit(handed(3))

    write(pages, worker)
    assert pages.pages == [[1, 2, 3]]


def test_after_a_failed_write_nothing_is_written_and_everybody_gets_the_error():
    pages = Pages(fails_at=1)
    tried = []

    async def worker(writer):
        for _ in range(2):
            with pytest.raises(OSError, match="no space"):
                await writer.commit(handed(1))
            tried.append(1)

    with pytest.raises(OSError, match="no space"):
        write(pages, worker, worker)
    assert pages.pages == []
    assert len(tried) == 4


def test_a_change_whose_worker_is_cancelled_before_the_write_is_not_written():
    pages = Pages()

    async def main():
        async with LedgerWriter(pages, lambda: NOW) as writer:
            with writer.worker(), writer.worker():
                writer.put(sent(1))
                waiting = asyncio.create_task(writer.commit(handed(2)))
                await asyncio.sleep(0)
                waiting.cancel()
                await asyncio.gather(waiting, return_exceptions=True)
                assert waiting.cancelled()

    asyncio.run(main())
    assert pages.pages == [[1]]


@pytest.mark.parametrize("cancels_first", [False, True])
def test_a_change_that_is_written_while_its_worker_is_cancelled_is_queued_again(cancels_first):
    pages = Pages()

    async def main():
        async with LedgerWriter(pages, lambda: NOW) as writer:
            with writer.worker(), writer.worker():
                waiting = asyncio.create_task(writer.commit(handed(2)))
                await asyncio.sleep(0)
                steps = [writer.flush, waiting.cancel]
                for step in reversed(steps) if cancels_first else steps:
                    step()
                await asyncio.gather(waiting, return_exceptions=True)
                assert waiting.cancelled()

    asyncio.run(main())
    assert pages.pages == [[2], [2]]
    assert pages.last == [DeliveryChange(2, DeliveryState.HANDED, DeliveryState.QUEUED)]


def test_an_interrupt_while_writing_loses_no_answer_and_hands_nothing_over():
    class Interrupted(Pages):
        is_interrupted = False

        def apply(self, changes, now):
            if not self.is_interrupted:
                self.is_interrupted = True
                raise KeyboardInterrupt
            super().apply(changes, now)

    pages = Interrupted()

    async def main():
        async with LedgerWriter(pages, lambda: NOW) as writer:
            writer.put(sent(1))
            with pytest.raises(KeyboardInterrupt):
                await writer.commit(handed(2))

    asyncio.run(main())
    assert pages.pages == [[1]]
