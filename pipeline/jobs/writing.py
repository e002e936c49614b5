"""Writes a job as the text of its file; reading the file returns the same job. Pure."""

from __future__ import annotations

from dataclasses import replace

from pipeline.content.markdown import to_plain
from pipeline.content.normalize import escape_words, normalize_line
from pipeline.content.serialize import FlowList, write_document
from pipeline.jobs.posting import Posting


def write_job(posting: Posting) -> str:
    """Return the text of a job's file; reading it returns `normalize_job(posting)`."""
    posting = normalize_job(posting)
    front = {
        "title": posting.title,
        "company": posting.company,
        "place": posting.place,
        "remote": posting.remote,
        "url": posting.url,
        "salary_min": posting.salary_min or "",
        "salary_max": posting.salary_max or "",
        "salary_currency": posting.salary_currency,
        "salary_period": posting.salary_period,
        "level": posting.level,
        "skills": FlowList(posting.skills),
        "posted": posting.posted or "",
        "expires": posting.expires or "",
        "first_seen": posting.first_seen or "",
        "source": posting.source,
        "id": posting.id,
        "extra": dict(posting.extra),
    }
    words = posting.description
    is_plain = to_plain(words) == words and "<!--" not in words
    text = words if is_plain else escape_words(words)
    return write_document(front, text, {})


def normalize_job(posting: Posting) -> Posting:
    """Return a job as it would be read from its file; idempotent."""
    return replace(
        posting,
        title=normalize_line(posting.title),
        company=normalize_line(posting.company),
        place=normalize_line(posting.place),
        level=normalize_line(posting.level),
        source=normalize_line(posting.source),
        id=normalize_line(posting.id),
        description=normalize_line(posting.description),
        skills=tuple(dict.fromkeys(filter(None, map(normalize_line, posting.skills)))),
    )
