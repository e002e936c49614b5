"""Run the benchmarks one after the other, print what they found, and write the pages that show it.

Every benchmark compares things that are measured in the same run, turn by turn; none stops the others. What
was found is kept in benchmarks/results.json, from which docs/reference/performance.md and the figures of the
README are made. Exits with 1 when a goal was missed or something could not be measured.

Usage: python benchmarks/run_all.py [--big] [--no-pages] [NAME ...]     (NAME such as start_up; default: all)

All take about fifteen minutes on a machine of two cores, with --big about an hour. SMTP needs Postfix's
smtp-source, the studio Chromium, start-up and the engine a network for packages that are compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import BIG, RESULTS, ROOT, Row, describe

FOLDER = ROOT / "benchmarks"
KEPT = FOLDER / "results.json"
HELPERS = {"measure", "run_all", "sent_issues", "sink"}
OTHERS = {"parse_foreign_files", "replay_weeks"}
"""Need a folder of foreign files, and so are called by hand."""
STATES = {0: "met", 1: "missed"}
PATIENCE_S = 3600


def list_benchmarks() -> list[str]:
    """Return the benchmarks that run without arguments, by name."""
    names = {path.stem for path in FOLDER.glob("*.py")}
    return sorted(names - HELPERS - OTHERS)


def run(name: str) -> dict[str, object]:
    """Run a benchmark; return its title, its state, its rows, and why it could not measure."""
    print(flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as place:
        command = [sys.executable, str(FOLDER / f"{name}.py")]
        try:
            ended = subprocess.run(
                command, check=False, cwd=ROOT, env={**os.environ, RESULTS: place.name}, timeout=PATIENCE_S
            ).returncode
        except subprocess.TimeoutExpired:
            ended = -1
        text = Path(place.name).read_text(encoding="utf-8")
    kept = json.loads(text) if text else {"title": name, "reason": "", "rows": []}
    state = STATES.get(ended, "not measured") if kept["rows"] else "not measured"
    reason = kept["reason"] or ("" if kept["rows"] else f"it ended with {ended}")
    return {"title": kept["title"], "state": state, "reason": reason, "rows": kept["rows"]}


def describe_machine() -> str:
    """Return processor, cores, system and Python in one line."""
    model = platform.processor() or platform.machine()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        names = [
            line.partition(":")[2] for line in cpus.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0].strip() if names else model
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def print_summary(found: dict[str, dict[str, object]]) -> None:
    """Print the rows of every benchmark again, goals that were missed last."""
    print("\n=== Summary")
    for name, result in found.items():
        reason = f": {result['reason']}" if result["reason"] else ""
        print(f"{name}: {result['state']}{reason}")
    missed = [Row(**row) for result in found.values() for row in result["rows"] if not row["is_met"]]
    for row in missed:
        print(f"  {describe(row)}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as start_up; default: all")
    parser.add_argument("--big", action="store_true", help="the largest sizes, too")
    parser.add_argument("--no-pages", action="store_true", help="print only, and write no file")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(list_benchmarks()):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(list_benchmarks())}")
    if asked.big:
        os.environ[BIG] = "1"
    found = {name: run(name) for name in asked.names or list_benchmarks()}
    print_summary(found)
    if not asked.no_pages:
        earlier = json.loads(KEPT.read_text(encoding="utf-8"))["benchmarks"] if KEPT.exists() else {}
        kept = {"machine": describe_machine(), "benchmarks": dict(sorted({**earlier, **found}.items()))}
        KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        subprocess.run([sys.executable, ROOT / "tools" / "performance.py"], check=True)
    sys.exit(any(result["state"] != "met" for result in found.values()))


if __name__ == "__main__":
    main()
