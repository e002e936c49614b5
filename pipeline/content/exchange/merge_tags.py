"""Template marks that other tools leave in texts, and link texts that say nothing. Pure."""

from __future__ import annotations

import re

_TAG = r"\{%.*?%\}|\*\|[A-Z0-9_:]+\|\*|%%\w+%%|\{%|</?mj-[a-z-]+[^<>]*>?"
MERGE_TAGS = re.compile(rf"(?:{_TAG})+", re.IGNORECASE)
VAGUE = frozenset(("click here", "click", "here", "link", "more", "read more", "this"))


def has_merge_tag(words: str) -> bool:
    """Return whether words hold what looks like a template mark that was left over."""
    return MERGE_TAGS.search(words) is not None
