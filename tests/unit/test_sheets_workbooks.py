"""Lists as workbooks: XLSX and XLS by python-calamine, ODS by our own reader; cells become texts."""

import io
import sys
import zipfile
from base64 import b85decode
from datetime import date, datetime
from zlib import decompress

import pytest

from subscribers.errors import UnreadableImport
from subscribers.sheets import table
from subscribers.sheets.opening import open_table

XLSX = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPREADSHEET = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
DATE, INSTANT = 1, 2
DAY_ZERO = datetime.fromisoformat("1899-12-30")
SEEN = datetime.fromisoformat("2026-01-31T10:23")
STYLES = (
    f'<styleSheet xmlns="{XLSX}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>'
    "</styleSheet>"
)
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
XLS = (
    "c-rk)O=uHA6#izDZGLFeq^3eElu)p0e+2R3rQNhp3k5^;qKKedcafN6Q=$j!L8~=KK@bGROQ9aTRK56v9`xoxi0DBOghai05)?eN"
    "S>L?uN?H{f&_Z>;W!}7>nKy5D=FRNx%W|wTf3LfWRTzN}H9Lfs2A!Z1a)l_!ZrhS|>mU`|!-hgANE6wj;&I!HfSf})-&H8M>wiWR"
    "cu(aBrjaUGW?~&N#xdwZ#xP7&;3jDz=;Ek4m>y@kiRm3~`GjebHJ6zVQ`?F-jIx&M-{Y*}LrO2(B9ML`aG$rV*@aF#m#g^v6;W@i"
    "Vzijia~sUi<8Q?RXhJ7U%PdN{9k&n$W(Y(1{E%T(5U0srz*jo~d~vh-X~NU5uU>%k-&X1aztIP25?AZ5Dt=%V_AyS95-sWhe?5`Y"
    "W??#KE@6z5S{5>-^t`D8<9R)kBh_RfW0?jiMo(o;gY1(ZEt7VHle%Rl%`<wQJnSqKPlV;x&s#-w#a7YADbz~TKs)m>PNXQsx^(;V"
    "t9?^x?I>$z`FN-wB3ot5uyH~5pw1DtC`_fLpZNi%7uo9;=DV53X_Zsmm+o|!y>r~=5?lLdoZXDq+O`IMJMpDY`ycj{K4?3LU!16("
    "jW52@=Fv-snnC^LHHSelC~jPrc%-?ta5kKGOuK&Ce1b~UiQRTi%62TvbR)!=)+PCL#1Bbvo>g7)k>qoHiC_2<?91=87wn7X4d)ao"
    "DHP$gvI12JlH}uYMwAZR=ZBhXIK;#7;K73j4<0;t@bDi)I4|Bl=ha(vUhD(Tf1PD2HSagcKZ^q>&~=(VD#u|_UBpaN>t{1m;rbG5"
    "?Bo6~lsHJE7m>vj$B}J%{nCe-XuO{_cZ~kI6l!+-S~GF}<?+7*R94-;"
)
"""A workbook of Excel 97: the columns Name, Email, Joined (a date) and Asked (a truth), and one person."""


