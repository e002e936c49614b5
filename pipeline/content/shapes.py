"""The shapes in which glossaries write levels, relations and mistakes. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
