"""Write a job as the text of its file; reading the file returns the same job. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pipeline.content.markdown import to_plain
from pipeline.content.normalize import escape_words, normalize_line
from pipeline.content.serialize import FlowList, write_document
from pipeline.jobs.posting import KEYS, Posting

_LINES = ("title", "company", "place", "level", "source", "id", "description")


def write_job(posting: Posting) -> str:
    """Return the text of a job's file; reading it returns `normalize_job(posting)`."""
    posting = normalize_job(posting)
    front = {name: getattr(posting, name) or "" for name in KEYS}
    front |= {"skills": FlowList(posting.skills), "extra": dict(posting.extra)}
    words = posting.description
    is_plain = to_plain(words) == words and "<!--" not in words
    text = words if is_plain else escape_words(words)
    return write_document(front, text, {})


def normalize_job(posting: Posting) -> Posting:
    """Return a job as it would be read from its file; idempotent."""
    lines: dict[str, Any] = {name: normalize_line(getattr(posting, name)) for name in _LINES}
    skills = tuple(dict.fromkeys(filter(None, map(normalize_line, posting.skills))))
    return replace(posting, **lines, skills=skills)
