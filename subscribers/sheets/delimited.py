"""Reads a list of people as spreadsheets write it (CSV), into cells with line numbers.

A record that cannot be read costs that record and no other.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from subscribers.errors import UnreadableImport
from subscribers.sheets.table import SheetRow

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e mail", "email address", "e mail address", "business email", "mail"),
    "name": ("name", "full name"),
    "first name": ("first name", "firstname", "given name"),
    "last name": ("last name", "lastname", "surname", "family name"),
    "status": ("status", "state"),
    "tags": ("tags", "tag"),
    "consent date": ("consent date", "date joined", "confirmed at", "confirm time", "optin time"),
}
"""The columns that an import uses, and the header names of each, the preferred name first."""

RECORD_MAX_LINES = 50
"""A quoted cell may hold this many line breaks; more is taken as a quote that was never closed."""

HEAD_CHARS = 500
"""How much of a header line an error repeats: the columns of a wide table, and not a file without lines."""

WRONG_WIDTH = "it has more or fewer cells than there are columns"
BROKEN_QUOTES = "its quotation marks do not match"
HOLDS_NUL = "it holds a NUL character"
NOT_UTF8 = "it holds bytes that are not UTF-8; save the list as CSV UTF-8"

_DELIMITERS = ",;\t"
_UNDECODED = re.compile("[\ud800-\udfff]")
_FOREIGN_STARTS = (
    ("\udcff\udcfe", "UTF-16"),
    ("\udcfe\udcff", "UTF-16"),
    ("\ufffd\ufffd", "UTF-16"),
    ("ÿþ", "UTF-16"),
    ("þÿ", "UTF-16"),
    ("PK\x03\x04", "a workbook"),
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list whose first line was read. `columns` is the index of each of COLUMNS that it has."""

    columns: Mapping[str, int]
    ignored: tuple[str, ...]
    records: Iterator[SheetRow]
    """Can be iterated once; blank records are left out."""


def open_text(stream: BinaryIO) -> TextIO:
    """Read bytes as UTF-8, with or without a mark; bytes that are not UTF-8 are kept, to be reported."""
    return io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")


def read_sheet(
    lines: Iterable[str],
    column_map: Mapping[str, str] | None = None,
    known: Mapping[str, tuple[str, ...]] = COLUMNS,
) -> Sheet:
    """Read the header line of a list and return its records lazily.

    `column_map` names columns outright: `{"Business Email": "email"}`. `known` are the columns that are
    looked for; `email` must be one of them. Comma, semicolon and tab are told
    apart by the first line. Raises UnreadableImport when no column holds addresses.
    """
    head, records, _ = start_sheet(lines)
    columns = _find_columns(head, column_map or {}, known)
    ignored = tuple(
        cell.strip() for place, cell in enumerate(head) if place not in columns.values() and cell.strip()
    )
    return Sheet(columns, ignored, records)


def start_sheet(lines: Iterable[str]) -> tuple[tuple[str, ...], Iterator[SheetRow], str]:
    """Read the header line of a list; returns its cells, the rows that follow, lazily, and the delimiter."""
    source = _Lines(lines)
    first = source.take()
    while first is not None and not first.strip("\ufeff \t\r\n"):
        first = source.take()
    if first is None:
        raise UnreadableImport("the list is empty")
    _refuse_foreign(first)
    delimiter = ""
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == len("sep=;"):
        delimiter, first = first[4], source.take() or ""
    source.give_back([first.removeprefix("\ufeff")])
    delimiter = delimiter or _delimiter_of(first)
    head = next(_records(source, delimiter, 0), SheetRow(1, ()))
    if head.fault:
        raise UnreadableImport(f"the first line cannot be read: {head.fault}")
    return tuple(head.cells), _records(source, delimiter, len(head.cells)), delimiter


class _Lines:
    """Physical lines with their numbers, that can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.number = 0

    def take(self) -> str | None:
        try:
            line = self._again.popleft() if self._again else next(self._lines, None)
        except UnicodeDecodeError as error:
            raise UnreadableImport("the list is not UTF-8; save it as CSV UTF-8") from error
        if line is not None:
            self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._again.extendleft(reversed(lines))
        self.number -= len(lines)


def _records(source: _Lines, delimiter: str, width: int) -> Iterator[SheetRow]:
    # Width 0 is the first line, which sets it.
    while (line := source.take()) is not None:
        number = source.number
        if '"' in line:
            record = _quoted(source, line, delimiter, number)
            line = "".join(record.cells)
        else:
            record = SheetRow(number, line.rstrip("\r\n").split(delimiter))
        fault = record.fault or _fault_of(line)
        if fault:
            yield SheetRow(number, (), fault)
        elif any(cell and not cell.isspace() for cell in record.cells):
            wrong = width and len(record.cells) != width
            yield SheetRow(number, (), WRONG_WIDTH) if wrong else record


def _fault_of(text: str) -> str:
    if "\0" in text:
        return HOLDS_NUL
    return NOT_UTF8 if not text.isascii() and _UNDECODED.search(text) else ""


def _quoted(source: _Lines, line: str, delimiter: str, number: int) -> SheetRow:
    lines = [line]
    while True:
        try:
            return SheetRow(number, next(csv.reader(lines, delimiter=delimiter, strict=True), []))
        except csv.Error as error:
            # The csv module has one exception for everything; these words are its own for an open quote.
            more = (
                source.take()
                if "unexpected end of data" in str(error) and len(lines) < RECORD_MAX_LINES
                else None
            )
        if more is None:
            source.give_back(lines[1:])
            return SheetRow(number, (), BROKEN_QUOTES)
        lines.append(more)


def _delimiter_of(first: str) -> str:
    def cells(delimiter: str) -> int:
        return len(next(csv.reader([first], delimiter=delimiter), []))

    return max(_DELIMITERS, key=cells)


def _refuse_foreign(first: str) -> None:
    for start, kind in _FOREIGN_STARTS:
        if first.startswith(start):
            raise UnreadableImport(f"the list is {kind}; save it as CSV UTF-8")
    if "\0" in first:
        raise UnreadableImport("the list is UTF-16 or not a text file; save it as CSV UTF-8")


def _find_columns(
    head: Sequence[str], column_map: Mapping[str, str], known: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, cell in enumerate(head):
        places.setdefault(_plain(cell), place)
    found = {}
    for column, target in column_map.items():
        if _plain(target) not in known:
            raise UnreadableImport(f"a column can be mapped to {', '.join(known)}; not to {target!r}")
        if _plain(column) not in places:
            raise UnreadableImport(f"the list has no column {column!r}")
        found[_plain(target)] = places[_plain(column)]
    for target, names in known.items():
        free = [places[name] for name in names if name in places and places[name] not in found.values()]
        if free:
            found.setdefault(target, free[0])
    if "email" not in found:
        raise UnreadableImport(_no_addresses(head))
    return found


def _no_addresses(head: Sequence[str]) -> str:
    if any("@" in cell for cell in head):
        return "the first line must name the columns, and it holds an address"
    names = ", ".join(cell.strip() for cell in head)[:HEAD_CHARS]
    return (
        f"no column is known to hold addresses; name it with --map 'COLUMN=email'. The columns are: {names}"
    )


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[_-]", " ", name.casefold()).split())
