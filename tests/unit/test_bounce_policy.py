"""When bounces take a reader off the list, in a row and by score."""

from __future__ import annotations

import pytest

from pipeline.bounces.options import BounceOptions
from pipeline.bounces.policy import decide
from pipeline.model.returned import IssueResult, ReturnKind

KINDS = {
    "H": ReturnKind.HARD,
    "S": ReturnKind.SOFT,
    "P": ReturnKind.POLICY,
    "D": ReturnKind.DELIVERED,
    ".": None,
}


@pytest.mark.parametrize(
    ("weeks", "in_a_row", "by_score"),
    [
        ("H", False, False),
        ("HH", True, True),
        ("SSS", False, False),
        ("SSSS", True, True),
        ("HSS", False, True),
        ("HPH", True, True),
        ("PPPPPP", False, False),
        # A mailbox that works now and then is never in a row.
        ("H.H.H", False, True),
        ("H.H", False, False),
        ("HDSDH", False, False),
        ("S.S.S.S.S.S.", False, False),
        ("H.....H", False, False),
    ],
)
def test_bounces_take_a_reader_off_by_the_policy_of_the_settings(weeks, in_a_row, by_score):
    results = [IssueResult(f"2026-W{n:02}", KINDS[one], "550 no") for n, one in enumerate(weeks, 1)]
    assert (decide(results, BounceOptions()) is not None) is in_a_row
    decision = decide(results, BounceOptions(policy="score"))
    assert (decision is not None) is by_score
    if weeks == "HSS":
        assert decision.reason == "a score of 2 by bounces in 2026-W01, 2026-W02, 2026-W03 (550 no)"


def test_scores_add_up_as_decimals():
    options = BounceOptions(policy="score", score_limit=0.8, soft_score=0.1)
    results = [IssueResult(f"2026-W{n:02}", ReturnKind.SOFT) for n in range(1, 9)]
    assert decide(results[:7], options) is None
    assert decide(results, options).reason.startswith("a score of 0.8 by bounces")


def test_the_scores_are_settings():
    results = [IssueResult("2026-W01", ReturnKind.SOFT)]
    assert decide(results, BounceOptions(policy="score", score_limit=1.5, soft_score=1.5)) is not None
    one = [IssueResult("2026-W01", ReturnKind.HARD)]
    assert decide(one, BounceOptions(policy="score", score_limit=1)) is not None
