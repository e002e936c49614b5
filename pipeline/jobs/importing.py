"""Import jobs into `content/jobs`: plan first, then write whole files, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.content.exchange.import_plan import Action, FileChange
from pipeline.content.exchange.source_entry import decode_source, parse_json, refuse_source
from pipeline.content.slugs import make_slug
from pipeline.jobs.identity import job_id, job_key
from pipeline.jobs.items import rank
from pipeline.jobs.posting import JOBS, KEYS, Posting, normalize_job, write_job
from pipeline.jobs.read import parse_job, read_jobs
from pipeline.jobs.rows import JobRow, read_row

FILE_BYTES = 20_000_000
ROWS = 5_000
"""A week has some hundreds of jobs; a far larger file is something else."""

_MERGED = frozenset((*KEYS, "description")) - {"title", "company", "url", "first_seen", "extra"}


@dataclass(frozen=True, slots=True)
class RejectedJob:
    """A row that cannot be a job: its number, from 1, and the reason with the next step."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobChange(FileChange):
    """The change of one file and the row it comes from."""

    row: int


@dataclass(frozen=True, slots=True)
class JobImportPlan:
    """What an import would do. `same` pairs rows with another row that describes their job better."""

    rows: int
    changes: tuple[JobChange, ...]
    rejected: tuple[RejectedJob, ...]
    same: tuple[tuple[int, int], ...]
    notes: tuple[tuple[int, str], ...]

    def count(self, action: Action) -> int:
        """Count the files with an action."""
        return sum(change.action == action for change in self.changes)


def read_rows(file: BinaryIO, name: str) -> list[Any]:
    """Read the rows of a JSON file: a list, or `{"jobs": […]}`.

    Raises:
        AuthorError: it is not a list of jobs, or too large.
    """
    raw = file.read(FILE_BYTES + 1)
    if len(raw) > FILE_BYTES:
        raise refuse_source(name, 0, f"the file has more than {FILE_BYTES:,} bytes", "split it")
    tree = parse_json(decode_source(raw, name), name)
    rows = tree.get("jobs") if isinstance(tree, dict) else tree
    if not isinstance(rows, list):
        raise refuse_source(
            name, 0, "the file does not hold a list of jobs", 'write a list of jobs, or `{"jobs": […]}`'
        )
    if len(rows) > ROWS:
        raise refuse_source(
            name, 0, f"the file has {len(rows):,} jobs, and {ROWS:,} are read at most", "split it"
        )
    return rows


def plan_job_import(folder: Path, rows: Sequence[Any], today: date, *, update: bool) -> JobImportPlan:
    """Return what importing would do; jobs that are new count as first seen today."""
    read = [read_row(row, today) for row in rows]
    rejected = [RejectedJob(number, each) for number, each in enumerate(read, 1) if isinstance(each, str)]
    leads, same = _join_same(
        {number: each for number, each in enumerate(read, 1) if isinstance(each, JobRow)}
    )
    planner = _Planner(folder)
    changes: list[JobChange] = []
    for number, row in leads.items():
        planned = planner.plan(number, row, update=update)
        if isinstance(planned, JobChange):
            changes.append(planned)
        else:
            rejected.append(planned)
    notes = ((number, note) for number, row in leads.items() for note in row.notes)
    return JobImportPlan(
        len(rows),
        tuple(changes),
        tuple(sorted(rejected, key=lambda each: each.row)),
        tuple(same),
        tuple(notes),
    )


def _join_same(rows: Mapping[int, JobRow]) -> tuple[dict[int, JobRow], list[tuple[int, int]]]:
    """Keep, of the rows about one job, the most detailed one; return the others with it."""
    by_key: dict[str, list[int]] = {}
    for number, row in rows.items():
        by_key.setdefault(_key(row.posting), []).append(number)
    leads: dict[int, JobRow] = {}
    same: list[tuple[int, int]] = []
    for numbers in by_key.values():
        lead, *others = sorted(numbers, key=lambda number: (rank(rows[number].posting)[:2], number))
        leads[lead] = rows[lead]
        same += [(other, lead) for other in others]
    return leads, sorted(same)


class _Planner:
    """Knows the existing jobs and the file names in use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Of several files of one job the one that the letter shows is updated.
        self._known = {
            _key(posting): posting for posting in sorted(read_jobs(folder)[0], key=rank, reverse=True)
        }
        self._paths = {posting.path: key for key, posting in self._known.items()}

    def plan(self, number: int, row: JobRow, *, update: bool) -> JobChange | RejectedJob:
        """Return the change that one row makes, or why it is rejected."""
        key = _key(row.posting)
        existing = self._known.get(key)
        path = existing.path if existing else self._find_path(key)
        if not path:
            return RejectedJob(number, self._describe_taken(key))
        self._paths[path] = key
        posting = normalize_job(row.posting if existing is None else _merge(existing, row))
        text = write_job(posting)
        found, _ = parse_job(text.encode(), path)
        if found is None or replace(found, path="") != replace(posting, path=""):
            return RejectedJob(
                number, "its text cannot be written so that it is read back unchanged: simplify it"
            )
        if existing is None:
            return JobChange("new", path, text, number)
        is_same = replace(existing, path="") == replace(posting, path="")
        return JobChange("unchanged" if is_same else "update" if update else "kept", path, text, number)

    def _find_path(self, key: str) -> str:
        """Return a file name that no other job has; empty when a broken file may be this job."""
        for path in _name_paths(key):
            if path not in self._paths:
                return "" if (self._folder / path).exists() else path
        return ""

    def _describe_taken(self, key: str) -> str:
        path = next((path for path in _name_paths(key) if path not in self._paths), "")
        return f"{path} exists and has errors: fix it first, see `weekly content check`"


def _name_paths(key: str) -> Iterator[str]:
    """Yield the paths for a job's file: by its words, then with its id, in case these words are taken."""
    slug = make_slug(key.replace("\0", " "))
    if slug:
        yield f"{JOBS}/{slug}.md"
    yield f"{JOBS}/{slug or 'job'}-{job_id(key)}.md"


def _merge(existing: Posting, row: JobRow) -> Posting:
    """Merge a row into an existing job: keys that it lacks stay, and so does the date of first sight."""
    silent: dict[str, Any] = {name: getattr(existing, name) for name in _MERGED if name not in row.given}
    first_seen = existing.first_seen or existing.posted or row.posting.first_seen
    extra = {**existing.extra, **row.posting.extra}
    return replace(row.posting, **silent, first_seen=first_seen, extra=extra)


def _key(posting: Posting) -> str:
    return job_key(posting.company, posting.title, posting.place)
