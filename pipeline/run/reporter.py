"""Where a run prints: the command line implements it on standard error, tests record what arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pipeline.deliver.progress import Progress


class Reporter(Protocol):
    """Where a run prints: `tell` only to a terminal, `say` always, so that it reaches the mail of cron."""

    def tell(self, message: str) -> None:
        """Print what is worth knowing only to someone who watches."""
        ...

    def say(self, message: str) -> None:
        """Print what must be known."""
        ...

    def watch(self, week: str, total: int) -> Callable[[Progress], None]:
        """Begin to show progress over so many deliveries."""
        ...
