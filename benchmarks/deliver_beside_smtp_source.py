"""What one more letter by SMTP costs, next to what Postfix's smtp-source pays for the same bytes.

The cost of one more letter is the difference between a large and a small audience, so that starting,
choosing, rendering and freezing drop out; it includes filling the letter, two durable commits
(`synchronous = FULL`, on the disk of TMPDIR) and the suppression list. Both send over ten connections from
one core to the same sink on another, in alternating rounds; the ratio of every round is taken, and the median
of those. The sink is a program in C (`sink.c`) that costs less than either. Without a C compiler it is
Postfix's smtp-sink, which takes several times as long for a letter as smtp-source: rates mean little then.

`smtp-source` and `smtp-sink` are in Debian's package postfix. Where it is not installed, unpack it
(`apt-get download postfix && dpkg -x postfix_*.deb FOLDER`) and name the folder here or as POSTFIX_FOLDER.
Usage: python benchmarks/deliver_beside_smtp_source.py [--postfix FOLDER] [--readers N] [--few N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measure import Cost, Report, not_measured, spend, weekly  # noqa: E402 - the path comes first

CONNECTIONS = 10
CPU_GOAL, RATE_GOAL = 2.5, 0.5
"""At most so many times the CPU of smtp-source, and at least this share of its rate."""
SMALL = 300
"""The readers of a small newsletter."""
SENDER, SINK = 0, -1
"""The first and the last core."""


@dataclass(frozen=True)
class Letter:
    """What one more letter costs."""

    cpu_s: float
    wall_s: float

    @classmethod
    def between(cls, few: Cost, many: Cost, letters: int) -> Letter:
        return cls((many.cpu_s - few.cpu_s) / letters, (many.wall_s - few.wall_s) / letters)


class Postfix:
    """The two programs, and the environment in which they run."""

    def __init__(self, folder: Path | None) -> None:
        sbin = folder / "usr/sbin" if folder else None
        places = [str(sbin)] if sbin else [os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec/postfix"]
        path = os.pathsep.join(places)
        self.source, self.sink = shutil.which("smtp-source", path=path), shutil.which("smtp-sink", path=path)
        self.environ = {"LD_LIBRARY_PATH": str(folder / "usr/lib/postfix")} if folder else {}

    def send(self, letter: Path, letters: int, port: int) -> Cost:
        assert self.source
        command = [self.source, "-d", "-s", str(CONNECTIONS), "-m", str(letters), "-F", str(letter)]
        return spend(
            on_core(SENDER, [*command, "-f", "letter@news.example.org", f"127.0.0.1:{port}"]),
            environ=self.environ,
        )


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """Return the command on one core, where the system can do that."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    taskset = shutil.which("taskset")
    return [taskset, "-c", str(cores[core]), *command] if cores and taskset else list(command)


class Sink:
    """A server that takes everything: ours in C, or smtp-sink."""

    def __init__(self, root: Path, postfix: Postfix) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        compiler, ours = shutil.which("cc"), root / "sink"
        if compiler:
            subprocess.run([compiler, "-O2", "-o", ours, ROOT / "benchmarks/sink.c"], check=True)
            command = [str(ours), str(self.port)]
        else:
            user = ["-u", "nobody"] if os.geteuid() == 0 else []
            command = [str(postfix.sink), *user, f"127.0.0.1:{self.port}", "128"]
        self.name = "sink.c" if compiler else "smtp-sink"
        self._process = subprocess.Popen(on_core(SINK, command), env={**os.environ, **postfix.environ})
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        not_measured("the sink does not answer")

    def stop(self) -> float:
        """End it; returns its CPU seconds."""
        self._process.terminate()
        _, _, used = os.wait4(self._process.pid, 0)
        self._process.returncode = 0
        return used.ru_utime + used.ru_stime


def settings(port: int) -> dict[str, str]:
    return {
        "WEEKLY_TRANSPORT__KIND": "smtp",
        "WEEKLY_SMTP__HOST": "127.0.0.1",
        "WEEKLY_SMTP__PORT": str(port),
        "WEEKLY_SMTP__SECURITY": "none",
        "WEEKLY_SMTP__EHLO_NAME": "news.example.org",
        "WEEKLY_NEWSLETTER__FROM": "letter@news.example.org",
        "WEEKLY_NEWSLETTER__BASE_URL": "https://news.example.org",
        "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Test Street",
        "WEEKLY_DELIVERY__CONNECTIONS": str(CONNECTIONS),
    }


