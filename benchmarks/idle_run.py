"""What `weekly run` costs when nothing is due, as a multiple of an empty Python.

Whole processes, interleaved, medians of nine. Fails when the run that cron repeats costs more than eight
empty Pythons; a first run, which has no note of an earlier one, imports the settings and the store.
Usage: python benchmarks/idle_run.py
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 9
GOAL = 8
"""The most that a repeated idle run may cost, in empty Pythons."""


def cpu_s(*command: str) -> float:
    child = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder = str(Path(name) / "letter")
        os.environ["XDG_CACHE_HOME"] = str(Path(name) / "cache")
        subprocess.run(
            [sys.executable, "-m", "pipeline", "init", folder, "--example"], check=True, capture_output=True
        )
        add = ("subscribers", "add", "ada@example.org", "--consent", "said so")
        subprocess.run(
            [sys.executable, "-m", "pipeline", "-C", folder, *add], check=True, capture_output=True
        )
        run = ("-m", "pipeline", "-C", folder, "--as-of", "2026-11-23T08:00Z", "run")
        cases = {
            "python": ("-c", "pass"),
            "--help": ("-m", "pipeline", "--help"),
            "imports": (
                "-c",
                "import pipeline.settings.load, pipeline.store.issues, subscribers.store.people",
            ),
            "first idle run": run,
            "idle run": run,
        }
        spent: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            shutil.rmtree(Path(name) / "cache", ignore_errors=True)
            for case, command in cases.items():
                spent[case].append(cpu_s(*command))
    medians = {case: statistics.median(times) for case, times in spent.items()}
    for case, median in medians.items():
        print(f"{case:<14} {median:6.3f} s CPU, {median / medians['python']:5.1f} x an empty Python")
    if medians["idle run"] > GOAL * medians["python"]:
        raise SystemExit(f"an idle run costs more than {GOAL} x an empty Python")


if __name__ == "__main__":
    main()
