"""Writes the rows that could not be imported to a file that can be repaired and imported again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from subscribers.errors import UnreadableImport
from subscribers.importing.understanding import ListReading
from subscribers.sheets.table import SheetRow

SUFFIX = ".rejected.csv"
COLUMNS = ("line", "problem")
"""The columns before those of the list; an import does not use them."""


class RejectedFile:
    """A file that comes into being with the first rejected row and never replaces another one.

    `path` is empty while there is none, and names an older file when that holds the same rows.
    """

    def __init__(self, path: Path | None, *, is_chosen: bool) -> None:
        self.path: Path | None = None
        self._wanted = path
        self._is_chosen = is_chosen
        self._out: TextIO | None = None
        self._writer: Any = None
        self._header: tuple[str, ...] | None = None

    @classmethod
    def choose(cls, chosen: Path | None, files: Sequence[Path]) -> Self:
        """Choose the file of an import: the one that is asked for, or one next to the first list.

        Raises UnreadableImport when the one that is asked for is there already.
        """
        if chosen is not None:
            if chosen.exists():
                raise UnreadableImport(f"{chosen} is there already; give --rejected another name")
            return cls(chosen, is_chosen=True)
        first = next((file for file in files if str(file) != "-"), None)
        return cls(first, is_chosen=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._out is None or self.path is None:
            return
        self._out.close()
        if not self._is_chosen and self._wanted is not None:
            self._keep_older(self.path)

    def add(self, reading: ListReading, row: SheetRow, reason: str) -> None:
        """Write a rejected row: its line, what is wrong with it and its cells."""
        if self._wanted is None:
            return
        if self._writer is None and not self._open():
            return
        if reading.header != self._header:
            self._header = reading.header
            self._writer.writerow((*COLUMNS, *reading.header))
        cells = row.cells or ((row.raw,) if row.raw else ())
        self._writer.writerow((row.line, reason, *(cell.encode(errors="replace").decode() for cell in cells)))

    def _open(self) -> bool:
        try:
            self.path = self._wanted if self._is_chosen else self._find_free()
            if self.path is not None:
                # With a mark, so that a spreadsheet reads it as what it is.
                self._out = self.path.open("x", encoding="utf-8-sig", newline="")
                self._writer = csv.writer(self._out)
        except OSError:
            if self._is_chosen:
                raise
            # Next to a list that lies in a folder that cannot be written to.
            self.path = self._wanted = None
        return self._writer is not None

    def _names(self) -> list[Path]:
        place = self._wanted or Path()
        stem = place.name.removesuffix(SUFFIX) if place.name.endswith(SUFFIX) else place.stem
        first = place.with_name(f"{stem}{SUFFIX}")
        names = [first]
        while names[-1].exists():
            names.append(place.with_name(f"{stem}.rejected-{len(names) + 1}.csv"))
        return names

    def _find_free(self) -> Path:
        return self._names()[-1]

    def _keep_older(self, written: Path) -> None:
        """Keep one file where a list is imported again and again with the same faults."""
        older = [name for name in self._names() if name.exists() and name != written]
        same = next((name for name in older if name.read_bytes() == written.read_bytes()), None)
        if same:
            written.unlink()
            self.path = same
