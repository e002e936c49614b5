"""A list of people as a table: a header and rows of cells, with the lines they stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Self

WRONG_WIDTH = "it has more or fewer cells than there are columns"
BROKEN_QUOTES = "its quotation marks do not match"
HOLDS_NUL = "it holds a NUL character"
NOT_TEXT = "it holds bytes that are not text in the encoding of the file; save the list as CSV UTF-8"
TOO_LONG = "it is too long for one row; look for a quotation mark that is never closed"
SPLIT_ROW = "it seems to be one row that a line break splits in two; join the two lines"
CUT_OFF = "the file ends within this row; export the list again"
"""What is wrong with a row. Constants, so that none can repeat what is in the row."""


class SheetRow(NamedTuple):
    """One record: the line (from 1) that it starts on, its cells, and what is wrong with it, or empty.

    A good row has exactly as many cells as the table is wide. A row with a fault has those that could be told
    apart, and `raw` is its text as it stands in the file, without the line end.
    """

    line: int
    cells: Sequence[str]
    fault: str = ""
    raw: str = ""


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Table:
    """A list whose header was read. Iterate it for its rows, as often as you like, each time from the start.

    Blank rows, and title rows before and total rows after the data, are left out. Close it, or use it in a
    `with` statement.
    """

    name: str
    """What messages call it: the path, or "standard input"."""
    header: tuple[str, ...]
    """The names of the columns as they are written, without blanks around them; empty if there are none."""
    width: int
    """How many cells a good row has."""
    address_column: int | None
    """The column that holds addresses, by its content; None if that is not clear."""
    notes: tuple[str, ...]
    """What was found out about the file, a sentence each: encoding, sheet, skipped rows."""
    delimiter: str
    """What separates the cells of the raw text; a comma for files without delimiters."""
    read_rows: Callable[[], Iterator[SheetRow]]
    release: Callable[[], None] = field(default=_nothing)
    part: str = ""
    """What the file calls the list in it, such as the name of an array; empty if it does not."""

    def __iter__(self) -> Iterator[SheetRow]:
        return self.read_rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and remove the copy of one that could be read only once."""
        self.release()
