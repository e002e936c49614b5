"""Whatever a file holds, it becomes a table whose rows keep their lines, or is refused in words."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.errors import UnreadableImport
from subscribers.sheets import decoding
from subscribers.sheets.cells import read_address_cell
from subscribers.sheets.opening import open_table

START = st.sampled_from(
    [
        b"",
        b"email,name\n",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbfemail;name\r\n",
        b"sep=;\n",
        b"[",
        b'{"a":',
        b'[{"email": "a@example.org"},',
        b"BEGIN:VCARD\n",
        b"PK\x03\x04",
    ]
)
PIECES = st.sampled_from(
    [
        *(b",", b";", b"\t", b"|", b'"', b'""', b"\n", b"\r", b"\r\n", b"\0", b"\xe4", b"\xc3\xa4", b" "),
        *(b"a@example.org", b"x", b"<a@example.org>", b"Total", b"EMAIL:b@example.org", b"END:VCARD"),
        *(b"[", b"]", b"{", b"}", b'"a"', b"5", b":", b"=", b"\\", b"\xd8\x00", b"\x00\xd8"),
    ]
)
BYTES = st.builds(
    lambda start, pieces, rest: start + b"".join(pieces) + rest,
    START,
    st.lists(PIECES, max_size=60),
    st.binary(max_size=40),
)


def check(data):
    try:
        with open_table(io.BytesIO(data)) as table:
            rows = list(table)
            again = list(table)
    except UnreadableImport:
        return
    assert rows == again
    lines = [row.line for row in rows]
    assert lines == sorted(lines)
    assert all(row.fault or len(row.cells) == table.width for row in rows)
    assert all(1 <= line <= 1 + data.count(b"\n") + data.count(b"\r") for line in lines)


@pytest.mark.long
@example(b'"')
@example(b'"a@example.orga@example.org\x80')
@example(b"a@example.org\r")
@examples(1000)
@given(BYTES)
def test_any_bytes_are_a_table_or_an_error_in_words(data):
    check(data)


CELL = st.text(st.sampled_from("abä@.,;\"'\n\r =+|\t"), max_size=8)
ROWS = st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12)


@pytest.mark.long
@examples(300)
@given(ROWS, st.sampled_from(",;\t|"), st.sampled_from([8, 64, 1 << 17]))
def test_what_a_spreadsheet_writes_is_read_back(rows, delimiter, chunk):
    # In pieces of any size: records meet the borders of what is decoded at once.
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["Email", "Name", "Note"])
    starts = {}
    for number, row in enumerate(rows):
        starts[1 + out.getvalue().count("\n")] = (f"r{number}@example.org", *row)
        writer.writerow([f"r{number}@example.org", *row])
    # Line ends within cells are read as line feeds, whichever they were.
    text = out.getvalue().replace("\r", "")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "CHUNK_BYTES", chunk)
        with open_table(io.BytesIO(text.encode())) as table:
            found = {row.line: tuple(row.cells) for row in table if not row.fault}
    assert found == {line: tuple(cell.replace("\r", "") for cell in cells) for line, cells in starts.items()}


@pytest.mark.long
@examples(500)
@given(st.text(st.sampled_from("aä@.<>()[]\"',;:/| \u200b\u00a0mailto:=%40\n"), max_size=30))
def test_no_address_is_made_up(cell):
    found = read_address_cell(cell)
    assert all(address for address in found.addresses)
    assert len(found.addresses) < 2 or not found.name
