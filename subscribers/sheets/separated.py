"""Reads text whose cells are separated by a character (CSV and its relatives), and lists of lines.

A record that cannot be read costs that record and no other. Chunks of text without mistakes, nearly all of
them, are parsed as a whole; only the others are read row by row.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TYPE_CHECKING, NamedTuple

from subscribers.sheets import repairs
from subscribers.sheets.decoding import CUT_MARK, LINE_MAX_CHARS, UNDECODED
from subscribers.sheets.header import ADDRESS, is_address_name, is_total
from subscribers.sheets.table import (
    BROKEN_QUOTES,
    CUT_OFF,
    HOLDS_NUL,
    NOT_TEXT,
    SPLIT_ROW,
    TOO_LONG,
    WRONG_WIDTH,
    SheetRow,
)

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate cells, the usual one first, and how messages call it."""
RECORD_MAX_LINES = 50
"""A quoted cell may hold this many line breaks; more is taken as a quote that was never closed."""
AGREEMENT = 0.6
"""A delimiter that no column name confirms must cut so many of the first lines into as many cells. A list of
names and addresses with some commas in them is far below, a table with short and broken rows above."""
FULL_ROWS = 20
"""After so many full rows and no short one, a short last row without a line end is no habit of the file."""

if TYPE_CHECKING:
    from _csv import Reader as CsvReader


@dataclass(frozen=True, slots=True)
class Layout:
    """How lines become cells. Without a delimiter each line is one cell. Width 0 takes rows of any width."""

    delimiter: str
    skips_blanks: bool = False
    """Whether blanks after a delimiter do not count, so that a quote after them opens a cell."""
    width: int = 0
    address_column: int | None = None


def find_layout(lines: Sequence[str], names: Collection[str] = ()) -> Layout:
    """Find out what separates the cells of the first lines; `names` are further names of address columns."""
    best, best_rank = "", (False, 0.0, 0)
    for delimiter in DELIMITERS:
        rank = _rank(lines, delimiter, names)
        if rank > best_rank and (rank[0] or rank[1] >= AGREEMENT):
            best, best_rank = delimiter, rank
    return Layout(best, any(f'{best} "' in line for line in lines) if best else False)


def _rank(lines: Sequence[str], delimiter: str, names: Collection[str]) -> tuple[bool, float, int]:
    # By a column name that is a cell, then by how many lines have as many cells, then by the number of cells.
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error:
        rows = [row for line in lines for row in csv.reader([line], delimiter=delimiter)]
    rows = list(filter(any, rows))
    widths = Counter(len(row) for row in rows if len(row) > 1)
    if not widths:
        return False, 0.0, 0
    width, agreeing = max(widths.items(), key=lambda item: (item[1], item[0]))
    named = any(len(row) > 1 and any(is_address_name(cell, names) for cell in row) for row in rows)
    return named, agreeing / len(rows), width


class _Parsed(NamedTuple):
    # A record before its width is checked; `used` is how many lines it takes.
    cells: list[str]
    used: int
    fault: str = ""


