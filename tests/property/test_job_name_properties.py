"""When two postings are one job: company, title and place however a board writes them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.job_samples import MANY, words

from pipeline.jobs.identity import (
    job_key,
    normalize_company,
    normalize_place,
    normalize_title,
)


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
