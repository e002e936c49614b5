"""Every rule of content fires on the mistake it is for, in the right place, and on nothing else."""

from __future__ import annotations

import os

import pytest
from support.content_cases import (
    ALIKE,
    BROKEN,
    FILES,
    JOB,
    JOB_PATH,
    JOBS,
    NEAR,
    RAG_PATH,
    STYLE,
    TERM,
    UNLIKE,
)

from pipeline.content.front_matter import KEY_MISSING
from pipeline.content.lint.catalogue import check_catalogue
from pipeline.content.lint.options import StyleOptions
from pipeline.content.read import read_catalogue
from pipeline.edition.review import read_reviewed
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.problem import CONTENT_RULES, JOB_RULES
from pipeline.rules import all_rules, find_rule

HOUSE = StyleOptions(how_it_works_words=(1, 350), mistakes=(1, 3))
"""The cases are shorter than real content."""


ELSEWHERE = {
    *("folder-missing", "file-unreadable", "file-encoding", "slug-duplicate"),
}
"""Rules that need more than an edit of one file; each has a test of its own."""


def write(root, files):
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())


def find_problems(root):
    catalogue, found = read_catalogue(root)
    return catalogue, [*found, *check_catalogue(catalogue, found)]


def place_of(rule, edited):
    """Tell where a mistake is reported when that is not the file that makes it."""
    return RAG_PATH if rule in ("relation-one-way", "prerequisite-cycle") else edited


def places(problems):
    return [(each.rule, each.path, each.line) for each in problems]


def edited(path, old, new):
    assert old in FILES[path]
    return {**FILES, path: FILES[path].replace(old, new, 1)}


def test_good_content_is_met_with_silence(tmp_path):
    write(tmp_path, FILES)
    assert find_problems(tmp_path)[1] == []
    assert read_reviewed(tmp_path, HOUSE).problems == ()


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case[0])
def test_each_mistake_is_named_once_where_it_is_and_nothing_else_is(tmp_path, case):
    rule, path, old, new, line = case
    write(tmp_path, edited(path, old, new))
    catalogue, problems = find_problems(tmp_path)
    assert places(problems) == [(rule, place_of(rule, path), line)]
    assert problems[0].severity == find_rule(rule).severity
    is_read_error = problems[0].severity == "error" and read_catalogue(tmp_path)[1] != ()
    kept = {each.path for each in (*catalogue.terms, *catalogue.tips)}
    assert kept == FILES.keys() - ({path} if is_read_error else set())


@pytest.mark.parametrize("case", STYLE, ids=lambda case: case[0])
def test_each_fault_of_style_is_named_where_it_is_and_stops_no_run(tmp_path, case):
    rule, path, old, new, line = case
    write(tmp_path, edited(path, old, new))
    assert places(read_reviewed(tmp_path, HOUSE).problems) == [(rule, place_of(rule, path), line)]
    assert find_rule(rule).severity == "warning"
    assert find_problems(tmp_path)[1] == [], "style is no business of a run"


@pytest.mark.parametrize("case", ALIKE, ids=lambda case: case[0])
def test_what_says_the_same_again_is_named_at_the_later_file(tmp_path, case):
    rule, files, place = case
    write(tmp_path, {**FILES, **files})
    assert places(read_reviewed(tmp_path, HOUSE).problems) == [(rule, *place)]
    assert find_rule(rule).severity == "warning"


@pytest.mark.parametrize("case", JOBS, ids=lambda case: case[0])
def test_each_fault_of_a_job_is_named_where_it_is_and_stops_no_run(tmp_path, case):
    rule, old, new, line = case
    assert old in JOB
    write(tmp_path, {**FILES, JOB_PATH: JOB.replace(old, new, 1)})
    assert (rule, JOB_PATH, line) in places(read_reviewed(tmp_path, HOUSE).problems)
    assert {each.severity for each in read_reviewed(tmp_path, HOUSE).problems} == {"warning"}
    assert find_problems(tmp_path)[1] == [], "a job is no business of a run"


@pytest.mark.parametrize("case", NEAR, ids=lambda case: case[0])
def test_what_is_close_to_a_mistake_is_none(tmp_path, case):
    write(tmp_path, edited(*case[1:]))
    assert places(read_reviewed(tmp_path, HOUSE).problems) == []


@pytest.mark.parametrize("case", UNLIKE, ids=lambda case: case[0])
def test_files_that_only_look_wrong_or_alike_are_fine(tmp_path, case):
    write(tmp_path, {**FILES, **case[1]})
    assert places(read_reviewed(tmp_path, HOUSE).problems) == []


def test_every_rule_has_a_reason_a_case_where_it_fires_and_one_where_it_stays_quiet():
    rules = {rule for rule in all_rules().values() if rule.group in (CONTENT_RULES, JOB_RULES)}
    rules -= {"content-empty"}  # of a catalogue without anything in it
    assert {case[0] for case in (*BROKEN, *STYLE, *ALIKE, *JOBS)} | ELSEWHERE == rules
    assert {case[0] for case in (*NEAR, *UNLIKE)} == rules
    assert all(rule.why.endswith(".") and "\n" not in rule.why for rule in all_rules().values())


