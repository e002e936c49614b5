"""`content/jobs` is read with every problem at once, and a broken job stops nothing."""

from __future__ import annotations

from datetime import date

import pytest
from support.job_files import GOOD, PATH

from pipeline.jobs.posting import Posting, normalize_job, write_job
from pipeline.jobs.read import parse_job

POSTING = Posting(
    title="Senior Prompt Engineer",
    company="Harbour Lights Ltd",
    url="https://harbour.example/careers",
    place="Hamburg",
    remote="hybrid",
    salary_min=68_000,
    salary_max=82_000.5,
    salary_currency="EUR",
    salary_period="year",
    level="Senior",
    skills=("RAG", "C#"),
    posted=date(2026, 11, 23),
    expires=date(2026, 12, 24),
    first_seen=date(2026, 11, 24),
    source="a board",
    id="101",
    description="You own the prompts of our assistant. And its tests.",
    extra={"scraped": "yes", "rank": 3},
    path="content/jobs/a.md",
)


def parse(text):
    return parse_job(text.encode(), PATH)


def test_every_key_of_a_job_is_read_and_the_description_is_plain_text():
    assert parse(GOOD) == (POSTING, ())
    assert parse(f"\ufeff{GOOD}".replace("\n", "\r\n")) == (POSTING, ())


def test_a_job_needs_title_company_link_and_a_day_and_nothing_else():
    posting, problems = parse("---\ntitle: A\ncompany: B\nurl: https://b.example\nposted: 2026-11-23\n---\n")
    assert posting == Posting("A", "B", "https://b.example", posted=date(2026, 11, 23), path=PATH)
    assert problems == ()


def test_a_job_that_was_written_and_read_is_the_same():
    for text in (
        "# not a heading",
        "a *b* _c_ <d> `e`",
        "- x",
        "1. y",
        "&amp; &",
        "C:\\path",
        "## Example",
        "<!-- a --> b",
    ):
        posting = normalize_job(
            Posting("A: b", "'no'", "https://b.example", posted=date(2026, 1, 2), description=text)
        )
        assert parse(write_job(posting))[0].description == text
    assert parse(write_job(POSTING)) == (POSTING, ())


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("title: Senior Prompt Engineer", "title:", 2, "key-missing"),
        ("company: Harbour Lights Ltd\n", "", 1, "key-missing"),
        ("https://harbour.example/careers", "program:run", 6, "job-link"),
        ("https://harbour.example/careers", "harbour.example/careers", 6, "job-link"),
        ("https://harbour.example/careers", "https://user@harbour.example/", 6, "job-link"),
        ("posted: 2026-11-23", "posted: 2026-02-30", 13, "job-date"),
        ("posted: 2026-11-23", "posted: 23.11.2026", 13, "job-date"),
        ("posted: 2026-11-23", "posted: [2026]", 13, "job-date"),
        ('skills: [RAG, "C#"]', "skills: RAG", 12, "key-type"),
        ("---\n\nYou", "\nYou", 1, "front-matter-unclosed"),
        ("level: Senior", "level: {", 13, "front-matter-syntax"),
    ],
)
def test_a_job_that_cannot_be_used_is_left_out_with_a_warning_at_its_line(old, new, line, rule):
    assert old in GOOD
    posting, problems = parse(GOOD.replace(old, new, 1))
    assert posting is None
    assert (line, rule) in {(problem.line, problem.rule) for problem in problems}
    assert {problem.severity for problem in problems} == {"warning"}
    assert all("left out" in problem.fix for problem in problems if problem.rule == rule)


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("salary_min: 68000", 'salary_min: "68,000"', 7, "job-salary"),
        ("salary_min: 68000", "salary_min: 90000", 7, "job-salary"),
        ("salary_currency: eur", "salary_currency: doge", 9, "job-salary"),
        ("salary_currency: eur\n", "", 7, "job-salary"),
        ("salary_period: year", "salary_period: yearly", 10, "job-value"),
        ("remote: hybrid", "remote: sometimes", 5, "job-value"),
        ("level: Senior", "lvl: Senior", 11, "key-unknown"),
    ],
)
def test_a_detail_that_cannot_be_shown_is_warned_of_and_the_job_stays(old, new, line, rule):
    posting, problems = parse(GOOD.replace(old, new, 1))
    assert posting is not None
    assert (line, rule) in {(problem.line, problem.rule) for problem in problems}
    assert {problem.severity for problem in problems} == {"warning"}


def test_a_job_without_any_day_is_left_out_for_it_would_never_grow_old():
    text = GOOD.replace("posted: 2026-11-23\n", "").replace("first_seen: 2026-11-24T08:00:00Z\n", "")
    posting, (problem,) = parse(text)
    assert posting is None
    assert problem.rule == "job-date"
