"""Repairs rows that were written with small mistakes, where there is no doubt what was meant. Pure."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from subscribers.sheets.header import ADDRESS

_NAMED_ADDRESS = re.compile(r'"([^"]*)"\s*(<[^<>"@\s]+@[^<>"\s]+>)')


def read_line(line: str, delimiter: str) -> list[str] | None:
    """Return the cells of one line whose quotation marks do not follow the rules of CSV; None if in doubt.

    Knows marks that are escaped by a backslash, as MySQL writes them, and `"Doe, Jane" <address>`.
    """
    if '\\"' in line and (cells := _strictly(line, delimiter, escape="\\")):
        return cells
    if _NAMED_ADDRESS.search(line):
        return _strictly(_NAMED_ADDRESS.sub(r'"""\1"" \2"', line), delimiter)
    return None


def fit(cells: Sequence[str], width: int, address_column: int | None, delimiter: str) -> list[str] | None:
    """Return the cells of a row that has too many, in the right number; None if in doubt.

    Empty cells at the end are dropped. One cell too many comes from a delimiter that is not quoted
    (`Doe, Jane`): its two pieces are joined if the place of the address, or a blank after the delimiter,
    shows which they are.
    """
    found = list(cells)
    while len(found) > width and not found[-1].strip():
        found.pop()
    if len(found) != width + 1:
        return found if len(found) == width else None
    if address_column is None or width == 1:
        return None
    addresses = [place for place, cell in enumerate(found) if ADDRESS.search(cell)]
    # After the address, what is one cell too many may be an answer in a column that has no name.
    blank = [place for place in range(width) if found[place + 1].startswith(" ") and found[place + 1].strip()]
    if addresses == [address_column + 1] and address_column == 1:
        pieces = [0]
    elif addresses == [address_column + 1]:
        pieces = [place for place in blank if place < address_column]
    elif addresses == [address_column] and delimiter == ",":
        pieces = [place for place in blank if place > address_column]
    else:
        return None
    if len(pieces) != 1:
        return None
    place = pieces[0]
    found[place : place + 2] = [found[place] + delimiter + found[place + 1]]
    return found


def _strictly(line: str, delimiter: str, escape: str | None = None) -> list[str] | None:
    try:
        rows = list(
            csv.reader(
                [line], delimiter=delimiter, strict=True, escapechar=escape, doublequote=escape is None
            )
        )
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
