"""What one more letter by SMTP costs, beside what Postfix's smtp-source pays for the same bytes.

The cost of one more letter is the difference between a large and a small audience, so that starting,
choosing, rendering and freezing drop out; it includes filling the letter, two durable commits and the
suppression list. Both send to smtp-sink over ten connections from one core, and the sink has the other; they
take turns, and medians are compared. The peak memory of the large run is printed, and what a small newsletter
costs in all.

`smtp-source` and `smtp-sink` are in Debian's package postfix. Where it is not installed, unpack it
(`apt-get download postfix && dpkg -x postfix_*.deb FOLDER`) and name the folder here or as POSTFIX_FOLDER;
without it nothing is measured, and the program says so. Fails when a ratio or the memory misses its limit.
Usage: python benchmarks/deliver_beside_smtp_source.py [--postfix FOLDER] [--readers N] [--few N] [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

CONNECTIONS = 10
CPU_GOAL, RATE_GOAL = 2.5, 0.5
"""What is aimed at: at most so many times the CPU of smtp-source, and at least this share of its rate."""
CPU_LIMIT, RATE_LIMIT = 7.0, 0.2
"""What fails: a gross regression. Busy machines gave 3.9 to 6.6 x the CPU, 0.33 to 0.46 x the rate."""
MEMORY_LIMIT_MB = 120
SMALL = 300
"""The readers of a small newsletter."""


@dataclass(frozen=True)
class Cost:
    cpu_s: float
    wall_s: float
    memory_mb: float = 0.0

    def per_letter(self, other: Cost, letters: int) -> Cost:
        """What one of `letters` further letters costs."""
        return Cost((self.cpu_s - other.cpu_s) / letters, (self.wall_s - other.wall_s) / letters)


class Postfix:
    """The two programs, and the environment in which they run."""

    def __init__(self, folder: Path | None) -> None:
        sbin = folder / "usr/sbin" if folder else None
        places = [str(sbin)] if sbin else [os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec/postfix"]
        path = os.pathsep.join(places)
        self.source, self.sink = shutil.which("smtp-source", path=path), shutil.which("smtp-sink", path=path)
        self.environ = dict(os.environ)
        if folder:
            self.environ["LD_LIBRARY_PATH"] = str(folder / "usr/lib/postfix")

    def start_sink(self) -> tuple[subprocess.Popen[bytes], int]:
        assert self.sink
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        sink = subprocess.Popen([self.sink, *user, f"127.0.0.1:{port}", "128"], env=self.environ)
        pin(sink.pid, -1)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                time.sleep(0.05)
            else:
                return sink, port
        raise SystemExit("smtp-sink does not answer")

    def send(self, letter: Path, letters: int, port: int) -> Cost:
        assert self.source
        command = [self.source, "-d", "-s", str(CONNECTIONS), "-m", str(letters), "-F", str(letter)]
        return spend([*command, "-f", "letter@news.example.org", f"127.0.0.1:{port}"], self.environ)


CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def pin(process: int, core: int) -> None:
    """Keep a process on the first or the last core, where the system can do that."""
    if CORES:
        os.sched_setaffinity(process, {CORES[core]})


def spend(command: list[str], environ: dict[str, str]) -> Cost:
    """Run a program to its end."""
    os.sync()
    began = time.perf_counter()
    child = subprocess.Popen(command, env=environ, cwd=ROOT, preexec_fn=lambda: pin(0, 0))  # noqa: PLW1509 - no threads here
    _, status, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{command[0]} failed")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024)


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
    """Send this week's letter in a process of its own: `weekly run --now` in a new folder."""
    from deliver_ten_thousand import make

    folder = root / f"ours-{readers}"
    make(folder, readers).close()
    command = [sys.executable, "-m", "pipeline", "-C", str(folder), "-q", "run", "--now"]
    cost = spend(command, {**os.environ, **settings(port), "PYTHONPATH": str(ROOT)})
    shutil.rmtree(folder)
    return cost


def a_letter(root: Path) -> Path:
    """Write one reader's letter as a file with bare line ends, as smtp-source wants it."""
    from deliver_ten_thousand import make

    folder, outbox = root / "one", root / "outbox"
    make(folder, 1).close()
    environ = {**os.environ, "WEEKLY_TRANSPORT__OUTBOX": str(outbox), "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "pipeline", "-C", str(folder), "-q", "run", "--now"], env=environ, check=True
    )
    (letter,) = outbox.glob("*.eml")
    found = root / "letter"
    found.write_bytes(letter.read_bytes().replace(b"\r\n", b"\n"))
    print(f"the letter has {letter.stat().st_size:,} bytes")
    return found


def compare(asked: argparse.Namespace, postfix: Postfix, root: Path) -> tuple[list[Cost], list[Cost], float]:
    """Let both send in turns; returns the costs of one letter, ours and theirs, and our peak memory."""
    letter = a_letter(root)
    further, memory = asked.readers - asked.few, 0.0
    found: tuple[list[Cost], list[Cost]] = ([], [])
    sink, port = postfix.start_sink()
    try:
        small = ours(root, SMALL, port)
        print(f"{SMALL} readers cost {small.cpu_s:.2f} s CPU in all")
        for _ in range(asked.rounds):
            few, many = ours(root, asked.few, port), ours(root, asked.readers, port)
            memory = max(memory, many.memory_mb)
            found[0].append(many.per_letter(few, further))
            few, many = (postfix.send(letter, count, port) for count in (asked.few, asked.readers))
            found[1].append(many.per_letter(few, further))
    finally:
        sink.terminate()
        sink.wait()
    return *found, memory


def tell(name: str, costs: list[Cost]) -> Cost:
    cost = Cost(
        statistics.median(each.cpu_s for each in costs), statistics.median(each.wall_s for each in costs)
    )
    runs = ", ".join(f"{each.cpu_s * 1e6:.0f}" for each in costs)
    rate = 1 / cost.wall_s
    print(f"{name:<12} {cost.cpu_s * 1e6:5.0f} us CPU a letter ({runs}), {rate:6,.0f} letters a second")
    return cost


def main() -> None:
    parser = argparse.ArgumentParser()
    folder = os.environ.get("POSTFIX_FOLDER")
    parser.add_argument("--postfix", type=Path, default=Path(folder) if folder else None)
    parser.add_argument("--readers", type=int, default=11_000)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    postfix = Postfix(asked.postfix)
    if not (postfix.source and postfix.sink):
        print(
            "not measured: smtp-source and smtp-sink are missing; install postfix, or name --postfix FOLDER"
        )
        return
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        found, theirs, memory = compare(asked, postfix, Path(name))
    our, their = tell("weekly", found), tell("smtp-source", theirs)
    cpu, rate = our.cpu_s / their.cpu_s, their.wall_s / our.wall_s
    print(f"CPU {cpu:.2f} x that of smtp-source (goal {CPU_GOAL}, limit {CPU_LIMIT})")
    print(f"rate {rate:.2f} x that of smtp-source (goal {RATE_GOAL}, limit {RATE_LIMIT})")
    print(f"peak memory with {asked.readers:,} readers {memory:.0f} MB (limit {MEMORY_LIMIT_MB})")
    if cpu > CPU_LIMIT or rate < RATE_LIMIT or memory > MEMORY_LIMIT_MB:
        raise SystemExit("a limit was missed")


if __name__ == "__main__":
    main()
