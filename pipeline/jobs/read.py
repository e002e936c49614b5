"""Read `content/jobs`: every usable job and every problem; a broken job stops nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import yaml

from pipeline.content.document import Document, parse_document
from pipeline.content.front_matter import Front, read_value
from pipeline.content.markdown import to_plain
from pipeline.content.read import FILE_UNREADABLE, decode_text, read_files
from pipeline.feeds.entries import web_link
from pipeline.jobs.posting import JOBS, KEYS, REMOTE, Posting, read_day
from pipeline.jobs.salary import PERIODS, find_salary_fault, is_currency
from pipeline.model.problem import JOB_RULES, Problem, Problems, Rule
from pipeline.model.suggest import did_you_mean

JOB_DATE = JOB_RULES.warning(
    "job-date", "A job without a day it was posted, or first seen, would never expire."
)
JOB_LINK = JOB_RULES.warning(
    "job-link", "A job that leads nowhere cannot be applied for, so the letter leaves it out."
)
JOB_SALARY = JOB_RULES.warning("job-salary", "Money is shown with currency and period, or not at all.")
JOB_VALUE = JOB_RULES.warning("job-value", "A value that is not known here is left out of the letter.")


_LEFT_OUT = "the job is left out until then"


def read_jobs(folder: Path) -> tuple[tuple[Posting, ...], tuple[Problem, ...]]:
    """Read all jobs below a newsletter folder, by path, with every problem found, sorted by place.

    No folder means no jobs. A job that cannot be used is left out, and its problems are warnings: nothing
    here can stop a letter. Names that begin with `.` or `_`, and `README.md`, are not jobs.
    """
    postings: list[Posting] = []
    problems: list[Problem] = []
    try:
        for path, raw in read_files(folder, JOBS, problems):
            posting, found = parse_job(raw, path)
            problems += found
            postings += [posting] if posting is not None else []
    except (FileNotFoundError, NotADirectoryError):
        return (), ()
    except OSError as error:
        message = f"the folder cannot be read: {(error.strerror or str(error)).lower()}"
        problems.append(FILE_UNREADABLE.problem(message, "check its permissions", path=JOBS))
    return tuple(postings), tuple(sorted(map(_as_warning, problems)))


def parse_job(raw: bytes, path: str) -> tuple[Posting | None, tuple[Problem, ...]]:
    """Parse the bytes of a job's file; None with the problems when it cannot be used."""
    found = Problems(path)
    text = decode_text(raw, found)
    document = None if text is None else parse_document(text, found)
    posting = None if document is None else _build(document, found)
    usable = None if found.has_errors else posting
    return usable, tuple(_as_warning(problem) for problem in found.found)


def _build(document: Document, problems: Problems) -> Posting:
    front = _JobFront(document.keys, KEYS, problems)
    url = front.text("url", required=True)
    if url and not web_link(url):
        fix = "write the whole address, with https://"
        front.complain(JOB_LINK, "url", f"`{url[:60]}` is not an http or https link", fix)
    texts = {name: front.text(name) for name in ("place", "level", "source", "id")}
    posting = Posting(
        title=front.text("title", required=True),
        company=front.text("company", required=True),
        url=url,
        remote=front.choice("remote", REMOTE),
        salary_min=front.amount("salary_min"),
        salary_max=front.amount("salary_max"),
        salary_currency=front.text("salary_currency").upper(),
        salary_period=front.choice("salary_period", tuple(PERIODS)),
        skills=front.texts("skills"),
        posted=front.day("posted"),
        expires=front.day("expires"),
        first_seen=front.day("first_seen"),
        description=" ".join(_list_words(document)),
        extra=front.extra(),
        path=problems.path,
        **texts,
    )
    if posting.dated_on is None:
        front.complain(JOB_DATE, "posted", "the age of the job is unknown", "write `posted: 2026-11-24`")
    return _check_salary(posting, front)


def _check_salary(posting: Posting, front: _JobFront) -> Posting:
    """Report why a salary cannot be shown; the job itself stays."""
    fault = find_salary_fault(posting)
    if not fault:
        return posting
    key = "salary_min" if posting.salary_min else "salary_max"
    fix = "write `salary_currency: EUR` and `salary_period: year`, or correct the numbers"
    if posting.salary_currency and not is_currency(posting.salary_currency):
        key, fix = "salary_currency", "write a code such as EUR, USD or GBP"
    front.complain(JOB_SALARY, key, f"{fault}; the letter goes without it", fix, is_fatal=False)
    return posting


class _JobFront(Front):
    """Front matter with days, amounts and choices."""

    def complain(self, rule: Rule, key: str, message: str, fix: str, *, is_fatal: bool = True) -> None:
        """Add a problem at a key's line."""
        line = self._keys[key][0] if key in self._keys else 1
        self._problems.add(rule, line, message, fix, "error" if is_fatal else "warning")

    def day(self, key: str) -> date | None:
        """Return a date written `2026-11-24`, None when it is absent; a time after it is ignored."""
        node = self._find(key)
        if node is None:
            return None
        value = node.value if isinstance(node, yaml.ScalarNode) else ""
        day = read_day(value)
        if day is None:
            message = f"`{key}` is not a date"
            self.complain(JOB_DATE, key, message, f"write `{key}: 2026-11-24`, year first")
        return day

    def amount(self, key: str) -> float:
        """Return an amount of money, 0 when it is absent."""
        node = self._find(key)
        if node is None:
            return 0
        try:
            value = read_value(node)
        except ValueError:
            value = None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        self.complain(
            JOB_SALARY, key, f"`{key}` is not a number", "write digits alone: 55000", is_fatal=False
        )
        return 0

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """Return one of a few words; anything else is reported and left out."""
        word = self.text(key)
        if not word or word in known:
            return word
        fix = did_you_mean(word, known) or f"write one of {', '.join(known)}"
        self.complain(JOB_VALUE, key, f"`{key}` cannot be `{word[:40]}`", fix, is_fatal=False)
        return ""


def _list_words(document: Document) -> Iterator[str]:
    for section in (document.lead, *document.sections):
        yield from filter(None, (section.heading, to_plain(section.text)))


def _as_warning(problem: Problem) -> Problem:
    if problem.severity == "warning":
        return problem
    return replace(problem, severity="warning", fix=f"{problem.fix}; {_LEFT_OUT}")
