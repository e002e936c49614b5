"""Lists in JSON and as vCards."""

import io

import pytest

from subscribers.errors import UnreadableImport
from subscribers.sheets import table
from subscribers.sheets.json_lists import NOT_AN_OBJECT
from subscribers.sheets.opening import open_table


def read(text):
    with open_table(io.BytesIO(text.encode())) as found:
        rows = list(found)
        assert rows == list(found)
    return found, [(row.line, tuple(row.cells), row.fault) for row in rows]


PEOPLE = [
    (2, ("jane@example.org", "Jäne", "a;b", "true", "", ""), ""),
    (3, ("john@example.org", "", "", "", "", "1.5"), ""),
]
JANE = '{"email": "jane@example.org", "name": "Jäne", "tags": ["a", "b"], "ok": true, "more": null}'
JOHN = '{"email": "john@example.org", "name": null, "more": {"x": 1.5}}'


@pytest.mark.parametrize(
    "text",
    [
        f"[\n{JANE},\n{JOHN}\n]\n",
        f"\n{JANE}\n{JOHN}\n",
        f'{{"total": 2, "people": [\n{JANE},\n{JOHN}], "page": {{"next": null}}}}',
        f"\ufeff\n{JANE}\n{JOHN}",
    ],
)
def test_json_is_read_in_every_shape(text):
    found, rows = read(text)
    assert found.header == ("email", "name", "tags", "ok", "more", "more.x")
    assert found.address_column == 0
    assert rows == PEOPLE


def test_a_long_list_in_json_keeps_its_lines():
    count = 20_000
    people = ",\n".join(f'{{"email": "r{number}@example.org", "n": {number}}}' for number in range(count))
    _, rows = read(f"[\n{people}\n]")
    assert [line for line, _, _ in rows] == list(range(2, count + 2))
    assert rows[-1][1] == (f"r{count - 1}@example.org", str(count - 1))


def test_json_of_addresses_alone_has_no_columns():
    found, rows = read('["jane@example.org", "john@example.org"]')
    assert found.header == ()
    assert [cells for _, cells, _ in rows] == [("jane@example.org",), ("john@example.org",)]


def test_a_value_that_is_no_person_costs_itself_alone():
    _, rows = read(f'[{JANE}, 5, {{"email": "a\\u0000@example.org"}}, {{"email": "\\ud800@example.org"}}]')
    assert [fault for _, _, fault in rows] == ["", NOT_AN_OBJECT, table.HOLDS_NUL, table.NOT_TEXT]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "empty"),
        (f"[{JANE},\n{JOHN[:-1]}", "line 2 is not valid JSON"),
        (f"[{JANE}\n{JOHN}]", "line 2 is not valid JSON"),
        (f"[{JANE}] and more", "not valid JSON"),
        ('{"a": [{"x": 1}], "b": [{"x": 1}]}', "several lists: a, b"),
        ('[{"a": ' + "[" * 100_000, "JSON"),
        (f'[{{"a": {"9" * 5_000}}}]', "a value cannot be read"),
    ],
)
def test_json_that_is_no_list_is_refused_with_its_line(text, words):
    with pytest.raises(UnreadableImport, match=words):
        read(text)


CARDS = """\
BEGIN:VCARD
VERSION:3.0
FN:Jane Doe
N:Doe;Jane;;;
item1.EMAIL;type=INTERNET;type=pref:jane@exa
 mple.org
EMAIL:work@example.org
PHOTO;ENCODING=b:AAAA
 BBBB
CATEGORIES:Letter,VIP
ORG:Acme\\, Ltd;Research
END:VCARD
BEGIN:VCARD
VERSION:2.1
FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Zo=EB M=
=FCller
EMAIL;INTERNET:zoe@example.org
END:VCARD
begin:vcard
VERSION:4.0
FN:two@example.org
EMAIL:one@example.org
EMAIL;TYPE=work:two@example.org
END:VCARD
BEGIN:VCARD
FN:Cut Off
EMAIL:cut@example.org
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_vcards_of_every_version_are_read(end):
    found, rows = read(CARDS.replace("\n", end))
    assert found.header == ("Name", "First Name", "Last Name", "Email", "Tags", "Company")
    assert found.address_column == 3
    assert rows == [
        (1, ("Jane Doe", "Jane", "Doe", "jane@example.org", "Letter;VIP", "Acme, Ltd, Research"), ""),
        (13, ("Zoë Müller", "", "", "zoe@example.org", "", ""), ""),
        (19, ("", "", "", "one@example.org, two@example.org", "", ""), ""),
        (25, ("Cut Off", "", "", "cut@example.org", "", ""), table.CUT_OFF),
    ]
