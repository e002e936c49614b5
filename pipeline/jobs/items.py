"""Convert job postings that are open, recent and not duplicates to items; drop the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pipeline.jobs.identity import company_slug, job_id, job_key
from pipeline.jobs.posting import Posting
from pipeline.model.frozen import dataclass
from pipeline.model.news import Item, Job
from pipeline.model.sections import JOBS
from pipeline.news.urls import make_url_key

_SHARED = tuple(field.name for field in fields(Job) if field.name not in ("posted_on", "expires_on"))
"""What a posting and the job of an item have under the same name."""


@dataclass(frozen=True, slots=True)
class JobDrop:
    """A posting that did not become an item, the reason, and details where there are any."""

    posting: Posting
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The jobs a letter can choose from, newest first, each with its posting; and the dropped ones."""

    kept: tuple[tuple[Posting, Item], ...]
    dropped: tuple[JobDrop, ...]


def make_job_items(
    postings: Iterable[Posting], at: datetime, until: datetime, max_age: timedelta
) -> tuple[tuple[Item, ...], Mapping[str, int]]:
    """Build the items of the letter's section of jobs, newest first; count the others by reason.

    The letter is due `at` an instant and may go out `until` another, as in `sift_jobs`.
    """
    sifted = sift_jobs(postings, at, until, max_age)
    drops = Counter(drop.reason for drop in sifted.dropped)
    return tuple(item for _, item in sifted.kept), dict(sorted(drops.items()))


def sift_jobs(postings: Iterable[Posting], at: datetime, until: datetime, max_age: timedelta) -> Sifted:
    """Decide which jobs are candidates for a letter; the order of the postings does not matter.

    Ages are counted from when the letter is due. A job may appear until the letter is sent at the latest, and
    must be open until then: a late letter has the jobs that came meanwhile, and none that has closed.

    Of several postings of one job the most detailed one represents it, of those the newest; the job was first
    seen when the first of them was.
    """
    dropped: list[JobDrop] = []
    same: dict[str, list[Posting]] = {}
    for posting in sorted(postings, key=rank):
        reason, detail = _find_drop(posting, at, until, max_age)
        if reason:
            dropped.append(JobDrop(posting, reason, detail))
        else:
            same.setdefault(job_key(posting.company, posting.title, posting.place), []).append(posting)
    kept = []
    for key, (lead, *others) in same.items():
        kept.append((lead, _make_item(key, lead, (lead, *others), at)))
        dropped += [JobDrop(other, "same job", lead.path) for other in others]
    kept.sort(key=lambda pair: (-pair[1].dated_at.timestamp(), pair[1].id))
    return Sifted(tuple(kept), tuple(sorted(dropped, key=lambda drop: rank(drop.posting))))


def rank(posting: Posting) -> tuple[int, int, str, str]:
    """Return the sort key for postings of one job: the most detailed first, then the newest."""
    details = (
        *(posting.remote, posting.salary_min or posting.salary_max, posting.level, posting.skills),
        *(posting.description, posting.posted, posting.expires, posting.place),
    )
    posted = posting.posted or posting.first_seen
    return -sum(map(bool, details)), -posted.toordinal() if posted else 0, posting.path, repr(posting)


def _make_item(key: str, lead: Posting, same: Sequence[Posting], at: datetime) -> Item:
    seen_on = min(posting.first_seen or posting.dated_on or at.date() for posting in same)
    # As with feeds: a date later than our first sight of a job was only renewed.
    first_seen_at = min(_midnight(seen_on), at)
    shared: dict[str, Any] = {name: getattr(lead, name) for name in _SHARED}
    return Item(
        id=job_id(key),
        feed=f"job:{company_slug(lead.company)}",
        section=JOBS,
        title=lead.title,
        url=lead.url,
        first_seen_at=first_seen_at,
        published_at=min(_midnight(lead.posted), first_seen_at) if lead.posted else None,
        summary=lead.description,
        source=lead.company,
        job=Job(**shared, posted_on=lead.posted, expires_on=lead.expires),
    )


def _find_drop(posting: Posting, at: datetime, until: datetime, max_age: timedelta) -> tuple[str, str]:
    """Return why a posting is not a candidate, and details where there are any; both empty when it is one."""
    last_day, dated_on = until.astimezone(UTC).date(), posting.dated_on
    is_named = bool(posting.title.strip() and posting.company.strip())
    if not is_named or not make_url_key(posting.url):
        return "no link to the web" if is_named else "no title or company", ""
    if posting.expires is not None and posting.expires < last_day:
        return "expired", f"on {posting.expires}"
    if dated_on is None:
        return "no date", ""
    for day, what in ((posting.first_seen, "first seen"), (posting.posted, "posted")):
        if day is not None and day > last_day:
            return "not there yet", f"{what} on {day}"
    age = at - _midnight(dated_on)
    if age <= max_age:
        return "", ""
    what = "posted" if dated_on == posting.posted else "first seen"
    return f"older than {max_age.days} days", f"{what} on {dated_on}, {age.days} days before"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
