"""Delivers one real letter to ten thousand readers through the outbox and through SMTP to a sink.

Compares our own CPU seconds (pinned to one core; the sink is another process on another) for the whole job,
choosing and freezing included, with what handing the same bytes to the same place costs without any ledger.
Both take turns several times, and medians are compared.
Usage: python benchmarks/deliver_ten_thousand.py [READERS [TIMES]]
"""

from __future__ import annotations

import asyncio
import io
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Cost, Report, median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pipeline.project.scaffold import make_folder  # noqa: E402
from pipeline.run.filler import filler  # noqa: E402 - the path comes first
from pipeline.run.weekly import weekly_run  # noqa: E402
from pipeline.wiring import Newsletter  # noqa: E402
from subscribers.importing.rows import import_rows  # noqa: E402
from subscribers.model import Proof  # noqa: E402
from subscribers.sheets.opening import open_table  # noqa: E402


class Silent:
    def tell(self, message): ...

    def say(self, message): ...

    def watch(self, _week, _total):
        return lambda _progress: None


def cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def newsletter(folder: Path, **environ: str) -> Newsletter:
    # The clock is real: the letter is this week's.
    for name, value in environ.items():
        os.environ[name] = value
    return Newsletter(folder=folder, config=None, as_of=None, environ=os.environ)


def make(folder: Path, readers: int, **environ: str) -> Newsletter:
    make_folder(folder, example=True)
    letter = newsletter(folder, **environ)
    now = letter.clock.now()
    lines = ["email,name\n", *(f"reader{n}@example.org,Reader Number {n}\n" for n in range(readers))]
    import_rows(
        letter.people,
        [open_table(io.BytesIO("".join(lines).encode()))],
        proof=Proof("benchmark", now, "yes"),
        now=now,
    )
    return letter


def measure(newsletter: Newsletter, readers: int) -> tuple[float, float]:
    """Run the whole job; returns its CPU seconds and wall seconds."""
    os.sync()  # what an earlier case left to be written is not this one's to pay
    before, began = cpu_s(), time.perf_counter()
    code, reports = weekly_run(newsletter, Silent(), at_once=True)
    spent, wall = cpu_s() - before, time.perf_counter() - began
    assert code == 0, code
    assert reports[0].counts["sent"] == readers, reports
    return spent, wall


async def bare(newsletter: Newsletter, readers: int) -> float:
    """Fill and hand over the same letters with no ledger at all; returns CPU seconds."""
    from pipeline.model.delivery import Claim

    fill = filler(newsletter, newsletter.issues.all()[-1])
    session = await newsletter.transport.open()

    async def nothing() -> None: ...

    before = cpu_s()
    for n in range(1, readers + 1):
        claim = Claim(n, n, 0, f"bare{n}@example.org", f"Reader Number {n}", 0, 1)
        envelope, parts = fill(claim)
        await session.send(envelope, b"".join(parts), nothing)
    await session.close()
    return cpu_s() - before


def pin(process: int, core: int) -> None:
    """Keep a process on the first or the last core, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, {sorted(os.sched_getaffinity(0) | CORES)[core]})


MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where the outbox is: what a disk makes of many new files is not ours. The ledger stays on the disk."""

CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def repeat(report: Report, root: Path, readers: int, times: int, **environ: str) -> None:
    """Do the same job several times in fresh folders and add what it cost."""
    found, bare_s = [], []
    for number in range(times):
        letter = make(root / f"{root.name}-{number}", readers, **environ)
        spent, wall = measure(letter, readers)
        found.append(Cost(spent, wall))
        bare_s.append(Cost(asyncio.run(bare(letter, readers))))
        letter.close()
        shutil.rmtree(letter.folder)
    way = {"outbox": "sent into the outbox", "smtp": "sent by SMTP"}[root.name]
    report.ratio(
        f"{readers:,} letters chosen, frozen and {way}",
        median(found),
        "the same bytes handed over without a ledger",
        median(bare_s),
        key=f"deliver_{root.name}",
    )


def main() -> None:
    report = Report("Ten thousand letters")
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        root = Path(name)
        pin(0, 0)
        measure(make(root / "warm", 1), 1)  # imports are paid once, not per reader
        with tempfile.TemporaryDirectory(prefix="weekly-bench-", dir=MEMORY) as outbox:
            repeat(report, root / "outbox", readers, times, WEEKLY_TRANSPORT__OUTBOX=outbox)
        sink = subprocess.Popen([sys.executable, ROOT / "benchmarks/sink.py", root / "port"])
        try:
            pin(sink.pid, -1)
            while not ((root / "port").exists() and (root / "port").read_text()):
                time.sleep(0.05)
            environ = {
                "WEEKLY_TRANSPORT__KIND": "smtp",
                "WEEKLY_SMTP__HOST": "127.0.0.1",
                "WEEKLY_SMTP__PORT": (root / "port").read_text(),
                "WEEKLY_SMTP__SECURITY": "none",
                "WEEKLY_NEWSLETTER__FROM": "letter@news.example.org",
                "WEEKLY_NEWSLETTER__BASE_URL": "https://news.example.org",
                "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Test Street",
                "WEEKLY_DELIVERY__CONNECTIONS": "10",
            }
            repeat(report, root / "smtp", readers, times, **environ)
        finally:
            sink.terminate()
            sink.wait()
    report.finish()


if __name__ == "__main__":
    main()
