"""When the next letter may leave: limits for any second, minute, hour and day, and what a relay asks for.

Pure: instants are seconds since 1970, passed in. Processes share a `PaceBook`; `reserve` decides what one of
them may take from it, and its `Meter` spends that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from pipeline.model.delivery import RateLimit

DAY_S = 86400.0
_WINDOWS = {"minute": (60.0, 20), "hour": (3600.0, 60), "day": (DAY_S, 96)}
"""The length of each window in seconds, and how many slots it is counted in.

Letters are counted by slot, and a window covers one slot more than its length, so that the limit holds in
every window wherever it begins; the rate is lower than the limit by one slot: 5 %, 1.7 % and 1 %.
"""

BURST = 0.1
"""The share of a second's letters that may leave at once: many together come to the relay's clock as a burst,
whatever the sender's clock says."""

RANGE_S = 1.0
"""How much time a process takes for itself at once under a limit per second: one transaction a second."""

_CLOCKS_S = 0.001
"""Added to a second, for the relay's clock is another one."""

DECREASE = 0.5
"""The factor of the rate after a refusal, as TCP halves its window (RFC 5681, 3.1)."""
RECOVERY_S = 60.0
"""In this time the rate rises back to where it was, by equal steps: the unit in which Postfix counts
(anvil_rate_time_unit), so that a limit per minute is asked about once a minute."""
RELAX_S = 600.0
"""A rate that was lowered is forgotten after ten minutes without a refusal."""
LEAST_RATE = 0.05
"""Letters a second, three a minute: less would look like a standstill."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
"""The pause after a refusal, doubled while nothing goes through, as RFC 6298 (5.5) backs off: Amazon SES counts
letters by the second; five minutes are what a greylister asks for, and longer limits name themselves."""
_NAMED = {RateLimit.HOUR: (3600.0, 600.0), RateLimit.DAY: (DAY_S, 3600.0)}
"""For a quota of an hour or a day: the pause from the begin of the run, whose letters used it up, and the
shortest pause from the refusal."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many letters may leave in any second, minute, hour and day; 0 means no limit.

    `warm_up` has the letters of the first days of a sender.
    """

    per_second: int = 0
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    warm_up: tuple[int, ...] = ()

    @property
    def windows(self) -> Mapping[str, int]:
        """The limits that are counted, by the name of the window."""
        named = {"minute": self.per_minute, "hour": self.per_hour, "day": self.per_day}
        return {name: letters for name, letters in named.items() if letters}

    @property
    def is_counted(self) -> bool:
        """Whether letters are counted for anything but the second."""
        return bool(self.windows or self.warm_up)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class LoweredRate(_Record):
    """A rate that a relay's refusal lowered: letters a second, and when."""

    rate: float
    at: float

    def now(self, now: float) -> float:
        """Return the rate that it has risen to."""
        return self.rate * (1 + max(0.0, now - self.at) / RECOVERY_S)


class PaceBook(_Record):
    """What all processes share about one relay and sender."""

    taken: dict[str, dict[int, int]] = {}
    """By window and number of the slot: the letters that were taken."""
    days: dict[int, int] = {}
    """For the warm-up, by days since 1970: the letters that were taken."""
    free_at: float = 0
    """Until when the time is taken, and by whom: for the limit per second."""
    owner: str = ""
    lowered: LoweredRate | None = None
    pause_until: float = 0
    pause_why: str = ""
    """The relay's words that it pauses for."""
    connections: int = 0
    """How many the relay took at last; 0 means that it never refused one."""
    connections_at: float = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """What a process wants: so many letters; `unused` of the grant made at `granted_at` are given back."""

    owner: str
    want: int
    unused: int = 0
    granted_at: float = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """So many letters before `until`, and from `start` to `end` when the second is limited.

    With none, `opens_at` and `why` tell when to ask again, and the limit that is reached.
    """

    letters: int = 0
    at: float = 0
    until: float = 0
    start: float = 0
    end: float = 0
    opens_at: float = 0
    why: str = ""


