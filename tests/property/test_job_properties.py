"""The same job once, different jobs apart, in whatever order and spelling they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.jobs.identity import (
    company_slug,
    job_key,
)
from pipeline.jobs.items import make_job_items, sift_jobs
from pipeline.jobs.posting import Posting
from pipeline.news.filters import Filter
from pipeline.news.stories import gather_stories
from pipeline.news.story_keys import make_story_keys

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MAX_AGE = timedelta(days=14)
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
