"""The only module that reads the clock; others get the time as an argument."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The clock; one that was set by `--as-of` keeps running from there."""

    def __init__(self, as_of: datetime | None = None) -> None:
        self._set_to = as_of
        self._since = time.monotonic()

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        if self._set_to is None:
            return datetime.now(UTC)  # noqa: TID251 - this is the door
        return self._set_to + timedelta(seconds=time.monotonic() - self._since)
