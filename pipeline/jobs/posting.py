"""A job posting as its file describes it, and the text of that file; reading it gives the same. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pipeline.content.markdown import to_plain
from pipeline.content.normalize import escape_words, normalize_line
from pipeline.content.serialize import FlowList, write_document
from pipeline.model.absence import ABSENT_WHEN_ZERO

JOBS = "content/jobs"
"""The folder of jobs, one file each, relative to the newsletter folder."""

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?")
_YEARS = (1990, 2999)  # as for entries of feeds: what lies beyond is a typing error

KEYS = (
    *("title", "company", "place", "remote", "url", "salary_min", "salary_max", "salary_currency"),
    *("salary_period", "level", "skills", "posted", "expires", "first_seen", "source", "id", "extra"),
)
"""The front matter of a job's file, in its order; every key is a field of `Posting`."""
REMOTE = ("remote", "hybrid", "on-site")


@dataclass(frozen=True, slots=True)
class Posting:
    """A job as an editor or an import wrote it; unknown values are empty, 0 or None.

    `description` is plain text. `first_seen` is our own date and never changes, whatever a board reports
    later. `source` is where it was found and `id` its id there. `path` is relative to the newsletter folder,
    for messages.
    """

    title: str
    company: str
    url: str
    place: str = ""
    remote: str = ""
    """`remote`, `hybrid` or `on-site`."""
    salary_min: float = field(default=0, metadata=ABSENT_WHEN_ZERO)
    salary_max: float = field(default=0, metadata=ABSENT_WHEN_ZERO)
    salary_currency: str = ""
    """A code of ISO 4217."""
    salary_period: str = ""
    level: str = ""
    skills: tuple[str, ...] = ()
    posted: date | None = None
    expires: date | None = None
    first_seen: date | None = None
    source: str = ""
    id: str = ""
    description: str = ""
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)
    """What another program keeps with the job, as it came in JSON."""
    path: str = ""

    @property
    def dated_on(self) -> date | None:
        """When it was posted at the latest: a date that a board renews does not make a job younger."""
        dates = [day for day in (self.posted, self.first_seen) if day is not None]
        return min(dates, default=None)


def read_day(text: str) -> date | None:
    """Read the day at the beginning of an ISO 8601 date or instant, as it stands there."""
    found = _DAY.fullmatch(text.strip())
    try:
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None
    return day if day and _YEARS[0] <= day.year <= _YEARS[1] else None


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
