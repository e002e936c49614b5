"""Tables on stdout: drawn on a terminal, plain columns everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import click

_GAP = 3
"""Blanks between two drawn columns."""

_LEAST = 12
"""How narrow the last column may become before the others are folded too."""


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Print rows under their columns; the columns named in `right` are aligned there."""
    if sys.stdout.isatty():
        _draw(columns, rows, right)
        return
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for cell, width, column in zip(row, widths, columns, strict=True)
        ]
        click.echo("  ".join(cells).rstrip())


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[str]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    needed = sum(max(map(len, cells)) + _GAP for cells in zip(columns, *rows, strict=True))
    last = max(map(len, (row[-1] for row in rows)), default=0)
    # The last column gives way first. Cut off, a slug could not be copied into the next command.
    is_roomy = needed - last + min(last, _LEAST) <= console.width
    for column in columns:
        table.add_column(
            Text(column),
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=is_roomy and column != columns[-1],
        )
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
