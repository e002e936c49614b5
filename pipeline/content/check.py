"""Rules that a whole catalogue keeps, and the reason for every rule of content.

Pure; a rule is a small function from the catalogue to problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from pipeline.content.document import did_you_mean
from pipeline.content.markdown import count_words
from pipeline.content.model import Catalogue, Problem, Severity, Term, Tip

DEFINITION_WORDS = 70
TIP_WORDS = 120

RULES: Mapping[str, str] = MappingProxyType(
    {
        "folder-missing": "Without the glossary there is no term of the week to choose.",
        "file-unreadable": "A file that cannot be read would silently be left out of every choice.",
        "file-encoding": "Bytes that are not UTF-8 would reach readers as wrong letters.",
        "control-character": "A character that nobody sees can break a header or a reader's screen.",
        "bidi-character": "A bidi override lets text show something else than it says.",
        "front-matter-missing": "Title, slug and category have no other place.",
        "front-matter-unclosed": "Nobody can tell where the keys end and the text begins.",
        "front-matter-syntax": "Keys that YAML cannot read cannot be guessed.",
        "key-duplicate": "YAML would silently take one of the two values.",
        "key-unknown": "A misspelt key would silently have no effect.",
        "key-missing": "A letter, a link or a choice would have a hole there.",
        "key-type": "YAML reads unquoted dates, numbers and yes or no as something else than text.",
        "key-repeat": "A name given twice would be shown or counted twice.",
        "slug-form": "Slugs become addresses and references, which must be the same on every machine.",
        "slug-file-name": "Whoever knows a slug must be able to open its file.",
        "difficulty-range": "The choice leads from easy to hard and needs a number for that.",
        "season-form": "A season that is no span of days would never come.",
        "text-missing": "The text before the first section is what opens the letter.",
        "heading-level": "A first-level heading outranks the letter's own and is no section.",
        "fence-unclosed": "A code block without an end swallows all sections below it.",
        "section-missing": "The letter shows every section, and an empty one has a heading without text.",
        "section-duplicate": "One of the two would be lost.",
        "section-unknown": "Its text would be shown nowhere.",
        "section-empty": "The letter would show a heading without text.",
        "mistakes-not-list": "Text outside the list belongs to no mistake and would be lost.",
        "mistake-no-fix": "A mistake without its fix leaves readers with a problem.",
        "mistake-empty": "The letter would show half of a pair.",
        "tip-block": "Prompts are shown verbatim, and only a code block keeps every character.",
        "slug-duplicate": "A reference to the slug could mean either.",
        "name-duplicate": "Readers and references could not tell the two apart.",
        "related-unknown": "Readers would be sent to a term that does not exist.",
        "prerequisite-unknown": "A term would wait for one that never comes.",
        "tip-term-unknown": "The tip could never be matched with its term.",
        "relation-self": "A term explains itself already; a link to itself leads nowhere.",
        "prerequisite-cycle": "Terms that wait for each other would never be chosen in an order that helps.",
        "definition-length": "A definition is read in one breath, and the letter opens with it.",
        "tip-length": "A tip is one thing to try this week.",
    }
)
"""Why each rule of reading and checking exists, in one sentence, by its id."""

Rule = Callable[[Catalogue], Iterable[Problem]]


def check_catalogue(catalogue: Catalogue, found: Sequence[Problem] = ()) -> tuple[Problem, ...]:
    """List what is wrong with the catalogue as a whole, sorted by place.

    `found` are the problems of reading it: a file that has one of them exists, although its term is
    not in the catalogue, and references to it are no problem of their own.
    """
    broken = {problem.path.rpartition("/")[2].removesuffix(".md") for problem in found}
    problems = (problem for rule in _RULES for problem in rule(catalogue))
    return tuple(sorted(set(problems) | set(_check_references(catalogue, broken))))


def _about(
    what: Term | Tip, key: str, rule: str, message: str, fix: str, *, severity: Severity = "error"
) -> Problem:
    return Problem(what.path, what.lines.get(key, 0), message, fix, rule, severity)


def _check_slugs(catalogue: Catalogue) -> Iterator[Problem]:
    groups: tuple[Sequence[Term | Tip], ...] = (catalogue.terms, catalogue.tips)
    for group in groups:
        first: dict[str, Term | Tip] = {}
        for each in sorted(group, key=lambda each: each.path):
            owner = first.setdefault(each.slug.casefold(), each)
            if owner is not each:
                yield _about(
                    each,
                    "slug",
                    "slug-duplicate",
                    f"`{owner.path}` has the slug `{owner.slug}` too",
                    "rename one of the two",
                )


def _check_names(catalogue: Catalogue) -> Iterator[Problem]:
    first: dict[str, Term] = {}
    for term in sorted(catalogue.terms, key=lambda term: term.path):
        named = (
            ("title", term.title),
            ("full_name", term.full_name),
            *(("aliases", a) for a in term.aliases),
        )
        for key, name in named:
            if not name:
                continue
            owner = first.setdefault(" ".join(name.casefold().split()), term)
            if owner is not term:
                yield _about(
                    term,
                    key,
                    "name-duplicate",
                    f"`{owner.path}` is called `{name}` too",
                    "give one of them another title or alias",
                )


def _check_tip_titles(catalogue: Catalogue) -> Iterator[Problem]:
    first: dict[str, Tip] = {}
    for tip in sorted(catalogue.tips, key=lambda tip: tip.path):
        owner = first.setdefault(" ".join(tip.title.casefold().split()), tip)
        if owner is not tip:
            yield _about(
                tip,
                "title",
                "name-duplicate",
                f"`{owner.path}` has the title `{tip.title}` too",
                "give one of them another title",
            )


def _check_references(catalogue: Catalogue, broken: set[str]) -> Iterator[Problem]:
    """Find references to terms that are neither in the catalogue nor in a broken file."""
    known = catalogue.term_by_slug.keys()
    references: list[tuple[Term | Tip, str, str, tuple[str, ...]]] = [
        *((term, "related", "related-unknown", term.related) for term in catalogue.terms),
        *((term, "prerequisites", "prerequisite-unknown", term.prerequisites) for term in catalogue.terms),
        *((tip, "terms", "tip-term-unknown", tip.terms) for tip in catalogue.tips),
    ]
    for owner, key, rule, slugs in references:
        for slug in slugs:
            if slug not in known and slug not in broken:
                fix = did_you_mean(slug, known) or "write the term or delete the reference"
                yield _about(owner, key, rule, f"`{key}` names `{slug}`, which is no term", fix)


def _check_self_relations(catalogue: Catalogue) -> Iterator[Problem]:
    for term in catalogue.terms:
        for key, slugs in (("related", term.related), ("prerequisites", term.prerequisites)):
            if term.slug in slugs:
                yield _about(
                    term,
                    key,
                    "relation-self",
                    f"`{key}` names the term itself",
                    f"delete `{term.slug}` there",
                )


def _check_cycles(catalogue: Catalogue) -> Iterator[Problem]:
    """Find cycles that share no term, each named from its first slug on."""
    graph = {
        term.slug: [slug for slug in term.prerequisites if slug != term.slug] for term in catalogue.terms
    }
    while cycle := _find_cycle(graph):
        start = cycle.index(min(cycle))
        round_trip = [*cycle[start:], *cycle[: start + 1]]
        yield _about(
            catalogue.term_by_slug[cycle[start]],
            "prerequisites",
            "prerequisite-cycle",
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


def _check_lengths(catalogue: Catalogue) -> Iterator[Problem]:
    texts: list[tuple[Term | Tip, str, str, int]] = [
        *((term, "definition", term.definition, DEFINITION_WORDS) for term in catalogue.terms),
        *((tip, "body", tip.body, TIP_WORDS) for tip in catalogue.tips),
    ]
    for owner, key, text, limit in texts:
        words = count_words(text)
        if words > limit:
            rule = "definition-length" if key == "definition" else "tip-length"
            yield _about(
                owner,
                key,
                rule,
                f"the text has {words} words",
                f"shorten it to {limit} or fewer",
                severity="warning",
            )


_RULES: tuple[Rule, ...] = (
    _check_slugs,
    _check_names,
    _check_tip_titles,
    _check_self_relations,
    _check_cycles,
    _check_lengths,
)
