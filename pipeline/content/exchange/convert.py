"""Entries of another glossary made into terms: slugs, Markdown, relations. Pure.

Values that a term has no place for are kept, and every value that is not used as it came is noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pipeline.content.exchange.export import CATEGORY, DIFFICULTY, KEPT, KEYS, keep_differences
from pipeline.content.exchange.html_to_markdown import find_losses, html_to_markdown, plain_words
from pipeline.content.exchange.merge_tags import has_merge_tag
from pipeline.content.exchange.sanitize import make_markdown
from pipeline.content.exchange.source_entry import (
    SourceEntry,
    Unread,
    fit_slug,
    read_text,
    title_of,
    validate_entry,
)
from pipeline.content.normalize import normalize_line
from pipeline.content.serialize import normalize_term
from pipeline.content.slugs import fold_name
from pipeline.model.content import Faq, Mistake, Season, Term

UNSORTED = f"it has no category: `{CATEGORY}` was written"
"""The note about a new term that an editor has to give a category."""

LETTER_PARTS = ("example", "why_it_matters", "common_mistakes", "career_relevance")
"""What a letter shows if it is there."""


_Part = TypeVar("_Part")

_LEVELS = {
    **dict.fromkeys(("1", "beginner", "newcomer", "basic", "easy", "introductory", "foundational"), 1),
    **dict.fromkeys(("2", "intermediate", "medium", "practitioner"), 2),
    **dict.fromkeys(("3", "advanced", "expert", "hard"), 3),
}
_FIXES = ("correction", "fix", "solution", "instead", "how_to_avoid", "how_to_fix")
_ARROW = re.compile(r"\s(?:=>|->|→)\s")


@dataclass(frozen=True, slots=True)
class Converted:
    """A term made of an entry. `given` are the entry's proper keys; `notes` list what is not as it came."""

    place: str
    term: Term
    given: frozenset[str]
    notes: tuple[str, ...]


