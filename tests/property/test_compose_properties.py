"""The letter says what was chosen, in lines that fit a mailbox, the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.letters import ENGLISH

from pipeline.issue.compose import compose
from pipeline.model.content import Catalogue, Mistake, Term, Tip
from pipeline.model.picks import Pick, Picks
from pipeline.model.wishes import Wishes

WEEK = "2026-W48"


def make_term(slug="rag", **more):
    values = {
        "title": slug.upper(),
        "category": "retrieval",
        "difficulty": 2,
        "definition": "It *searches* first and answers from the passages it found. Then it stops.",
        "example": "An example.",
        "why_it_matters": "Answers can be checked. That is all.",
        "how_it_works": "never shown " * 900,
        "mistakes": tuple(Mistake(f"mistake {n}", f"fix {n}") for n in range(3)),
        "career_relevance": "Asked for.",
    }
    return Term(slug=slug, **{**values, **more})


TIP = Tip(slug="quote", title="Quote first", body="Ask for the quote first.", path="t.md", lines={"title": 2})


def make_picks(*slots, week=WEEK, term="rag", reasons=()):
    refs = {"term": term, "tip": "quote"}
    return Picks(week, tuple(Pick(slot, slot, refs[slot], 0.0, reasons) for slot in slots))


def make_issue(
    *, slots=("term", "tip"), terms=None, wishes=None, tip=TIP, name="The Letter", order=None, **picks
):
    catalogue = Catalogue((make_term(),) if terms is None else terms, (tip,))
    return compose(
        make_picks(*slots, **picks),
        catalogue,
        wishes or Wishes(),
        number=7,
        base_url="https://letter.example",
        letter_name=name,
        strings=ENGLISH,
        **({} if order is None else {"order": order}),
    )


PROSE = st.text(st.sampled_from("ab éß語👩\u200d\u0301\n\t.!?,*_`#<>&(\u202e\x00"), max_size=200)


@examples(100)
@given(words=st.tuples(*[PROSE] * 6))
@pytest.mark.parametrize("slots", [("term", "tip"), ("term",), ("tip",)])
def test_subject_and_preheader_fit_a_mailbox_whatever_the_words(slots, words):
    title, prose, tip_title, body, subject, name = words
    term = make_term(title=title, definition=prose, why_it_matters=body)
    tip = Tip(slug="quote", title=tip_title, body=body)
    issue = make_issue(slots=slots, terms=(term,), tip=tip, name=name, wishes=Wishes(subject=subject))
    assert 1 <= len(issue.subject) <= 78
    assert 40 <= len(issue.preheader) <= 130
    assert issue.subject.casefold() != issue.preheader.casefold()
    for line in (issue.subject, issue.preheader):
        assert line == " ".join(line.split())
        assert not set(line) & set("\u202e\x00")
