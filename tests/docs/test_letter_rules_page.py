"""The page of the rules of letters is the table of the code."""

from __future__ import annotations

from pathlib import Path

from pipeline.check.__main__ import render_page
from pipeline.rules import all_rules

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/letter-rules.md"


def test_the_page_of_letter_rules_is_what_the_rules_say_and_names_its_own_command():
    page = PAGE.read_text(encoding="utf-8")
    assert page == render_page()
    assert "python -m pipeline.check > docs/reference/letter-rules.md" in page.partition("\n")[0]
    assert all(f"| `{rule}` |" in page for rule in all_rules().values() if rule.group.table == "checks")
