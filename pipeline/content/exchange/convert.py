"""Entries of somebody's glossary, made terms of ours: slugs, Markdown, relations. Pure.

What an entry says and a term has no place for is kept; what cannot be shown is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.content.exchange.export import CATEGORY, DIFFICULTY, KEPT, KEYS, keep_differences
from pipeline.content.exchange.html_to_markdown import find_losses, html_to_markdown, plain_words
from pipeline.content.exchange.sanitize import has_merge_tag, make_markdown
from pipeline.content.exchange.source_entry import SourceEntry, Unread, find_level, find_name, split_pair
from pipeline.content.exchange.validate import Spelling, fit_slug, read_text, validate_entry
from pipeline.content.normalize import normalize_line
from pipeline.content.serialize import normalize_term
from pipeline.content.slugs import fold_name
from pipeline.model.content import Faq, Mistake, Season, Term

UNSORTED = f"it has no category: `{CATEGORY}` was written"
"""The note about a new term that somebody has to sort in."""

LETTER_PARTS = ("example", "why_it_matters", "common_mistakes", "career_relevance")
"""What a letter shows if it is there."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A term made of an entry. `given` are the entry's proper keys; `notes` say what is not as it came."""

    place: str
    term: Term
    given: frozenset[str]
    notes: tuple[str, ...]


def convert(
    entries: Iterable[SourceEntry | Unread], others: Mapping[str, str], categories: Iterable[str] = ()
) -> tuple[tuple[Converted, ...], tuple[Unread, ...]]:
    """Make terms of entries, in their order; what cannot become one is refused with its reason.

    `others` are the names that terms have already, folded by `fold_name`, with the slug of each, and
    `categories` those that terms have.
    """
    taken: dict[str, SourceEntry] = {}
    names = dict(others)
    refused: list[Unread] = []
    for entry in entries:
        slug, reason = (
            ("", entry.reason) if isinstance(entry, Unread) else validate_entry(entry, taken, names)
        )
        if reason or isinstance(entry, Unread):
            refused.append(Unread(entry.place, reason))
        else:
            taken[slug] = entry
            names[fold_name(plain_words(entry.values["term"]))] = slug
    known = {fold_name(entry.values["term"]): slug for slug, entry in taken.items()}
    known |= {fold_name(str(entry.values.get("slug") or slug)): slug for slug, entry in taken.items()}
    spelling = Spelling(categories)
    terms = (_Conversion(entry, slug, known, names, spelling).run() for slug, entry in taken.items())
    return tuple(terms), tuple(refused)


