"""Lists as text, in every shape that people and programs give them: header, rows, faults and notes."""

import io
import re
from itertools import product

import pytest

from subscribers.errors import UnreadableImport
from subscribers.sheets import decoding, table
from subscribers.sheets.opening import open_table


def read(data, **more):
    """The header, the good rows by line, the faults by line, and the notes."""
    if isinstance(data, str):
        data = data.encode()
    with open_table(io.BytesIO(data), **more) as found:
        rows = list(found)
        assert rows == list(found)
    good = {row.line: tuple(row.cells) for row in rows if not row.fault}
    assert {len(cells) for cells in good.values()} <= {found.width}
    return found, good, {row.line: row.fault for row in rows if row.fault}


JANE = ("Jäne", "jane@example.org", "active")
LEFT = ("Le Ft", "left@example.org", "unsubscribed")


STARTS = ["", "sep={}\n", "Our readers{0}{0}\nas of 2026-11-01\n\n"]


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac-roman"]
)
def test_delimiters_line_ends_titles_and_encodings_are_told_apart(codec):
    for delimiter, end, start in product(",;\t|", ["\n", "\r\n", "\r"], STARTS):
        check_shape(delimiter, end, start, codec)


def check_shape(delimiter, end, start, codec):
    rows = [("Name", "E-Mail", "Status"), JANE, LEFT, ("", "", "")]
    text = start.format(delimiter) + "\n".join(delimiter.join(row) for row in rows) + "\n"
    first = start.count("\n") + 2
    found, good, faults = read(text.replace("\n", end).encode(codec))
    assert found.header == ("Name", "E-Mail", "Status")
    assert found.address_column == 1
    assert good == {first: JANE, first + 1: LEFT}
    assert not faults
    assert ("Windows-1252" in str(found.notes)) == (codec == "cp1252")
    assert ("Mac Roman" in str(found.notes)) == (codec == "mac-roman")


def test_the_note_on_an_encoding_names_the_line():
    found, good, _ = read(b"email,name\na@example.org,A\nj@example.org,J\xe4ne\n")
    assert found.notes == ("line 3 holds bytes that are not UTF-8; the file was read as Windows-1252",)
    assert good[3] == ("j@example.org", "Jäne")


def test_lines_in_another_encoding_than_the_rest_are_read_as_such():
    found, good, _ = read("email,name\na@example.org,Zoë\n".encode() + b"j@example.org,J\xe4ne\n")
    assert good == {2: ("a@example.org", "Zoë"), 3: ("j@example.org", "Jäne")}
    assert "line 3" in found.notes[0]
    assert "that line and others like it" in found.notes[0]


def test_a_wanted_encoding_counts():
    _, good, _ = read("email,name\na@example.org,Łukasz\n".encode("cp1250"), encoding="windows-1250")
    assert good[2] == ("a@example.org", "Łukasz")
    with pytest.raises(UnreadableImport, match="not a known text encoding"):
        read("email\n", encoding="klingon")


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("Jane,jane@example.org", ("Jane", "jane@example.org", "")),
        ("Jane,jane@example.org,active,", ("Jane", "jane@example.org", "active")),
        ("Jane,jane@example.org,active,,,", ("Jane", "jane@example.org", "active")),
        ("Doe, Jane,jane@example.org,active", ("Doe, Jane", "jane@example.org", "active")),
        ("Doe,Jane,jane@example.org,active", ("Doe,Jane", "jane@example.org", "active")),
        (r'"Jane \"Jo\" Doe",jane@example.org,active', ('Jane "Jo" Doe', "jane@example.org", "active")),
        ('Jane "Jo" Doe,jane@example.org,active', ('Jane "Jo" Doe', "jane@example.org", "active")),
        ('x,"Doe, Jane" <jane@example.org>,active', ("x", '"Doe, Jane" <jane@example.org>', "active")),
        ('"Ja\nne",jane@example.org,active', ("Ja\nne", "jane@example.org", "active")),
    ],
)
def test_a_small_mistake_is_repaired_where_there_is_no_doubt(line, cells):
    text = f"Name,Email,Status\nAl,al@example.org,active\n{line}\nZ,z@example.org,left\n"
    _, good, faults = read(text)
    assert not faults
    assert good[3] == cells
    assert good[4 + line.count("\n")] == ("Z", "z@example.org", "left")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Jane,Doe,X,jane@example.org,active", table.WRONG_WIDTH),
        ("Jane,jane@example.org,a,b,c", table.WRONG_WIDTH),
        ("Jane,j@example.org,k@example.org,active", table.WRONG_WIDTH),
        ('"Jane,jane@example.org,active', table.BROKEN_QUOTES),
        ('"Jane"x,jane@example.org,active', table.BROKEN_QUOTES),
        ("Ja\0ne,jane@example.org,active", table.HOLDS_NUL),
        (f"{'x' * (decoding.LINE_MAX_CHARS + decoding.CHUNK_BYTES)},jane@example.org,", table.TOO_LONG),
    ],
)
def test_a_bad_row_costs_itself_alone_and_keeps_its_text(line, fault):
    text = f"Name,Email,Status\nAl,al@example.org,active\n{line}\nZ,z@example.org,left\n"
    found, good, faults = read(text)
    assert faults == {3: fault}
    assert set(good) == {2, 4}
    (bad,) = [row for row in found if row.fault]
    assert bad.raw == line or bad.raw.endswith(decoding.CUT_MARK)


