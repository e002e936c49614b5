"""Rules of names: no two slugs, titles or aliases are the same. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.content.lint.page import about
from pipeline.content.slugs import fold_name
from pipeline.model.content import Catalogue, Term, Tip
from pipeline.model.problem import CONTENT_RULES, Problem

SLUG_DUPLICATE = CONTENT_RULES.error("slug-duplicate", "A reference to the slug could mean either.")
NAME_DUPLICATE = CONTENT_RULES.error("name-duplicate", "Readers and references could not tell the two apart.")
CATEGORY_CASE = CONTENT_RULES.warning(
    "category-case", "Two spellings are two categories: coverage counts them apart, and so does the choice."
)


def check_slugs(catalogue: Catalogue) -> Iterator[Problem]:
    """Find slugs that two terms or two tips share."""
    groups: tuple[Sequence[Term | Tip], ...] = (catalogue.terms, catalogue.tips)
    for group in groups:
        first: dict[str, Term | Tip] = {}
        for each in sorted(group, key=lambda each: each.path):
            owner = first.setdefault(each.slug.casefold(), each)
            if owner is not each:
                message = f"`{owner.path}` has the slug `{owner.slug}` too"
                yield about(each, "slug", SLUG_DUPLICATE, message, "rename one of the two")


def check_names(catalogue: Catalogue) -> Iterator[Problem]:
    """Find titles, full names and aliases that belong to two terms."""
    first: dict[str, Term] = {}
    for term in sorted(catalogue.terms, key=lambda term: term.path):
        for key, name in list_names(term):
            owner = first.setdefault(fold_name(name), term)
            if owner is not term:
                message = f"`{owner.path}` is called `{name}` too"
                yield about(term, key, NAME_DUPLICATE, message, "give one of them another title or alias")


def check_tip_titles(catalogue: Catalogue) -> Iterator[Problem]:
    """Find titles that two tips share."""
    first: dict[str, Tip] = {}
    for tip in sorted(catalogue.tips, key=lambda tip: tip.path):
        owner = first.setdefault(fold_name(tip.title), tip)
        if owner is not tip:
            message = f"`{owner.path}` has the title `{tip.title}` too"
            yield about(tip, "title", NAME_DUPLICATE, message, "give one of them another title")


def check_categories(catalogue: Catalogue) -> Iterator[Problem]:
    """Find categories that differ from a more frequent one in capitals only."""
    counts = Counter(term.category for term in catalogue.terms)
    usual: dict[str, str] = {}
    for category, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].swapcase())):
        usual.setdefault(fold_name(category), category)
    for term in catalogue.terms:
        best = usual[fold_name(term.category)]
        if term.category != best:
            message = f"`{term.category}` is written `{best}` elsewhere"
            yield about(
                term, "category", CATEGORY_CASE, message, f"write `category: {best}`, or change the others"
            )


def list_names(term: Term) -> Iterator[tuple[str, str]]:
    """List the names of a term, each with its key."""
    named = (("title", term.title), ("full_name", term.full_name), *(("aliases", a) for a in term.aliases))
    return ((key, name) for key, name in named if name)
