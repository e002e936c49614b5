"""How many of the week's jobs ask for a term: counted by jobs, said in a sentence that is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.issue.news_section import count_skills, find_demand
from pipeline.model.content import Term
from pipeline.model.news import Item, Job
from pipeline.news.mentions import Mentions

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PROSE = dict.fromkeys(
    ("category", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
)
TERMS = (
    Term(
        **PROSE,
        slug="rag",
        title="RAG",
        difficulty=1,
        mistakes=(),
        full_name="Retrieval-augmented generation",
    ),
    Term(
        **PROSE, slug="evaluation", title="Evaluation", difficulty=1, mistakes=(), aliases=("LLM evaluation",)
    ),
    Term(**PROSE, slug="vector-search", title="Vector search", difficulty=1, mistakes=()),
)
MENTIONS = Mentions(TERMS)
TITLES = {term.slug: term.title for term in TERMS}


def job(number, *skills, title="Engineer", summary=""):
    return Item(
        f"{number}",
        "job:a",
        "careers",
        title,
        "https://a.example/",
        NOW,
        summary=summary,
        job=Job("A", skills=skills),
    )


def test_a_skill_counts_by_every_name_of_its_term_and_once_for_each_job():
    items = [
        job(1, "RAG", "retrieval augmented generation", title="RAG Engineer"),
        job(2, "rag", "Python"),
        job(3, "Vector-Search", summary="You build RAG."),
        job(4, "SQL", "evaluation", "rags to riches"),
    ]
    assert dict(count_skills(items, MENTIONS)) == {"rag": 3, "vector-search": 1}
    assert list(count_skills(items, MENTIONS)) == ["rag", "vector-search"]


def test_two_skills_side_by_side_make_no_third():
    assert not count_skills([job(1, "LLM", "evaluation"), job(2, "vector", "search")], MENTIONS)


def test_news_that_is_no_job_asks_for_nothing():
    assert not count_skills([replace(job(1, "RAG"), job=None, title="RAG")], MENTIONS)


@pytest.mark.parametrize(
    ("counts", "jobs", "term", "sentence"),
    [
        ({"rag": 4}, 11, "rag", "4 of this week's 11 jobs ask for RAG"),
        (
            {"rag": 4, "vector-search": 2},
            11,
            "vector-search",
            "2 of this week's 11 jobs ask for Vector search",
        ),
        ({"rag": 4, "vector-search": 1}, 11, "vector-search", "4 of this week's 11 jobs ask for RAG"),
        ({"vector-search": 3, "rag": 3}, 9, "", "3 of this week's 9 jobs ask for RAG"),
        ({"rag": 2}, 3, "", "2 of this week's 3 jobs ask for RAG"),
        ({"rag": 2}, 2, "", "Both of this week's jobs ask for RAG"),
        ({"rag": 5}, 5, "", "All 5 of this week's jobs ask for RAG"),
        ({"gone": 9, "rag": 2}, 9, "gone", "2 of this week's 9 jobs ask for RAG"),
    ],
)
def test_the_term_of_the_week_goes_first_when_two_jobs_ask_for_it(counts, jobs, term, sentence):
    assert find_demand(counts, jobs, TITLES, term=term).sentence == sentence


@pytest.mark.parametrize("counts", [{}, {"rag": 1}, {"gone": 5}])
def test_nothing_is_said_where_no_term_is_asked_for_twice(counts):
    assert find_demand(counts, 7, TITLES, term="rag") is None