def test_a_cell_with_a_comma_in_a_wide_table_is_joined_by_its_blank():
    text = "Email,Name,Company,Status\nal@example.org,Al,Acme,active\njane@example.org,Doe, Jane,Acme,left\n"
    _, good, _ = read(text)
    assert good[3] == ("jane@example.org", "Doe, Jane", "Acme", "left")
    _, _, faults = read(text.replace("Doe, Jane", "Doe,Jane"))
    assert faults == {3: table.WRONG_WIDTH}


def test_a_quote_closed_by_chance_does_not_hide_people():
    text = 'Email,Name\na@example.org,"Anna\nb@example.org,B\nc@example.org,C"\nd@example.org,D\n'
    _, good, faults = read(text)
    assert faults == {2: table.BROKEN_QUOTES}
    assert set(good) == {3, 4, 5}


def test_a_row_that_a_line_break_splits_is_not_taken_for_a_short_one():
    text = "Email,Name,Note,Status\na@example.org,A,,active\nb@example.org,B,two\nlines,unsubscribed\n"
    _, good, faults = read(text + "c@example.org\nd@example.org,D\n")
    assert faults == {3: table.SPLIT_ROW, 4: table.SPLIT_ROW}
    assert set(good) == {2, 5, 6}


def test_a_download_that_was_cut_off_does_not_lose_the_last_status():
    rows = "".join(f"r{number}@example.org,R,active\n" for number in range(30))
    _, good, faults = read(f"email,name,status\n{rows}left@example.org,L")
    assert faults == {32: table.CUT_OFF}
    assert len(good) == 30
    _, good, faults = read("email,name,status\na@example.org,A")
    assert good == {2: ("a@example.org", "A", "")}


@pytest.mark.parametrize(
    "footer",
    ["Total,2,\n", "\nSumme: 2 Zeilen,,\n", "Exported by the club,,\n\nPage 1,,\n", "(2 rows)\n", "Total: 2"],
)
def test_totals_and_footnotes_after_the_data_are_left_out(footer):
    found, good, faults = read(f"Name,Email,Status\nA,a@example.org,active\nB,b@example.org,left\n{footer}")
    assert set(good) == {2, 3}
    assert not faults
    assert "after the data" in found.notes[-1]


def test_a_line_of_recipients_is_a_list_of_people():
    found, _, _ = read('jane@example.org; "Doe, Zoë" <john@example.org>, Al <äl@example.org>;\n')
    cells = [tuple(row.cells) for row in found]
    assert cells == [("jane@example.org",), ("Doe, Zoë <john@example.org>",), ("Al <äl@example.org>",)]
    assert found.address_column == 0


@pytest.mark.parametrize("blank", ["", ",,", " , ,", ",\u00a0,", '"",,', '" ",,'])
def test_blank_rows_are_left_out(blank):
    _, good, faults = read(f"Email,Name,City\na@example.org,A,\n{blank}\nb@example.org,B,\n")
    assert (list(good), faults) == ([2, 4], {})


@pytest.mark.parametrize("ruler", ["----------+-----", "+----+----+", "---|---"])
def test_rulers_of_database_programs_are_no_people(ruler):
    _, good, faults = read(f"email | name\n{ruler}\na@example.org | A\n(1 row)\n")
    assert (list(good), faults) == ([3], {})


def test_an_answer_in_a_column_without_a_name_is_not_taken_for_a_part_of_a_name():
    _, good, faults = read("Email;Name\na@example.org;A\nleft@example.org;L;unsubscribed\n")
    assert (list(good), faults) == ([2], {3: table.WRONG_WIDTH})


