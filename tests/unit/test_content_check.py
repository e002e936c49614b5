"""Every rule of content fires on the mistake it is for, in the right place, and on nothing else."""

from __future__ import annotations

import os

import pytest

from pipeline.content.check import RULES, check_catalogue
from pipeline.content.model import Catalogue, Problem, Term, Tip
from pipeline.content.read import read_catalogue

TERM = """---
title: RAG
slug: rag
category: retrieval
difficulty: 2
aliases: [grounding]
related: [token]
prerequisites: [token]
seasons: [{start: 11-15, end: 01-06}]
---
RAG searches first.

## Example
An example.

## Why It Matters
It does.

## How It Works
Somehow.

## Common Mistakes
- One mistake.
  **Fix:** One fix.

## Career Relevance
Asked for.
"""

TIP = """---
title: Quote first
slug: quote-first
terms: [rag]
---
Ask for the quote first.

## Before
```
Answer: {question}
```
"""

TOKEN = TERM.replace("RAG", "Token").replace("rag", "token").replace("grounding", "piece")
TOKEN = TOKEN.replace("[token]", "[rag]", 1).replace("prerequisites: [token]", "prerequisites: []")

FILES = {
    "content/glossary/rag.md": TERM,
    "content/glossary/token.md": TOKEN,
    "content/tips/quote-first.md": TIP,
}
RAG, TIP_PATH = "content/glossary/rag.md", "content/tips/quote-first.md"

