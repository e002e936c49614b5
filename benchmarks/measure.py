"""What the benchmarks share: CPU time of processes and calls in alternating rounds, ratios, exponents, goals.

A figure says little alone, for machines differ: every goal is a ratio of two things that were measured in the
same run, turn by turn, or an exponent of growth. A benchmark exits with 0 when its goals are met, with 1 when
one is missed, and with 2 when it could not measure.

    report = Report("Start-up")
    spent = alternate({"python": lambda: spend([sys.executable, "-c", "pass"]), "run": lambda: …})
    report.ratio("idle run", spent["run"], "an empty Python", spent["python"], at_most=8)
    report.finish()
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
RESULTS = "WEEKLY_BENCH_RESULTS"
"""The environment variable with the file to which `run_all.py` has each benchmark write its rows."""
BIG = "WEEKLY_BENCH_BIG"
"""The environment variable that asks for the largest sizes, too: `make bench BIG=1`."""
MISSED, NOT_MEASURED = 1, 2
ROUNDS = 5
NOISE = 0.02
"""The share of a cost below which no growth is seen: medians of the same command differ by as much."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process or a call has used; the memory is the peak of a process, 0 for a call."""

    cpu_s: float
    wall_s: float = 0.0
    memory_mib: float = 0.0


def not_measured(reason: str) -> NoReturn:
    """End the benchmark because it cannot measure, for example where another program is missing."""
    print(f"not measured: {reason}", file=sys.stderr)
    _keep(Path(sys.argv[0]).stem, (), reason.splitlines()[0])
    raise SystemExit(NOT_MEASURED)


def _keep(title: str, rows: Sequence[Row], reason: str = "") -> None:
    """Write what was measured where `run_all.py` asks for it."""
    place = os.environ.get(RESULTS)
    if place:
        kept = {"title": title, "reason": reason, "rows": [asdict(row) for row in rows]}
        Path(place).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")


def is_big() -> bool:
    """Return whether the largest sizes are asked for, which take minutes each."""
    return bool(os.environ.get(BIG))


def weekly(*words: str, folder: Path | None = None) -> list[str]:
    """Return the command line of `weekly` in a folder, run from this working copy."""
    place = ["-C", str(folder)] if folder else []
    return [sys.executable, "-m", "pipeline", *place, *words]


def spend(
    command: Sequence[str | Path],
    *,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
    codes: tuple[int, ...] = (0,),
) -> Cost:
    """Run a command to its end; its CPU time has that of the children for which it waited.

    `folder` is its working directory, `environ` what its environment has besides ours. Ends the benchmark
    when the exit code is none of `codes`.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})}
    # What is installed has its byte code; without this, every command would compile the program.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in codes:
            output.seek(0)
            end = output.read().decode(errors="replace")[-2000:]
            words = " ".join(map(str, command))
            not_measured(f"`{words}` ended with {child.returncode}:\n{end}")
    # ru_maxrss is in bytes on macOS and in KiB elsewhere (getrusage(2) of both).
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return Cost(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / unit)


def call(work: Callable[[], object], times: int = 1) -> Cost:
    """Call a function so many times in this process; the cost is that of one call."""
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(times):
        work()
    return Cost((time.process_time() - cpu) / times, (time.perf_counter() - began) / times)


def alternate(cases: Mapping[str, Callable[[], Cost]], rounds: int = ROUNDS) -> dict[str, Cost]:
    """Let the cases take turns, and return the medians of each: what else the machine does hits all alike."""
    spent: dict[str, list[Cost]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, work in cases.items():
            spent[name].append(work())
    return {name: median(costs) for name, costs in spent.items()}


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each part."""
    return Cost(*(statistics.median(getattr(cost, part) for cost in costs) for part in Cost.__slots__))


