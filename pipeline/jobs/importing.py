"""Bring somebody's jobs into `content/jobs`: plan first, then write whole files, one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.content.exchange.import_plan import Action
from pipeline.content.exchange.read_source import IMPORT_UNREADABLE
from pipeline.content.slugs import make_slug
from pipeline.errors import AuthorError
from pipeline.files import replace_file
from pipeline.jobs.identity import job_id, job_key
from pipeline.jobs.items import rank
from pipeline.jobs.posting import JOBS, Posting
from pipeline.jobs.read import parse_job, read_jobs
from pipeline.jobs.rows import JobRow, read_row
from pipeline.jobs.writing import normalize_job, write_job

FILE_BYTES = 20_000_000
ROWS = 5_000
"""Somebody's weekly jobs are some hundreds; what is far larger is another file."""

_FIELDS = (
    *("place", "remote", "salary_min", "salary_max", "salary_currency", "salary_period", "level", "skills"),
    *("posted", "expires", "source", "id", "description"),
)


@dataclass(frozen=True, slots=True)
class RejectedJob:
    """A row that cannot be a job: its number, from 1, and why, with the next step."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class JobChange:
    """What becomes of one file, for which row; `path` is relative to the newsletter folder."""

    action: Action
    path: str
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class JobImportPlan:
    """What an import would do. `same` are rows about a job that another row says more of, with that row."""

    rows: int
    changes: tuple[JobChange, ...]
    rejected: tuple[RejectedJob, ...]
    same: tuple[tuple[int, int], ...]
    notes: tuple[tuple[int, str], ...]

    def count(self, action: Action) -> int:
        """Count the files that something becomes of."""
        return sum(change.action == action for change in self.changes)


def read_rows(file: BinaryIO, name: str) -> list[Any]:
    """Read the rows of a JSON file: a list, or `{"jobs": […]}`.

    Raises:
        AuthorError: it is no list of jobs at all, or larger than a list of jobs may be.
    """
    raw = file.read(FILE_BYTES + 1)
    if len(raw) > FILE_BYTES:
        raise _refuse(name, 0, f"the file has more than {FILE_BYTES:,} bytes", "split it")
    try:
        tree = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refuse(name, line, "the file is not UTF-8", "save it as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _refuse(name, error.lineno, f"the file is no JSON: {error.msg}", "mend it there") from error
    except (RecursionError, ValueError) as error:
        raise _refuse(name, 0, f"the file is no JSON of jobs: {error}", "mend it") from error
    rows = tree.get("jobs") if isinstance(tree, dict) else tree
    if not isinstance(rows, list):
        raise _refuse(name, 0, "the file holds no list of jobs", 'give a list of jobs, or `{"jobs": […]}`')
    if len(rows) > ROWS:
        raise _refuse(name, 0, f"the file has {len(rows):,} jobs, and {ROWS:,} are read at most", "split it")
    return rows


def plan_job_import(folder: Path, rows: Sequence[Any], today: date, *, update: bool) -> JobImportPlan:
    """Find out what importing would do, without doing it; rows that are first seen are seen today."""
    read = [read_row(row, today) for row in rows]
    rejected = [RejectedJob(number, each) for number, each in enumerate(read, 1) if isinstance(each, str)]
    leads, same = _join_same(
        {number: each for number, each in enumerate(read, 1) if isinstance(each, JobRow)}
    )
    desk = _Desk(folder)
    changes: list[JobChange] = []
    for number, row in leads.items():
        planned = desk.plan(number, row, update=update)
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


def write_job_import(folder: Path, plan: JobImportPlan) -> Iterator[JobChange]:
    """Write what is new or to be updated, giving each change when its file is whole.

    Raises:
        FileError: a file cannot be written; those before it are whole, and importing again goes on.
    """
    for change in plan.changes:
        if change.action in ("new", "update"):
            replace_file(folder / change.path, change.text)
            yield change


def _join_same(rows: Mapping[int, JobRow]) -> tuple[dict[int, JobRow], list[tuple[int, int]]]:
    """Keep, of the rows about one job, the one that says most; tell which others there were."""
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


class _Desk:
    """The jobs that are there, and the names that are taken."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Of several files of one job the one that speaks for it in the letter is brought up to date.
        self._known = {
            _key(posting): posting for posting in sorted(read_jobs(folder)[0], key=rank, reverse=True)
        }
        self._paths = {posting.path: key for key, posting in self._known.items()}

    def plan(self, number: int, row: JobRow, *, update: bool) -> JobChange | RejectedJob:
        """Tell what becomes of the file of one row."""
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
                number, "its words cannot be written so that they are read back: mend its keys"
            )
        if existing is None:
            return JobChange("new", path, number, text)
        is_same = replace(existing, path="") == replace(posting, path="")
        return JobChange("unchanged" if is_same else "update" if update else "kept", path, number, text)

    def _find_path(self, key: str) -> str:
        """Find a file name that no other job has; empty when a broken file may be this job."""
        for path in _name_paths(key):
            if path not in self._paths:
                return "" if (self._folder / path).exists() else path
        return ""

    def _describe_taken(self, key: str) -> str:
        path = next((path for path in _name_paths(key) if path not in self._paths), "")
        return f"{path} is there and has mistakes: mend it first, see `weekly content check`"


def _name_paths(key: str) -> Iterator[str]:
    """Name the file of a job: by its words, or with a number of its own where another job has these."""
    slug = make_slug(key.replace("\0", " "))
    if slug:
        yield f"{JOBS}/{slug}.md"
    yield f"{JOBS}/{slug or 'job'}-{job_id(key)}.md"


def _merge(existing: Posting, row: JobRow) -> Posting:
    """Take what the row says, and leave what it is silent about; our own date stays."""
    silent: dict[str, Any] = {name: getattr(existing, name) for name in _FIELDS if name not in row.given}
    first_seen = existing.first_seen or existing.posted or row.posting.first_seen
    extra = {**existing.extra, **row.posting.extra}
    return replace(row.posting, **silent, first_seen=first_seen, extra=extra)


def _key(posting: Posting) -> str:
    return job_key(posting.company, posting.title, posting.place)


def _refuse(name: str, line: int, message: str, fix: str) -> AuthorError:
    return AuthorError([IMPORT_UNREADABLE.problem(message, fix, path=name, line=line)])
