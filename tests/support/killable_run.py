"""Runs `weekly run` with a death in it: `python killable_run.py STEP NTH FOLDER AS_OF`, for tests that kill.

STEP names a place right of the lock; at the NTH time the process gets there it sends itself SIGKILL.
What happens on the wire is not here: the scripted server kills from outside.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager

from pipeline.model.delivery import DeliveryState
from pipeline.store.deliveries import DeliveryLedger
from pipeline.store.issues import Issues
from pipeline.wiring import Newsletter

STEPS = (
    "before freeze",
    "after freeze",
    "before claim",
    "after claim",
    "before handed",
    "after handed",
    "before settled",
    "after settled",
)

# The one place to die at, and how often it is passed before; set by main.
ahead: dict[str, int] = {}


def reach(step: str) -> None:
    """Die if this is the place and the time."""
    if step in ahead:
        ahead[step] -= 1
        if ahead[step] == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalLedger(DeliveryLedger):
    def claim(self, **how):
        reach("before claim")
        chunk = super().claim(**how)
        reach("after claim")
        return chunk

    def apply(self, changes, now):
        handing = any(change.to is DeliveryState.HANDED for change in changes)
        settling = any(change.to not in (DeliveryState.HANDED, DeliveryState.QUEUED) for change in changes)
        for kind, happens in (("handed", handing), ("settled", settling)):
            if happens:
                reach(f"before {kind}")
        super().apply(changes, now)
        for kind, happens in (("handed", handing), ("settled", settling)):
            if happens:
                reach(f"after {kind}")


class MortalIssues(Issues):
    def ledger(self, issue_id):
        return MortalLedger(self._engine, issue_id)

    def freeze(self, freezing, now):
        reach("before freeze")
        issue = super().freeze(freezing, now)
        reach("after freeze")
        return issue


class MortalNewsletter(Newsletter):
    @property
    def issues(self):
        return MortalIssues(self.upgraded())

    @contextmanager
    def sending(self):
        with super().sending() as issues:
            yield MortalIssues(issues._engine)


def main() -> None:
    """Do what `weekly run` does, with mortal parts."""
    from datetime import datetime
    from pathlib import Path

    from pipeline.cli.run import StderrReporter
    from pipeline.run.weekly import weekly_run

    ahead[sys.argv[1]] = int(sys.argv[2])
    folder, as_of = Path(sys.argv[3]), datetime.fromisoformat(sys.argv[4])
    letter = MortalNewsletter(folder=folder, config=None, as_of=as_of, environ=os.environ)
    code, _ = weekly_run(letter, StderrReporter(talks=False))
    sys.exit(code)


if __name__ == "__main__":
    main()
