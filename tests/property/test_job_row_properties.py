"""Any row of a board becomes a job that can be written and read, or is refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from support.job_samples import MANY, words

from pipeline.jobs.posting import Posting, normalize_job, write_job
from pipeline.jobs.read import parse_job
from pipeline.jobs.rows import JobRow, read_row
from pipeline.jobs.salary import read_amount, read_salary_kind, salary_text

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
ROW_KEYS = """
title company_name location remote_type salary_min salary_max salary_type salary_currency experience_level
skills_tags date_posted expires source source_url job_id description_snippet other
"""
row_keys = st.sampled_from(ROW_KEYS.split())


@MANY
@given(st.dictionaries(row_keys, json_values), words, words)
def test_any_row_becomes_a_job_that_can_be_written_and_read_or_is_told_why_not(row, title, company):
    row = {
        "source_url": "https://a.example/",
        "date_posted": "2026-11-20",
        "title": title,
        "company_name": company,
    } | row
    read = read_row(row, date(2026, 11, 24))
    if isinstance(read, str):
        assert read
        return
    found, problems = parse_job(write_job(read.posting).encode(), "x.md")
    assert found is not None, problems
    assert replace(found, path="") == read.posting


@MANY
@given(
    st.fixed_dictionaries(
        {}, optional={"description_snippet": words, "skills_tags": words | st.lists(words), "location": words}
    )
)
def test_what_a_row_says_in_markup_is_shown_as_words(row):
    base = {
        "source_url": "https://a.example/",
        "date_posted": "2026-11-20",
        "title": "A",
        "company_name": "B",
    }
    for html in ("<widget>x</widget>", "<b class='x'>bold</b>", "&lt;widget&gt;x&lt;/widget&gt;"):
        read = read_row(base | row | {"title": f"Prompt {html} Engineer"}, date(2026, 11, 24))
        assert isinstance(read, JobRow)
        assert "<" not in read.posting.title
        assert "Prompt" in read.posting.title


@MANY
@given(json_values, json_values, words)
def test_pay_is_shown_with_a_currency_and_a_period_or_not_at_all(low, high, kind):
    amounts = [read[0] if (read := read_amount(value)) else 0 for value in (low, high)]
    currency, period, _ = read_salary_kind(kind)
    posting = Posting(
        "A",
        "B",
        "https://b.example",
        salary_min=amounts[0],
        salary_max=amounts[1],
        salary_currency=currency,
        salary_period=period,
    )
    text = salary_text(posting)
    assert not text or (currency and period and any(char.isdigit() for char in text))
    assert json.dumps(normalize_job(posting).salary_min) is not None
