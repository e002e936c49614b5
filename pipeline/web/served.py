"""The stores of a server: looked for with every request, so that a lost one is not taken for an empty one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.model.returned import ReturnReport, ReturnResult
    from pipeline.web.app import PeoplePort
    from pipeline.web.webhooks import ReturnsPort
    from subscribers.model import Event, Subscriber


class ServedPeople:
    """Readers that are opened when a request needs them; `require` raises while there is no database."""

    def __init__(self, require: Callable[[], None], open_people: Callable[[], PeoplePort]) -> None:
        self._require = require
        self._open = open_people

    def _people(self) -> PeoplePort:
        self._require()
        return self._open()

    def check(self) -> None:
        """Raise what keeps the database from being read and written now."""
        self._people().check()

    def find(self, public_id: int) -> Subscriber | None:
        """Find a reader by the number in links."""
        return self._people().find(public_id)

    def confirm(self, public_id: int, now: datetime, *, ip: str = "", wording: str = "") -> bool:
        """Confirm a pending reader; False if they had confirmed."""
        return self._people().confirm(public_id, now, ip=ip, wording=wording)

    def unsubscribe(self, public_id: int, event: Event, now: datetime, *, source: str = "") -> bool:
        """Unsubscribe a reader; False if they had left."""
        return self._people().unsubscribe(public_id, event, now, source=source)


class ServedReturns:
    """Returned mail that is opened when a webhook needs it; `require` raises while there is no database."""

    def __init__(self, require: Callable[[], None], open_returns: Callable[[], ReturnsPort]) -> None:
        self._require = require
        self._open = open_returns

    def take(
        self, reports: Sequence[ReturnReport], now: datetime, *, token: str = ""
    ) -> Sequence[Sequence[ReturnResult]]:
        """Write reports down and act on them, all or none; nothing at all when `token` was used before."""
        self._require()
        return self._open().take(reports, now, token=token)