def reserve(book: PaceBook, limits: Limits, ask: Ask, now: float) -> tuple[PaceBook, Grant]:
    """Return what a process may take now, and the book with that entered."""
    taken = {name: _give_back(name, book.taken.get(name, {}), ask, now) for name in limits.windows}
    days = dict(book.days)
    if ask.unused and (used := days.get(int(ask.granted_at // DAY_S))):
        days[int(ask.granted_at // DAY_S)] = max(0, used - ask.unused)
    free, until, opens_at, why = ask.want, now + DAY_S, now, ""
    for name, limit in limits.windows.items():
        width = _width(name)
        left = limit - sum(taken[name].values())
        if left <= 0 and (opens := (min(taken[name]) + _WINDOWS[name][1] + 1) * width) > opens_at:
            opens_at, why = opens, f"per_{name} = {limit}"
        free, until = min(free, left), min(until, (now // width + 1) * width)
    if (step := warm_up_letters(limits.warm_up, days, now)) is not None:
        tomorrow = (now // DAY_S + 1) * DAY_S
        left = step - days.get(int(now // DAY_S), 0)
        if left <= 0 and tomorrow > opens_at:
            opens_at, why = tomorrow, f"warm_up, {step} letters today"
        free, until = min(free, left), min(until, tomorrow)
    free = max(0, free)
    if free and step is not None:
        days[int(now // DAY_S)] = days.get(int(now // DAY_S), 0) + free
    for name in limits.windows if free else ():
        slot = int(now // _width(name))
        taken[name][slot] = taken[name].get(slot, 0) + free
    changed: dict[str, object] = {"taken": taken, "days": days}
    start, end = now, until
    if free and limits.per_second:
        start, end = _take_time(book, limits, ask.owner, now)
        changed |= {"free_at": end, "owner": ask.owner}
    grant = Grant(free, now, until, start, end, opens_at, why)
    return book.model_copy(update=changed), grant


def warm_up_letters(warm_up: tuple[int, ...], days: Mapping[int, int], now: float) -> int | None:
    """Return how many letters may leave today; None when the warm-up is over.

    A step is done on a day that used at least half of it, so that a test copy does not count as a day.
    """
    step = 0
    for day in sorted(days):
        if day < int(now // DAY_S) and step < len(warm_up) and days[day] * 2 >= warm_up[step]:
            step += 1
    return warm_up[step] if step < len(warm_up) else None


def _width(name: str) -> float:
    length_s, slots = _WINDOWS[name]
    return length_s / slots


def _give_back(name: str, slots: Mapping[int, int], ask: Ask, now: float) -> dict[int, int]:
    """Return the slots that still count, without the letters that were granted and not sent."""
    slot, length = int(now // _width(name)), _WINDOWS[name][1]
    # Slots far ahead were entered by a clock that was wrong.
    kept = {at: letters for at, letters in slots.items() if slot - length <= at <= slot + length}
    granted = int(ask.granted_at // _width(name))
    if ask.unused and granted in kept:
        kept[granted] -= ask.unused
    return {at: letters for at, letters in kept.items() if letters > 0}


def _take_time(book: PaceBook, limits: Limits, owner: str, now: float) -> tuple[float, float]:
    """Return the range of time that is this process's alone.

    After another process a gap is left, so that its last burst and our first are within the limit.
    """
    start = now
    if now - 1 < book.free_at < now + DAY_S:
        gap = 0.0 if owner == book.owner else 2 * burst(limits.per_second) / limits.per_second
        start = max(now, book.free_at + gap)
    return start, start + RANGE_S


def burst(per_second: int) -> int:
    """Return how many letters may leave at once under a limit per second."""
    return max(1, int(per_second * BURST))


class Meter:
    """Spends the grants of one process: `take` a letter when `next_at` is not later than now."""

    def __init__(self, limits: Limits, book: PaceBook, now: float) -> None:
        self.limits = limits
        self.grant = Grant()
        self.pause_until = book.pause_until if book.pause_until < now + 2 * DAY_S else 0.0
        self.pause_why = book.pause_why
        self.lowered = book.lowered
        self._began_at = now
        self._pause_s = FIRST_PAUSE_S
        self._went_through = True
        self._used = 0
        self._recent: deque[float] = deque(maxlen=limits.per_second or 1)
        self._tokens, self._tokens_at = 1.0, now

    @property
    def is_limited(self) -> bool:
        """Whether a letter may have to wait."""
        limits = self.limits
        return bool(limits.per_second or limits.is_counted or self.lowered or self.pause_until)

    @property
    def unused(self) -> int:
        """The letters of the grant that were not sent."""
        return self.grant.letters - self._used

    def rate(self, now: float) -> float:
        """Return the letters a second that may leave now; 0 means any number."""
        if self.lowered and now - self.lowered.at > RELAX_S:
            self.lowered = None
        limit = float(self.limits.per_second)
        if self.lowered is None:
            return limit
        return min(self.lowered.now(now), limit or float("inf"))

    def next_at(self, now: float) -> float:
        """Return when the next letter may leave, as far as this process knows."""
        if now >= self.pause_until:
            self.pause_until = 0.0
        at = max(now, self.pause_until, self.grant.start if self.limits.per_second else 0.0)
        if rate := self.rate(now):
            self._fill(now, rate)
            at = max(at, now + (1 - self._tokens) / rate)
        if self.limits.per_second and len(self._recent) == self.limits.per_second:
            at = max(at, self._recent[0] + 1 + _CLOCKS_S)
        return at

    def needs_grant(self, now: float) -> bool:
        """Return whether the book must be asked first."""
        grant, limits = self.grant, self.limits
        if limits.is_counted and (self.unused <= 0 or now >= grant.until):
            return True
        return bool(limits.per_second) and now >= grant.end

    def accept(self, grant: Grant) -> None:
        """Begin to spend another grant."""
        self.grant, self._used = grant, 0

    def take(self, now: float) -> None:
        """Spend one letter."""
        self._used += 1
        if self.limits.per_second:
            self._recent.append(now)
        if rate := self.rate(now):
            self._fill(now, rate)
            self._tokens -= 1

    def went_through(self) -> None:
        """Note that the relay took a letter."""
        self._went_through = True

    def slow_down(self, limit: RateLimit, why: str, *, sent: int, now: float) -> bool:
        """Pause and lower the rate after a refusal; False when it belongs to a pause that has begun.

        `sent` is how many letters the relay took in this run, for the rate when none is set.
        """
        if now < self.pause_until:
            return False
        self.pause_why = why
        if limit in _NAMED:
            whole_s, least_s = _NAMED[limit]
            self.pause_until = max(self._began_at + whole_s, now + least_s)
            return True
        if self._went_through:
            rate = self.rate(now) or sent / max(1.0, now - self._began_at)
            self.lowered = LoweredRate(rate=max(LEAST_RATE, rate * DECREASE), at=now)
            self._pause_s, self._went_through = FIRST_PAUSE_S, False
        else:
            self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
        self.pause_until, self._tokens, self._tokens_at = now + self._pause_s, 1.0, now + self._pause_s
        return True

    def _fill(self, now: float, rate: float) -> None:
        """Add what the rate gave since the last look."""
        most = 1.0 if self.lowered else float(burst(self.limits.per_second))
        self._tokens = min(most, self._tokens + max(0.0, now - self._tokens_at) * rate)
        self._tokens_at = max(now, self._tokens_at)