class Records:
    """The rows of a text, from its chunks; iterate once."""

    def __init__(self, chunks: Iterable[str], layout: Layout, *, first_line: int = 1) -> None:
        self._chunks = iter(chunks)
        self._layout = layout
        self._line = first_line
        self._full_rows = 0
        self._has_short_rows = False
        self._is_cut = False
        self._second_half = 0

    def __iter__(self) -> Iterator[SheetRow]:
        return chain.from_iterable(self.read_batches())

    def read_batches(self) -> Iterator[list[SheetRow]]:
        """Yield rows in lists, some of which may be empty."""
        rest: list[str] = []
        chunk = next(self._chunks, None)
        while chunk is not None:
            following = next(self._chunks, None)
            lines = chunk.split("\n")
            if not lines[-1]:
                lines.pop()
            self._is_cut = following is None and not chunk.endswith("\n")
            rows = None if rest else self._read_quickly(chunk, lines)
            used = len(lines)
            if rows is None:
                lines = rest + lines
                rows, used = self._read_carefully(lines, is_last=following is None)
            self._line += used
            rest = lines[used:]
            yield rows
            chunk = following

    def _read_quickly(self, chunk: str, lines: list[str]) -> list[SheetRow] | None:
        # None if anything in the chunk is unusual.
        delimiter, width = self._layout.delimiter, self._layout.width
        if not delimiter or "\0" in chunk or (not chunk.isascii() and UNDECODED.search(chunk)):
            return None
        if '"' in chunk:
            try:
                cells = list(self._reader(lines))
            except csv.Error:
                return None
        else:
            cells = [line.split(delimiter) for line in lines]
        if len(cells) != len(lines) or set(map(len, cells)) != {width}:
            return None
        if any(not row[0].strip() and not "".join(row).strip() for row in cells):
            return None
        self._full_rows += len(cells)
        return list(map(SheetRow, count(self._line), cells))

    def _read_carefully(self, lines: list[str], *, is_last: bool) -> tuple[list[SheetRow], int]:
        # Returns the rows, and how many lines they are: what the next chunk goes on with is left for it.
        rows: list[SheetRow] = []
        width = self._layout.width
        is_clean = not find_fault("\n".join(lines))
        end = 0
        for place, parsed in self._parse_all(lines, is_last=is_last):
            after = place + parsed.used
            if is_clean and width and len(parsed.cells) == width and parsed.cells[0].strip():
                self._full_rows += 1
                rows.append(SheetRow(self._line + place, parsed.cells))
            elif self._is_short(parsed) and after >= len(lines) and not is_last:
                break
            else:
                rows += self._check(lines, place, parsed)
            end = after
        return rows, end

    def _parse_all(self, lines: list[str], *, is_last: bool) -> Iterator[tuple[int, _Parsed]]:
        # Stops early where a record may go on in the next chunk.
        place = 0
        while place < len(lines):
            for cells, used in self._parse_well_formed(lines, place):
                yield place, _Parsed(cells, used)
                place += used
            if place < len(lines):
                parsed = self._parse(lines, place, is_last=is_last)
                if parsed is None:
                    return
                yield place, parsed
                place += parsed.used

    def _parse_well_formed(self, lines: list[str], place: int) -> Iterator[tuple[list[str], int]]:
        # Up to the first record that has a mistake, or seems to have one.
        if not self._layout.delimiter:
            return
        reader = self._reader(f"{lines[number]}\n" for number in range(place, len(lines)))
        line = 0
        try:
            for cells in reader:
                used, line = reader.line_num - line, reader.line_num
                if used > 1 and self._is_doubtful(cells, lines[place + line - used + 1 : place + line]):
                    return
                yield cells, used
        except csv.Error:
            return

    def _parse(self, lines: list[str], place: int, *, is_last: bool) -> _Parsed | None:
        # A single record, repaired if possible. None if it may go on in the next chunk.
        line, delimiter = lines[place], self._layout.delimiter
        if not delimiter:
            return _Parsed([_unquoted(line)], 1)
        if '"' not in line:
            return _Parsed(line.split(delimiter), 1)
        end = place + RECORD_MAX_LINES
        reader = self._reader(f"{each}\n" for each in lines[place:end])
        try:
            cells = next(reader)
        except csv.Error as error:
            # The csv module has one exception for everything; these words are its own for an open quote.
            if not is_last and end > len(lines) and "unexpected end of data" in str(error):
                return None
        else:
            used = reader.line_num
            if used == 1 or not self._is_doubtful(cells, lines[place + 1 : place + used]):
                return _Parsed(cells, used)
        repaired = repairs.read_line(line, delimiter)
        if repaired is not None and self._layout.width in {0, len(repaired)}:
            return _Parsed(repaired, 1)
        return _Parsed([], 1, BROKEN_QUOTES)

    def _is_doubtful(self, cells: list[str], more_lines: Sequence[str]) -> bool:
        # Whether a quote that is closed some lines later by chance hides the rows of other people.
        column, width = self._layout.address_column, self._layout.width
        if len(more_lines) >= RECORD_MAX_LINES:
            return True
        if column is None or not any("\n" in cell and "@" in cell for cell in cells):
            return False
        split = (line.split(self._layout.delimiter) for line in more_lines)
        return any(len(row) == width and ADDRESS.search(row[column]) for row in split)

    def _check(self, lines: list[str], place: int, parsed: _Parsed) -> list[SheetRow]:
        # The row of a record; none for a blank one.
        number = self._line + place
        raw = "\n".join(lines[place : place + parsed.used])
        fault = parsed.fault or find_fault(raw)
        cells, width = parsed.cells, self._layout.width
        # Rulers of dashes stand under the column names that database programs print.
        is_blank = not any(cell and not cell.isspace() for cell in cells) or not raw.strip("-+=| \t")
        if is_blank and not fault:
            return []
        if fault or not width or len(cells) == width:
            self._full_rows += not fault
            return [SheetRow(number, cells, fault, raw if fault else "")]
        if len(cells) > width:
            fitted = repairs.fit(cells, width, self._layout.address_column, self._layout.delimiter)
            return [SheetRow(number, cells, WRONG_WIDTH, raw) if fitted is None else SheetRow(number, fitted)]
        return self._check_short(lines, place, parsed)

    def _check_short(self, lines: list[str], place: int, parsed: _Parsed) -> list[SheetRow]:
        number, raw = self._line + place, "\n".join(lines[place : place + parsed.used])
        after = place + parsed.used
        if number == self._second_half:
            return [SheetRow(number, parsed.cells, SPLIT_ROW, raw)]
        following = self._parse(lines, after, is_last=True) if after < len(lines) else None
        if following is not None and self._are_halves(parsed.cells, following.cells):
            self._second_half = self._line + after
            return [SheetRow(number, parsed.cells, SPLIT_ROW, raw)]
        # All rows were full so far and the last one has no line end either: a download that broke off.
        if after >= len(lines) and self._is_cut and self._full_rows >= FULL_ROWS and not self._has_short_rows:
            return [SheetRow(number, parsed.cells, CUT_OFF, raw)]
        self._has_short_rows = True
        return [SheetRow(number, parsed.cells + [""] * (self._layout.width - len(parsed.cells)))]

    def _are_halves(self, first: Sequence[str], second: Sequence[str]) -> bool:
        # Two short neighbours of which one has no address: a line break within a cell that is not quoted.
        width = self._layout.width
        if not any(second) or len(first) >= width or len(second) >= width:
            return False
        if len(first) + len(second) - 1 > width or is_total(second):
            return False
        return any(map(ADDRESS.search, first)) != any(map(ADDRESS.search, second))

    def _is_short(self, parsed: _Parsed) -> bool:
        return not parsed.fault and 0 < len(parsed.cells) < self._layout.width

    def _reader(self, lines: Iterable[str]) -> CsvReader:
        layout = self._layout
        return csv.reader(
            lines, delimiter=layout.delimiter, strict=True, skipinitialspace=layout.skips_blanks
        )


def find_fault(text: str) -> str:
    """Return what makes a text unusable as it is, or nothing."""
    if "\0" in text:
        return HOLDS_NUL
    if text.isascii() or not UNDECODED.search(text):
        return ""
    return TOO_LONG if CUT_MARK in text and len(text) > LINE_MAX_CHARS else NOT_TEXT


def _unquoted(line: str) -> str:
    # A list of lines may be a table of one column, in which some cells are quoted.
    if not line.startswith('"'):
        return line
    try:
        rows = list(csv.reader([line], strict=True))
    except csv.Error:
        return line
    return rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else line
