"""The shipped terms and tips keep every rule, at the house's own lengths, with no rule switched off."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path

from pipeline.content.lint.options import StyleOptions
from pipeline.content.read import read_catalogue
from pipeline.edition.review import read_reviewed

REPO = Path(__file__).resolve().parents[2]
HOUSE = StyleOptions(definition_words=45, tip_words=90, how_it_works_words=(120, 350), mistakes=(2, 3))


def test_nothing_can_be_said_against_the_shipped_content():
    review = read_reviewed(REPO, HOUSE)
    assert [str(problem) for problem in review.problems] == []
    assert min(len(review.catalogue.terms), len(review.catalogue.tips)) >= 60


def test_the_shipped_settings_switch_no_rule_off_and_know_no_acronym_of_their_own():
    written = tomllib.loads((REPO / "weekly.toml").read_text(encoding="utf-8"))["content"]
    assert StyleOptions(**written) == StyleOptions()


def test_career_relevance_follows_no_mould():
    catalogue, _ = read_catalogue(REPO)
    sentences = [re.split(r"(?<=[.?!:])\s+", term.career_relevance.strip()) for term in catalogue.terms]
    begins = Counter(each[0].split()[0].casefold() for each in sentences)
    ends = Counter(" ".join(each[-1].split()[:2]).casefold() for each in sentences)
    assert {word: count for word, count in begins.items() if count > 3} == {}
    assert {words: count for words, count in ends.items() if count > 3} == {}
    whole = " ".join(term.career_relevance for term in catalogue.terms).casefold()
    worn = ("whoever", "separates", "bring a", "evidence", "expect to be asked", "stand out", "telling")
    assert {words: whole.count(words) for words in worn if whole.count(words) > 3} == {}


def test_no_claim_leans_on_a_study_without_a_name():
    study = r"(?:study|studies|experiment|analysis|comparison)"
    nameless = re.compile(
        rf"\b(?:(?:in )?(?:one|another)\s+(?:\w+\s+)?{study}|(?:influential|well-known|older)\s+{study}"
        r"|studies\s+(?:have|show)|researchers\s+(?:have|found|saw|counted|tested))\b",
        re.IGNORECASE,
    )
    files = sorted((REPO / "content").rglob("*.md"))
    assert len(files) >= 120
    assert {
        path.name: found[0] for path in files if (found := nameless.search(path.read_text("utf-8")))
    } == {}


def test_layouts_of_examples_fit_the_box_of_a_letter_at_its_full_width():
    """A line that is wider breaks in the middle of what the columns are to show."""
    fences = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
    hanging = re.compile(r"^ {4,}\S|\S {2,}\S", re.MULTILINE)
    files = sorted((REPO / "content").rglob("*.md"))
    layouts = [(path, block) for path in files for block in fences.findall(path.read_text("utf-8"))]
    wide = {
        path.name: line
        for path, block in layouts
        if hanging.search(block)
        for line in block.splitlines()
        if len(line) > (59 if path.parent.name == "tips" else 55)
    }
    assert len(layouts) >= 100
    assert wide == {}
