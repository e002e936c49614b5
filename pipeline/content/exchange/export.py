"""Terms as JSON for glossary sites; values that an import had to change are exported as they came. Pure.

What came differently is kept under `import` in a term's `extra`: `names` are keys that were called otherwise,
`absent` keys that were not there, `was` values that were written otherwise (or made here, without `value`),
each with a hash of what it became. As soon as an editor changes such a value, the editor's is exported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

from pipeline.model.content import Faq, Mistake, Season, Term

KEPT = "import"
"""The key of `extra` that an import uses for itself."""

CATEGORY = "general"
DIFFICULTY = 2
"""What a term is written with whose category or difficulty was not given."""


class Key(NamedTuple):
    """A key of a term in JSON: the field that holds it, and its value when it was not given."""

    field: str
    default: object = ""
    is_always_written: bool = True


KEYS: Mapping[str, Key] = {
    "term": Key("title"),
    "slug": Key("slug"),
    "full_name": Key("full_name", "", is_always_written=False),
    "definition": Key("definition"),
    "category": Key("category", CATEGORY),
    "example": Key("example"),
    "why_it_matters": Key("why_it_matters"),
    "in_depth": Key("how_it_works"),
    "common_mistakes": Key("mistakes", []),
    "career_relevance": Key("career_relevance"),
    "related_terms": Key("related", []),
    "related_links": Key("related_links", [], is_always_written=False),
    "faqs": Key("faqs", [], is_always_written=False),
    "difficulty": Key("difficulty", DIFFICULTY),
    "aliases": Key("aliases", [], is_always_written=False),
    "prerequisites": Key("prerequisites", [], is_always_written=False),
    "seasons": Key("seasons", [], is_always_written=False),
    "sources": Key("sources", [], is_always_written=False),
}
"""The keys of a term in JSON, in their order."""

Object = dict[str, Any]


def export_term(term: Term) -> Object:
    """Build the JSON object of a term, as it came if it was imported and has not changed since."""
    values = plain_object(term)
    kept = _mapping(term.extra.get(KEPT))
    for key in kept.get("absent") or ():
        if key in KEYS and values.get(key) == KEYS[key].default:
            del values[key]
    for key, was in _mapping(kept.get("was")).items():
        if isinstance(was, Mapping) and was.get("of") == digest(values, key):
            values.pop(key, None)
            values |= {key: was["value"]} if "value" in was else {}
    names = _mapping(kept.get("names"))
    return {str(names.get(key, key)): value for key, value in values.items()}


def keep_differences(term: Term, source: Mapping[str, object], names: Mapping[str, str]) -> Object:
    """List what `export_term` must know to restore `source`; empty when the plain object is the same.

    `names` are the keys that the source calls otherwise, by their proper name.
    """
    values = plain_object(term)
    absent = [key for key in values if key not in source and key in KEYS and values[key] == KEYS[key].default]
    made = {key: {"of": digest(values, key)} for key in values if key not in source and key not in absent}
    was = made | {
        key: {"value": value, "of": digest(values, key)}
        for key, value in source.items()
        if key not in values or not _same(values[key], value)
    }
    return {name: each for name, each in (("names", dict(names)), ("absent", absent), ("was", was)) if each}


def plain_object(term: Term) -> Object:
    """Build the JSON object of a term without regard to how it came."""
    values: Object = {name: _plain(getattr(term, key.field)) for name, key in KEYS.items()}
    known = {name: value for name, value in values.items() if value or KEYS[name].is_always_written}
    return known | {name: value for name, value in term.extra.items() if name not in KEYS and name != KEPT}


def _plain(value: object) -> object:
    if isinstance(value, Mistake):
        return {"mistake": value.mistake, "correction": value.fix}
    if isinstance(value, Season | Faq):
        return asdict(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def digest(values: Mapping[str, object], key: str) -> str:
    """Hash a value; a key that is not there has the empty hash."""
    if key not in values:
        return ""
    text = json.dumps(values[key], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
