"""The port of the engine to the ledger of one issue; `pipeline.store` implements it.

Every method is one transaction, committed when it returns. All of them block: the engine calls them on
its one writer thread, never on the event loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline.model.delivery import Claim, DeliveryState, FailureClass


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """One compare-and-set of a delivery: it must be in `expected` and goes to `to`.

    `counted` says that the reader's server gave a definite answer, which uses up an attempt.
    """

    subscriber_id: int
    expected: DeliveryState
    to: DeliveryState
    counted: bool = False
    failure: FailureClass = FailureClass.NONE
    code: int = 0
    detail: str = ""
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClaimedChunk:
    """What one claim took: the deliveries to make, and how far in reader order it looked.

    `skipped` counts those that were owed no more. `last_id` is where the next claim goes on; a chunk
    with `last_id` None looked at nothing: the end is reached.
    """

    claims: tuple[Claim, ...]
    skipped: int
    last_id: int | None


class Ledger(Protocol):
    """The deliveries of one frozen issue."""

    def claim(self, *, after: int, limit: int, now: datetime) -> ClaimedChunk:
        """Take the next queued deliveries in reader order, skipping who left or is suppressed by now."""
        ...

    def apply(self, changes: Sequence[DeliveryChange], now: datetime) -> None:
        """Write changes in the order given, all or none.

        Raises:
            LedgerConflict: a delivery was not in the state that a change expects; nothing was written.
        """
        ...


class LedgerConflict(Exception):
    """Somebody else moved a delivery that this process believed to hold."""
