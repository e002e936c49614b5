"""Readers' choices as a few letters, each rendered once: which there are, and who gets which. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pipeline.issue.compose import count_minutes
from pipeline.issue.model import SECTION_ORDER, Issue, SectionKind

MOST_VARIANTS = 8
"""So many letters at most are made of one issue, the ordinary one among them."""

_TEXT_ONLY = "text-only"
_WITHOUT = "without-"


@dataclass(frozen=True, slots=True, order=True)
class Choices:
    """What a reader wants otherwise than everybody: the text part alone, and sections left out."""

    text_only: bool = False
    without: tuple[SectionKind, ...] = ()

    @property
    def name(self) -> str:
        """The variant's name, such as `ordinary`, `text-only` or `without-tools+without-careers`."""
        parts = [_TEXT_ONLY] if self.text_only else []
        return "+".join([*parts, *(f"{_WITHOUT}{kind}" for kind in self.without)]) or "ordinary"


def parse_choices(name: str) -> Choices:
    """Read a variant's name, in any order of its parts; raises ValueError for what is no choice."""
    parts = [] if name == "ordinary" else name.split("+")
    wanted = {part.removeprefix(_WITHOUT) for part in parts if part != _TEXT_ONLY}
    without = tuple(kind for kind in SECTION_ORDER if kind in wanted)
    choices = Choices(_TEXT_ONLY in parts, without)
    if sorted(parts) != sorted([] if choices == Choices() else choices.name.split("+")):
        raise ValueError(
            f"{name!r} is no variant; write ordinary, text-only, or without-<section>, joined by +"
        )
    return choices


def fit_choices(issue: Issue, choices: Choices) -> Choices:
    """Reduce choices to those that change this letter; the last of term and tip is never left out."""
    there = {section.kind for section in issue.sections}
    without = [kind for kind in SECTION_ORDER if kind in choices.without and kind in there]
    if not (there - set(without)) & {"term", "tip"}:
        without = [kind for kind in without if kind not in ("term", "tip")]
    return Choices(choices.text_only, tuple(without))


def assign_variants(
    issue: Issue, wanted: Iterable[Choices], *, most: int = MOST_VARIANTS
) -> Mapping[Choices, Choices]:
    """Tell the variant that each of the `wanted` choices gets, each given as often as readers want it.

    Beyond `most` variants the rarest choices are not obeyed but for text alone: these readers get everything.
    """
    asked = Counter(wanted)
    fitting = {choices: fit_choices(issue, choices) for choices in asked}
    readers = Counter({Choices(): 0, Choices(text_only=True): 0})
    for choices, count in asked.items():
        readers[fitting[choices]] += count
    whole = [choices for choices in readers if not choices.without]
    others = sorted((each for each in readers if each.without), key=lambda each: (-readers[each], each))
    made = {*whole, *others[: max(most - len(whole), 0)]}
    return {
        choices: fit if fit in made else Choices(text_only=fit.text_only) for choices, fit in fitting.items()
    }


def make_variant(issue: Issue, choices: Choices) -> Issue:
    """Make the letter of a variant; of a text-only one, send the text part of it alone."""
    left_out = fit_choices(issue, choices).without
    if not left_out:
        return issue
    sections = tuple(section for section in issue.sections if section.kind not in left_out)
    return replace(issue, sections=sections, minutes=count_minutes(issue.intro, sections))
