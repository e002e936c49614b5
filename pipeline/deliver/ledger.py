"""The port of the engine to the ledger of one issue; `pipeline.store` implements it.

Every method is one transaction, committed on return. All of them block the event loop; they are called for
groups of deliveries, see `ledger_writer.py`.
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

    `counted` means that the reader's server gave a definite answer, which uses up an attempt.
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
    """The result of one claim: the deliveries to make, and how far in reader order it went.

    `skipped` counts deliveries that are no longer owed. `last_id` is where the next claim continues; None
    means that the end is reached.
    """

    claims: tuple[Claim, ...]
    skipped: int
    last_id: int | None


class Ledger(Protocol):
    """The deliveries of one frozen issue."""

    def claim(self, *, after: int, limit: int, now: datetime) -> ClaimedChunk:
        """Claim the next queued deliveries in reader order; skip readers who left or are suppressed."""
        ...

    def last_queued(self) -> int | None:
        """Return the last reader in reader order whose delivery is queued; None without any."""
        ...

    def apply(self, changes: Sequence[DeliveryChange], now: datetime) -> None:
        """Write changes in the order given, all or none.

        Raises:
            LedgerConflict: a delivery was not in the state that a change expects; nothing was written.
        """
        ...


class LedgerConflict(Exception):
    """Another process changed a delivery that this process had claimed."""
