"""What an entry of somebody's glossary is, and which of our keys its own keys mean. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SHOWN = 50
"""How many letters of a name stand in a message."""

LISTS = ("related_terms", "related_links", "aliases", "prerequisites", "sources")
"""The keys whose values are lists."""

_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "term": ("title", "name"),
    "slug": (),
    "category": (),
    "prerequisites": (),
    "seasons": (),
    "full_name": ("full_form", "long_name", "expansion"),
    "definition": ("short_definition", "summary", "description", "what_is_it", "what_it_is"),
    "example": ("examples", "an_example", "for_example", "practical_example"),
    "why_it_matters": ("why_this_matters", "why_does_it_matter", "why_is_it_important", "importance"),
    "in_depth": ("how_it_works", "how_does_it_work", "in_detail", "deep_dive", "explanation"),
    "common_mistakes": ("mistakes", "common_pitfalls", "pitfalls", "common_errors"),
    "career_relevance": ("career", "careers", "for_your_career", "career_impact"),
    "related_terms": ("related", "see_also"),
    "related_links": ("links", "related_pages"),
    "faqs": ("faq", "frequently_asked_questions"),
    "difficulty": ("level",),
    "aliases": ("synonyms", "also_known_as", "aka"),
    "sources": ("references",),
}
PROPER = {name: key for key, names in _SYNONYMS.items() for name in (key, *names)}
"""Which key a name stands for, whatever its spelling (see `proper_key`)."""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One term as it came: values by proper key, and the keys that were called otherwise.

    `place` says where for people, such as `entry 3 “RAG”`. `is_exact` says that an export gives it back.
    """

    place: str
    values: Mapping[str, Any]
    names: Mapping[str, str]
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was left out on purpose, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is no entry, and why."""

    place: str
    reason: str


def proper_key(name: str) -> str:
    """Make a key of a name in whatever spelling: of `whyItMatters`, and of `Why it matters?`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return "_".join(re.findall(r"[^\W_]+", snake.casefold()))


def make_source_entry(place: str, given: Mapping[str, Any], *, is_exact: bool = False) -> SourceEntry:
    """Give every value its proper key; of two that mean the same, the one with the proper name counts."""
    proper: dict[str, str] = {}
    for name in sorted(given, key=lambda name: name not in _SYNONYMS):
        key = PROPER.get(proper_key(name), "")
        if key and key not in proper.values():
            proper[name] = key
    values = {proper.get(name, name): value for name, value in given.items() if name in proper}
    others = {name: value for name, value in given.items() if name not in proper}
    names = {key: name for name, key in proper.items() if key != name}
    return SourceEntry(place, others | values, names, is_exact)


def name_entry(number: int, given: object) -> str:
    """Say which entry this is, for people: by its number, from 1, and its term if it has one."""
    pairs = given.items() if isinstance(given, dict) else ()
    term = next((value for key, value in pairs if PROPER.get(proper_key(key)) == "term"), "")
    return f"entry {number}{quote_name(term)}"


def quote_name(term: object) -> str:
    """Write the name of a term behind its place; nothing when it has none."""
    words = " ".join(term.split()) if isinstance(term, str) else ""
    shown = words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
    return f" “{shown}”" if words else ""


def name_kind(value: object) -> str:
    """Say what kind of JSON value this is."""
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (str, "a text"),
        (list, "a list"),
        (Mapping, "an object"),
    )
    return next((name for kind, name in kinds if isinstance(value, kind)), "null")


_LEVELS = {
    **dict.fromkeys(("1", "beginner", "newcomer", "basic", "easy", "introductory", "foundational"), 1),
    **dict.fromkeys(("2", "intermediate", "medium", "practitioner"), 2),
    **dict.fromkeys(("3", "advanced", "expert", "hard"), 3),
}
_FIXES = ("correction", "fix", "solution", "instead", "how_to_avoid", "how_to_fix")
_ARROW = re.compile(r"\s(?:=>|->|→)\s")


def find_level(value: object) -> int | None:
    """Read a difficulty, as a number or in words; None when it is none."""
    is_level = isinstance(value, int | str) and not isinstance(value, bool)
    return _LEVELS.get(str(value).strip().casefold()) if is_level else None


def find_name(item: object) -> str:
    """Take a text, or the slug, address or name of an object; empty when there is none."""
    if isinstance(item, Mapping):
        names = (item.get(key) for key in ("slug", "path", "url", "href", "term", "title", "name"))
        item = next(filter(None, names), "")
    return item.strip() if isinstance(item, str) else ""


def split_pair(item: object) -> tuple[str, str]:
    """Split a mistake from its correction; both are empty when it is neither pair nor text."""
    if isinstance(item, Mapping):
        texts = {key: value.strip() for key, value in item.items() if isinstance(value, str)}
        mistake = texts.get("mistake") or texts.get("error") or texts.get("title") or ""
        return mistake, next((texts[key] for key in _FIXES if texts.get(key)), "")
    if not isinstance(item, str):
        return "", ""
    parts = _ARROW.split(item, maxsplit=1)
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else ""
