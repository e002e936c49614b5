"""Ingests a Maildir with a death in it: `killable_ingest.py STEP NTH DATABASE MAILDIR`, for tests that kill.

STEP names a place; at the NTH time the process gets there it sends itself SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from pipeline.bounces import ingest as stage
from pipeline.bounces.options import BounceOptions
from pipeline.bounces.sources.files import Maildir
from pipeline.store.returned import ReturnedMail
from subscribers.store.engine import open_engine
from subscribers.tokens import Keyring
from support.stores import KEY, NOW

STEPS = ("reading", "before the commit", "after the commit", "after some were marked")


def main() -> None:
    step, nth, database, folder = sys.argv[1:]
    ahead = int(nth)

    def reach(place: str) -> None:
        nonlocal ahead
        ahead -= place == step
        if ahead == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Dying(Maildir):
        def read(self):
            for mail in super().read():
                reach("reading")
                yield mail

        def finish(self, done, left):
            reach("after the commit")
            super().finish(done[:3], left)
            reach("after some were marked")
            super().finish(done[3:], left)

    class DyingStore(ReturnedMail):
        def _record(self, *args):
            reach("before the commit")
            return super()._record(*args)

    store = DyingStore(
        open_engine(f"sqlite:///{database}"),
        keyring=Keyring(((1, KEY),)),
        options=BounceOptions(hard_issues=1),
    )
    stage.ingest(Dying(Path(folder)), store, stage.IngestReport(), NOW)


if __name__ == "__main__":
    main()
