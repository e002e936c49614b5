"""The figures of the README and of the performance page are those that a run of the benchmarks has kept."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
TOOL = runpy.run_path(str(REPO / "tools" / "performance.py"))
RESULTS = json.loads(TOOL["RESULTS"].read_bytes())


def test_the_page_has_what_was_measured():
    assert TOOL["PAGE"].read_text(encoding="utf-8") == TOOL["render_page"](RESULTS), "run `make bench`"


def test_the_readme_has_figures_that_were_measured_and_no_others():
    text = TOOL["README"].read_text(encoding="utf-8")
    assert TOOL["BLOCK"].search(text)
    assert text == TOOL["render_readme"](RESULTS, text), "run `make bench`"


def test_a_missed_goal_is_named_on_the_page_and_a_bar_breaks_no_table():
    row = {
        "what": "a|b",
        "measured": "2 s",
        "against": "1 s",
        "figure": "2 ×",
        "goal": "≤ 1 ×",
        "is_met": False,
    }
    assert TOOL["write_row"](row) == "| a\\|b | 2 s | 1 s | 2 × | ≤ 1 ×: missed |"
