"""Reads lists in JSON: an array of objects, an object with one such array, or an object on each line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from json.decoder import JSONDecoder
from typing import BinaryIO

from subscribers.errors import UnreadableImport
from subscribers.sheets.decoding import Decoding, read_chunks
from subscribers.sheets.header import SAMPLE_ROWS, find_address_column
from subscribers.sheets.separated import find_fault
from subscribers.sheets.table import SheetRow, Table

VALUE_MAX_CHARS = 1 << 22
"""One person takes some thousand characters; more is a list in a shape that is not understood."""
NOT_AN_OBJECT = "it is not an object with a value for each column"
WRAPPERS = frozenset(
    {
        *("attributes", "attribs", "fields", "custom_fields", "merge_fields", "properties"),
        *("preferences", "settings", "data", "profile", "contact", "subscriber", "member", "person", "user"),
    }
)
"""Objects within a person that say nothing themselves: their columns go without the name in front."""
_BLANK = " \t\r\n\ufeff"


def is_json(beginning: str) -> bool:
    """Return whether a text begins like a list in JSON; `beginning` has no blanks at its start."""
    return beginning[1:].lstrip()[:1] in {"{": {'"', "}"}, "[": {"{", '"', "]"}}.get(beginning[:1], set())


def open_json(stream: BinaryIO, decoding: Decoding) -> Table:
    """Open a list in JSON, and read it once for its columns. Raises UnreadableImport if it is not valid."""
    columns: dict[str, None] = {}
    arrays: dict[str, None] = {}
    for _, array, value in _Values(read_chunks(stream, decoding)):
        arrays[array] = None
        if isinstance(value, dict):
            columns.update(dict.fromkeys(_flatten(value)))
    if len(arrays) > 1:
        names = ", ".join(arrays)
        raise UnreadableImport(f"it holds several lists: {names}; make one file of each and give all of them")
    if not arrays:
        raise UnreadableImport("the list is empty")
    header = tuple(columns)

    def read() -> Iterator[SheetRow]:
        for line, _, value in _Values(read_chunks(stream, decoding)):
            yield _to_row(line, value, header)

    place = find_address_column(list(islice(read(), SAMPLE_ROWS)))
    nested = header[place] if place is not None and header and "." in header[place] else ""
    return Table(
        name="",
        header=header,
        width=max(len(header), 1),
        address_column=place,
        part=next(iter(arrays)) or nested,
        notes=decoding.notes,
        delimiter=",",
        read_rows=read,
    )


def _to_row(line: int, value: object, header: tuple[str, ...]) -> SheetRow:
    if isinstance(value, dict):
        flat = _flatten(value)
        cells = [flat.get(column, "") for column in header]
    elif isinstance(value, str) and not header:
        cells = [value]
    else:
        return SheetRow(line, (), NOT_AN_OBJECT, json.dumps(value, ensure_ascii=False))
    fault = find_fault("".join(cells))
    return SheetRow(line, cells, fault, json.dumps(value) if fault else "")


def _flatten(person: dict[str, object]) -> dict[str, str]:
    """Return the cells of a person by column; nested values get columns, so that consent in them is seen."""
    found: dict[str, list[str]] = {}
    try:
        cells = list(_walk(person, (), set(person)))
    except RecursionError:
        raise UnreadableImport("a value is nested too deeply; export the list again") from None
    for path, text in cells:
        texts = found.setdefault(path, [])
        if text and text not in texts:
            texts.append(text)
    return {path: ";".join(texts) for path, texts in found.items()}


def _walk(value: object, path: tuple[str, ...], own: set[str]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _walk(each, (*path, key), own)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for each in value:
            yield from _walk(each, path, own)
    else:
        told = [key for key in path[:-1] if key.casefold() not in WRAPPERS]
        is_free = not told and (len(path) == 1 or path[-1] not in own)
        yield (path[-1] if is_free else ".".join(path)), _to_text(value)


def _to_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        return ";".join(map(_to_text, value))
    return json.dumps(value, ensure_ascii=False)


def _find_people(line: int, found: dict[str, object]) -> Iterator[tuple[int, str, object]]:
    """Yield the person that an object is; or those whose addresses are its keys, or stand in its arrays."""
    if found and all("@" in key for key in found):
        for address, value in found.items():
            told = value if isinstance(value, dict) else {"status": value}
            yield line, "", {"email": address, **told}
        return
    lists = {
        name: value
        for name, value in found.items()
        if isinstance(value, list) and value and all(isinstance(each, str) and "@" in each for each in value)
    }
    if not lists or any(isinstance(value, str) and "@" in value for value in found.values()):
        yield line, "", found
        return
    for name, value in lists.items():
        yield from ((line, name, each) for each in value)


class _Values:
    """The line, the name of the array (empty for an unnamed one) and the value of each person."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self._text = ""
        self._place = 0
        self._line = 1
        self._decoder = JSONDecoder()

    def __iter__(self) -> Iterator[tuple[int, str, object]]:
        if self._peek() == "[":
            yield from self._array("")
        else:
            yield from self._objects()
        if self._peek():
            raise self._invalid("there is more text after the list")

    def _objects(self) -> Iterator[tuple[int, str, object]]:
        # The first object may be a person, with others after it, or hold the list.
        others: dict[str, object] = {}
        line, is_holding = self._line, False
        self._take("{")
        while self._peek() != "}":
            key = self._value()
            if not isinstance(key, str):
                raise self._invalid("a name is expected")
            self._take(":")
            if self._peek() == "[" and self._peek(second=True) == "{":
                is_holding = True
                yield from self._array(key)
            else:
                others[key] = self._value()
            if self._peek() != "}":
                self._take(",")
        self._take("}")
        if not is_holding:
            yield from _find_people(line, others)
        while self._peek() == "{":
            yield self._line, "", self._value()

    def _array(self, name: str) -> Iterator[tuple[int, str, object]]:
        self._take("[")
        while self._peek() != "]":
            line = self._line
            yield line, name, self._value()
            if self._peek() != "]":
                self._take(",")
        self._take("]")

    def _value(self) -> object:
        self._peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._place)
            except RecursionError:
                raise self._invalid("it is nested too deeply") from None
            except ValueError as error:
                if not self._grow():
                    raise self._invalid(getattr(error, "msg", "a value cannot be read")) from None
                continue
            # A number at the end of what was read may go on.
            if end == len(self._text) and self._grow():
                continue
            self._move(end)
            return value

    def _peek(self, *, second: bool = False) -> str:
        # The next character that is not blank, or the one after it; empty at the end.
        if not second:
            self._skip_blanks()
            return self._text[self._place : self._place + 1]
        while not (rest := self._text[self._place + 1 :].lstrip(_BLANK)[:1]) and self._grow():
            pass
        return rest

    def _skip_blanks(self) -> None:
        while True:
            end = self._place
            while end < len(self._text) and self._text[end] in _BLANK:
                end += 1
            self._move(end)
            if end < len(self._text) or not self._grow():
                return

    def _take(self, mark: str) -> None:
        if self._peek() != mark:
            raise self._invalid(f"{mark!r} is expected")
        self._move(self._place + 1)

    def _move(self, end: int) -> None:
        self._line += self._text.count("\n", self._place, end)
        self._place = end

    def _grow(self) -> bool:
        if len(self._text) - self._place > VALUE_MAX_CHARS:
            raise self._invalid("a single value is too long")
        chunk = next(self._chunks, "")
        self._text, self._place = self._text[self._place :] + chunk, 0
        return bool(chunk)

    def _invalid(self, why: str) -> UnreadableImport:
        return UnreadableImport(f"line {self._line} is not valid JSON: {why}; export the list again")
