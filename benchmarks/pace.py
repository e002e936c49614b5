"""Sends to some hundred readers through a relay that refuses whatever is faster than its limit, in real time.

Compares the seconds from the first letter to the last with what the limit alone allows, with the limit in the
settings and without; and shows what the pace costs for each letter, next to a letter without limits.
Usage: python benchmarks/pace.py [READERS [LETTERS_A_SECOND]]
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import tempfile
import time
from collections import deque
from datetime import timedelta
from pathlib import Path

from measure import Report

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support.smtp_server import ScriptedServer, say  # noqa: E402 - the path comes first

from pipeline.deliver.pace import Limits  # noqa: E402
from pipeline.deliver.pacer import Pacer, PrivatePaceLedger  # noqa: E402
from pipeline.project.scaffold import make_folder  # noqa: E402
from pipeline.run.weekly import weekly_run  # noqa: E402
from pipeline.store.pace import StoredPaceLedger  # noqa: E402
from pipeline.wiring import Newsletter  # noqa: E402
from subscribers.importing.rows import import_rows  # noqa: E402
from subscribers.model import Proof  # noqa: E402
from subscribers.sheets.opening import open_table  # noqa: E402


class Silent:
    def tell(self, message): ...

    def say(self, message):
        print(f"  {message}", file=sys.stderr)

    def watch(self, _week, _total):
        return lambda _progress: None


class Relay:
    """Takes so many letters in any second, and refuses the others as Amazon SES does."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._recent: deque[float] = deque()
        self.times: list[float] = []
        self.refused = 0

    def answer(self, _recipient: str):
        now = time.monotonic()
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if len(self._recent) >= self._limit:
            self.refused += 1
            return say(b"454 Throttling failure: Maximum sending rate exceeded.")
        self._recent.append(now)
        self.times.append(now)
        return None


def send(readers: int, limit: int, **settings: str) -> Relay:
    relay = Relay(limit)
    with tempfile.TemporaryDirectory() as name, ScriptedServer({"dot": relay.answer}) as server:
        folder = Path(name) / "letter"
        make_folder(folder, example=True)
        os.environ |= {
            "WEEKLY_TRANSPORT__KIND": "smtp",
            "WEEKLY_SMTP__HOST": "127.0.0.1",
            "WEEKLY_SMTP__PORT": str(server.port),
            "WEEKLY_SMTP__SECURITY": "none",
            "WEEKLY_NEWSLETTER__BASE_URL": "https://news.example.org",
            "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Example Street",
            **settings,
        }
        letter = Newsletter(folder=folder, config=None, as_of=None, environ=os.environ)
        now = letter.clock.now()
        rows = ["email,name\n", *(f"reader{n}@example.org,Reader {n}\n" for n in range(readers))]
        import_rows(
            letter.people,
            [open_table(io.BytesIO("".join(rows).encode()))],
            proof=Proof("benchmark", now, "yes"),
            now=now,
        )
        code, reports = weekly_run(letter, Silent(), at_once=True)
        print(f"  exit code {code}, {reports[0].counts['sent']} of {readers} sent, {relay.refused} refusals")
        letter.close()
    return relay


def show(report: Report, what: str, relay: Relay, limit: int) -> None:
    took, least = relay.times[-1] - relay.times[0], (len(relay.times) - 1) / limit
    words = f"{len(relay.times)} letters, {what}, {relay.refused} refused at first (seconds of the clock)"
    report.ratio(words, took, f"{limit} a second", least)


def cost(report: Report, letters: int) -> None:
    """Show what it costs to let a letter go, without limits and with a shared book that never fills."""

    async def admit(pace: Pacer) -> float:
        began = time.process_time()
        for _ in range(letters):
            if pace.is_limited:
                await pace.admit()
        return (time.process_time() - began) / letters * 1e6

    with tempfile.TemporaryDirectory() as name:
        make_folder(Path(name) / "letter", example=True)
        letter = Newsletter(folder=Path(name) / "letter", config=None, as_of=None, environ=os.environ)
        book = StoredPaceLedger(letter.upgraded(), "relay/example.org")
        for words, ledger, limits in (
            ("without limits", PrivatePaceLedger(), Limits()),
            ("per_day, book in memory", PrivatePaceLedger(), Limits(per_day=10_000_000)),
            ("per_day, book in SQLite", book, Limits(per_day=10_000_000)),
        ):
            clock = letter.clock.now
            until = clock() + timedelta(hours=1)
            pace = Pacer(ledger, limits, owner="one", clock=clock, until=until, chunk=40)
            report.show(f"admitting a letter, {words}", f"{asyncio.run(admit(pace)):.1f} µs")
        letter.close()


def main() -> None:
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    limit = int(sys.argv[2]) if len(sys.argv) > 2 else 14
    report = Report("The pace of sending")
    show(report, "`per_second` set", send(readers, limit, WEEKLY_DELIVERY__PER_SECOND=str(limit)), limit)
    show(report, "no limit set", send(readers, limit, WEEKLY_DELIVERY__PER_SECOND="0"), limit)
    cost(report, 4000)
    report.finish()


if __name__ == "__main__":
    main()
