"""How a run talks; the command line gives it a voice, tests listen to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.deliver.engine import Progress


class Reporter(Protocol):
    """How a run talks: `tell` to whoever watches, `say` to whoever must know, cron's mail included."""

    def tell(self, message: str) -> None:
        """Say something that silence would do for."""
        ...

    def say(self, message: str) -> None:
        """Say something that must be heard."""
        ...

    def watch(self, week: str, total: int) -> Callable[[Progress], None]:
        """Begin to show progress over so many deliveries."""
        ...
