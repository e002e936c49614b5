"""Rules of references: unknown terms, one-way relations, cycles. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from pipeline.content.lint.page import about
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.problem import CONTENT_RULES, Problem, Rule
from pipeline.model.suggest import did_you_mean

RELATED_UNKNOWN = CONTENT_RULES.warning(
    "related-unknown", "The letter leaves the relation out, so readers miss what the author promised."
)
PREREQUISITE_UNKNOWN = CONTENT_RULES.warning(
    "prerequisite-unknown", "The choice passes over a prerequisite that does not exist."
)
TIP_TERM_UNKNOWN = CONTENT_RULES.warning("tip-term-unknown", "The tip can never be matched with its term.")
RELATION_SELF = CONTENT_RULES.warning(
    "relation-self", "A term explains itself already; a link to itself leads nowhere."
)
RELATION_ONE_WAY = CONTENT_RULES.warning(
    "relation-one-way", "Readers of the other term would never learn of this one."
)
PREREQUISITE_CYCLE = CONTENT_RULES.error(
    "prerequisite-cycle", "Terms that wait for each other would never be chosen in an order that helps."
)


GUESSES = 50
"""How many unknown slugs get a suggestion: with more, files are missing and nothing is misspelt."""


def check_references(catalogue: Catalogue, broken: set[str]) -> Iterator[Problem]:
    """Find references to terms that are neither in the catalogue nor in a broken file."""
    known = catalogue.term_by_slug.keys()
    references: list[tuple[Term | Tip, str, Rule, tuple[str, ...]]] = [
        *((term, "related", RELATED_UNKNOWN, term.related) for term in catalogue.terms),
        *((term, "prerequisites", PREREQUISITE_UNKNOWN, term.prerequisites) for term in catalogue.terms),
        *((tip, "terms", TIP_TERM_UNKNOWN, tip.terms) for tip in catalogue.tips),
    ]
    advice: dict[str, str] = {}
    for owner, key, rule, slugs in references:
        for slug in slugs:
            if slug in known or slug in broken:
                continue
            if slug not in advice:
                guess = did_you_mean(slug, known) if len(advice) < GUESSES else ""
                advice[slug] = guess or "write the term or delete the reference"
            yield about(owner, key, rule, f"`{key}` names `{slug}`, which is not a term", advice[slug])


def check_self_relations(catalogue: Catalogue) -> Iterator[Problem]:
    """Find terms that refer to themselves."""
    for term in catalogue.terms:
        for key, slugs in (("related", term.related), ("prerequisites", term.prerequisites)):
            if term.slug in slugs:
                message, fix = f"`{key}` names the term itself", f"delete `{term.slug}` there"
                yield about(term, key, RELATION_SELF, message, fix)


def find_one_way(catalogue: Catalogue) -> Iterator[tuple[Term, Term]]:
    """List each term with another that it names as related and that does not name it back."""
    for term in catalogue.terms:
        for slug in term.related:
            other = catalogue.term_by_slug.get(slug)
            if other is not None and other is not term and term.slug not in other.related:
                yield term, other


def check_one_way(catalogue: Catalogue) -> Iterator[Problem]:
    """Find relations that only one of two terms names."""
    for term, other in find_one_way(catalogue):
        yield about(
            term,
            "related",
            RELATION_ONE_WAY,
            f"`related` names `{other.slug}`, which does not name this term back",
            f"add `{term.slug}` to `related` in {other.path}, as `weekly content check --fix` does",
        )


def check_cycles(catalogue: Catalogue) -> Iterator[Problem]:
    """Find cycles that share no term, each named from its first slug on."""
    graph = {
        term.slug: [slug for slug in term.prerequisites if slug != term.slug] for term in catalogue.terms
    }
    while cycle := _find_cycle(graph):
        start = cycle.index(min(cycle))
        round_trip = [*cycle[start:], *cycle[: start + 1]]
        yield about(
            catalogue.term_by_slug[cycle[start]],
            "prerequisites",
            PREREQUISITE_CYCLE,
            f"prerequisites go round in a circle: {' → '.join(round_trip)}",
            "delete one of these prerequisites",
        )
        for slug in cycle:
            del graph[slug]


def _find_cycle(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """Find one cycle in the order of "needs"; empty when there is none."""
    inner = {slug: [needed for needed in graph[slug] if needed in graph] for slug in graph}
    try:
        TopologicalSorter(inner).prepare()
    except CycleError as error:
        closed: list[str] = error.args[1]
        return closed[:0:-1]
    return []
