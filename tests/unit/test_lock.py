"""The lock file: the same bytes for the same choice, and a helpful word about any others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.locks import LOCK, NAME, TERM, TIP

from pipeline.errors import AuthorError, PipelineError
from pipeline.issue.lock import SCHEMA, build_lock, lock_from_json, lock_to_json
from pipeline.model.content import Catalogue
from pipeline.model.past import Past
from pipeline.model.picks import ALGORITHM, Picks
from pipeline.model.wishes import Wishes
from pipeline.pick.choose import SelectionInputs
from pipeline.pick.selection import Selection
from pipeline.weeks import Week


def test_a_lock_is_read_as_it_was_written():
    assert lock_from_json(lock_to_json(LOCK), NAME) == LOCK
    assert (LOCK.schema, LOCK.algorithm) == (SCHEMA, ALGORITHM)


def test_equal_locks_give_equal_bytes():
    text = lock_to_json(LOCK)
    turned = replace(TERM, dropped={"banned": 1, "used this cycle": 3}, score=1.25 + 1e-9)
    again = replace(LOCK, picks=Picks("2026-W48", (turned, TIP)), inputs={"history": "bb", "content": "aa"})
    assert lock_to_json(again) == text
    assert lock_to_json(lock_from_json(text, NAME)) == text
    assert lock_to_json(replace(LOCK, number=8)) != text


def test_the_file_is_made_for_git():
    text = lock_to_json(LOCK)
    assert text.endswith("}\n")
    assert '  "algorithm": 3,\n' in text
    assert '"ref": "größe"' in text
    keys = [line for line in text.splitlines() if line.startswith('  "')]
    assert keys == sorted(keys)


def test_zero_has_no_sign():
    lock = replace(LOCK, picks=Picks("2026-W48", (replace(TIP, score=-1e-9),)))
    assert '"score": 0.0' in lock_to_json(lock)


def test_the_number_follows_the_last_issue_before_the_week():
    def number(*past):
        picks = Picks("2026-W48", ())
        inputs = SelectionInputs(Catalogue(), past, Week(2026, 48), Wishes(), Selection())
        return build_lock(picks, inputs).number

    assert number() == 1
    assert number(Past("2026-W40", 12, "", ""), Past("2026-W47", 3, "", "")) == 13
    assert number(Past("2026-W47", 3, "", ""), Past("2026-W48", 4, "", ""), Past("2026-W49", 5, "", "")) == 4


def changed(**values):
    return json.dumps({**json.loads(lock_to_json(LOCK)), **values})


def with_pick(**values):
    return changed(picks=[{**json.loads(lock_to_json(LOCK))["picks"][0], **values}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expecting value"),
        ("<<<<<<< HEAD\n", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ("[]", "not a JSON object"),
        ("{}", "`week` is missing"),
        (changed(schema=None), "`schema`"),
        (changed(schema="1"), "`schema`"),
        (changed(week="2027-W53"), "there is no week 2027-W53"),
        (changed(number=True), "`number`"),
        (changed(inputs={"content": 1}), "`inputs.content`"),
        (changed(picks={}), "picks`"),
        (changed(picks=["term"]), "picks.0` should be an object"),
        (with_pick(kind="joke"), "picks.0.kind` should be 'term', 'tip' or 'item'"),
        (with_pick(score="high"), "picks.0.score` should be a valid number"),
        (with_pick(score=float("nan")), "NaN is not a number"),
        (with_pick(pinned=1), "picks.0.pinned`"),
        (with_pick(reasons=[{"name": "jitter"}]), "picks.0.reasons.0.value` is missing"),
        (with_pick(dropped={"banned": 1.5}), "picks.0.dropped.banned`"),
        (with_pick(runners_up=None), "picks.0.runners_up`"),
    ],
)
def test_what_is_no_lock_is_the_authors_problem_with_a_way_out(text, message):
    with pytest.raises(AuthorError) as caught:
        lock_from_json(text, NAME)
    (problem,) = caught.value.problems
    assert (problem.path, problem.rule) == (NAME, "lock-broken")
    assert message in problem.message
    assert "restore it from git" in problem.fix


def test_the_line_of_broken_json_is_told():
    text = lock_to_json(LOCK).replace('"number": 7,', '"number": ,')
    with pytest.raises(AuthorError, match=rf"{NAME}:11: the lock cannot be read"):
        lock_from_json(text, NAME)


def test_a_lock_of_a_newer_version_asks_for_an_upgrade():
    with pytest.raises(PipelineError, match=rf"{NAME} was written by a newer version .*upgrade"):
        lock_from_json(changed(schema=SCHEMA + 1, picks="quite another shape"), NAME)


def test_a_lock_says_its_variants_and_one_from_before_them_stays_as_it_is():
    lock = replace(LOCK, variants=("text-only", "without-careers"))
    assert lock_from_json(lock_to_json(lock), NAME) == lock
    assert '"variants": []' in lock_to_json(replace(LOCK, variants=()))
    old = lock_to_json(LOCK)
    assert "variants" not in old
    assert lock_from_json(old, NAME).variants is None


@pytest.mark.parametrize(
    "variants",
    [
        "text-only",
        [1],
        ["html-only"],
        ["ordinary"],
        ["without-careers", "text-only"],
        ["text-only", "text-only"],
        ["without-careers+text-only"],
    ],
)
def test_a_lock_whose_variants_make_no_sense_is_refused(variants):
    with pytest.raises(AuthorError, match="the lock cannot be read"):
        lock_from_json(changed(variants=variants), NAME)
