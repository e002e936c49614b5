"""How commands grow with the readers and with the issues sent, as whole processes: sizes × 1, 10, 100.

The catalogue is in large_catalogue.py, the news are in news_growth.py.
Usage: python benchmarks/growth.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from measure import Cost, Report, alternate, spend, weekly
from sent_issues import LAST_AT, make_newsletter

ROUNDS = 3
GOAL = 1.1
"""The largest exponent: a tenth is left for sorting, and for what the machine does besides."""
ISSUES = (26, 260, 2_600)
READERS = (1_000, 10_000, 100_000)
PROOF = ("--source", "a list", "--consent-date", "2026-01-01", "--consent-text", "Send me the letter")


def import_readers(folder: Path, count: int) -> Cost:
    """Import readers into a newsletter that has none."""
    for file in (folder / "var").glob("weekly.db*"):
        file.unlink()
    rows = "".join(f"reader{number}@example.org,Reader {number}\n" for number in range(count))
    (folder / "readers.csv").write_text(f"email,name\n{rows}", encoding="utf-8")
    spend(weekly("db", "upgrade", folder=folder))
    return spend(weekly("-q", "subscribers", "import", str(folder / "readers.csv"), *PROOF, folder=folder))


def compare(report: Report, what: str, works: Mapping[int, Callable[[], Cost]]) -> None:
    """Let the sizes take turns, and add the exponent."""
    spent = alternate({str(size): work for size, work in works.items()}, ROUNDS)
    report.exponent(what, list(works), list(spent.values()), at_most=GOAL)


def main() -> None:
    report = Report("Growth with readers and issues")
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder = Path(name) / "readers"
        spend(weekly("init", str(folder), "--example"))
        imports = {size: lambda size=size: import_readers(folder, size) for size in READERS}
        compare(report, "`weekly subscribers import`, by readers", imports)
        folders = {size: make_newsletter(Path(name) / str(size), size) for size in ISSUES}
        for what, words in {
            "`weekly -v run` with nothing due, which looks properly": ("--as-of", LAST_AT, "-v", "run"),
            "`weekly issue explain`": ("--as-of", LAST_AT, "issue", "explain"),
        }.items():
            works = {
                size: lambda folder=folder, words=words: spend(weekly(*words, folder=folder))
                for size, folder in folders.items()
            }
            compare(report, f"{what}, by issues sent", works)
    report.finish()


if __name__ == "__main__":
    main()
