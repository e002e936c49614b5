"""Reads a list once, before anything is decided: what the cells of its columns are. Pure but for the table.

Columns that are needed for nothing else are only watched for words of consent.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from subscribers.importing.column_names import find_spoken_value
from subscribers.importing.dates import OrderEvidence, parse_date
from subscribers.importing.words import ConsentVerdict, answers, compact, state_words
from subscribers.sheets.table import SheetRow, Table

SURVEY_ROWS = 2_000
"""Rows at a time: enough that a column is handled in one step."""
WORDS_COUNTED = 1_000
"""So many different cells of a column are told apart; a column of states has a few."""
CLOSED_WORDS = 12
"""A column with more different cells than this does not hold answers or states."""
DATES_READ = 5_000
"""So many dates of a column are read to see whether they lie in the future."""
_ADDRESS = re.compile(r"<?[^\s<>()]+@[^\s<>()]+")
_WORDS = re.compile(r"[^\W\d_]+(?:[-_ ]?[^\W\d_]+)?")


@dataclass
class ColumnSurvey:
    """What the cells of a column are."""

    cells: Counter[str] = field(default_factory=Counter)
    """The different cells, the first WORDS_COUNTED of them, with their counts; empty ones, too."""
    spoken: str = ""
    """A cell that speaks of consent by itself, if there is one."""
    order: OrderEvidence = field(default_factory=OrderEvidence)
    dates: int = 0
    future_dates: int = 0

    @property
    def filled(self) -> list[str]:
        """The different cells that hold something, the most frequent first."""
        nothing = answers("nothing")
        return [cell for cell, _ in self.cells.most_common() if compact(cell) not in nothing]


@dataclass(frozen=True)
class ColumnUses:
    """Which columns of a table are looked at, and for what."""

    counted: Collection[int]
    watched: Collection[int]
    dates: Collection[int]


@dataclass
class TableSurvey:
    """What was found in a table."""

    rows: int = 0
    faults: int = 0
    mark: tuple[int, str] | None = None
    """The first line with a word of consent outside the columns, a heading or a note beside an address."""
    columns: Mapping[int, ColumnSurvey] = field(default_factory=dict)


def survey_table(table: Table, uses: ColumnUses, now: datetime, email: int) -> TableSurvey:
    """Read a table once."""
    found = TableSurvey(columns={place: ColumnSurvey() for place in range(table.width)})
    rows = iter(table)
    places = sorted({*uses.counted, *uses.watched, *uses.dates})
    while chunk := list(islice(rows, SURVEY_ROWS)):
        found.mark = found.mark or next(filter(None, (_find_mark(row, email, uses) for row in chunk)), None)
        good = [row.cells for row in chunk if not row.fault]
        found.rows += len(chunk)
        found.faults += len(chunk) - len(good)
        for place in places:
            _take(found.columns[place], [cells[place] for cells in good], place, uses, now)
    return found


def _find_mark(row: SheetRow, email: int, uses: ColumnUses) -> tuple[int, str] | None:
    cell = row.cells[email] if email < len(row.cells) else ""
    if "@" in cell:
        text = cell.strip()
        if text.startswith(("#", "//")):
            return row.line, text[0]
        if " " not in text and "\t" not in text:
            return None
        words = _ADDRESS.sub(" ", text)
    else:
        filled = {place: each for place, each in enumerate(row.cells) if each.strip()}
        if len(filled) > 1 or any("@" in each for each in filled.values()) or "@" in row.raw:
            return None
        if not row.fault and len(row.cells) > 1 and set(filled) & set(uses.counted):
            return None
        words = next(iter(filled.values()), row.raw)
    found = next(filter(_is_denial, (words, *_WORDS.findall(words), *re.findall(r"[^\W\d_]+", words))), "")
    return (row.line, found.strip()) if found else None


def _is_denial(word: str) -> bool:
    return state_words().get(compact(word), ConsentVerdict.ACTIVE) > ConsentVerdict.PAUSED


def _take(column: ColumnSurvey, cells: Sequence[str], place: int, uses: ColumnUses, now: datetime) -> None:
    fresh: Collection[str] = set(cells)
    if place in uses.counted or len(column.cells) <= CLOSED_WORDS:
        counts = Counter(cells)
        if len(column.cells) < WORDS_COUNTED:
            column.cells.update(counts)
        else:
            column.cells.update({cell: count for cell, count in counts.items() if cell in column.cells})
    if place in uses.watched and not column.spoken:
        column.spoken = find_spoken_value(fresh)
    if place in uses.dates:
        _take_dates(column, fresh, now)


def _take_dates(column: ColumnSurvey, cells: Collection[str], now: datetime) -> None:
    for cell in cells:
        column.order.take(cell)
    for cell in islice(cells, max(DATES_READ - column.dates, 0)):
        try:
            at = parse_date(cell.strip())
        except ValueError:
            continue
        column.dates += 1
        column.future_dates += at > now