def ours(root: Path, readers: int, port: int) -> Cost:
    """Send this week's letter in a process of its own: `weekly run --now` in a copy of a folder."""
    from deliver_ten_thousand import make

    made, folder = root / f"made-{readers}", root / "ours"
    if not made.exists():
        make(made, readers).close()
    shutil.copytree(made, folder)
    os.sync()
    cost = spend(on_core(SENDER, weekly("-q", "run", "--now", folder=folder)), environ=settings(port))
    shutil.rmtree(folder)
    return cost


def a_letter(root: Path) -> Path:
    """Write one reader's letter as a file with bare line ends, as smtp-source wants it."""
    from deliver_ten_thousand import make

    folder, outbox = root / "one", root / "outbox"
    make(folder, 1).close()
    spend(weekly("-q", "run", "--now", folder=folder), environ={"WEEKLY_TRANSPORT__OUTBOX": str(outbox)})
    (letter,) = outbox.glob("*.eml")
    found = root / "letter"
    found.write_bytes(letter.read_bytes().replace(b"\r\n", b"\n"))
    return found


def find_middle(
    rounds: Sequence[tuple[Letter, Letter]], cost: Callable[[Letter], float]
) -> tuple[Letter, Letter]:
    """Return the round with the median ratio: what else the machine does changes between rounds."""
    return sorted(rounds, key=lambda pair: cost(pair[0]) / cost(pair[1]))[len(rounds) // 2]


def compare(asked: argparse.Namespace, postfix: Postfix, root: Path, report: Report) -> None:
    """Let both send in turns, and report what one more letter costs."""
    letter, further, memory_mib = a_letter(root), asked.readers - asked.few, 0.0
    mine: list[Letter] = []
    theirs: list[Letter] = []
    sink = Sink(root, postfix)
    try:
        small = ours(root, SMALL, sink.port)
        for _ in range(asked.rounds):
            few, many = (ours(root, count, sink.port) for count in (asked.few, asked.readers))
            memory_mib = max(memory_mib, many.memory_mib)
            mine.append(Letter.between(few, many, further))
            few, many = (postfix.send(letter, count, sink.port) for count in (asked.few, asked.readers))
            theirs.append(Letter.between(few, many, further))
    finally:
        sink_s = sink.stop()
    letters = 2 * asked.rounds * (asked.few + asked.readers)
    text = letter.read_bytes()
    size = f"{len(text) + len(text.splitlines()):,} bytes"  # lines end with CRLF on the wire
    report.show(f"a letter of {size} received by {sink.name}", f"{sink_s / letters * 1e6:.0f} µs of CPU")
    rounds = list(zip(mine, theirs, strict=True))
    each = ", ".join(f"{our.cpu_s / their.cpu_s:.2f}" for our, their in rounds)
    our, their = find_middle(rounds, lambda one: one.cpu_s)
    report.ratio(
        f"CPU of one more letter of {size} by SMTP",
        our.cpu_s,
        "`smtp-source`",
        their.cpu_s,
        at_most=CPU_GOAL,
        key="letter_cpu",
    )
    report.show("the same in every round", f"{each} ×")
    each = ", ".join(f"{their.wall_s / our.wall_s:.2f}" for our, their in rounds)
    our, their = find_middle(rounds, lambda one: one.wall_s)
    report.ratio(
        "letters a second over ten connections, with two durable commits for each",
        1 / our.wall_s,
        "`smtp-source`",
        1 / their.wall_s,
        at_least=RATE_GOAL,
        unit="a second",
        key="letter_rate",
    )
    report.show("the same in every round", f"{each} ×")
    best = [min(one.cpu_s for one in found) * 1e6 for found in (mine, theirs)]
    report.show("the cheapest round", f"{best[0]:.0f} µs of CPU", f"`smtp-source`: {best[1]:.0f} µs")
    report.show(f"{SMALL} readers in all", f"{small.cpu_s:.2f} s of CPU")
    report.show(f"peak memory with {asked.readers:,} readers", f"{memory_mib:.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser()
    folder = os.environ.get("POSTFIX_FOLDER")
    parser.add_argument("--postfix", type=Path, default=Path(folder) if folder else None)
    parser.add_argument("--readers", type=int, default=11_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    postfix = Postfix(asked.postfix)
    if not (postfix.source and postfix.sink):
        not_measured("smtp-source and smtp-sink are missing; install postfix, or name --postfix FOLDER")
    report = Report("One more letter by SMTP")
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        compare(asked, postfix, Path(name), report)
    report.finish()


if __name__ == "__main__":
    main()
