"""The shipped terms and tips keep every rule, at the house's own lengths, with no rule switched off."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pipeline.content.house import House
from pipeline.content.review import read_reviewed

REPO = Path(__file__).resolve().parents[2]
HOUSE = House(definition_words=45, tip_words=90, how_it_works_words=(120, 350), mistakes=(2, 3))


def test_nothing_can_be_said_against_the_shipped_content():
    review = read_reviewed(REPO, HOUSE)
    assert [str(problem) for problem in review.problems] == []
    assert min(len(review.catalogue.terms), len(review.catalogue.tips)) >= 60


def test_the_shipped_settings_switch_no_rule_off_and_know_no_acronym_of_their_own():
    written = tomllib.loads((REPO / "weekly.toml").read_text(encoding="utf-8"))["content"]
    assert House(**written) == House()
