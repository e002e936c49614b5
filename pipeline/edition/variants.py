"""The letters of a week besides the ordinary one, each rendered and checked once. Stores nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import AuthorError
from pipeline.issue.variants import Choices, fit_choices, parse_choices
from pipeline.model.issue import Issue, SectionKind
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered

Make = Callable[[Choices], tuple[Issue, Rendered, tuple[Problem, ...]]]
"""Makes the letter of some choices."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The letter of readers who chose otherwise; of a text-only one only the text part goes out."""

    name: str
    text_only: bool
    issue: Issue
    rendered: Rendered


def make_variants(
    names: Iterable[str], issue: Issue, rendered: Rendered, make: Make
) -> tuple[tuple[Variant, ...], tuple[Problem, ...]]:
    """Make the named variants of a letter, and tell the errors in them.

    A variant that differs from the ordinary letter in nothing, since a story is gone meanwhile, is left out.
    A rendering is shared by the variants that are sent as text alone and those that are not. Raises
    AuthorError, naming the variant, for templates that cannot make one.
    """
    there = {section.kind for section in issue.sections}
    made: dict[tuple[SectionKind, ...], tuple[Issue, Rendered]] = {(): (issue, rendered)}
    variants: dict[str, Variant] = {}
    findings: list[Problem] = []
    for name in names:
        choices = fit_choices(parse_choices(name), there)
        if choices == Choices() or choices.name in variants:
            continue
        if choices.without not in made:
            # Said of the letter itself, whether it goes out whole or as text alone.
            whole = Choices(without=choices.without).name
            try:
                other, made_of_it, found = make(choices)
            except AuthorError as error:
                raise AuthorError(
                    [replace(each, message=_of(whole, each.message)) for each in error.problems]
                ) from error
            made[choices.without] = other, made_of_it
            findings += _list_errors(whole, found)
        variants[choices.name] = Variant(choices.name, choices.text_only, *made[choices.without])
    return tuple(variants[name] for name in sorted(variants)), tuple(findings)


def _list_errors(name: str, findings: Iterable[Problem]) -> Iterator[Problem]:
    """List what stops a variant; what is worth a warning was said of the ordinary letter."""
    for each in findings:
        if each.is_error:
            # A line of this variant is another line of the ordinary letter, which is what editors look at.
            where = each.where.partition(":")[0]
            yield replace(each, where=where, message=_of(name, each.message), selector="")


def _of(name: str, message: str) -> str:
    return f"in the variant {name}: {message}"


def digest_all(rendered: Rendered, variants: Sequence[Variant]) -> str:
    """Digest a letter with its variants; one without any has its own digest."""
    if not variants:
        return rendered.digest
    lines = [rendered.digest, *(f"{each.name} {each.rendered.digest}" for each in variants)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
