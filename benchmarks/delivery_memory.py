"""The peak memory and the CPU of a whole run for more and more readers.

Each run chooses, freezes and sends this week's letter in a process of its own, with the ledger in a file and
a transport that throws every filled letter away: a million of them would fill a disk.
Usage: python benchmarks/delivery_memory.py [READERS …]
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measure import BIG, Report, spend  # noqa: E402 - the path comes first

SIZES, BIG_SIZES = (1_000, 30_000), (100_000, 1_000_000)
MEMORY_GOAL_MIB = 120


class Discard:
    """A transport that takes everything and keeps nothing."""

    usable = True

    async def open(self):
        return self

    async def send(self, _envelope, message, before_handover):
        from pipeline.model.delivery import AttemptOutcome, Verdict

        assert message
        await before_handover()
        await asyncio.sleep(0)
        return AttemptOutcome(Verdict.SENT)

    async def close(self): ...


def send_all(folder: Path, readers: int) -> None:
    """Send to everybody in this process."""
    from deliver_ten_thousand import Silent, newsletter

    from pipeline.run.weekly import weekly_run

    letter = newsletter(folder)
    letter.transport = Discard()
    code, reports = weekly_run(letter, Silent(), at_once=True)
    assert code == 0, code
    assert reports[0].counts["sent"] == readers, reports


def make_in_child(folder: Path, readers: int) -> None:
    from deliver_ten_thousand import make

    make(folder, readers).close()


def main() -> None:
    me = str(Path(__file__).resolve())
    words = sys.argv[1:]
    if words[:1] == ["send"] or words[:1] == ["make"]:
        {"send": send_all, "make": make_in_child}[words[0]](Path(words[1]), int(words[2]))
        return
    report = Report("Memory of a run")
    sizes = SIZES + (BIG_SIZES if os.environ.get(BIG) else ())
    for readers in (wanted := [int(each) for each in words or sizes]):
        with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
            folder = str(Path(name) / "letter")
            spend([sys.executable, me, "make", folder, str(readers)])
            cost = spend([sys.executable, me, "send", folder, str(readers)])
        report.ratio(
            f"peak memory with {readers:,} readers",
            cost.memory_mib,
            "goal",
            MEMORY_GOAL_MIB,
            at_most=1,
            unit="MiB",
            key="memory" if readers == wanted[-1] else "",
        )
        report.show(f"CPU with {readers:,} readers", f"{cost.cpu_s / readers * 1e6:.0f} µs each")
    report.finish()


if __name__ == "__main__":
    main()
