"""Keeps what was made from the files as they are now, and the last good one of everything looked at.

Everything is made once for each state of the files, by one thread at a time, and forgotten when they change;
what is kept is bounded, so a day of saving takes no more memory than an hour.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST = 24
"""How many letters are kept at a time, of each kind of keeping."""


@dataclass(frozen=True, slots=True)
class CachedValue(Generic[T]):
    """What was made, or why it could not be; then `value` is the last good one, if there ever was one."""

    value: T | None
    error: Exception | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the value is of an earlier state of the files."""
        return self.error is not None and self.value is not None


class BuildCache:
    """Made things by key, for the present state of the files."""

    def __init__(self) -> None:
        self.state = 0
        """Counts the changes of the files."""
        self._making = threading.Lock()
        self._counting = threading.Lock()
        self._now: OrderedDict[Hashable, tuple[int, CachedValue[Any]]] = OrderedDict()
        self._good: OrderedDict[Hashable, Any] = OrderedDict()

    def change(self) -> int:
        """Note that files have changed and return the new state."""
        with self._counting:
            self.state += 1
            return self.state

    def get(self, key: Hashable, make: Callable[[], T]) -> CachedValue[T]:
        """Get what `make` makes, once for each state of the files; never raises what it raised."""
        with self._making:
            state, found = self._now.get(key, (-1, None))
            if found is not None and state == self.state:
                return found
            # Read before making: a file saved meanwhile makes what comes out of date.
            state = self.state
            made: CachedValue[T]
            try:
                made = CachedValue(make())
            except Exception as error:  # noqa: BLE001 - the page shows it, whatever it is
                made = CachedValue(self._good.get(key), error)
            else:
                _keep(self._good, key, made.value)
            _keep(self._now, key, (state, made))
            return made


def _keep(kept: OrderedDict[Hashable, Any], key: Hashable, value: object) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > MOST:
        kept.popitem(last=False)
