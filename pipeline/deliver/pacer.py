"""Lets one letter after the other go when its time has come, and slows down when the relay asks for it.

Waits only until `until`; what would have to wait longer is left for the next run. Never touches a reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from pipeline.deliver.meter import Meter
from pipeline.deliver.pace import DAY_S, Ask, Limits, PaceBook, reserve, take_time
from pipeline.deliver.transport import TransportError
from pipeline.model.delivery import RateLimit

NOTICE_S = 2.0
"""A shorter wait is not worth a message: limits per second make such waits all the time."""
CONNECTION_S = 600.0
"""After so long without a refusal one more connection is tried: as long as a lowered rate is remembered."""

T = TypeVar("T")


class PaceLedger(Protocol):
    """Keeps the book that all processes share; every call is one transaction."""

    def read(self) -> PaceBook:
        """Return the book."""
        ...

    def change(self, change: Callable[[PaceBook], tuple[PaceBook, T]]) -> T:
        """Replace the book by what `change` makes of it, and return what else it returns."""
        ...


class PrivatePaceLedger:
    """A book of this process alone."""

    def __init__(self) -> None:
        self._book = PaceBook()

    def read(self) -> PaceBook:
        """Return the book."""
        return self._book

    def change(self, change: Callable[[PaceBook], tuple[PaceBook, T]]) -> T:
        """Replace the book."""
        self._book, more = change(self._book)
        return more


@dataclass(frozen=True, slots=True)
class RateWait:
    """Why nothing more may leave in this run, and when it goes on; `asked` when the relay asked for it."""

    until: datetime
    why: str
    asked: bool

    def __str__(self) -> str:
        """Return it in words."""
        return f"waiting for the rate limit until {self.until:%Y-%m-%d %H:%M:%S} UTC ({self.why})"

    @property
    def reason(self) -> str:
        """Return it without the time, for what is read later."""
        return f"the rate limit is reached ({self.why})"


def find_wait(book: PaceBook, limits: Limits, now: datetime) -> RateWait | None:
    """Return why no letter may leave now by what the book has; None while one may."""
    at = now.timestamp()
    if at < book.pause_until < at + 2 * DAY_S:
        return RateWait(datetime.fromtimestamp(book.pause_until, UTC), book.pause_why, asked=True)
    _, grant = reserve(book, limits, Ask(1), at)
    if grant.letters or not limits.is_counted:
        return None
    return RateWait(datetime.fromtimestamp(grant.opens_at, UTC), grant.why, asked=False)


def end_pause(book: PaceBook) -> tuple[PaceBook, None]:
    """Forget what a relay asked for: its pause, the slower rate, fewer connections."""
    forgotten = {"pause_until": 0.0, "pause_why": "", "lowered": None, "connections": 0}
    return book.model_copy(update=forgotten), None


class Pacer:
    """The pace of one process. `wait` sleeps so many seconds, or less when the run is asked to stop."""

    def __init__(
        self,
        ledger: PaceLedger,
        limits: Limits,
        *,
        owner: str,
        clock: Callable[[], datetime],
        until: datetime,
        chunk: int = 1,
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        notice: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._ledger, self._owner, self._chunk = ledger, owner, chunk
        self._clock, self._until = clock, until.timestamp()
        self._wait, self._notice = wait, notice
        now = clock().timestamp()
        book = ledger.read()
        self._meter = Meter(limits, book, now)
        self._is_asked = False
        self.connections = book.connections + int((now - book.connections_at) // CONNECTION_S)
        if not book.connections:
            self.connections = 0
        self.turn = asyncio.Lock()
        """Held by the one caller that waits, so that letters leave in the order in which they came."""
        self.blocked: RateWait | None = None
        """Why the run ends; None while letters may leave."""
        self._coming = RateWait(clock(), "", asked=False)
        self._sleep: asyncio.Timeout | None = None
        self._told_until = now

    @property
    def is_limited(self) -> bool:
        """Whether letters must be admitted."""
        return self._meter.is_limited

    @property
    def ahead(self) -> int:
        """How many letters may be claimed at once: what can leave within about a second."""
        meter = self._meter
        rate = meter.rate(self._now())
        most = max(1, int(rate)) if rate else self._chunk
        return min(most, max(1, meter.unused)) if meter.limits.is_counted else most

    @property
    def wait_s(self) -> float:
        """How long the next letter has to wait, as the last `take` found."""
        return max(0.0, self._coming.until.timestamp() - self._now())

    async def admit(self, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Wait until a letter may leave; False when the run is over or the wait would be too long."""
        async with self.turn:
            while not is_over():
                if self.take():
                    return True
                if not await self.wait():
                    return False
            return False

    def take(self) -> bool:
        """Let one letter leave if its time has come."""
        now, meter = self._now(), self._meter
        at = meter.next_at(now)
        is_slowed = meter.pause_until or meter.lowered
        why = meter.pause_why if is_slowed else f"per_second = {meter.limits.per_second}"
        if at <= now and meter.needs_time(now):
            self._take_time(now)
            at = meter.next_at(now)
        if at <= now and meter.needs_letters(now) and not self._reserve(now):
            at, why = meter.grant.opens_at, meter.grant.why
        if at <= now:
            meter.take(now)
            return True
        self._coming = RateWait(datetime.fromtimestamp(at, UTC), why, self._is_asked)
        return False

    async def wait(self) -> bool:
        """Wait as long as the last `take` found; False, and `blocked` has it, when that is too long."""
        coming, at = self._coming, self._coming.until.timestamp()
        if at > self._until:
            self.blocked = coming
            return False
        if self.wait_s > NOTICE_S and at > self._told_until:
            self._notice(str(coming))
            self._told_until = at
        self._sleep = asyncio.timeout(None)
        try:
            async with self._sleep:
                await self._wait(self.wait_s)
        except TimeoutError:
            return True  # woken
        finally:
            self._sleep = None
        return True

    def wake(self) -> None:
        """End the wait that is going on, if any: the run is over."""
        if self._sleep is not None:
            self._sleep.reschedule(0)
            self._sleep = None

    def accepted(self) -> None:
        """Note that the relay took a letter."""
        self._meter.went_through()

    def refused(self, error: TransportError, *, sent: int, sessions: int, messages: int = 0) -> bool:
        """Slow down after a refusal about the rate; True if the connection that got it should not be renewed.

        `sent` is how many letters the relay took in this run, `sessions` how many other connections are open,
        `messages` how many letters this connection carried.
        """
        now = self._now()
        if error.limit is RateLimit.SESSION and messages:
            return False  # another connection has the whole limit again
        if error.limit is RateLimit.CONNECTIONS and sessions:
            self.connections = sessions
            self._ledger.change(
                lambda book: (
                    book.model_copy(update={"connections": sessions, "connections_at": now}),
                    None,
                )
            )
            return True
        self._is_asked = True
        if self._meter.slow_down(error.limit, str(error), sent=sent, now=now):
            changed = {
                "lowered": self._meter.lowered,
                "pause_until": self._meter.pause_until,
                "pause_why": self._meter.pause_why,
            }
            self._ledger.change(lambda book: (book.model_copy(update=changed), None))
        return False

    def close(self) -> None:
        """Return what was taken from the book and not used."""
        meter, now = self._meter, self._now()
        if not meter.unused and meter.range[1] <= now:
            return

        def give_back(book: PaceBook) -> tuple[PaceBook, None]:
            changed, _ = reserve(book, meter.limits, Ask(0, max(0, meter.unused), meter.grant.at), now)
            if changed.owner == self._owner and changed.free_at > now:
                changed = changed.model_copy(update={"free_at": now})
            return changed, None

        self._ledger.change(give_back)

    def _take_time(self, now: float) -> None:
        limit = self._meter.limits.per_second
        self._meter.range = self._ledger.change(lambda book: take_time(book, limit, self._owner, now))

    def _reserve(self, now: float) -> bool:
        """Ask the book for letters, and give back what lapsed; False when a limit is reached."""
        meter = self._meter
        ask = Ask(self._chunk, max(0, meter.unused), meter.grant.at)
        meter.accept(self._ledger.change(lambda book: reserve(book, meter.limits, ask, now)))
        return meter.grant.letters > 0

    def _now(self) -> float:
        return self._clock().timestamp()