def convert(
    entries: Iterable[SourceEntry | Unread], others: Mapping[str, str], categories: Iterable[str] = ()
) -> tuple[tuple[Converted, ...], tuple[Unread, ...]]:
    """Convert entries to terms, in their order; those that cannot become one are rejected with a reason.

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
            names[fold_name(title_of(entry))] = slug
    known = {fold_name(entry.values["term"]): slug for slug, entry in taken.items()}
    known |= {fold_name(str(entry.values.get("slug") or slug)): slug for slug, entry in taken.items()}
    spelling = _Spelling(categories)
    terms = (_Conversion(entry, slug, known, names, spelling).run() for slug, entry in taken.items())
    return tuple(terms), tuple(refused)


class _Conversion:
    """The conversion of one entry; each method that reads a key notes what is not used as it came."""

    def __init__(
        self,
        entry: SourceEntry,
        slug: str,
        known: Mapping[str, str],
        names: dict[str, str],
        spelling: _Spelling,
    ) -> None:
        self._entry, self._slug, self._spelling = entry, slug, spelling
        self._known, self._taken = known, names
        self._values = entry.values
        self._notes: list[str] = []
        self._lossy: set[str] = set()

    def run(self) -> Converted:
        """Build the term, with what is needed to export the entry as it came."""
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
                mistakes=self._each(
                    "common_mistakes", self._mistake, "mistake {} has no correction: kept, not shown"
                ),
                career_relevance=self.text("career_relevance"),
                aliases=tuple(
                    name for name in self._list("aliases") if self._free_name("aliases", normalize_line(name))
                ),
                related=self._slugs("related_terms"),
                prerequisites=self._slugs("prerequisites"),
                seasons=self._each(
                    "seasons", _read_season, "an item of `seasons` has no start and end: kept, not used"
                ),
                sources=self._list("sources"),
                related_links=self._list("related_links"),
                faqs=self._each("faqs", _read_faq, "question {} has no answer: kept, not shown"),
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
        """Note that a value is not used as it came, and keep the original."""
        self._notes.append(note)
        self._lossy.add(key)

    def text(self, key: str) -> str:
        """Read a text as Markdown that is fit for a letter."""
        text = read_text(self._values.get(key))
        if text is None:
            self._keep_as_is(key, f"`{key}` is not text: kept, not shown")
        return self._make_markdown(key, text) if text else ""

    def _make_markdown(self, key: str, value: str) -> str:
        lost = find_losses(value)
        if lost:
            self._keep_as_is(key, f"`{key}` goes without {' and '.join(lost)}")
        return make_markdown(value)

    def _words(self, key: str) -> str:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            self._keep_as_is(key, f"`{key}` is not text: kept, not shown")
        words = normalize_line(plain_words(value)) if isinstance(value, str) else ""
        if has_merge_tag(words):
            self._keep_as_is(key, f"`{key}` holds a template mark: kept, not shown")
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
        """Return another name of the term, empty if it is already a name of another term."""
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
            self._keep_as_is(key, f"`{key}` is not a list: kept, not shown")
        return ()

    def _each(self, key: str, read: Callable[[Any], _Part | None], note: str) -> tuple[_Part, ...]:
        """Read the items of a list; those without a value are noted, `{}` is the number of such an item."""
        parts = []
        for number, item in enumerate(self._items(key), 1):
            part = read(item)
            if part is None:
                self._keep_as_is(key, note.format(number))
            else:
                parts.append(part)
        return tuple(parts)

    def _list(self, key: str) -> tuple[str, ...]:
        return self._each(key, _find_name, f"an item of `{key}` is not text: kept, not shown")

    def _slugs(self, key: str) -> tuple[str, ...]:
        """Read relations; a relation to an entry whose slug was changed follows it."""
        slugs = (self._known.get(fold_name(name)) or fit_slug(name) for name in self._list(key))
        return tuple(slug for slug in dict.fromkeys(slugs) if slug != self._slug)

    def _difficulty(self) -> int:
        value = self._values.get("difficulty")
        level = _find_level(value)
        if value is not None and level is None:
            self._keep_as_is("difficulty", f"`difficulty` is not 1, 2 or 3: taken for {DIFFICULTY}")
        return level or DIFFICULTY

    def _mistake(self, item: object) -> Mistake | None:
        pair = _split_pair(item)
        if not all(pair):
            return None
        return Mistake(*(self._make_markdown("common_mistakes", half) for half in pair))


def _read_faq(item: object) -> Faq | None:
    texts = _find_texts(item, "question", "answer")
    return Faq(plain_words(texts[0]), html_to_markdown(texts[1])) if texts else None


def _read_season(item: object) -> Season | None:
    days = _find_texts(item, "start", "end")
    return Season(*days) if days else None


def _find_texts(item: object, *keys: str) -> list[str]:
    """Get the texts under all of these keys of an object; none when one is missing or empty."""
    values = [item.get(key) for key in keys] if isinstance(item, Mapping) else []
    texts = [value for value in values if isinstance(value, str) and value.strip()]
    return texts if len(texts) == len(keys) else []


def _find_level(value: object) -> int | None:
    """Read a difficulty, as a number or in words; None when it is neither."""
    is_level = isinstance(value, int | str) and not isinstance(value, bool)
    return _LEVELS.get(str(value).strip().casefold()) if is_level else None


def _find_name(item: object) -> str | None:
    """Get a text, or the slug, address or name of an object; None when there is none."""
    if isinstance(item, Mapping):
        names = (item.get(key) for key in ("slug", "path", "url", "href", "term", "title", "name"))
        item = next(filter(None, names), "")
    return item.strip() or None if isinstance(item, str) else None


def _split_pair(item: object) -> tuple[str, str]:
    """Split a mistake from its correction; both are empty when it is neither pair nor text."""
    if isinstance(item, Mapping):
        texts = {key: value.strip() for key, value in item.items() if isinstance(value, str)}
        mistake = texts.get("mistake") or texts.get("error") or texts.get("title") or ""
        return mistake, next((texts[key] for key in _FIXES if texts.get(key)), "")
    if not isinstance(item, str):
        return "", ""
    parts = _ARROW.split(item, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""


class _Spelling:
    """The spelling of categories: one that differs from another by capitals alone is written like that."""

    def __init__(self, categories: Iterable[str]) -> None:
        self._known = set(categories)
        self._folded = {fold_name(each): each for each in sorted(self._known, reverse=True)}

    def find(self, category: str) -> str:
        """Return a category in the spelling that is in use, or as it is here when it is new."""
        is_known = category in self._known
        return category if is_known else self._folded.setdefault(fold_name(category), category)