def test_a_missing_glossary_is_an_error_and_missing_tips_are_a_warning(tmp_path):
    problems = find_problems(tmp_path)[1]
    assert [(each.rule, each.path, each.severity) for each in problems] == [
        ("folder-missing", "content/glossary", "error"),
        ("folder-missing", "content/tips", "warning"),
    ]


def test_a_glossary_that_cannot_be_read_is_one_error_and_no_list_of_what_follows(tmp_path):
    write(tmp_path, {path: text for path, text in FILES.items() if "tips" in path})
    (tmp_path / "content/glossary").write_text("no folder", encoding="utf-8")
    (problem,) = find_problems(tmp_path)[1]
    assert (problem.rule, problem.path) == ("folder-missing", "content/glossary")
    assert "permissions" in problem.fix


def test_a_file_in_another_encoding_is_a_problem_at_the_first_wrong_byte(tmp_path):
    write(tmp_path, {**FILES, RAG_PATH: TERM.replace("An example.", "Café").encode("latin-1")})
    catalogue, problems = find_problems(tmp_path)
    assert [(each.rule, each.line) for each in problems] == [("file-encoding", 14)]
    assert [term.slug for term in catalogue.terms] == ["token"]


def test_a_folder_pipe_or_dangling_link_among_the_files_is_a_problem(tmp_path):
    write(tmp_path, FILES)
    (tmp_path / "content/glossary/folder.md").mkdir()
    (tmp_path / "content/tips/link.md").symlink_to("nowhere")
    os.mkfifo(tmp_path / "content/glossary/pipe.md")
    found = [(each.rule, each.path) for each in find_problems(tmp_path)[1]]
    assert found == [
        ("file-unreadable", "content/glossary/folder.md"),
        ("file-unreadable", "content/glossary/pipe.md"),
        ("file-unreadable", "content/tips/link.md"),
    ]


def make_term(slug, *, path="", **more):
    prose = dict.fromkeys(("example", "why_it_matters", "how_it_works", "career_relevance"), "x")
    values = {
        "title": slug,
        "category": "c",
        "difficulty": 1,
        "definition": "x",
        "mistakes": (),
        **prose,
        **more,
    }
    return Term(slug=slug, path=path or f"content/glossary/{slug}.md", **values)


def make_tip(slug, title="t", path=""):
    return Tip(slug=slug, title=title, body="b", path=path or f"content/tips/{slug}.md")


def test_one_slug_for_two_terms_names_both_files():
    terms = (make_term("rag", path="b.md", title="One"), make_term("RAG", path="a.md", title="Two"))
    (problem,) = check_catalogue(Catalogue(terms))
    assert (problem.rule, problem.path) == ("slug-duplicate", "b.md")
    assert "a.md" in problem.message


def test_tips_are_told_apart_by_slug_and_title():
    tips = (make_tip("a"), make_tip("a", "other", path="z.md"), make_tip("b"))
    found = [(each.rule, each.path) for each in check_catalogue(Catalogue(tips=tips))]
    assert found == [("name-duplicate", "content/tips/b.md"), ("slug-duplicate", "z.md")]


@pytest.mark.parametrize("shift", range(3))
def test_a_circle_of_prerequisites_is_named_in_order_whatever_the_order_of_terms(shift):
    needs = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("x", "y"), ("y", "x")]
    needs = needs[shift:] + needs[:shift]
    terms = tuple(make_term(slug, prerequisites=(needed,)) for slug, needed in needs)
    problems = check_catalogue(Catalogue(terms))
    assert [(each.rule, each.message.partition(": ")[2]) for each in problems] == [
        ("prerequisite-cycle", "a → b → c → a"),
        ("prerequisite-cycle", "x → y → x"),
    ]


def test_a_long_chain_of_prerequisites_is_no_circle():
    terms = [make_term(f"t{n}", prerequisites=(f"t{n + 1}",)) for n in range(3000)]
    assert check_catalogue(Catalogue((*terms, make_term("t3000")))) == ()


def test_a_reference_to_a_term_whose_file_is_broken_is_not_reported_as_well():
    catalogue = Catalogue((make_term("a", related=("b", "cc")), make_term("c")))
    broken = KEY_MISSING.problem("broken", "mend it", path="content/glossary/b.md", line=3)
    problems = check_catalogue(catalogue, (broken,))
    assert [problem.message for problem in problems] == ["`related` names `cc`, which is not a term"]
    assert len(check_catalogue(catalogue)) == 2


def test_a_slip_of_the_pen_is_answered_with_the_word_that_was_meant():
    (problem,) = check_catalogue(Catalogue((make_term("a", related=("tokn",)), make_term("token"))))
    assert problem.fix == 'did you mean "token"?'
