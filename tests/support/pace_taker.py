"""Takes letters from a pace with a limit of a hundred a day until it has none left, as a program too.

`python -m support.pace_taker URL OWNER` writes `ready` and begins when it is sent a line.
"""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime

from pipeline.deliver.pace import Limits
from pipeline.deliver.pacer import Pacer
from pipeline.store.pace import StoredPaceLedger
from subscribers.store.engine import open_engine

SCOPE = "relay/example.org"


async def take_all(url: str, owner: str) -> int:
    """Return how many letters the pace let through."""

    def clock() -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)

    engine = open_engine(url)
    pace = Pacer(
        StoredPaceLedger(engine, SCOPE),
        Limits(per_day=100),
        owner=owner,
        clock=clock,
        until=clock(),
        chunk=7,
    )
    count = 0
    while await pace.admit():
        count += 1
    pace.close()
    engine.dispose()
    return count


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{asyncio.run(take_all(*sys.argv[1:]))}\n")
