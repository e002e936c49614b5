"""Makes a table of rows of cells that are apart already: the sheets of workbooks. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice

from subscribers.errors import UnreadableImport
from subscribers.sheets.header import HEAD_ROWS, SAMPLE_ROWS, TAIL_ROWS, Head, count_footers, find_head
from subscribers.sheets.separated import find_fault
from subscribers.sheets.table import WRONG_WIDTH, SheetRow, Table

NAMES_MAX_CHARS = 300
"""How much of the names of sheets an error repeats."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet. `read` yields the number of each row, from 1, and its cells as texts, from the start."""

    name: str
    read: Callable[[], Iterator[tuple[int, Sequence[str]]]]
    is_hidden: bool = False


def open_grids(grids: Sequence[Grid], sheet: str, names: Collection[str]) -> Table:
    """Make a table of the sheet that is wanted, or else of the only one with addresses.

    `names` are further names of columns of addresses. Raises UnreadableImport when no sheet has any rows, or
    several have addresses: one of them may name those who left.
    """
    if not grids:
        raise UnreadableImport("the workbook has no sheets")
    heads = [(grid, _find_head(grid, names)) for grid in _wanted(grids, sheet)]
    with_addresses = [(grid, head) for grid, head in heads if head.address_column is not None]
    visible = [(grid, head) for grid, head in with_addresses if not grid.is_hidden] or with_addresses
    if len(visible) > 1:
        raise UnreadableImport(
            f"several sheets hold addresses: {_list(grid for grid, _ in visible)}; import them one by one, "
            "with --sheet NAME"
        )
    found = visible or [(grid, head) for grid, head in heads if head.width]
    if not found:
        raise UnreadableImport(f"the sheet {sheet!r} is empty" if sheet else "the workbook is empty")
    return _table(*found[0], grids)


def to_text(value: object) -> str:
    """Return the value of a cell as text: numbers without a needless `.0`, dates in ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - what a double holds exactly
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return "" if value is None else str(value)


def _wanted(grids: Sequence[Grid], sheet: str) -> Sequence[Grid]:
    if not sheet:
        return grids
    found = [grid for grid in grids if grid.name == sheet]
    found = found or [grid for grid in grids if grid.name.strip().casefold() == sheet.strip().casefold()]
    if not found:
        raise UnreadableImport(f"the workbook has no sheet {sheet!r}; it has {_list(grids)}")
    return found[:1]


def _list(grids: Iterator[Grid] | Sequence[Grid]) -> str:
    return ", ".join(repr(grid.name) for grid in grids)[:NAMES_MAX_CHARS]


def _find_head(grid: Grid, names: Collection[str]) -> Head:
    return find_head(list(islice(_filled(grid), HEAD_ROWS + SAMPLE_ROWS)), names)


def _filled(grid: Grid) -> Iterator[SheetRow]:
    for line, cells in grid.read():
        if any(cell and not cell.isspace() for cell in cells):
            yield SheetRow(line, cells)


def _table(grid: Grid, head: Head, grids: Sequence[Grid]) -> Table:
    header = list(head.names)
    while header and not header[-1]:
        header.pop()
    width = len(header) or head.width
    rows = list(islice(_filled(grid), head.rows + 1))
    notes = []
    if len(grids) > 1:
        notes.append(f"the sheet {grid.name!r} was read; the workbook has {len(grids)}: {_list(grids)}")
    if head.titles:
        notes.append(
            f"the column names stand in row {rows[head.titles].line}; what is above them was skipped"
        )
    if not head.names:
        notes.append("the sheet has no row of column names")

    def read() -> Iterator[SheetRow]:
        return _without_footers(islice(_filled(grid), head.rows, None), width, head.address_column)

    return Table("", tuple(header), width, head.address_column, tuple(notes), ",", read)


def _without_footers(rows: Iterator[SheetRow], width: int, address_column: int | None) -> Iterator[SheetRow]:
    held: deque[SheetRow] = deque()
    for row in rows:
        held.append(_fitted(row, width))
        if len(held) > TAIL_ROWS:
            yield held.popleft()
    footers = count_footers(list(held), width, address_column)
    yield from islice(held, len(held) - footers)


def _fitted(row: SheetRow, width: int) -> SheetRow:
    cells = list(row.cells[:width])
    if any(cell.strip() for cell in row.cells[width:]):
        return SheetRow(row.line, row.cells, WRONG_WIDTH, ",".join(row.cells))
    cells += [""] * (width - len(cells))
    fault = find_fault("".join(cells))
    return SheetRow(row.line, cells, fault, ",".join(cells) if fault else "")
