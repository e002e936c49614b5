"""The styles that rules and attributes set on the elements of a page: the cascade. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from pipeline.check.css import Declarations, Selector, read_declarations, read_selectors, read_sheet
from pipeline.check.page import StyleSheet, Tag

_DARK = re.compile(r"prefers-color-scheme:\s*dark")

_Rank = tuple[bool, bool, tuple[int, int, int], int]
"""Important, in a style attribute, weight of the selector, place in the sheets: the highest wins."""
_Both = tuple[Mapping[str, str], Mapping[str, str]]


class _Entry(NamedTuple):
    """A selector with the declarations of its rule, and the rule's place in the sheets."""

    selector: Selector
    place: int
    order: int
    is_dark: bool
    is_sure: bool
    """Whether name and classes of an element are all that the selector asks for."""
    declarations: Declarations


class Styles:
    """The styles that the sheets and attributes of a page set on its elements, in light and in dark.

    With the elements of the page, selectors that none of them can match are dropped at once.
    """

    def __init__(self, sheets: Sequence[StyleSheet], tags: Sequence[Tag] | None = None) -> None:
        self.readings = tuple(read_sheet(sheet) for sheet in sheets)
        rules = [rule for reading in self.readings for rule in reading.rules]
        self.has_dark = any(is_dark(rule.media) for rule in rules)
        """Whether there is a dark palette."""
        there = None if tags is None else _list_names(tags)
        self._rules: dict[str, list[_Entry]] = {}
        places = count()
        for order, rule in enumerate(rules):
            if not rule.media or is_dark(rule.media):
                for selector in read_selectors(rule.selectors):
                    if there is None or selector.needs <= there:
                        is_sure = len(selector.compounds) == 1 and selector.compounds[0].is_plain
                        entry = _Entry(
                            selector, next(places), order, bool(rule.media), is_sure, rule.declarations
                        )
                        self._rules.setdefault(selector.key, []).append(entry)
        self._kinds: dict[tuple[str, frozenset[str]], tuple[_Entry, ...]] = {}
        self._combined: dict[tuple[str, tuple[int, ...]], _Both] = {}
        self._own: dict[Tag, _Both] = {}

    def own(self, tag: Tag, *, dark: bool = False) -> Mapping[str, str]:
        """Return every property that is set on an element itself; nothing is inherited."""
        both = self._own.get(tag)
        if both is None:
            both = self._own[tag] = self._find_both(tag)
        return both[dark]

    def _find_both(self, tag: Tag) -> _Both:
        style = tag.attributes.get("style", "")
        kind = tag.name, tag.classes
        if kind not in self._kinds:
            self._kinds[kind] = self._list_candidates(*kind)
        # Rows of a letter repeat their classes and styles.
        matching = tuple(each for each in self._kinds[kind] if each.is_sure or each.selector.matches(tag))
        key = style, tuple(each.place for each in matching)
        if key not in self._combined:
            light = tuple(each for each in matching if not each.is_dark)
            shown = _cascade(light, style)
            self._combined[key] = shown, shown if light == matching else _cascade(matching, style)
        return self._combined[key]

    def _list_candidates(self, name: str, classes: frozenset[str]) -> tuple[_Entry, ...]:
        """List the rules that elements of this name with these classes may match."""
        keys = ("*", name, *(f".{each}" for each in sorted(classes)))
        found = (entry for key in keys for entry in self._rules.get(key, ()))
        return tuple(entry for entry in found if entry.selector.compounds[-1].may_fit(name, classes))


def _list_names(tags: Sequence[Tag]) -> frozenset[str]:
    """List the names, classes and attributes of elements as `Selector.needs` has them."""
    names = {tag.name for tag in tags}
    names.update(f".{name}" for each in {tag.classes for tag in tags} for name in each)
    names.update(f"[{name}" for tag in tags for name in tag.attributes)
    return frozenset(names)


def _cascade(entries: Sequence[_Entry], style: str) -> Mapping[str, str]:
    """Return the value that wins of each property; of two that are equal in rank, the later one."""
    best: dict[str, tuple[_Rank, str]] = {}
    for each in entries:
        for is_important, name, value in _expand_all(each.declarations):
            rank = (is_important, False, each.selector.weight, each.order)
            if name not in best or best[name][0] <= rank:
                best[name] = (rank, value)
    for is_important, name, value in _expand_all(read_declarations(style)):
        rank = (is_important, True, (0, 0, 0), 0)
        if name not in best or best[name][0] <= rank:
            best[name] = (rank, value)
    return {name: value for name, (_, value) in best.items()}


def is_dark(media: str) -> bool:
    """Whether a condition asks for a dark palette."""
    return "prefers-color-scheme" in media and bool(_DARK.search(media))


@lru_cache(maxsize=4096)
def _expand_all(declarations: Declarations) -> tuple[tuple[bool, str, str], ...]:
    return tuple(
        (is_important, each, plain)
        for name, value, is_important in declarations
        for each, plain in _expand(name, value)
    )


def _expand(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Yield a declaration and, for a shorthand, the parts that rules look at."""
    yield name, value
    if name == "background":
        words = re.findall(r"[^\s(]+(?:\([^)]*\))?", value)
        colours = [word for word in words if re.match(r"#|rgb|[a-z]+$", word)]
        yield "background-color", colours[0] if colours else "transparent"
    elif name == "font":
        size = re.search(r"(\d[\w.%]*)(?:\s*/\s*([\w.%]+))?", value)
        if size:
            yield "font-size", size[1]
            yield "line-height", size[2] or "normal"
