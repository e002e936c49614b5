"""A letter composed of one term and one tip."""

from __future__ import annotations

from pipeline.issue.compose import compose
from pipeline.model.content import Catalogue, Mistake, Term, Tip
from pipeline.model.picks import Pick, Picks
from pipeline.model.wishes import Wishes
from support.letter_parts import ENGLISH

WEEK = "2026-W48"


def make_term(slug="rag", **more):
    """A whole term; `more` are the values that differ."""
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
    """Picks for these slots."""
    refs = {"term": term, "tip": "quote"}
    return Picks(week, tuple(Pick(slot, slot, refs[slot], 0.0, reasons) for slot in slots))


def make_issue(
    *, slots=("term", "tip"), terms=None, wishes=None, tip=TIP, name="The Letter", order=None, **picks
):
    """Compose the letter of these slots."""
    catalogue = Catalogue((make_term(),) if terms is None else terms, (tip,))
    return compose(
        make_picks(*slots, **picks),
        catalogue,
        wishes or Wishes(),
        number=7,
        letter_name=name,
        strings=ENGLISH,
        **({} if order is None else {"order": order}),
    )
