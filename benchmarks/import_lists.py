"""Importing lists of readers next to SQLite's own import of the same rows, and listing and exporting them.

The other side is `.import` of the sqlite3 shell: the same rows into the same tables with the same indexes,
without validation, deduplication and consent. An earlier version of the program to compare with is given by
its commit; it imports, lists and exports the same list.

Usage: python benchmarks/import_lists.py [COMMIT]
"""

from __future__ import annotations

import csv
import hashlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import ROOT, Cost, Report, alternate, is_big, not_measured, spend, weekly

SIZES = (10_000, 100_000)
BIGGEST = 1_000_000
ROUNDS = {10_000: 5, 100_000: 3, BIGGEST: 1}
GOAL = 2.5
"""How many times the CPU of the shell an import may cost."""
EARLIER = 0.5
"""The share of what the other version costs that anything else may cost."""
MEMORY_MIB = 100
PROOF = ("--source", "a list", "--consent-date", "2026-01-01", "--consent-text", "Send me the letter")
TABLES = ("subscriber", "consent_event")


class Newsletter:
    """A folder of a newsletter, and the working copy of the program that works on it."""

    def __init__(self, folder: Path, tree: Path, *, is_ours: bool) -> None:
        self.folder = folder
        self._environ = {"PYTHONPATH": str(tree)}
        self._tree = tree
        self._is_ours = is_ours
        self.run("init", str(folder), "--example", inside=False)

    @property
    def database(self) -> Path:
        return self.folder / "var" / "weekly.db"

    def run(self, *words: str, inside: bool = True) -> Cost:
        command = weekly(*words, folder=self.folder if inside else None)
        return spend(command, folder=self._tree, environ=self._environ)

    def clear(self) -> None:
        """Make the database, without a reader."""
        for file in self.folder.glob("var/weekly.db*"):
            file.unlink()
        self.run("db", "create" if self._is_ours else "upgrade")

    def load(self, rows: Path, *more: str) -> Cost:
        """Import a list."""
        asked = ("--yes",) if self._is_ours and "--dry-run" not in more else ()
        return self.run("-q", "subscribers", "import", str(rows), *PROOF, *asked, *more)

    def load_anew(self, rows: Path) -> Cost:
        """Import a list into an empty database."""
        self.clear()
        return self.load(rows)


class Shell:
    """The sqlite3 shell with the rows that an import has written."""

    def __init__(self, folder: Path, filled: Path) -> None:
        self._database = folder / "shell.db"
        self._script = folder / "import.sql"
        with sqlite3.connect(filled) as connection:
            self._schema = [
                sql
                for (sql,) in connection.execute(
                    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
                )
            ]
            lines = [".mode csv"]
            for table in TABLES:
                place = folder / f"{table}.csv"
                with place.open("w", newline="", encoding="utf-8") as out:
                    writer = csv.writer(out)
                    for row in connection.execute(f"SELECT * FROM {table} ORDER BY id"):
                        # A hash as text of as many bytes: the shell reads no other.
                        writer.writerow(
                            [one.hex()[: len(one)] if isinstance(one, bytes) else one for one in row]
                        )
                lines.append(f".import {place} {table}")
        self._script.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def load(self) -> Cost:
        for file in self._database.parent.glob("shell.db*"):
            file.unlink()
        with sqlite3.connect(self._database) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            for sql in self._schema:
                connection.execute(sql)
        return spend(["sqlite3", self._database, f".read {self._script}"])


def write_list(place: Path, size: int) -> Path:
    """Write a list whose addresses come in no order, as those of other tools do."""
    with place.open("w", encoding="utf-8") as out:
        out.write("email,name\n")
        for number in range(size):
            who = f"ann.{hashlib.sha256(str(number).encode()).hexdigest()[:10]}"
            out.write(f"{who}@mail{number % 997}.example.org,Reader {number}\n")
    return place


def compare_with_shell(report: Report, ours: Newsletter, folder: Path, size: int) -> None:
    """Import a list, and the rows that this made by the shell, turn by turn."""
    rows = write_list(folder / "list.csv", size)
    first = ours.load_anew(rows)
    shell = Shell(folder, ours.database)
    spent = alternate({"ours": lambda: ours.load_anew(rows), "shell": shell.load}, ROUNDS[size])
    report.ratio(
        f"importing {size:,} readers, checked and with their consent",
        spent["ours"],
        "`.import` of the sqlite3 shell",
        spent["shell"],
        at_most=GOAL,
        key="import" if size == 100_000 else "",
    )
    ours.clear()
    dry = ours.load(rows, "--dry-run")
    for what, cost in (("importing", first), ("a dry run of", dry)):
        report.ratio(
            f"memory for {what} {size:,} new readers",
            cost.memory_mib,
            "the goal",
            MEMORY_MIB,
            at_most=1,
            unit="MiB",
        )


def compare_with_earlier(report: Report, versions: dict[str, Newsletter], rows: Path, size: int) -> None:
    """Import the same list again, list it and export it, turn by turn with the other version."""
    for each in versions.values():
        each.load_anew(rows)
    works = {
        "importing it again": lambda each: each.load(rows),
        "listing": lambda each: each.run("-q", "subscribers", "list"),
        "exporting": lambda each: each.run("-q", "subscribers", "export"),
    }
    for what, work in works.items():
        spent = alternate(
            {name: lambda each=each, work=work: work(each) for name, each in versions.items()}, ROUNDS[size]
        )
        names = list(versions)
        if len(names) == 1:
            report.show(f"{what}, {size:,} readers", f"{spent[names[0]].cpu_s:.2f} s")
            continue
        report.ratio(f"{what}, {size:,} readers", spent[names[0]], names[1], spent[names[1]], at_most=EARLIER)


def check_out(commit: str, folder: Path) -> Path:
    """Write the files of a commit to a folder."""
    folder.mkdir()
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


def main() -> None:
    if shutil.which("sqlite3") is None:
        not_measured("the sqlite3 shell is missing (Debian: apt install sqlite3)")
    report = Report("Importing lists")
    with tempfile.TemporaryDirectory(prefix="weekly-bench-") as name:
        folder = Path(name)
        ours = Newsletter(folder / "ours", ROOT, is_ours=True)
        versions = {"ours": ours}
        for commit in sys.argv[1:2]:
            tree = check_out(commit, folder / "earlier")
            versions[commit] = Newsletter(folder / "theirs", tree, is_ours=False)
        for size in (*SIZES, *((BIGGEST,) if is_big() else ())):
            compare_with_shell(report, ours, folder, size)
            compare_with_earlier(report, versions, folder / "list.csv", size)
    report.finish()


if __name__ == "__main__":
    main()
