"""Checks the catalogue as a whole: the rules that every run needs, which cost next to nothing. Pure.

Wording, similarity and the rest of style are `lint.run`'s, which only `weekly content check` calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.content.lint.rules.names import check_names, check_slugs, check_tip_titles
from pipeline.content.lint.rules.references import check_cycles, check_references, check_self_relations
from pipeline.model.content import Catalogue
from pipeline.model.problem import CONTENT_RULES, Problem

FOLDER_MISSING = CONTENT_RULES.error(
    "folder-missing", "Without the glossary there is no term of the week to choose."
)

_RULES = (check_slugs, check_names, check_tip_titles, check_self_relations, check_cycles)


def check_catalogue(catalogue: Catalogue, found: Sequence[Problem] = ()) -> tuple[Problem, ...]:
    """List what would break a letter or a choice in the catalogue as a whole, sorted by place.

    `found` are the problems of reading it: a file that has one of them exists, although its term is
    not in the catalogue, and references to it are no problem of their own.
    """
    broken = {problem.path.rpartition("/")[2].removesuffix(".md") for problem in found}
    problems = {problem for rule in _RULES for problem in rule(catalogue)}
    if not any(problem.rule == FOLDER_MISSING and problem.is_error for problem in found):
        problems |= set(check_references(catalogue, broken))  # without the glossary all would be dangling
    return tuple(sorted(problems))
