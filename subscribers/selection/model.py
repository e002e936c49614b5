"""The value that a selection is parsed into: comparisons, joined by and, or, not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from subscribers.model import SubscriberState
from subscribers.selecting import tag_slug

EQUAL = ("=", ":")
OPERATORS = ("!=", "!~", "<=", ">=", "=", ":", "~", "<", ">")
"""Longer ones first, as they are read; `:` means what `=` does."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year, from its first instant to the one after its last.

    Both are the same where an instant was written.
    """

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with one value; `value` is None for `never`.

    A state is compared by its word, a tag by its normalized form, an import by its id.
    """

    field: str
    operator: str
    value: str | int | Period | None
    is_attribute: bool = False
    """Whether `field` is the name of an attribute, and not of a field of ours."""
    start: int = 0
    """Where the field stands in the text, for messages."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds; without parts it selects everyone."""

    parts: tuple[Selection, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Selection, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Selection


Selection = Comparison | AllOf | AnyOf | Not
EVERYONE = AllOf()


class SelectionError(ValueError):
    """A text is not a selection; `str` is the message, the line, and a caret under the mistake."""

    def __init__(self, message: str, text: str, start: int, length: int = 1) -> None:
        self.message = message
        self.start = start
        begin = text.rfind("\n", 0, start) + 1
        line = text[begin:].partition("\n")[0]
        shown = "".join(char if char.isprintable() else " " for char in line)
        carets = "^" * max(1, min(length, len(line) - (start - begin)))
        super().__init__(f"{message}\n  {shown}\n  {' ' * (start - begin)}{carets}")


def join_all(*parts: Selection) -> Selection:
    """Return the selection of those whom all parts select."""
    flat: list[Selection] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, AllOf) else (part,))
    return flat[0] if len(flat) == 1 else AllOf(tuple(flat))


def by_state(state: SubscriberState) -> Selection:
    """Return the selection of the readers in a state."""
    return Comparison("state", "=", state.word)


def by_tag(tag: str) -> Selection:
    """Return the selection of the readers with a tag."""
    return Comparison("tag", "=", tag_slug(tag))


def list_comparisons(selection: Selection) -> list[Comparison]:
    """Return every comparison of a selection, in the order of the text."""
    if isinstance(selection, Comparison):
        return [selection]
    parts = (selection.part,) if isinstance(selection, Not) else selection.parts
    return [each for part in parts for each in list_comparisons(part)]
