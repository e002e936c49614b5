"""How far a run is, and why it stopped. Workers update it, reporters and the ledger's keeper read it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.deliver.pacer import RateWait
from pipeline.model.issue_state import Trip


@dataclass(slots=True)
class Progress:
    """The progress of a run; workers update it, `watch` reads it."""

    attempted: int = 0
    sent: int = 0
    skipped: int = 0
    stopped: str = ""
    """Why the run ended early, in a sentence; empty when everything queued was tried."""
    temporary: bool = True
    """Whether the next run may continue by itself."""
    pause: bool = False
    """Whether the issue must be paused."""
    trip: Trip = Trip.NONE
    refusal: str = ""
    """The wording of the refusal that stopped the run, without what differs from reader to reader."""
    waits: RateWait | None = None
    """Why the rest waits for the next run, when it is for a limit and no error."""
    put_off: str = ""
    """The last "try later" in the server's words."""

    def stop(self, why: str, *, temporary: bool, pause: bool = False, trip: Trip = Trip.NONE) -> None:
        """Stop the run; the first reason stays."""
        if not self.stopped:
            self.stopped, self.temporary, self.pause, self.trip = why, temporary, pause, trip

    def stop_for(self, waits: RateWait | None) -> None:
        """Stop the run because the wait for a limit is too long for it."""
        self.waits = waits
        self.stop(waits.reason if waits else "", temporary=True)
