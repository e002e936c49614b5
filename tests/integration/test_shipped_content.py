"""The content that comes along lasts for a year, and every piece of it makes a letter without a finding."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path

import pytest
from support.letters import compose_plainly
from support.stores import LETTERHEAD

from pipeline.check.letter import check_letter
from pipeline.content.lint.options import StyleOptions
from pipeline.content.markdown import count_words, to_plain, to_text
from pipeline.content.read import read_catalogue
from pipeline.content.slugs import names_of
from pipeline.edition.review import read_reviewed
from pipeline.model.picks import Pick, Picks
from pipeline.render.jinja import environment
from pipeline.render.letter import render
from pipeline.weeks import Week

REPO = Path(__file__).resolve().parents[2]
REVIEW = read_reviewed(REPO, StyleOptions())
CATALOGUE, _ = read_catalogue(REPO)
TEMPLATES = environment([REPO / "templates"])

A_YEAR = 60
LEAST_IN_A_CATEGORY, MOST_IN_A_CATEGORY = 4, 0.25
LEAST_OF_A_DIFFICULTY = 12
LEAST_WITH_A_TAG = 5
MINUTES = 6
HTML_BYTES = 80_000
CODE_COLUMNS = 68
"""What fits into 72 columns behind the indent of code."""

_RESEARCH = re.compile(
    r"\b(?:papers?|stud(?:y|ies)|researchers|et al|arxiv|RFC \d|specification)\b", re.IGNORECASE
)
_SOURCE = re.compile(r"\S.*, https://\S+")

by_slug = pytest.mark.parametrize("term", CATALOGUE.terms, ids=lambda term: term.slug)


def pairs():
    """Go through every term and every tip once, two to a letter, each letter in a week of its own.

    One in five is rendered every day, the same ones each time; `make test-long` renders all the others.
    """
    week = Week(2027, 1)
    for term, tip in zip_longest(CATALOGUE.terms, CATALOGUE.tips):
        name = "+".join(each.slug for each in (term, tip) if each)
        marks = () if sha256(name.encode()).digest()[0] % 5 == 0 else pytest.mark.long
        yield pytest.param(term, tip, str(week), id=name, marks=marks)
        week = week.next()


@pytest.mark.parametrize(("term", "tip", "week"), list(pairs()))
def test_every_term_and_every_tip_makes_a_letter_without_a_finding(term, tip, week):
    chosen = (("term", term), ("tip", tip))
    picks = Picks(week, tuple(Pick(slot, slot, what.slug, 0.0, ()) for slot, what in chosen if what))
    issue = compose_plainly(picks, CATALOGUE, LETTERHEAD, number=7)
    rendered = render(issue, LETTERHEAD, TEMPLATES)
    assert check_letter(rendered, LETTERHEAD, issue=issue, readers=1) == ()
    assert issue.minutes <= MINUTES
    assert rendered.html_bytes <= HTML_BYTES
    flat = " ".join(rendered.text.split())
    for what in filter(None, (term, tip)):
        assert what.title in rendered.html.replace("&#39;", "'").replace("&amp;", "&")
        assert " ".join(what.title.split()) in flat
        assert to_plain(what.definition if what is term else what.body)[-40:] in " ".join(
            to_plain(flat).split()
        )


def test_the_check_finds_nothing_with_every_rule_switched_on():
    assert [str(problem) for problem in REVIEW.problems] == []


def test_terms_and_tips_last_for_more_than_a_year():
    assert len(CATALOGUE.terms) >= A_YEAR
    assert len(CATALOGUE.tips) >= A_YEAR


def test_no_two_share_a_name_or_an_opening():
    names = Counter(
        " ".join(name.casefold().split()) for term in CATALOGUE.terms for name in set(names_of(term))
    )
    titles = Counter(tip.title.casefold() for tip in CATALOGUE.tips)
    texts = Counter(
        [" ".join(to_plain(term.definition).split()[:6]) for term in CATALOGUE.terms]
        + [" ".join(to_plain(tip.body).split()[:6]) for tip in CATALOGUE.tips]
    )
    for counted in (names, titles, texts):
        assert [name for name, count in counted.items() if count > 1] == []


def test_every_category_has_enough_terms_and_none_has_most():
    categories = Counter(term.category for term in CATALOGUE.terms)
    assert min(categories.values()) >= LEAST_IN_A_CATEGORY, categories
    assert max(categories.values()) <= MOST_IN_A_CATEGORY * len(CATALOGUE.terms), categories


def test_newcomers_practitioners_and_experts_all_get_their_share():
    levels = Counter(term.difficulty for term in CATALOGUE.terms)
    assert set(levels) == {1, 2, 3}
    assert min(levels.values()) >= LEAST_OF_A_DIFFICULTY, levels


def test_tips_are_of_many_kinds_and_tied_to_terms():
    tags = Counter(tag for tip in CATALOGUE.tips for tag in tip.tags)
    assert {"prompt craft", "evaluation", "cost", "safety", "tools", "career"} <= set(tags)
    assert min(tags.values()) >= LEAST_WITH_A_TAG, tags
    assert [tip.slug for tip in CATALOGUE.tips if not tip.tags or not tip.terms] == []
    with_prompt = [tip for tip in CATALOGUE.tips if tip.before and tip.after]
    assert len(with_prompt) > len(CATALOGUE.tips) / 2


@by_slug
def test_a_term_that_speaks_of_research_names_it(term):
    prose = f"{term.definition} {term.example} {term.why_it_matters} {term.how_it_works}"
    if _RESEARCH.search(prose):
        assert term.sources, "it speaks of research or a specification and names none"
    for source in term.sources:
        assert _SOURCE.fullmatch(source), source


@by_slug
def test_a_term_keeps_the_measure_of_every_part(term):
    assert count_words(term.definition) <= 45
    assert 120 <= count_words(term.how_it_works) <= 350
    assert 2 <= len(term.mistakes) <= 3
    assert len(term.related) >= 2
    assert set(term.related) <= set(CATALOGUE.term_by_slug)


def test_no_code_is_wider_than_a_letter():
    parts = [
        (term.slug, part)
        for term in CATALOGUE.terms
        for part in (
            *(term.definition, term.example, term.why_it_matters, term.how_it_works, term.career_relevance),
            *(text for mistake in term.mistakes for text in (mistake.mistake, mistake.fix)),
        )
    ]
    lines = [
        (slug, line[4:]) for slug, part in parts for line in to_text(part).split("\n") if line[:4] == "    "
    ]
    lines += [(tip.slug, line) for tip in CATALOGUE.tips for line in f"{tip.before}\n{tip.after}".split("\n")]
    assert [(slug, line) for slug, line in lines if len(line) > CODE_COLUMNS] == []
