"""Attributes of a reader: texts by name, kept as one JSON object. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping


def write_attributes(attributes: Mapping[str, str]) -> str:
    """Write attributes as they are stored: a JSON object without the empty ones, or an empty text."""
    filled = {name: text for name, text in attributes.items() if text}
    return json.dumps(filled, ensure_ascii=False) if filled else ""


def read_attributes(stored: str) -> dict[str, str]:
    """Read what `write_attributes` wrote."""
    return json.loads(stored) if stored else {}


def merge_attributes(known: str, more: str) -> str:
    """Add attributes that are not known yet; known ones keep their text."""
    if not more or known == more:
        return known
    if not known:
        return more
    before = read_attributes(known)
    after = {**before, **{name: text for name, text in read_attributes(more).items() if name not in before}}
    return known if after == before else write_attributes(after)
