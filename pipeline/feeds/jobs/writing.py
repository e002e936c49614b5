"""A job as the text of its file; reading that file gives the same job back. Pure."""

from __future__ import annotations

from dataclasses import replace

from pipeline.content.markdown import to_plain
from pipeline.content.settle import escape_words, settle_line
from pipeline.content.writing import Row, write_document
from pipeline.feeds.jobs.posting import Posting


def write_job(posting: Posting) -> str:
    """Write the file of a job; reading it gives `settle_job(posting)`."""
    posting = settle_job(posting)
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
        "skills": Row(posting.skills),
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


def settle_job(posting: Posting) -> Posting:
    """Make a job as it would be read from its file; one that was read stays what it is."""
    return replace(
        posting,
        title=settle_line(posting.title),
        company=settle_line(posting.company),
        place=settle_line(posting.place),
        level=settle_line(posting.level),
        source=settle_line(posting.source),
        id=settle_line(posting.id),
        description=settle_line(posting.description),
        skills=tuple(dict.fromkeys(filter(None, map(settle_line, posting.skills)))),
    )
