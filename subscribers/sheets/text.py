"""Opens lists that are text: separated values, lists of lines, JSON and vCards."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from email.utils import getaddresses
from itertools import chain, islice
from typing import BinaryIO

from subscribers.errors import UnreadableImport
from subscribers.sheets.decoding import Decoding, find_decoding, read_chunks
from subscribers.sheets.header import ADDRESS, HEAD_ROWS, SAMPLE_ROWS, Head, count_footers, find_head
from subscribers.sheets.json_lists import is_json, open_json
from subscribers.sheets.separated import DELIMITERS, Layout, Records, find_fault, find_layout
from subscribers.sheets.table import SheetRow, Table
from subscribers.sheets.vcards import is_vcard, open_vcards

SAMPLE_LINES = 2 * (HEAD_ROWS + SAMPLE_ROWS)
"""The first lines, from which everything about the file is found out; twice as many for blank ones."""
HEAD_CHARS = 4_096
"""So much shows whether a file is text: of random bytes a tenth are control characters, of text none."""
TAIL_BYTES = 16_384
"""The end of the file, in which total rows are looked for."""


_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")


def open_text(stream: BinaryIO, start: int, encoding: str, names: Collection[str]) -> Table:
    """Open a list that is text; `names` are further names of columns of addresses, plain."""
    decoding = find_decoding(stream, start, encoding)
    first = next(read_chunks(stream, decoding), "")
    beginning = first.lstrip("\ufeff \t\r\n")[:100]
    if not beginning:
        raise UnreadableImport("the list is empty")
    head = first[:HEAD_CHARS]
    if len(_CONTROL.findall(head)) * 20 > len(head):
        raise UnreadableImport("the file is not text; export the list as CSV UTF-8")
    if is_json(beginning):
        return open_json(stream, decoding)
    if is_vcard(beginning):
        return open_vcards(stream, decoding)
    recipients = _read_recipients(first)
    if recipients:
        return _make_recipients(recipients, decoding)
    return _open_separated(stream, decoding, first, names)


def _read_recipients(first: str) -> list[str]:
    # The line of recipients of a mail: several addresses and nothing else.
    line = first.strip("\ufeff \n")
    if "\n" in line or line.count("@") < 2 or len(first) > TAIL_BYTES:  # noqa: PLR2004 - several
        return []
    found = getaddresses([line.replace(";", ",").rstrip(", ")])
    is_list = all(ADDRESS.search(address) for _, address in found)
    if not is_list:
        return []
    return [f"{name} <{address}>" if name else address for name, address in found]


def _make_recipients(recipients: list[str], decoding: Decoding) -> Table:
    def read() -> Iterator[SheetRow]:
        return (SheetRow(1, [one], find_fault(one), one if find_fault(one) else "") for one in recipients)

    note = f"the list is one line with {len(recipients)} addresses; each of them is a row"
    return Table("", (), 1, 0, (*decoding.notes, note), ",", read)


def _open_separated(stream: BinaryIO, decoding: Decoding, first: str, names: Collection[str]) -> Table:
    sample = list(islice(io.StringIO(first, newline="\n"), SAMPLE_LINES))
    has_hint = sample[0].lower().startswith("sep=") and len(sample[0].rstrip("\n")) == len("sep=;")
    layout = Layout(sample[0][4]) if has_hint else find_layout(sample, names)
    lines = "".join(sample[has_hint:])
    # A last record that may go on after the sample is left out.
    is_whole = len(lines) == len(first)
    rows = list(Records([lines] if is_whole else [lines, ""], layout, first_line=1 + has_hint))
    head = _read_head(rows, names)
    if head.names and head.width == 1:
        layout = Layout("")
    layout = replace(layout, width=head.width if layout.delimiter else 1, address_column=head.address_column)
    data_line = rows[head.rows].line if head.rows < len(rows) else rows[-1].line + 1

    def read() -> Iterator[SheetRow]:
        return chain.from_iterable(_read_batches(stream, decoding, layout, data_line))

    return Table(
        name="",
        header=head.names,
        width=layout.width,
        address_column=head.address_column if layout.delimiter else 0,
        notes=(*decoding.notes, *_notes(rows, head, layout), *_tail_notes(stream, decoding, layout)),
        delimiter=layout.delimiter or ",",
        read_rows=read,
    )


def _read_head(rows: Sequence[SheetRow], names: Collection[str]) -> Head:
    if not rows:
        raise UnreadableImport("the list is empty")
    if rows[0].fault:
        raise UnreadableImport(f"line {rows[0].line} cannot be read: {rows[0].fault}")
    return find_head(rows, names)


def _notes(rows: Sequence[SheetRow], head: Head, layout: Layout) -> Iterator[str]:
    if layout.delimiter not in {"", ","}:
        yield f"cells are separated by {DELIMITERS.get(layout.delimiter, repr(layout.delimiter))}"
    if head.titles:
        yield f"the column names stand in line {rows[head.titles].line}; what is above them was skipped"
    if not head.names:
        yield "the list has no line of column names"


def _tail_notes(stream: BinaryIO, decoding: Decoding, layout: Layout) -> Iterator[str]:
    size = stream.seek(0, io.SEEK_END)
    position = max(decoding.start, size - TAIL_BYTES)
    position -= (position - decoding.start) % 4  # whole characters in UTF-16 and UTF-32
    text = "".join(read_chunks(stream, replace(decoding, start=position)))
    if position > decoding.start:
        text = text.partition("\n")[2]
    count = count_footers(list(Records([text], layout)), layout.width, layout.address_column)
    if count:
        yield f"{count} row{'s' if count > 1 else ''} after the data (totals or footnotes) were skipped"


def _read_batches(
    stream: BinaryIO, decoding: Decoding, layout: Layout, data_line: int
) -> Iterator[list[SheetRow]]:
    chunks = _skip_lines(read_chunks(stream, decoding), data_line - 1)
    held: list[SheetRow] = []
    for rows in Records(chunks, layout, first_line=data_line).read_batches():
        yield held
        held = rows
    footers = count_footers(held, layout.width, layout.address_column)
    yield held[: len(held) - footers]


def _skip_lines(chunks: Iterator[str], count: int) -> Iterator[str]:
    for chunk in chunks:
        text = chunk
        if count:
            lines = chunk.split("\n", count)
            count -= len(lines) - 1
            text = lines[-1] if not count else ""
        if text:
            yield text
