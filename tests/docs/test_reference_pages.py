"""The pages of commands, settings and JSON documents are what the program says of itself."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from pipeline import exits
from pipeline.rules import all_rules

REPO = Path(__file__).resolve().parents[2]
REFERENCE = runpy.run_path(str(REPO / "tools" / "reference.py"))


@pytest.mark.parametrize("page", REFERENCE["PAGES"])
def test_a_page_is_what_make_reference_writes(page):
    written = (REPO / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert written == REFERENCE["render"](page), "run `make reference`"


def test_every_setting_has_a_sentence():
    assert not [line for line in REFERENCE["settings_page"]() if line.startswith("| `") and "|  |" in line]


def test_the_exit_codes_of_the_page_are_those_that_exist():
    assert set(REFERENCE["EXIT_CODES"]) == {name for name in vars(exits) if name.isupper()}


@pytest.mark.parametrize(("page", "table"), [("content-rules.md", "content"), ("letter-rules.md", "checks")])
def test_every_rule_is_on_the_page_of_its_table(page, table):
    written = (REPO / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert all(f"| `{rule}` |" in written for rule in all_rules().values() if rule.group.table == table)