def test_a_person_without_an_address_is_not_a_footnote():
    found, good, _ = read("Id,Name,Email,City\n1,A,a@example.org,Ulm\n2,B,,Rom\n")
    assert good[3] == ("2", "B", "", "Rom")
    assert not found.notes


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("jane@example.org\njohn@example.org\n", [("jane@example.org",), ("john@example.org",)]),
        (
            "jane@example.org,Jane\njohn@example.org,John\n",
            [("jane@example.org", "Jane"), ("john@example.org", "John")],
        ),
        (
            'Jane Doe <jane@example.org>\n"Doe, John" <john@example.org>\nal@example.org\n',
            [("Jane Doe <jane@example.org>",), ('"Doe, John" <john@example.org>',), ("al@example.org",)],
        ),
        (
            "Doe, Jane <jane@example.org>\nal@example.org\n",
            [("Doe, Jane <jane@example.org>",), ("al@example.org",)],
        ),
    ],
)
def test_a_list_without_column_names_begins_with_its_data(text, cells):
    found, good, _ = read(text)
    assert found.header == ()
    assert found.address_column == 0
    assert list(good.values()) == cells
    assert "no line of column names" in found.notes[0]


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("Vorname;Name;Mailadresse", 1),
        ("Prénom,Courriel", 1),
        ("Nombre,Correo electrónico", 1),
        ("Newsletter,\nask admin@example.org,\nName,E-mail", 3),
        ("Name,Contact", 1),
        ("Mitglieder", 1),
    ],
)
def test_the_line_of_column_names_is_found(head, line):
    names = head.splitlines()[-1]
    delimiter = ";" if ";" in names else ","
    row = delimiter.join(["x"] * names.count(delimiter) + ["a@example.org"])
    found, good, _ = read(f"{head}\n{row}\n{row}\n")
    assert found.header == tuple(names.split(delimiter))
    assert set(good) == {line + 1, line + 2}


def test_a_name_that_a_person_maps_shows_the_header():
    text = "Team list\nWho,Reach them at,Since\nA,,2025\nB,b@example.org,2025\n"
    found, good, _ = read(text, columns=["Reach them at"])
    assert found.header == ("Who", "Reach them at", "Since")
    assert set(good) == {3, 4}


def test_a_german_excel_keeps_our_own_export_readable():
    text = (
        "email;state;name;confirmed_at\r\njos@example.org;unsubscribed;José Müller;31.01.2026 10:23\r\n"
        "eq@example.org;active;'=1+1;31.01.2026 10:23\r\n"
    )
    found, good, faults = read(text.encode("cp1252"))
    assert found.header == ("email", "state", "name", "confirmed_at")
    assert good == {
        2: ("jos@example.org", "unsubscribed", "José Müller", "31.01.2026 10:23"),
        3: ("eq@example.org", "active", "'=1+1", "31.01.2026 10:23"),
    }
    assert not faults


@pytest.mark.parametrize("broken", ["", "x" * 70_000, '"', '""', "\n"])
def test_rows_keep_their_lines_in_long_files(broken):
    # Multi-line cells and mistakes meet the borders of the pieces that are decoded at once.
    lines = ["Email,Name,Note"]
    for number in range(9_000):
        note = {3: '"two\nlines"', 5: "ü", 7: broken}.get(number % 997, "n")
        lines.append(f"r{number}@example.org,R,{note}")
    text = "\n".join(lines) + "\n"
    starts = {
        match[1]: 1 + text.count("\n", 0, match.start())
        for match in re.finditer(r"^(r\d+@\S+?),", text, re.MULTILINE)
    }
    with open_table(io.BytesIO(text.encode())) as found:
        seen = {row.cells[0]: row.line for row in found if not row.fault}
    assert seen == {address: starts[address] for address in seen}
    assert len(seen) >= 8_990


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty"),
        ("\ufeff".encode("utf-16-le"), "empty"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08\x00rest", "gzip"),
        (b"<!DOCTYPE html><html><table>", "web page"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "Excel 2003",
        ),
        (b"SQLite format 3\0", "SQLite"),
        (b"PK\x03\x04...", "damaged"),
        (bytes(range(128)) * 9, "not text"),
        (b'"email,name\na@example.org,A\nb@example.org,B\n', "quotation"),
    ],
)
def test_what_is_not_a_list_is_refused_with_the_next_step(data, words):
    with pytest.raises(UnreadableImport, match=words) as caught:
        read(data)
    assert "@" not in str(caught.value)


def test_a_sheet_of_a_text_is_refused():
    with pytest.raises(UnreadableImport, match="not a workbook"):
        read("email\n", sheet="Members")
