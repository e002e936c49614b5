"""Opens a list of people, whatever wrote it, so that its rows can be read more than once."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

from subscribers.sheets.decoding import read_chunks
from subscribers.sheets.delimited import start_sheet
from subscribers.sheets.table import SheetRow, Table

STANDARD_INPUT = "standard input"


def open_table(
    source: Path | BinaryIO,
    *,
    name: str = "",
    sheet: str = "",  # noqa: ARG001 - for the readers of workbooks
    encoding: str = "",  # noqa: ARG001 - for the readers of text
    columns: Collection[str] = (),  # noqa: ARG001 - for the search of the header
) -> Table:
    """Open a list: a path, or a stream of bytes, which is copied to a temporary file if it cannot be reread.

    `name` is what messages call it. `sheet` chooses a sheet of a workbook, and `encoding` one for text, where
    the file alone does not say enough. `columns` are further names by which the line of column names is
    recognized, such as those that a person maps. Raises UnreadableImport with the cause and the next step,
    and OSError when the file cannot be opened.
    """
    stream, owned = _seekable(source)
    title = name or (str(source) if isinstance(source, Path) else STANDARD_INPUT)
    try:
        return _open_delimited(stream, title, owned=owned)
    except BaseException:
        if owned:
            stream.close()
        raise


def _seekable(source: Path | BinaryIO) -> tuple[BinaryIO, bool]:
    if isinstance(source, Path):
        return source.open("rb"), True
    if source.seekable():
        return source, False
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - the table closes it
    shutil.copyfileobj(source, copy)
    copy.seek(0)
    return copy, True


def _open_delimited(stream: BinaryIO, name: str, *, owned: bool) -> Table:
    start = stream.tell()

    def lines() -> Iterator[str]:
        for chunk in read_chunks(stream, start, "utf-8-sig"):
            yield from io.StringIO(chunk, newline="\n")

    def rows() -> Iterator[SheetRow]:
        return start_sheet(lines())[1]

    header, _, delimiter = start_sheet(lines())
    return Table(
        name=name,
        header=tuple(cell.strip() for cell in header),
        width=len(header),
        address_column=None,
        notes=(),
        delimiter=delimiter,
        read_rows=rows,
        release=stream.close if owned else lambda: None,
    )
