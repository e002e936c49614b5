"""Reads workbooks of Excel (XLSX, XLSB, XLS) through python-calamine, which is an extra."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from subscribers.errors import UnreadableImport
from subscribers.sheets.grids import Grid, open_grids, to_text
from subscribers.sheets.table import Table

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

UNPACKED_MAX_BYTES = 1 << 30
"""A million rows of ten columns are a third of it; the library reads a sheet as a whole."""


def open_workbook(stream: BinaryIO, start: int, sheet: str, names: Collection[str]) -> Table:
    """Open a workbook; UnreadableImport when it cannot be read, or the library is missing."""
    try:
        import python_calamine  # noqa: PLC0415 - an extra, which only workbooks need
    except ImportError:
        raise UnreadableImport(
            "workbooks of Excel need an extra: pip install 'weekly-insights[sheets]'; "
            "or save the list as CSV UTF-8"
        ) from None
    _check_size(stream, start)
    stream.seek(start)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(stream)
        grids = list(_grids(book))
    except python_calamine.PasswordError:
        raise UnreadableImport("the workbook has a password; save it without one") from None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        # Also what the library calls a panic, which is not an Exception.
        raise UnreadableImport(
            "the workbook is damaged or not one of Excel; save it again as XLSX, or as CSV UTF-8"
        ) from error
    return open_grids(grids, sheet, names)


def _check_size(stream: BinaryIO, start: int) -> None:
    stream.seek(start)
    if not zipfile.is_zipfile(stream):
        return
    with zipfile.ZipFile(stream) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > UNPACKED_MAX_BYTES:
        raise UnreadableImport("the workbook is too large to be read as a whole; save it as CSV UTF-8")


def _grids(book: CalamineWorkbook) -> Iterator[Grid]:
    for entry in book.sheets_metadata:
        if str(entry.typ).endswith("WorkSheet"):
            page = book.get_sheet_by_name(entry.name)
            yield Grid(entry.name, partial(_rows, page), not str(entry.visible).endswith(".Visible"))


def _rows(page: CalamineSheet) -> Iterator[tuple[int, Sequence[str]]]:
    if page.start is None:
        return
    for line, values in zip(count(page.start[0] + 1), page.iter_rows(), strict=False):
        yield line, [to_text(value) for value in values]
