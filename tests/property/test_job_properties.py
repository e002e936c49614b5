"""The same job once, different jobs apart, in whatever order and spelling they come."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.jobs.identity import (
    company_slug,
    job_key,
    normalize_company,
    normalize_place,
    normalize_title,
)
from pipeline.jobs.items import make_job_items, sift_jobs
from pipeline.jobs.posting import Posting, normalize_job, write_job
from pipeline.jobs.read import parse_job
from pipeline.jobs.rows import JobRow, read_row
from pipeline.jobs.salary import read_amount, read_salary_kind, salary_text
from pipeline.news.filters import Filter
from pipeline.news.stories import gather_stories, make_story_keys

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAX_AGE = timedelta(days=14)
MANY = examples(300)
SOME = examples(100)

COMPANIES = ("Acme", "ACME, Inc.", "Acme GmbH", "Blue Fox Ltd", "blue fox", "Ümlaut AG", "東京データ")
TITLES = (
    "Senior Prompt Engineer",
    "Sr. Prompt Engineer (m/w/d)",
    "Prompt Engineer (Senior)",
    "Prompt Engineer II",
    "prompt engineer 2 – Remote",
    "C# Developer",
    "C++ Developer",
)
PLACES = ("", "Remote", "Berlin", "Berlin (Hybrid)", "Berlin, DE", "Paris, TX", "Paris, France")
DAYS = st.dates(date(2026, 11, 1), date(2026, 11, 26))
FRAGMENTS = (
    *(
        "Remote",
        "(remote)",
        "hybrid",
        "on-site",
        "On Site",
        "in office",
        "100%",
        "fully",
        "anywhere",
        "or",
        "all",
        ", Germany",
        ", DE",
        "(Senior)",
    ),
    *(
        "genders",
        "m/w/d",
        "(f/m/x)",
        "H/F",
        "gn",
        "Sr.",
        "jr",
        "II",
        "iii",
        "GmbH",
        "Inc.",
        "& Co. KG",
        "S.p.A.",
    ),
    *(
        "A/S",
        "B.V.",
        "the",
        "and",
        "O'Neill",
        "C++",
        "#1",
        " - ",
        " – ",
        "|",
        ",",
        "(",
        ")",
        "[",
        "/",
        ".",
        "-",
        "_",
    ),
    *(
        "<b>",
        "&amp;",
        "<!--",
        "&lt;",
        "*",
        "`",
        "```",
        "# ",
        "1. ",
        "\n",
        "\u0345",
        "ﬃ",
        "İ",
        "$55k",
        "EUR",
        "a year",
    ),
)
words = st.text(max_size=40) | st.builds(
    str.join,
    st.sampled_from(("", " ")),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=7),
)


@st.composite
def postings(draw):
    number = draw(st.integers(0, 99))
    return Posting(
        title=draw(st.sampled_from(TITLES)),
        company=draw(st.sampled_from(COMPANIES)),
        url=draw(st.sampled_from(("https://a.example/careers", "https://b.example/1", "not a link"))),
        place=draw(st.sampled_from(PLACES)),
        level=draw(st.sampled_from(("", "Senior"))),
        skills=draw(st.sampled_from(((), ("RAG",)))),
        posted=draw(st.none() | DAYS),
        expires=draw(st.none() | DAYS),
        first_seen=draw(st.none() | DAYS),
        path=f"content/jobs/{number:02}.md",
    )


many_postings = st.lists(postings(), max_size=12, unique_by=lambda posting: posting.path)


def key_of(posting):
    return job_key(posting.company, posting.title, posting.place)


@MANY
@example("ON:SITE")
@example("on (remote) site")
@given(words)
def test_writing_what_is_compared_once_more_changes_nothing(text):
    for normalise in (normalize_company, normalize_title, normalize_place):
        assert normalise(normalise(text)) == normalise(text)


@MANY
@given(
    st.sampled_from(("Prompt Engineer", "Remote Sensing Analyst", "C++ Developer", "Head of AI & Data")),
    st.sampled_from(
        ("{}", " {} ", "{} (m/w/d)", "{} (Remote)", "{} – Hybrid", "[Remote] {}", "{} | all genders")
    ),
    st.sampled_from((str.upper, str.lower, str.title)),
)
def test_a_title_is_the_same_however_a_board_dresses_it(title, dress, case):
    assert normalize_title(case(dress.format(title))) == normalize_title(title)


@MANY
@given(st.tuples(words, words, words), st.tuples(words, words, words))
def test_a_key_keeps_company_title_and_place_apart(one, other):
    def normalise(job):
        return normalize_company(job[0]), normalize_title(job[1]), normalize_place(job[2])

    assert (job_key(*one) == job_key(*other)) == (normalise(one) == normalise(other))


@pytest.mark.parametrize(
    "title",
    [
        "Prompt Engineer (Senior)",
        "Sr Prompt Engineer",
        "Prompt Engineer, Sr.",
        "Prompt Engineer – Senior (Remote)",
        "Senior Prompt Engineer (all genders)",
        "Senior Prompt Engineer all genders",
        "Senior Prompt Engineer (m/f/diverse)",
        "Senior Prompt Engineer x/f/m",
        "(Senior) Prompt Engineer (w/m/non-binary)",
        "Senior Prompt Engineer (Senior)",
    ],
)
def test_how_senior_a_job_is_may_stand_anywhere_and_whom_it_is_for_tells_nothing(title):
    assert normalize_title(title) == "senior prompt engineer"


@pytest.mark.parametrize(
    "place",
    ["Hamburg, DE", "Hamburg, Germany", "Hamburg (Deutschland)", "Hamburg, Germany, Remote", "hamburg / DE"],
)
def test_a_country_behind_a_town_tells_nothing(place):
    assert normalize_place(place) == normalize_place("Hamburg") == "hamburg"


def test_what_is_really_another_job_stays_another():
    for one, other in (
        (("Acme", "Prompt Engineer", "Berlin"), ("Acme", "Senior Prompt Engineer", "Berlin")),
        (("Acme", "Prompt Engineer", "Berlin"), ("Acme", "Prompt Engineer", "Munich")),
        (("Acme", "Prompt Engineer", "Berlin"), ("Blue Fox", "Prompt Engineer", "Berlin")),
        (("Acme", "C# Developer", ""), ("Acme", "C++ Developer", "")),
        (("Acme", "Engineer II", ""), ("Acme", "Engineer III", "")),
        (("Acme", "Sensing Analyst", ""), ("Acme", "Remote Sensing Analyst", "")),
        (("Acme", "Engineer", "Paris, TX"), ("Acme", "Engineer", "Paris, France")),
        (("Acme", "Engineer (Remote, US)", ""), ("Acme", "Engineer (Remote, EU)", "")),
        (("Acme", "Berlin Lead", ""), ("Acme Berlin", "Lead", "")),
        (("AS", "Lead", ""), ("SE", "Lead", "")),
        (("Acme", "Head, Office", ""), ("Acme", "Head", "")),
        (("Acme", "Junior Engineer", ""), ("Acme", "Engineer (Senior)", "")),
        (("Acme", "Assistant to Senior Editors", ""), ("Acme", "Senior Assistant to Editors", "")),
        (("Acme", "Engineer", "Columbus, GA"), ("Acme", "Engineer", "Columbus, IN")),
        (("Acme", "Engineer", "Germany"), ("Acme", "Engineer", "")),
        (("Acme", "Engineer", "Remote, Germany"), ("Acme", "Engineer", "Remote, France")),
        (("Acme", "Gender Lead", ""), ("Acme", "Lead", "")),
    ):
        assert job_key(*one) != job_key(*other)


@SOME
@given(many_postings, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)
    assert sift_jobs(found, AT, AT, MAX_AGE) == sift_jobs(shuffled, AT, AT, MAX_AGE)


@SOME
@given(many_postings)
def test_every_posting_is_a_candidate_or_told_why_not_and_no_job_is_there_twice(found):
    sifted = sift_jobs(found, AT, AT, MAX_AGE)
    items, drops = make_job_items(found, AT, AT, MAX_AGE)
    assert len(sifted.kept) + len(sifted.dropped) == len(items) + sum(drops.values()) == len(found)
    keys = [key_of(posting) for posting, _ in sifted.kept]
    assert len(set(keys)) == len(keys) == len({item.id for item in items})
    assert {key_of(drop.posting) for drop in sifted.dropped if drop.reason == "same job"} <= set(keys)


@SOME
@given(many_postings)
def test_no_candidate_is_expired_too_old_without_a_link_or_of_the_future(found):
    for posting, item in sift_jobs(found, AT, AT, MAX_AGE).kept:
        assert posting.expires is None or posting.expires >= AT.date()
        assert AT - MAX_AGE <= item.dated_at <= item.first_seen_at <= AT
        assert item.url.startswith("https://")
        assert item.feed == f"job:{company_slug(posting.company)}"
        assert (item.section, item.source, item.job.company) == ("careers", posting.company, posting.company)


@SOME
@given(many_postings, postings())
def test_one_posting_more_never_takes_another_job_away(found, extra):
    before, _ = make_job_items(found, AT, AT, MAX_AGE)
    after, _ = make_job_items([*found, replace(extra, path="content/jobs/new.md")], AT, AT, MAX_AGE)
    assert {item.id for item in before} <= {item.id for item in after}


@SOME
@given(many_postings)
def test_jobs_that_share_a_link_or_a_title_stay_stories_of_their_own_and_are_used_up_alone(found):
    items, _ = make_job_items(found, AT, AT, MAX_AGE)
    gathered = gather_stories(items, {}, AT, Filter())
    assert {story.lead.id for story in gathered.stories} == {item.id for item in items}
    assert all(not story.also for story in gathered.stories)
    if gathered.stories:
        pages = ("https://a.example/careers", "https://b.example/1")
        sent = (*make_story_keys(gathered.stories[0]), *pages)
        left = gather_stories(items, {}, AT, Filter(), sent=sent).stories
        assert {story.lead.id for story in left} == {item.id for item in items} - {
            gathered.stories[0].lead.id
        }


def test_the_posting_that_says_most_stands_for_the_job_and_the_first_sight_of_it_counts():
    full = Posting(
        "Prompt Engineer",
        "Acme",
        "https://a.example/1",
        level="Senior",
        skills=("RAG",),
        posted=date(2026, 11, 20),
    )
    bare = Posting(
        "Prompt Engineer (m/w/d)",
        "Acme Inc.",
        "https://b.example/2",
        posted=date(2026, 11, 23),
        first_seen=date(2026, 11, 18),
    )
    (item,), drops = make_job_items([bare, full], AT, AT, MAX_AGE)
    assert (item.url, item.first_seen_at.date()) == (full.url, date(2026, 11, 18))
    assert drops == {"same job": 1}


def test_of_postings_that_say_the_same_the_newest_stands_for_the_job():
    old = Posting("A", "B", "https://b.example/old", posted=date(2026, 11, 20), path="1.md")
    new = replace(old, url="https://b.example/new", posted=date(2026, 11, 22), path="2.md")
    assert [item.url for item in make_job_items([old, new], AT, AT, MAX_AGE)[0]] == [new.url]


def test_a_job_that_was_first_seen_later_is_not_there_yet():
    job = Posting("A", "B", "https://b.example", posted=date(2026, 11, 20), first_seen=date(2026, 11, 25))
    assert make_job_items([job], AT, AT, MAX_AGE) == ((), {"not there yet": 1})
    assert len(make_job_items([job], AT, AT + timedelta(days=1), MAX_AGE)[0]) == 1


def test_a_letter_that_is_late_has_the_jobs_that_came_meanwhile_at_the_age_they_had_when_it_was_due():
    until = AT + timedelta(days=3)
    old = Posting("A", "B", "https://b.example", posted=date(2026, 11, 11))
    new = Posting("C", "B", "https://b.example", posted=date(2026, 11, 26), first_seen=date(2026, 11, 27))
    items, drops = make_job_items([old, new], AT, until, MAX_AGE)
    assert ({item.title for item in items}, drops) == ({"A", "C"}, {})
    assert all(item.first_seen_at <= AT for item in items)
    late = replace(new, posted=date(2026, 11, 28))
    assert [(drop.reason, drop.detail) for drop in sift_jobs([late], AT, until, MAX_AGE).dropped] == [
        ("not there yet", "posted on 2026-11-28")
    ]


def test_a_board_that_dates_a_job_anew_makes_it_no_younger():
    job = Posting("A", "B", "https://b.example", posted=date(2026, 11, 23), first_seen=date(2026, 10, 1))
    assert make_job_items([job], AT, AT, MAX_AGE) == ((), {"older than 14 days": 1})


def test_a_job_counts_through_the_last_day_it_is_open_and_until_its_age_in_hours_is_reached():
    job = Posting("A", "B", "https://b.example", posted=date(2026, 11, 20), expires=date(2026, 11, 24))
    late = AT.replace(hour=23, minute=59)
    assert len(make_job_items([job], late, late, MAX_AGE)[0]) == 1
    assert make_job_items([job], AT, late + timedelta(minutes=1), MAX_AGE)[1] == {"expired": 1}
    midnight = datetime(2026, 12, 4, tzinfo=UTC)
    open_end = replace(job, expires=None)
    assert len(make_job_items([open_end], midnight, midnight, MAX_AGE)[0]) == 1
    assert make_job_items([open_end], midnight + timedelta(seconds=1), AT, MAX_AGE)[1] == {
        "older than 14 days": 1
    }


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
