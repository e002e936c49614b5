"""Cells that hold an address, as people, mail programs and spreadsheets write them."""

import pytest

from subscribers.sheets.cells import read_address_cell

SINGLE = [
    ("jane@example.org", ""),
    (" jane@example.org\u00a0", ""),
    ("\u200bjane@exam\u00adple.org\u2060", ""),
    ("jane@example.org.", ""),
    ("jane@example.org,", ""),
    ("'jane@example.org'", ""),
    ("<jane@example.org>", ""),
    ("Jane Doe <jane@example.org>", "Jane Doe"),
    ("'Jane Doe' <jane@example.org>", "Jane Doe"),
    ('"Doe, Jane" <jane@example.org>', "Doe, Jane"),
    ("“Doe, Jane” <jane@example.org>", "Doe, Jane"),
    ("Jane, jane@example.org", "Jane"),
    ("jane@example.org (Jane Doe)", "Jane Doe"),
    ("jane@example.org <jane@example.org>", ""),
    ("jane@example.org; Jane@Example.org", ""),
    ("mailto:jane@example.org", ""),
    ("<mailto:jane%40example.org?subject=Hi>", ""),
    ("[jane@example.org](mailto:jane@example.org)", ""),
    ('=HYPERLINK("mailto:jane@example.org","write to Jane")', ""),
    ("E-Mail: jane@example.org", ""),
]


@pytest.mark.parametrize(("cell", "name"), SINGLE)
def test_one_address_is_found_with_its_name(cell, name):
    assert read_address_cell(cell) == (("jane@example.org",), name)


@pytest.mark.parametrize("between", [", ", "; ", " / ", "/", " | ", "\n", " ", " ::: "])
def test_several_addresses_are_all_found(between):
    cell = f"jane@example.org{between}j.doe@work.example.org"
    assert read_address_cell(cell) == (("jane@example.org", "j.doe@work.example.org"), "")


def test_several_addresses_with_names_are_all_found():
    cell = 'Jane <jane@example.org>, "Doe, John" <john@example.org>'
    assert read_address_cell(cell).addresses == ("jane@example.org", "john@example.org")


@pytest.mark.parametrize(
    "cell",
    [
        "not an address",
        "jane doe@example.org",
        "jane@example.org Smith",
        "jane @ example.org",
        "jane@",
        "@x.org",
    ],
)
def test_what_is_in_doubt_is_left_to_the_validator(cell):
    assert read_address_cell(cell) == ((cell,), "")


@pytest.mark.parametrize(
    "address", ["o'brien@example.org", "a/b@example.org", "+a=b@example.org", "josé@example.org"]
)
def test_unusual_local_parts_stay(address):
    assert read_address_cell(f" {address} ") == ((address,), "")


@pytest.mark.parametrize("cell", ["", " ", "\u200b", "\u00a0\n"])
def test_a_blank_cell_holds_no_address(cell):
    assert read_address_cell(cell) == ((), "")
