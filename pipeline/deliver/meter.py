"""Spends the pace of one process; halves it when the relay asks, and lets it rise by equal steps. Pure."""

from __future__ import annotations

from collections import deque

from pipeline.deliver.pace import DAY_S, Grant, Limits, LoweredRate, PaceBook, burst
from pipeline.model.delivery import RateLimit

SLACK = 0.05
"""A second is counted as 5 % longer: letters need different times to the relay, which counts where they
arrive and by another clock. The rate stays well within 10 % of the limit."""

DECREASE = 0.5
"""The factor of the rate after a refusal, as TCP halves its window (RFC 5681, 3.1)."""
SLIGHT_DECREASE = 0.9
"""The factor after a first refusal under a limit of the settings: it is probably right, and letters only came
unevenly to the relay. If more refusals follow, it is not."""
RELAX_S = 600.0
"""A rate that was lowered is forgotten after ten minutes without a refusal: ten times as long as it needs to
rise back to where it was (RECOVERY_S)."""
LEAST_RATE = 0.05
"""Letters a second, three a minute: less would look like a standstill; chosen by judgement."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0
"""The pause after a refusal, doubled while nothing goes through, as RFC 6298 (5.5) backs off: Amazon SES
counts by the second; five minutes are what a greylister asks for, and longer limits name themselves."""
_NAMED = {RateLimit.HOUR: (3600.0, 600.0), RateLimit.DAY: (DAY_S, 3600.0)}
"""For a quota of an hour or a day: the pause from the begin of the run, whose letters used it up, and the
shortest pause from the refusal, a sixth and a twenty-fourth of it: providers let letters through again as
the oldest ones leave their window."""


class Meter:
    """Spends the grants of one process: `take` when `next_at` is not later than now and nothing is needed."""

    def __init__(self, limits: Limits, book: PaceBook, now: float) -> None:
        self.limits = limits
        self.grant = Grant()
        self.range = (0.0, 0.0)
        self.pause_until = book.pause_until if book.pause_until < now + 2 * DAY_S else 0.0
        self.pause_why = book.pause_why
        self.lowered = book.lowered
        self._has_limits = bool(limits.per_second or limits.is_counted)
        self._began_at = now
        self._pause_s = FIRST_PAUSE_S
        self._went_through = True
        self._used = 0
        self._recent: deque[float] = deque(maxlen=limits.per_second or 1)
        self._tokens, self._tokens_at = 1.0, now

    @property
    def is_limited(self) -> bool:
        """Whether a letter may have to wait."""
        return bool(self._has_limits or self.lowered or self.pause_until)

    @property
    def unused(self) -> int:
        """The letters of the grant that were not sent."""
        return self.grant.letters - self._used

    def rate(self, now: float) -> float:
        """Return the letters a second that may leave now; 0 means any number."""
        if self.lowered and now - self.lowered.at > RELAX_S:
            self.lowered = None
        limit = self.limits.per_second / (1 + SLACK)
        if self.lowered is None:
            return limit
        return min(self.lowered.now(now), limit or float("inf"))

    def next_at(self, now: float) -> float:
        """Return when the next letter may leave, as far as this process knows."""
        if now >= self.pause_until:
            self.pause_until = 0.0
        at = max(now, self.pause_until, self.range[0])
        if rate := self.rate(now):
            self._fill(now, rate)
            at = max(at, now + (1 - self._tokens) / rate)
        if self.limits.per_second and len(self._recent) == self.limits.per_second:
            at = max(at, self._recent[0] + 1 + SLACK)
        return at

    def needs_time(self, now: float) -> bool:
        """Return whether the book must be asked for time first."""
        return bool(self.limits.per_second) and now >= self.range[1]

    def needs_letters(self, now: float) -> bool:
        """Return whether the book must be asked for letters first."""
        return self.limits.is_counted and (self.unused <= 0 or now >= self.grant.until)

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
            is_set = self.limits.per_second and not self.lowered
            rate = self.rate(now) or sent / max(1.0, now - self._began_at)
            rate *= SLIGHT_DECREASE if is_set else DECREASE
            # Half of the pause that helped the last time: a limit per minute needs the long one every minute.
            self._pause_s, self._went_through = max(FIRST_PAUSE_S, self._pause_s / 2), False
        else:
            rate = self.lowered.rate if self.lowered else LEAST_RATE
            self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
        self.pause_until = now + self._pause_s
        self.lowered = LoweredRate(rate=max(LEAST_RATE, rate), at=self.pause_until)
        self._tokens, self._tokens_at = 1.0, self.pause_until
        return True

    def _fill(self, now: float, rate: float) -> None:
        """Add what the rate gave since the last look."""
        most = 1.0 if self.lowered else float(burst(self.limits.per_second))
        self._tokens = min(most, self._tokens + max(0.0, now - self._tokens_at) * rate)
        self._tokens_at = max(now, self._tokens_at)
