"""Tables on stdout: fitted to a terminal, plain columns everywhere else. Words are never split."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator, Sequence

import click

from pipeline.cli.options import say
from pipeline.render.text import columns as count_columns

_GAP = 2
"""Spaces between two columns."""

_NARROWEST = 16
"""Columns of text become no narrower than this before a column in `spare` is left out: two short words."""

_Rows = Sequence[Sequence[str]]


def shorten(words: str, most: int) -> str:
    """Cut words to so many columns, with `…` for what is gone."""
    if count_columns(words) <= most:
        return words
    while count_columns(words) >= most:
        words = words[:-1]
    return f"{words.rstrip()}…"


def print_table(
    columns: Sequence[str],
    rows: _Rows,
    *,
    right: Collection[str] = (),
    spare: Sequence[str] = (),
) -> None:
    """Print rows under their columns; those named in `right` are aligned there.

    On a terminal that is too narrow, columns named in `spare` are left out, the first of them first, and
    rows that still do not fit are written one cell to a line.
    """
    if not sys.stdout.isatty():
        for line in format_rows((columns, *rows), _find_places(columns, right)):
            click.echo(line)
        return
    width = shutil.get_terminal_size().columns
    left_out = _choose(columns, rows, spare, width)
    kept = [number for number, column in enumerate(columns) if column not in left_out]
    columns = [columns[number] for number in kept]
    rows = [[row[number] for number in kept] for row in rows]
    least = _measure(columns, rows, _longest_word)
    fits = sum(least) + _GAP * (len(least) - 1) <= width
    for line in _draw(columns, rows, right, width) if fits else _stack(columns, rows, width):
        click.echo(line)
    if left_out:
        say(f"left out on a terminal of {width} columns: {', '.join(left_out)}")


def format_rows(rows: _Rows, right: Collection[int] = ()) -> Iterator[str]:
    """Write rows in columns as wide as their widest cell; `right` are the places of those aligned right."""
    widths = [max(map(count_columns, cells)) for cells in zip(*rows, strict=True)]
    for row in rows:
        yield _join(row, widths, right)


def _choose(columns: Sequence[str], rows: _Rows, spare: Sequence[str], width: int) -> list[str]:
    """Choose the columns to leave out so that the others fit."""
    wanted = {
        column: max(_longest_word(cell) if len(cell) > _NARROWEST else count_columns(cell) for cell in cells)
        for column, *cells in zip(columns, columns, *rows, strict=True)
    }
    left_out: list[str] = []
    for column in spare:
        if sum(wanted.values()) + _GAP * (len(wanted) - 1) <= width:
            break
        left_out += [column] if wanted.pop(column, 0) else []
    return left_out


def _draw(columns: Sequence[str], rows: _Rows, right: Collection[str], width: int) -> Iterator[str]:
    """Draw a table; long cells are wrapped between words."""
    least = _measure(columns, rows, _longest_word)
    widths, places = _measure(columns, rows, count_columns), _find_places(columns, right)
    while sum(widths) + _GAP * (len(widths) - 1) > width:
        room = [(most - few, number) for number, (few, most) in enumerate(zip(least, widths, strict=True))]
        widths[max(room)[1]] -= 1
    for number, row in enumerate((columns, *rows)):
        for line in _wrap(row, widths):
            shown = _join(line, widths, places)
            yield click.style(shown, bold=True) if number == 0 else shown
        if number == 0:
            yield (" " * _GAP).join("─" * each for each in widths)


def _stack(columns: Sequence[str], rows: _Rows, width: int) -> Iterator[str]:
    """Write each cell on a line of its own, for terminals that no table fits."""
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield click.style(row[0], bold=True)
        for column, cell in zip(columns[1:], row[1:], strict=True):
            yield from textwrap.wrap(
                f"{column}: {cell or '-'}",
                max(width, _NARROWEST),
                initial_indent="  ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            )


def _wrap(row: Sequence[str], widths: Sequence[int]) -> list[list[str]]:
    """Wrap the cells of a row into lines, as many as the longest cell needs."""
    cells = [
        textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False)
        if count_columns(cell) > width
        else [cell]
        for cell, width in zip(row, widths, strict=True)
    ]
    return [[(cell[n : n + 1] or [""])[0] for cell in cells] for n in range(max(map(len, cells)))]


def _join(row: Sequence[str], widths: Sequence[int], right: Collection[int]) -> str:
    cells = []
    for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
        pad = " " * (width - count_columns(cell))
        cells.append(pad + cell if place in right else cell + pad)
    return (" " * _GAP).join(cells).rstrip()


def _find_places(columns: Sequence[str], named: Collection[str]) -> frozenset[int]:
    return frozenset(place for place, column in enumerate(columns) if column in named)


def _measure(columns: Sequence[str], rows: _Rows, measure: Callable[[str], int]) -> list[int]:
    return [max(map(measure, cells)) for cells in zip(columns, *rows, strict=True)]


def _longest_word(cell: str) -> int:
    return max(map(count_columns, cell.split()), default=0)
