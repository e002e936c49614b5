"""What the commands cost that run often or must answer at once: next to an empty Python, and to sqlite-utils.

`sqlite-utils tables` is a command line of the same kind that lists the tables of the same database; it is
installed from PyPI into var/bench, and without a network nothing is compared with it.
Usage: python benchmarks/start_up.py
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT, Report, alternate, not_measured, spend, weekly
from sent_issues import LAST_AT, make_newsletter

ROUNDS = 9
IDLE_GOAL, READ_GOAL, MANY_GOAL = 8, 1.5, 1.1
FEW, MANY = 52, 2_600
"""A year of letters, and fifty."""
PEER = ROOT / "var" / "bench" / "sqlite-utils"


def install_peer() -> Path:
    """Return the command `sqlite-utils`, installed at the first use."""
    command = PEER / "bin" / "sqlite-utils"
    if not command.exists():
        install = [PEER / "bin" / "python", "-m", "pip", "install", "--quiet", "sqlite-utils"]
        for step in ([sys.executable, "-m", "venv", PEER], install):
            if subprocess.run(step, check=False, capture_output=True).returncode:
                not_measured("sqlite-utils cannot be installed from PyPI")
    return command


def main() -> None:
    report = Report("Commands that run often")
    peer = install_peer()
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        few, many = (make_newsletter(Path(name) / str(count), count) for count in (FEW, MANY))
        idle = ("--as-of", LAST_AT, "run")
        commands = {
            "python": [sys.executable, "-c", "pass"],
            "sqlite-utils": [peer, "tables", few / "var" / "weekly.db"],
            "--help": weekly("--help"),
            "run": weekly(*idle, folder=few),
            "run of many": weekly(*idle, folder=many),
            "status": weekly("status", folder=few),
            "count": weekly("subscribers", "count", folder=few),
            "config": weekly("config", "show", folder=few),
        }
        spent = alternate(
            {case: lambda command=command: spend(command) for case, command in commands.items()}, ROUNDS
        )
    python, tables = "an empty Python", "`sqlite-utils tables` on the same database"
    report.ratio(
        "`weekly run` with nothing due", spent["run"], python, spent["python"], at_most=IDLE_GOAL, key="idle"
    )
    report.ratio(
        f"the same with {MANY:,} issues sent",
        spent["run of many"],
        f"{FEW} issues",
        spent["run"],
        at_most=MANY_GOAL,
    )
    report.ratio("`weekly --help`", spent["--help"], python, spent["python"], key="help")
    for case, words in (("status", "`weekly status`"), ("count", "`weekly subscribers count`")):
        report.ratio(words, spent[case], tables, spent["sqlite-utils"], at_most=READ_GOAL, key=case)
    report.ratio("`weekly config show`", spent["config"], tables, spent["sqlite-utils"])
    report.finish()


if __name__ == "__main__":
    main()