CASES = [
    # rule, file, text in it, text instead, line of the problem
    ("control-character", RAG, "An example.", "An\x08 example.", 14),
    ("control-character", RAG, "title: RAG", 'title: "R\\u202eAG"', 2),
    ("bidi-character", RAG, "It does.", "It \u202edoes.", 17),
    ("front-matter-missing", RAG, "---\ntitle", "title", 1),
    ("front-matter-unclosed", RAG, "---\nRAG", "RAG", 1),
    ("front-matter-syntax", RAG, "category: retrieval", 'category: "retrieval', 4),
    ("front-matter-syntax", RAG, "category: retrieval", "category: a: b", 4),
    ("front-matter-syntax", RAG, "aliases: [grounding]", "aliases: " + "[" * 500, 2),
    ("key-duplicate", RAG, "difficulty: 2", "difficulty: 2\nslug: other", 6),
    ("key-unknown", RAG, "aliases:", "alias:", 6),
    ("key-missing", RAG, "category: retrieval\n", "", 1),
    ("key-missing", RAG, "category: retrieval", "category:", 4),
    ("key-missing", RAG, "aliases: [grounding]", 'aliases:\n- ""', 7),
    ("key-type", RAG, "title: RAG", "title: 2026-11-24", 2),
    ("key-type", RAG, "title: RAG", "title: yes", 2),
    ("key-type", RAG, "category: retrieval", "category: [a]", 4),
    ("key-type", RAG, "aliases: [grounding]", "aliases:\n- grounding\n- 12", 8),
    ("key-type", RAG, "aliases: [grounding]", "aliases: grounding", 6),
    ("key-repeat", RAG, "related: [token]", "related: [token, token]", 7),
    ("slug-form", RAG, "slug: rag", "slug: Rag", 3),
    ("slug-file-name", RAG, "slug: rag", "slug: ragg", 3),
    ("difficulty-range", RAG, "difficulty: 2", "difficulty: 4", 5),
    ("difficulty-range", RAG, "difficulty: 2", "difficulty: true", 5),
    ("difficulty-range", RAG, "difficulty: 2\n", "", 1),
    ("season-form", RAG, "end: 01-06", "end: 02-30", 9),
    ("season-form", RAG, "end: 01-06", "ends: 01-06", 9),
    ("text-missing", RAG, "RAG searches first.\n", "", 11),
    ("heading-level", RAG, "RAG searches", "# RAG\n\nRAG searches", 11),
    ("fence-unclosed", RAG, "Asked for.", "Asked for.\n\n```text\nAsked", 29),
    ("fence-unclosed", RAG, "Asked for.", "Asked for.\n\n````\nAsked\n```", 29),
    ("section-missing", RAG, "## Career Relevance\nAsked for.\n", "", 0),
    ("section-duplicate", RAG, "Asked for.", "Asked for.\n\n## Example\nAgain.", 29),
    ("section-unknown", RAG, "Asked for.", "Asked for.\n\n## Career\nAgain.", 29),
    ("section-empty", RAG, "Asked for.\n", "", 26),
    ("mistakes-not-list", RAG, "- One mistake.", "Two of them:\n\n- One mistake.", 23),
    ("mistake-no-fix", RAG, "  **Fix:** One fix.", "\n- Two.\n  **Fix:** Two fixes.", 23),
    ("mistake-empty", RAG, "**Fix:** One fix.", "**Fix:**", 23),
    ("mistake-empty", RAG, "- One mistake.\n  **Fix:**", "- **Fix:**", 23),
    ("tip-block", TIP_PATH, "Answer: {question}\n```", "Answer\n```\nThat is all.", 9),
    ("tip-block", TIP_PATH, "```\nAnswer: {question}\n```", "Answer", 9),
    ("name-duplicate", "content/glossary/token.md", "title: Token", "title: Grounding", 2),
    ("name-duplicate", "content/glossary/token.md", "aliases: [piece]", "aliases: [piece, rag]", 6),
    ("related-unknown", RAG, "related: [token]", "related: [tokens]", 7),
    ("prerequisite-unknown", RAG, "prerequisites: [token]", "prerequisites: [tokens]", 8),
    ("tip-term-unknown", TIP_PATH, "terms: [rag]", "terms: [raft]", 4),
    ("relation-self", RAG, "related: [token]", "related: [token, rag]", 7),
    ("relation-self", RAG, "prerequisites: [token]", "prerequisites: [rag]", 8),
    ("definition-length", RAG, "RAG searches first.", "word " * 71, 11),
    ("tip-length", TIP_PATH, "Ask for the quote first.", "word " * 121, 6),
]
ELSEWHERE = {
    *("folder-missing", "file-unreadable", "file-encoding", "slug-duplicate", "prerequisite-cycle"),
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


def test_good_content_is_met_with_silence(tmp_path):
    write(tmp_path, FILES)
    assert find_problems(tmp_path)[1] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_each_mistake_is_named_once_where_it_is_and_nothing_else_is(tmp_path, case):
    rule, path, old, new, line = case
    assert old in FILES[path]
    write(tmp_path, {**FILES, path: FILES[path].replace(old, new, 1)})
    catalogue, problems = find_problems(tmp_path)
    assert [(each.rule, each.path, each.line) for each in problems] == [(rule, path, line)]
    is_read_error = problems[0].severity == "error" and read_catalogue(tmp_path)[1] != ()
    kept = {each.path for each in (*catalogue.terms, *catalogue.tips)}
    assert kept == FILES.keys() - ({path} if is_read_error else set())


def test_every_rule_has_a_reason_and_a_case():
    assert {rule for rule, *_ in CASES} | ELSEWHERE == set(RULES)
    assert all(reason.endswith(".") and "\n" not in reason for reason in RULES.values())


def test_a_missing_glossary_is_an_error_and_missing_tips_are_a_warning(tmp_path):
    problems = find_problems(tmp_path)[1]
    assert [(each.rule, each.path, each.severity) for each in problems] == [
        ("folder-missing", "content/glossary", "error"),
        ("folder-missing", "content/tips", "warning"),
    ]


def test_a_file_in_another_encoding_is_a_problem_at_the_first_wrong_byte(tmp_path):
    write(tmp_path, {**FILES, RAG: TERM.replace("An example.", "Café").encode("latin-1")})
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


def test_texts_of_exactly_the_longest_length_are_fine():
    tip = Tip(slug="a", title="t", body="[word](https://example.org/x) " * 120, path="t.md")
    assert check_catalogue(Catalogue((make_term("b", definition="*word*\n" * 70),), (tip,))) == ()


def test_a_long_chain_of_prerequisites_is_no_circle():
    terms = [make_term(f"t{n}", prerequisites=(f"t{n + 1}",)) for n in range(3000)]
    assert check_catalogue(Catalogue((*terms, make_term("t3000")))) == ()


def test_a_reference_to_a_term_whose_file_is_broken_is_not_reported_as_well():
    catalogue = Catalogue((make_term("a", related=("b", "cc")), make_term("c")))
    broken = Problem("content/glossary/b.md", 3, "broken", "mend it", "key-missing")
    problems = check_catalogue(catalogue, (broken,))
    assert [problem.message for problem in problems] == ["`related` names `cc`, which is no term"]
    assert len(check_catalogue(catalogue)) == 2


def test_a_slip_of_the_pen_is_answered_with_the_word_that_was_meant():
    (problem,) = check_catalogue(Catalogue((make_term("a", related=("tokn",)), make_term("token"))))
    assert problem.fix == 'did you mean "token"?'
