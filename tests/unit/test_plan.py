"""A plan says in a few words why; a path puts easier ones first; a plan's past is history's."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from pipeline.content.learning_path import find_path
from pipeline.edition.forecast import explain_briefly, find_end_of_unused
from pipeline.model.content import Catalogue, Term
from pipeline.model.past import Past
from pipeline.model.picks import Pick, Picks, Reason


def pick(slot, ref, *reasons, pinned=False):
    score = sum(reason.value for reason in reasons)
    return Pick(slot=slot, kind=slot, ref=ref, score=score, reasons=reasons, pinned=pinned)


CHAIN = Reason("chain", 1.0, "follows token")
COVERAGE = Reason("coverage", 0.3, "safety: target 10%, last 8 issues 0%")
RAMP = Reason("ramp", -0.5, "difficulty 3, the cycle is at 1.0")
JITTER = Reason("jitter", 0.2, "tie-break")
VARIETY = Reason("variety", 0.4, "cost, tools in the last 8 issues")


@pytest.mark.parametrize(
    ("reasons", "pinned", "words"),
    [
        ((CHAIN, COVERAGE, RAMP, JITTER), False, "follows token"),
        ((COVERAGE, RAMP, JITTER), False, "safety had less than its share"),
        ((VARIETY, JITTER), False, "cost, tools came less often recently"),
        ((RAMP, JITTER), False, "next in line"),
        ((), False, "next in line"),
        ((CHAIN,), True, "pinned by the editor"),
    ],
)
def test_the_reason_that_weighed_most_is_said_in_words(reasons, pinned, words):
    assert explain_briefly(pick("term", "rag", *reasons, pinned=pinned)) == words


def test_a_choice_becomes_the_past_that_a_freeze_would_write():
    picks = Picks("2026-W48", (pick("term", "rag"), pick("tip", "cite", pinned=True)))
    assert picks.to_past(7) == Past("2026-W48", 7, "rag", "cite", pinned=("tip",))
    assert Picks("2026-W48", ()).to_past(1) == Past("2026-W48", 1, "", "")


def test_a_plan_of_no_weeks_runs_out_of_nothing():
    assert find_end_of_unused([], "term") is None


def term(slug, difficulty, *prerequisites):
    prose = dict.fromkeys(
        ("title", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
    )
    return Term(
        **prose,
        slug=slug,
        category="c",
        difficulty=difficulty,
        mistakes=(),
        prerequisites=prerequisites,
    )


def test_a_path_goes_level_by_level_easier_first_and_leaves_out_what_does_not_exist():
    catalogue = Catalogue(
        (
            term("goal", 3, "hard", "easy", "gone", "goal"),
            term("hard", 3, "base"),
            term("easy", 1, "base"),
            term("base", 2),
            term("apart", 1),
        )
    )
    path = find_path(catalogue, "goal")
    assert [(step.level, step.term.slug) for step in path] == [
        (1, "base"),
        (2, "easy"),
        (2, "hard"),
        (3, "goal"),
    ]
    assert [step.term.slug for step in find_path(catalogue, "apart")] == ["apart"]


def test_a_path_without_its_term_or_without_a_way_is_no_path():
    catalogue = Catalogue((term("a", 1, "b"), term("b", 1, "a")))
    with pytest.raises(KeyError):
        find_path(catalogue, "c")
    with pytest.raises(CycleError):
        find_path(catalogue, "a")
