"""Terms and tips without prose, for tests of the choice."""

from __future__ import annotations

from pipeline.model.content import Season, Term, Tip

PROSE = dict.fromkeys(
    ("title", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
)


def make_term(slug, category, difficulty, *, related=(), prerequisites=(), seasons=()):
    return Term(
        **PROSE,
        slug=slug,
        category=category,
        difficulty=difficulty,
        mistakes=(),
        related=tuple(related),
        prerequisites=tuple(prerequisites),
        seasons=tuple(Season(*each) for each in seasons),
    )


def make_tip(slug, tags, terms):
    return Tip(slug, "", "", tags=tuple(tags), terms=tuple(terms))
