"""What `weekly run` costs when nothing is due, beside what importing the settings and the store costs.

CPU seconds of whole processes, interleaved, medians of nine. Usage: python benchmarks/idle_run.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROUNDS = 9


def cpu_s(*command: str) -> float:
    before = os.times()
    subprocess.run([sys.executable, *command], check=True, capture_output=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder = str(Path(name) / "letter")
        subprocess.run(
            [sys.executable, "-m", "pipeline", "init", folder, "--example"], check=True, capture_output=True
        )
        add = ("subscribers", "add", "ada@example.org", "--consent", "said so")
        subprocess.run(
            [sys.executable, "-m", "pipeline", "-C", folder, *add], check=True, capture_output=True
        )
        cases = {
            "python": ("-c", "pass"),
            "--help": ("-m", "pipeline", "--help"),
            "imports": (
                "-c",
                "import pipeline.settings.load, pipeline.store.issues, subscribers.store.people",
            ),
            "idle run": ("-m", "pipeline", "-C", folder, "--as-of", "2026-11-23T08:00Z", "run"),
        }
        spent: dict[str, list[float]] = {case: [] for case in cases}
        for _ in range(ROUNDS):
            for case, command in cases.items():
                spent[case].append(cpu_s(*command))
        medians = {case: statistics.median(times) for case, times in spent.items()}
        for case, median in medians.items():
            print(f"{case:<9} {median:6.3f} s CPU")
        print(
            f"idle run above importing settings and store: {medians['idle run'] - medians['imports']:.3f} s"
        )
        print(f"--help above an empty python: {medians['--help'] - medians['python']:.3f} s")


if __name__ == "__main__":
    main()