class _Conversion:
    """One entry on its way; every question about a key notes what is not as it came."""

    def __init__(
        self,
        entry: SourceEntry,
        slug: str,
        known: Mapping[str, str],
        names: dict[str, str],
        spelling: Spelling,
    ) -> None:
        self._entry, self._slug, self._spelling = entry, slug, spelling
        self._known, self._taken = known, names
        self._values = entry.values
        self._notes: list[str] = []
        self._lossy: set[str] = set()

    def run(self) -> Converted:
        """Make the term, with what is needed to export the entry as it came."""
        term = normalize_term(
            Term(
                slug=self._slug,
                title=self._words("term"),
                full_name=self._free_name("full_name", self._words("full_name")),
                category=self._category(),
                difficulty=self._difficulty(),
                definition=self.text("definition"),
                example=self.text("example"),
                why_it_matters=self.text("why_it_matters"),
                how_it_works=self.text("in_depth"),
                mistakes=self._mistakes(),
                career_relevance=self.text("career_relevance"),
                aliases=tuple(
                    name for name in self._list("aliases") if self._free_name("aliases", normalize_line(name))
                ),
                related=self._slugs("related_terms"),
                prerequisites=self._slugs("prerequisites"),
                seasons=self._seasons(),
                sources=self._list("sources"),
                related_links=self._list("related_links"),
                faqs=self._faqs(),
            )
        )
        others = {name: value for name, value in self._values.items() if name not in KEYS and name != KEPT}
        kept = self._keep(replace(term, extra=others))
        missing = [key for key in LETTER_PARTS if not self._values.get(key)]
        if missing:
            self._notes.append(f"it has no {', '.join(missing)}")
        if "category" not in self._values:
            self._notes.append(UNSORTED)
        if others:
            self._notes.append(f"kept under `extra`: {', '.join(sorted(others))}")
        return Converted(
            self._entry.place,
            replace(term, extra=others | ({KEPT: kept} if kept else {})),
            frozenset(self._values),
            tuple(self._notes),
        )

    def _keep(self, term: Term) -> dict[str, Any]:
        if self._entry.is_exact:
            return keep_differences(term, self._values, self._entry.names)
        given = {key: self._values[key] for key in ("slug", *sorted(self._lossy)) if key in self._values}
        differing = keep_differences(term, given, {}).get("was", {})
        was = {key: differing[key] for key in given if key in differing}
        before = self._values.get(KEPT)
        kept = dict(before) if isinstance(before, Mapping) and "slug" not in was else {}
        earlier = kept.get("was")
        return kept | ({"was": (dict(earlier) if isinstance(earlier, Mapping) else {}) | was} if was else {})

    def _keep_as_is(self, key: str, note: str) -> None:
        """Note that a value is not used as it came, so that it is kept beside what became of it."""
        self._notes.append(note)
        self._lossy.add(key)

    def text(self, key: str) -> str:
        """Read a text as Markdown that is fit for a letter."""
        text = read_text(self._values.get(key))
        if text is None:
            self._keep_as_is(key, f"`{key}` is no text: kept, not shown")
        return self._make_markdown(key, text) if text else ""

    def _make_markdown(self, key: str, value: str) -> str:
        lost = find_losses(value)
        if lost:
            self._keep_as_is(key, f"`{key}` goes without {' and '.join(lost)}")
        return make_markdown(value)

    def _words(self, key: str) -> str:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            self._keep_as_is(key, f"`{key}` is no text: kept, not shown")
        words = normalize_line(plain_words(value)) if isinstance(value, str) else ""
        if has_merge_tag(words):
            self._keep_as_is(key, f"`{key}` holds a mark of templates: kept, not shown")
            return ""
        return words

    def _category(self) -> str:
        given = self._words("category")
        if not given:
            return CATEGORY
        found = self._spelling.find(given)
        if found != given:
            self._keep_as_is("category", f"`category` is written `{found}`, as it is elsewhere")
        return found

    def _free_name(self, key: str, name: str) -> str:
        """Give another name of the term, unless it is another term's."""
        if not name or self._taken.setdefault(fold_name(name), self._slug) == self._slug:
            return name
        self._keep_as_is(key, f"`{key}` names `{name}`, which is another term's name: kept, not used")
        return ""

    def _items(self, key: str) -> Sequence[Any]:
        value = self._values.get(key)
        if isinstance(value, str):
            value = [part for part in re.split(r"[;\n]", value) if part.strip()]
        if isinstance(value, list):
            return value
        if value is not None:
            self._keep_as_is(key, f"`{key}` is no list: kept, not shown")
        return ()

    def _list(self, key: str) -> tuple[str, ...]:
        items = []
        for item in self._items(key):
            name = find_name(item)
            if name:
                items.append(name)
            else:
                self._keep_as_is(key, f"an item of `{key}` is no text: kept, not shown")
        return tuple(items)

    def _slugs(self, key: str) -> tuple[str, ...]:
        """Read relations; the ones that other entries were renamed from, or are called by, follow them."""
        slugs = (self._known.get(fold_name(name)) or fit_slug(name) for name in self._list(key))
        return tuple(slug for slug in dict.fromkeys(slugs) if slug != self._slug)

    def _difficulty(self) -> int:
        value = self._values.get("difficulty")
        level = find_level(value)
        if value is not None and level is None:
            self._keep_as_is("difficulty", f"`difficulty` is not 1, 2 or 3: taken for {DIFFICULTY}")
        return level or DIFFICULTY

    def _mistakes(self) -> tuple[Mistake, ...]:
        mistakes = []
        for number, item in enumerate(self._items("common_mistakes"), 1):
            pair = split_pair(item)
            if all(pair):
                mistakes.append(Mistake(*(self._make_markdown("common_mistakes", half) for half in pair)))
            else:
                self._keep_as_is("common_mistakes", f"mistake {number} has no correction: kept, not shown")
        return tuple(mistakes)

    def _faqs(self) -> tuple[Faq, ...]:
        faqs = []
        for number, item in enumerate(self._items("faqs"), 1):
            question, answer = (
                (item.get("question"), item.get("answer")) if isinstance(item, Mapping) else ("", "")
            )
            if isinstance(question, str) and isinstance(answer, str) and question.strip() and answer.strip():
                faqs.append(Faq(plain_words(question), html_to_markdown(answer)))
            else:
                self._keep_as_is("faqs", f"question {number} has no answer: kept, not shown")
        return tuple(faqs)

    def _seasons(self) -> tuple[Season, ...]:
        seasons = []
        for item in self._items("seasons"):
            days = [item.get("start"), item.get("end")] if isinstance(item, Mapping) else []
            if len(days) == 2 and all(isinstance(day, str) for day in days):  # noqa: PLR2004 - start and end
                seasons.append(Season(str(days[0]), str(days[1])))
            else:
                self._keep_as_is("seasons", "an item of `seasons` has no start and end: kept, not used")
        return tuple(seasons)
