"""The learning path to a term: its prerequisites, in the order to learn them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from pipeline.model.content import Catalogue, Term


@dataclass(frozen=True, slots=True)
class Step:
    """One term of a path; every prerequisite of a level lies in an earlier one, and levels count from 1."""

    level: int
    term: Term


def find_path(catalogue: Catalogue, slug: str) -> tuple[Step, ...]:
    """Find the path to a term, which is its last step; easier ones first within a level, then by slug.

    Prerequisites that do not exist are left out.

    Raises:
        KeyError: there is no such term.
        graphlib.CycleError: prerequisites form a cycle, which `content check` refuses.
    """
    graph = dict(_collect(catalogue.term_by_slug, slug))
    return tuple(_climb(catalogue.term_by_slug, TopologicalSorter(graph)))


def _collect(terms: Mapping[str, Term], slug: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """List a term and all that it needs, near or far, each with what it needs itself."""
    waiting, seen = [slug], {slug}
    while waiting:
        here = waiting.pop()
        needed = tuple(each for each in terms[here].prerequisites if each in terms and each != here)
        yield here, needed
        waiting += [each for each in dict.fromkeys(needed) if each not in seen]
        seen.update(needed)


def _climb(terms: Mapping[str, Term], sorter: TopologicalSorter[str]) -> Iterator[Step]:
    sorter.prepare()
    level = 0
    while sorter.is_active():
        level += 1
        # All at once: what is handed back one by one would open the next level too early.
        ready = sorter.get_ready()
        ordered = sorted((terms[each] for each in ready), key=lambda term: (term.difficulty, term.slug))
        yield from (Step(level, term) for term in ordered)
        sorter.done(*ready)
