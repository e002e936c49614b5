"""What `weekly run` costs when nothing is due, as a multiple of an empty Python.

Usage: python benchmarks/idle_run.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measure import Report, alternate, spend, weekly

ROUNDS = 9
GOAL = 8
"""The most that an idle run may cost, in empty Pythons."""
AS_OF = "2026-11-23T08:00Z"


def main() -> None:
    report = Report("A run with nothing due")
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder = Path(name) / "letter"
        spend(weekly("init", str(folder), "--example"))
        spend(weekly("subscribers", "add", "ada@example.org", "--consent", "said so", folder=folder))
        cases = {
            "python": [sys.executable, "-c", "pass"],
            "--help": weekly("--help"),
            "run": weekly("--as-of", AS_OF, "run", folder=folder),
        }
        spent = alternate(
            {case: lambda command=command: spend(command) for case, command in cases.items()}, ROUNDS
        )
    python = spent["python"]
    report.ratio("`weekly run`", spent["run"], "an empty Python", python, at_most=GOAL, key="idle_run")
    report.ratio("`weekly --help`", spent["--help"], "an empty Python", python, key="help")
    report.finish()


if __name__ == "__main__":
    main()