def xlsx(**sheets):
    """A workbook with sheets of rows; a cell is a text, a number, a truth, a date or None."""
    files = {"[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>', "xl/styles.xml": STYLES}
    entries = links = ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        entries += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"/>'
        links += (
            f'<Relationship Id="r{number}" Type="{RELATION}/worksheet" Target="worksheets/{number}.xml"/>'
        )
        lines = ""
        for line, row in enumerate(rows, 1):
            cells = "".join(xlsx_cell(cell, line, place) for place, cell in enumerate(row))
            lines += f'<row r="{line}">{cells}</row>'
        sheet = f'<worksheet xmlns="{XLSX}"><sheetData>{lines}</sheetData></worksheet>'
        files[f"xl/worksheets/{number}.xml"] = sheet
    book = f'<workbook xmlns="{XLSX}" xmlns:r="{RELATION}"><sheets>{entries}</sheets></workbook>'
    files["xl/workbook.xml"] = book
    links += f'<Relationship Id="s" Type="{RELATION}/styles" Target="styles.xml"/>'
    root = f'<Relationship Id="b" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/>'
    for path, inside in (("_rels/.rels", root), ("xl/_rels/workbook.xml.rels", links)):
        files[path] = f'<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'
    return archive(files)


def archive(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return data.getvalue()


def xlsx_cell(value, line, place):
    at = f'r="{chr(65 + place)}{line}"'
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c {at} t="inlineStr"><is><t>{value}</t></is></c>'
    if isinstance(value, bool):
        return f'<c {at} t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c {at} s="{INSTANT}"><v>{(value - DAY_ZERO).total_seconds() / 86400}</v></c>'
    if isinstance(value, date):
        return f'<c {at} s="{DATE}"><v>{(value - DAY_ZERO.date()).days}</v></c>'
    return f"<c {at}><v>{value}</v></c>"


def ods(**sheets):
    """A spreadsheet of OpenDocument with sheets of rows, each row its XML."""
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(rows)}</table:table>' for name, rows in sheets.items()
    )
    content = (
        f'<office:document-content xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0" '
        f'xmlns:text="{OFFICE}:text:1.0"><office:body><office:spreadsheet>{tables}</office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    return archive({**SPREADSHEET, "content.xml": content})


def ods_row(*cells, repeated=1):
    inside = "".join(
        cell if cell.startswith("<") else f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>"
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{inside}</table:table-row>'


def ods_value(kind, value):
    name = "value" if kind == "float" else f"{kind}-value"
    return (
        f'<table:table-cell office:value-type="{kind}" office:{name}="{value}"><text:p>as shown</text:p>'
        "</table:table-cell>"
    )


def read(data, **more):
    with open_table(io.BytesIO(data), **more) as found:
        rows = list(found)
        assert rows == list(found)
    return found, {row.line: tuple(row.cells) for row in rows if not row.fault}, rows


def test_cells_of_excel_become_texts():
    rows = [
        ["Our readers"],
        [],
        ["Name", "Email", "Joined", "Seen", "Asked", "Number", None, "City"],
        ["Jäne", "jane@example.org", date(2026, 1, 31), SEEN, True, 5, None, "Ulm"],
        [None, "john@example.org", None, None, False, 2.5],
        ["Total", 2],
    ]
    found, good, _ = read(xlsx(People=rows))
    assert found.header == ("Name", "Email", "Joined", "Seen", "Asked", "Number", "", "City")
    assert found.address_column == 1
    assert good == {
        4: ("Jäne", "jane@example.org", "2026-01-31", "2026-01-31T10:23:00", "true", "5", "", "Ulm"),
        5: ("", "john@example.org", "", "", "false", "2.5", "", ""),
    }
    assert "row 3" in found.notes[0]


def test_an_old_workbook_is_read():
    found, good, _ = read(decompress(b85decode(XLS)))
    assert found.header == ("Name", "Email", "Joined", "Asked")
    assert good == {2: ("Jäne", "jane@example.org", "2026-01-31", "true")}


def test_cells_of_opendocument_become_texts():
    empty = '<table:table-cell table:number-columns-repeated="2"/>'
    comment = "<office:annotation><text:p>a note</text:p></office:annotation>"
    rows = [
        ods_row("Name", "Email", "Joined", "Asked", "Number"),
        ods_row(
            f'<table:table-cell>{comment}<text:p>Jäne<text:s text:c="2"/>D</text:p></table:table-cell>',
            "jane@example.org",
            ods_value("date", "2026-01-31"),
            ods_value("boolean", "true"),
            ods_value("float", "5.0"),
        ),
        ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=3),
        ods_row("John", "john@example.org", empty, ods_value("float", "2.5")),
        ods_row('<table:table-cell table:number-columns-repeated="16384"/>', repeated=1_000_000),
    ]
    found, good, _ = read(ods(People=rows))
    assert found.header == ("Name", "Email", "Joined", "Asked", "Number")
    assert good == {
        2: ("Jäne  D", "jane@example.org", "2026-01-31", "true", "5"),
        6: ("John", "john@example.org", "", "", "2.5"),
    }


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_the_sheet_with_addresses_is_read_and_named(kind):
    def make(**sheets):
        if kind == "xlsx":
            return xlsx(**sheets)
        return ods(**{name: [ods_row(*row) for row in rows] for name, rows in sheets.items()})

    notes, people = [["How to use this"], ["Ask Al"]], [["Email"], ["jane@example.org"]]
    found, good, _ = read(make(Notes=notes, People=people))
    assert good == {2: ("jane@example.org",)}
    assert "the sheet 'People' was read" in found.notes[0]
    two = make(People=people, Left=[["Email"], ["left@example.org"]])
    with pytest.raises(UnreadableImport, match=r"several sheets hold addresses: 'People', 'Left'.*--sheet"):
        read(two)
    assert read(two, sheet="left")[1] == {2: ("left@example.org",)}
    with pytest.raises(UnreadableImport, match="no sheet 'Others'; it has 'People', 'Left'"):
        read(two, sheet="Others")


def test_a_cell_beyond_the_columns_is_not_ignored():
    rows = [["Name", "Email"], ["A", "a@example.org", None, "left us"], ["B", "b@example.org"]]
    _, good, found = read(xlsx(People=rows))
    assert set(good) == {3}
    assert found[0].fault == table.WRONG_WIDTH


def test_a_missing_library_is_named_with_its_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(UnreadableImport, match=r"pip install 'weekly-insights\[sheets\]'"):
        read(xlsx(People=[["Email"]]))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (archive({"a.csv": "email"}), "ZIP archive; unpack it, and import the lists in it: a.csv"),
        (archive({"word/document.xml": ""}), "text document"),
        (archive({"Index/Document.iwa": ""}), "Numbers"),
        (archive({"xl/workbook.xml": "<broken"}), "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
        (archive({**SPREADSHEET, "content.xml": "<a>"}), "damaged"),
        (archive({**SPREADSHEET, "content.xml": "\0\1"}), "password"),
        (ods(People=[]), "no sheets"),
        (xlsx(People=[]), "empty"),
    ],
)
def test_what_is_no_usable_workbook_is_refused_with_the_next_step(data, words):
    with pytest.raises(UnreadableImport, match=words):
        read(data)
