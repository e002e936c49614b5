"""A letter that was rendered and checked, and its variants, each made once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pipeline.errors import AuthorError
from pipeline.issue.variants import Choices, fit_choices, parse_choices
from pipeline.model.frozen import dataclass
from pipeline.model.issue import Issue
from pipeline.model.problem import Problem
from pipeline.model.rendered import Rendered


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """A composed issue, its rendering, and everything that the checks found in it."""

    issue: Issue
    rendered: Rendered
    findings: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The findings that stop a send."""
        return tuple(finding for finding in self.findings if finding.is_error)


@dataclass(frozen=True, slots=True)
class Variant:
    """The letter of readers with other choices; of a text-only variant only the text part is sent."""

    name: str
    text_only: bool
    issue: Issue
    rendered: Rendered


def make_variants(
    names: Iterable[str], ordinary: CheckedLetter, make: Callable[[Choices], CheckedLetter]
) -> tuple[tuple[Variant, ...], tuple[Problem, ...]]:
    """Build the named variants of an ordinary letter, sorted by name, with the errors found in them.

    A variant equal to the ordinary letter, for instance because a story is gone, is left out. A variant as
    text alone shares the rendering of the one with HTML. Raises AuthorError, naming the variant, for
    templates that cannot make one.
    """
    there = {section.kind for section in ordinary.issue.sections}
    made: dict[tuple[str, ...], CheckedLetter] = {(): ordinary}
    variants: dict[str, Variant] = {}
    findings: list[Problem] = []
    for name in names:
        choices = fit_choices(parse_choices(name), there)
        if choices == Choices() or choices.name in variants:
            continue
        if choices.without not in made:
            # Messages name the content of the letter, whether it is sent whole or as text alone.
            whole = Choices(without=choices.without).name
            try:
                letter = make(choices)
            except AuthorError as error:
                raise AuthorError(
                    [replace(each, message=_of(whole, each.message)) for each in error.problems]
                ) from error
            made[choices.without] = letter
            findings += _list_errors(whole, letter)
        letter = made[choices.without]
        variants[choices.name] = Variant(choices.name, choices.text_only, letter.issue, letter.rendered)
    return tuple(variants[name] for name in sorted(variants)), tuple(findings)


def _list_errors(name: str, letter: CheckedLetter) -> Iterator[Problem]:
    """Yield what stops a variant; warnings were given for the ordinary letter already."""
    for each in letter.errors:
        # A line of this variant is another line of the ordinary letter, which is what editors see.
        where = each.where.partition(":")[0]
        yield replace(each, where=where, message=_of(name, each.message), selector="")


def _of(name: str, message: str) -> str:
    return f"in the variant {name}: {message}"


def digest_all(rendered: Rendered, variants: Sequence[Variant]) -> str:
    """Return the digest of a letter with its variants; without any it is the letter's own."""
    if not variants:
        return rendered.digest
    lines = [rendered.digest, *(f"{each.name} {each.rendered.digest}" for each in variants)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
