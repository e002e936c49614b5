"""Reads OpenDocument spreadsheets (ODS) row by row; the format is OASIS OpenDocument 1.3, part 3."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import BinaryIO
from xml.parsers import expat

from subscribers.errors import UnreadableImport
from subscribers.sheets.grids import Grid, open_grids, to_text
from subscribers.sheets.table import Table

CHUNK_BYTES = 1 << 16
COLUMNS_MAX = 16_384
"""The columns of a sheet in LibreOffice and Excel."""
ROWS_MAX = 1_048_576
"""The rows of a sheet in LibreOffice and Excel; one row may be repeated so often."""

_DAMAGED = "the workbook is damaged; save it again, or as CSV UTF-8"
_ENCRYPTED = "the workbook has a password; save it without one"
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_VALUES = ("office:date-value", "office:time-value", "office:boolean-value", "office:string-value")

_Found = tuple[str, int, Sequence[str]]


def open_opendocument(stream: BinaryIO, start: int, sheet: str, names: Collection[str]) -> Table:
    """Open an OpenDocument spreadsheet; UnreadableImport when it cannot be read."""
    titles = list(dict.fromkeys(title for title, _, _ in _read(stream, start)))
    return open_grids([Grid(title, partial(_rows, stream, start, title)) for title in titles], sheet, names)


def _rows(stream: BinaryIO, start: int, title: str) -> Iterator[tuple[int, Sequence[str]]]:
    return ((line, cells) for found, line, cells in _read(stream, start) if found == title)


def _read(stream: BinaryIO, start: int) -> Iterator[_Found]:
    # The sheet, the number and the cells of every row that is not blank.
    content = _Content()
    stream.seek(start)
    try:
        with zipfile.ZipFile(stream) as archive, archive.open("content.xml") as file:
            while data := file.read(CHUNK_BYTES):
                content.parser.Parse(data, False)
                yield from content.take()
            content.parser.Parse(b"", True)
            yield from content.take()
    except expat.ExpatError as error:
        is_encrypted = content.is_blank
        raise UnreadableImport(_ENCRYPTED if is_encrypted else _DAMAGED) from error
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, ValueError, zlib.error) as error:
        raise UnreadableImport(_DAMAGED) from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableImport(_ENCRYPTED) from error


class _Content:
    """Collects rows while the parser reads; `take` hands over those that are complete."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.buffer_text = True
        self.is_blank = True
        self._done: list[_Found] = []
        self._sheet = ""
        self._line = 1
        self._repeated = 1
        self._cells: list[str] = []
        self._value: str | None = None
        self._columns = 1
        self._paragraphs: list[str] = []
        self._comments = 0

    def take(self) -> list[_Found]:
        done, self._done = self._done, []
        return done

    def _refuse(self, *_: object) -> None:
        # A spreadsheet has no document type; the entities that one declares could fill the memory.
        raise UnreadableImport(_DAMAGED)

    def _start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self.is_blank = False
        name = _short(tag)
        given = {_short(key): value for key, value in attributes.items()} if attributes else {}
        if name == "table:table":
            self._sheet, self._line = given.get("table:name", ""), 1
        elif name == "table:table-row":
            self._cells, self._repeated = [], _number(given.get("table:number-rows-repeated"))
        elif name in _CELLS:
            self._columns = _number(given.get("table:number-columns-repeated"))
            self._value, self._paragraphs = _value(given), []
        elif name in {"office:annotation", "table:tracked-changes"}:
            self._comments += 1
        elif not self._comments:
            self._start_text(name, given)

    def _start_text(self, name: str, given: Mapping[str, str]) -> None:
        if name == "text:p":
            self._paragraphs.append("")
        elif name in {"text:s", "text:tab", "text:line-break"}:
            blank = {"text:s": " ", "text:tab": "\t"}.get(name, "\n")
            self._text(blank * min(_number(given.get("text:c")), COLUMNS_MAX))

    def _text(self, text: str) -> None:
        if self._paragraphs and not self._comments:
            self._paragraphs[-1] += text

    def _end(self, tag: str) -> None:
        name = _short(tag)
        if name in _CELLS:
            text = "\n".join(self._paragraphs) if self._value is None else self._value
            # Blank cells up to the right edge are formatting.
            repeated = min(self._columns, COLUMNS_MAX - len(self._cells))
            if text or len(self._cells) + self._columns < COLUMNS_MAX:
                self._cells += [text] * repeated
            self._paragraphs = []
        elif name == "table:table-row":
            if any(self._cells):
                repeats = range(min(self._repeated, ROWS_MAX))
                self._done += [(self._sheet, self._line + more, self._cells) for more in repeats]
            self._line += self._repeated
        elif name in {"office:annotation", "table:tracked-changes"}:
            self._comments -= 1


def _short(tag: str) -> str:
    # `urn:…:table:1.0 table-row` becomes `table:table-row`.
    space, _, name = tag.rpartition(" ")
    return f"{space.removeprefix(_NAMESPACE).partition(':')[0]}:{name}" if space else name


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1  # noqa: PLR2004 - no sheet has more


def _value(given: Mapping[str, str]) -> str | None:
    # None: the text that is shown is the value.
    for name in _VALUES:
        if name in given:
            return given[name].removesuffix("T00:00:00")
    number = given.get("office:value")
    if number is None:
        return None
    try:
        return to_text(float(number))
    except (ValueError, OverflowError):
        return number
