"""When the next letter may leave: limits for any second, minute, hour and day, and what a relay asks for.

Pure: instants are seconds since 1970, passed in. Processes share a `PaceBook`; `reserve` decides what one of
them may take from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

DAY_S = 86400.0
_WINDOWS = {"minute": (60.0, 20), "hour": (3600.0, 60), "day": (DAY_S, 96)}
"""The length of each window in seconds, and how many slots it is counted in.

Letters are counted by slot, and a window covers one slot more than its length, so that the limit holds in
every window wherever it begins; the rate is lower than the limit by one slot: 5 %, 1.7 % and 1 %.
"""

BURST = 0.1
"""The share of a second's letters that may leave at once: many together come to the relay's clock as a burst,
whatever the sender's clock says. A tenth keeps the total within 10 % of the limit."""

RANGE_S = 1.0
"""How much time a process takes for itself at once under a limit per second: one transaction a second."""

RECOVERY_S = 60.0
"""In this time the rate rises back to where it was, by equal steps: the unit in which Postfix counts
(anvil_rate_time_unit), so that a limit per minute is asked about once a minute."""


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
        return bool(self.per_minute or self.per_hour or self.per_day or self.warm_up)


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

    want: int
    unused: int = 0
    granted_at: float = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """So many letters before `until`; with none, `opens_at` is when to ask again, and `why` the limit."""

    letters: int = 0
    at: float = 0
    until: float = 0
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
    changed = book.model_copy(update={"taken": taken, "days": days})
    return changed, Grant(free, now, until, opens_at, why)


def take_time(
    book: PaceBook, per_second: int, owner: str, now: float
) -> tuple[PaceBook, tuple[float, float]]:
    """Return a range of time that is this process's alone, and the book with that entered.

    After another process a gap is left, so that its last burst and our first are within the limit.
    """
    start = now
    if now - 1 < book.free_at < now + DAY_S:
        gap = 0.0 if owner == book.owner else 2 * burst(per_second) / per_second
        start = max(now, book.free_at + gap)
    end = start + RANGE_S
    return book.model_copy(update={"free_at": end, "owner": owner}), (start, end)


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


def burst(per_second: int) -> int:
    """Return how many letters may leave at once under a limit per second."""
    return max(1, int(per_second * BURST))
