"""Terms as glossary sites keep them, in JSON; what an import had to change comes back as it came. Pure.

What came differently is kept under `import` in a term's `extra`: `names` are keys that were called otherwise,
`absent` keys that were not there, `was` values that were written otherwise (or made here, without `value`),
each with a digest of what it became. As soon as an editor changes such a value, the editor's counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.model.content import Term

KEPT = "import"
"""The key of `extra` that an import uses for itself."""

DEFAULTS: Mapping[str, object] = {
    "term": "",
    "slug": "",
    "full_name": "",
    "definition": "",
    "category": "general",
    "example": "",
    "why_it_matters": "",
    "in_depth": "",
    "common_mistakes": [],
    "career_relevance": "",
    "related_terms": [],
    "related_links": [],
    "faqs": [],
    "difficulty": 2,
    "aliases": [],
    "prerequisites": [],
    "seasons": [],
    "sources": [],
}
"""The keys of a term in JSON, in their order, with the value of each that was not given."""

_ALWAYS = tuple(DEFAULTS)[:2] + tuple(DEFAULTS)[3:11] + ("difficulty",)

Object = dict[str, Any]


def export_term(term: Term) -> Object:
    """Make the JSON object of a term, as it came if it was imported and not changed since."""
    values = plain_object(term)
    kept = _mapping(term.extra.get(KEPT))
    for key in kept.get("absent") or ():
        if key in DEFAULTS and values.get(key) == DEFAULTS[key]:
            del values[key]
    for key, was in _mapping(kept.get("was")).items():
        if isinstance(was, Mapping) and was.get("of") == digest(values, key):
            values.pop(key, None)
            values |= {key: was["value"]} if "value" in was else {}
    names = _mapping(kept.get("names"))
    return {str(names.get(key, key)): value for key, value in values.items()}


def keep_differences(term: Term, source: Mapping[str, object], names: Mapping[str, str]) -> Object:
    """List what `export_term` must know to give `source` back; empty when the plain object is the same.

    `names` are the keys that the source calls otherwise, by their proper name.
    """
    values = plain_object(term)
    absent = [key for key in values if key not in source and values[key] == DEFAULTS.get(key)]
    made = {key: {"of": digest(values, key)} for key in values if key not in source and key not in absent}
    was = made | {
        key: {"value": value, "of": digest(values, key)}
        for key, value in source.items()
        if key not in values or not _same(values[key], value)
    }
    return {name: each for name, each in (("names", dict(names)), ("absent", absent), ("was", was)) if each}


def plain_object(term: Term) -> Object:
    """Make the JSON object of a term without regard to how it came."""
    values: Object = {
        "term": term.title,
        "slug": term.slug,
        "full_name": term.full_name,
        "definition": term.definition,
        "category": term.category,
        "example": term.example,
        "why_it_matters": term.why_it_matters,
        "in_depth": term.how_it_works,
        "common_mistakes": [{"mistake": each.mistake, "correction": each.fix} for each in term.mistakes],
        "career_relevance": term.career_relevance,
        "related_terms": list(term.related),
        "related_links": list(term.related_links),
        "faqs": [asdict(faq) for faq in term.faqs],
        "difficulty": term.difficulty,
        "aliases": list(term.aliases),
        "prerequisites": list(term.prerequisites),
        "seasons": [asdict(season) for season in term.seasons],
        "sources": list(term.sources),
    }
    known = {key: value for key, value in values.items() if value or key in _ALWAYS}
    extra = {key: value for key, value in term.extra.items() if key not in DEFAULTS and key != KEPT}
    return known | extra


def digest(values: Mapping[str, object], key: str) -> str:
    """Name a value in a few letters; a key that is not there has the empty name."""
    if key not in values:
        return ""
    text = json.dumps(values[key], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def _same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
