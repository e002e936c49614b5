"""Opens a list of people, whatever wrote it, so that its rows can be read more than once."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from subscribers.errors import UnreadableImport
from subscribers.sheets.header import plain
from subscribers.sheets.opendocument import open_opendocument
from subscribers.sheets.signatures import Kind, find_kind
from subscribers.sheets.table import Table
from subscribers.sheets.text import open_text
from subscribers.sheets.workbooks import open_workbook

STANDARD_INPUT = "standard input"


def open_table(
    source: Path | BinaryIO,
    *,
    name: str = "",
    sheet: str = "",
    encoding: str = "",
    columns: Collection[str] = (),
) -> Table:
    """Open a list: a path, or a stream of bytes, which is copied to a temporary file if it cannot be reread.

    `name` is what messages call it. `sheet` chooses a sheet of a workbook, and `encoding` one for text, where
    the file alone does not say enough. `columns` are further names by which the line of column names is
    recognized, such as those that a person maps. Raises UnreadableImport with the cause and the next step,
    and OSError when the file cannot be opened.
    """
    stream, is_owned = _seekable(source)
    title = name or (str(source) if isinstance(source, Path) else STANDARD_INPUT)
    try:
        table = _open(stream, sheet, encoding, frozenset(map(plain, columns)))
    except BaseException:
        if is_owned:
            stream.close()
        raise
    return replace(table, name=title, release=stream.close if is_owned else table.release)


def _open(stream: BinaryIO, sheet: str, encoding: str, columns: Collection[str]) -> Table:
    start = stream.tell()
    kind = find_kind(stream, start)
    if kind is Kind.TEXT:
        if sheet:
            raise UnreadableImport(f"there is no sheet {sheet!r}: the list is text, not a workbook")
        return open_text(stream, start, encoding, columns)
    if kind is Kind.OPENDOCUMENT:
        return open_opendocument(stream, start, sheet, columns)
    return open_workbook(stream, start, sheet, columns)


def _seekable(source: Path | BinaryIO) -> tuple[BinaryIO, bool]:
    if isinstance(source, Path):
        return source.open("rb"), True
    if source.seekable():
        return source, False
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the table closes it
    shutil.copyfileobj(source, copy)
    copy.seek(0)
    return copy, True