def find_exponent(sizes: Sequence[float], costs: Sequence[Cost], base: Cost | None = None) -> float:
    """Return how the part that grows with the size grows, from the last size but one to the last.

    1 is linear, 2 quadratic. `base` is the cost without anything; without it the smallest size is taken
    for that, and three sizes are needed.
    """
    rest = list(zip(sizes, costs, strict=True))
    start, least = (0.0, base) if base else rest.pop(0)
    (small, some), (large, more) = rest[-2:]
    unseen = NOISE * least.cpu_s
    grown = max(more.cpu_s - least.cpu_s, unseen) / max(some.cpu_s - least.cpu_s, unseen)
    return math.log(grown) / math.log((large - start) / (small - start))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the performance page: `what` was measured against `against`; `figure` is what came out."""

    what: str
    measured: str
    against: str = ""
    figure: str = ""
    goal: str = ""
    is_met: bool = True
    key: str = ""
    """The name by which the README asks for the row; empty when it does not."""


class Report:
    """Collects the rows of a benchmark, prints each at once, and ends the program as its goals ask."""

    def __init__(self, title: str) -> None:
        self._title, self._rows = title, list[Row]()
        print(f"{title}: {Path(sys.argv[0]).name}")

    def show(self, what: str, measured: str, against: str = "", *, key: str = "") -> None:
        """Add a figure without a goal: it says something about this machine alone."""
        self._add(Row(what, measured, against, key=key))

    def ratio(
        self,
        what: str,
        cost: Cost | float,
        against: str,
        other: Cost | float,
        *,
        at_most: float | None = None,
        at_least: float | None = None,
        unit: str = "s",
        key: str = "",
    ) -> float:
        """Add how many times the other a thing costs (CPU for two costs), and its goal if it has one."""
        mine = cost.cpu_s if isinstance(cost, Cost) else cost
        theirs = other.cpu_s if isinstance(other, Cost) else other
        if theirs <= 0:
            not_measured(f"{against} cost nothing that can be measured")
        found = mine / theirs
        row = Row(what, write_amount(mine, unit), f"{against}: {write_amount(theirs, unit)}", key=key)
        self._add(replace(row, figure=f"{write_number(found)} ×", **_goal(found, at_most, at_least, " ×")))
        return found

    def exponent(
        self,
        what: str,
        sizes: Sequence[int],
        costs: Sequence[Cost],
        *,
        base: Cost | None = None,
        at_most: float | None = None,
        key: str = "",
    ) -> float:
        """Add how the CPU time grows with the size, and its goal if it has one."""
        found = find_exponent(sizes, costs, base)
        start = [write_amount(base.cpu_s, "s")] if base else []
        measured = ", ".join([*start, *(write_amount(cost.cpu_s, "s") for cost in costs)])
        against = ", ".join(["0", *map("{:,}".format, sizes)] if base else map("{:,}".format, sizes))
        row = Row(what, measured, f"sizes {against}", key=key)
        self._add(replace(row, figure=f"exponent {found:.2f}", **_goal(found, at_most, None, "")))
        return found

    def finish(self) -> NoReturn:
        """Write the rows where `run_all.py` asks for them, and exit with 1 when a goal was missed."""
        _keep(self._title, self._rows)
        raise SystemExit(MISSED if any(not row.is_met for row in self._rows) else 0)

    def _add(self, row: Row) -> None:
        self._rows.append(row)
        print(f"  {describe(row)}", flush=True)


def describe(row: Row) -> str:
    """Return a row as one line of text."""
    parts = [f"{row.what}: {row.measured}", row.against, row.figure]
    line = " | ".join(part for part in parts if part)
    if row.goal:
        line += f" (goal {row.goal}{'' if row.is_met else ', MISSED'})"
    return line


def _goal(found: float, at_most: float | None, at_least: float | None, unit: str) -> dict[str, object]:
    if at_most is not None:
        return {"goal": f"≤ {at_most:g}{unit}", "is_met": found <= at_most}
    if at_least is not None:
        return {"goal": f"≥ {at_least:g}{unit}", "is_met": found >= at_least}
    return {}


def write_amount(amount: float, unit: str) -> str:
    """Write an amount with three digits; short times as ms or µs."""
    if unit == "s" and amount < 0.001:
        amount, unit = amount * 1e6, "µs"
    elif unit == "s" and amount < 0.1:
        amount, unit = amount * 1e3, "ms"
    return f"{write_number(amount)} {unit}"


def write_number(number: float) -> str:
    """Write a number with three significant digits, without an exponent."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"
