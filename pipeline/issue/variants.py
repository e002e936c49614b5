"""Variants of a letter by what readers chose: their names, which a week has, and who gets which. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from pipeline.model.frozen import dataclass
from pipeline.plugins.sections import section_names

ORDINARY = "ordinary"
"""The letter of those who chose nothing, and the first of an issue's variants."""

MOST_VARIANTS = 8
"""So many letters at most are made of one issue, the ordinary one among them."""

_TEXT_ONLY = "text-only"
_WITHOUT = "without-"


@dataclass(frozen=True, slots=True, order=True)
class Choices:
    """What a reader chose: the text part alone, and sections left out."""

    text_only: bool = False
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The variant's name, such as `ordinary`, `text-only` or `without-tools+without-careers`."""
        return "+".join(self.tags) or ORDINARY

    @property
    def tags(self) -> tuple[str, ...]:
        """The single choices, each as the tag of a reader who makes it."""
        return ((_TEXT_ONLY,) if self.text_only else ()) + tuple(f"{_WITHOUT}{kind}" for kind in self.without)


def list_choices() -> tuple[str, ...]:
    """List the tag of every choice that a newsletter can offer."""
    return (_TEXT_ONLY, *(f"{_WITHOUT}{name}" for name in section_names()))


def parse_choices(name: str) -> Choices:
    """Read a variant's name, in any order of its parts; raises ValueError for an invalid one."""
    parts = [] if name == ORDINARY else name.split("+")
    wanted = {part.removeprefix(_WITHOUT) for part in parts if part != _TEXT_ONLY}
    without = tuple(kind for kind in section_names() if kind in wanted)
    choices = Choices(_TEXT_ONLY in parts, without)
    if sorted(parts) != sorted(choices.tags):
        raise ValueError(
            f"{name!r} is not a variant; write ordinary, text-only, or without-<section>, joined by +"
        )
    return choices


def list_unmatched(tags: Iterable[str], offered: Collection[str]) -> tuple[str, ...]:
    """List the tags that look like choices and have no effect, since they are not `offered`."""
    return tuple(tag for tag in tags if tag.startswith((_WITHOUT, "text-")) and tag not in offered)


def fit_choices(choices: Choices, there: Collection[str]) -> Choices:
    """Reduce choices to those that change a letter with these sections; term and tip never both go."""
    without = tuple(kind for kind in choices.without if kind in there)
    if not {"term", "tip"} & (set(there) - set(without)):
        without = tuple(kind for kind in without if kind not in ("term", "tip"))
    return Choices(choices.text_only, without)


def list_variants(offered: Sequence[str], there: Collection[str]) -> tuple[str, ...]:
    """List the variants that a letter with these sections has besides the ordinary one, sorted by name.

    Every combination of what is `offered` that changes the letter, those of few choices first while there
    are no more than `MOST_VARIANTS` in all. Readers are not asked: a lock is the same on every machine.
    """
    names = dict.fromkeys(
        fit_choices(parse_choices("+".join(some) or ORDINARY), there).name
        for count in range(len(offered) + 1)
        for some in combinations(offered, count)
    )
    return tuple(sorted([*names][1:MOST_VARIANTS]))


def find_variant(tags: Collection[str], made: Sequence[str]) -> int:
    """Return the place, among the variants that were `made`, of the one for a reader with these tags.

    Never one that leaves out more than the reader chose: that of most of their choices, text alone before
    any other; without such a one, the first.
    """
    fitting = [
        (_TEXT_ONLY in parts, len(parts), -place) for place, parts in _read(made) if parts <= set(tags)
    ]
    return -max(fitting)[2] if fitting else 0


def _read(made: Sequence[str]) -> Iterator[tuple[int, frozenset[str]]]:
    for place, name in enumerate(made):
        yield place, frozenset(parse_choices(name).tags)


def assign_variants(made: Sequence[str]) -> Mapping[frozenset[str], int]:
    """Map each set of choices to the variant that it gets; a set that is missing gets the first."""
    tags = sorted({tag for _, parts in _read(made) for tag in parts})
    sets = [frozenset(some) for count in range(len(tags) + 1) for some in combinations(tags, count)]
    return {some: place for some in sets if (place := find_variant(some, made))}
