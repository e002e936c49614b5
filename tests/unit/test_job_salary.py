"""A salary is shown in words that are true, or not at all."""

from __future__ import annotations

import math

import pytest

from pipeline.jobs.salary import find_salary_fault, read_amount, read_salary_kind, salary_text
from pipeline.model.news import Job


def paid(low, high, currency="USD", period="year"):
    return Job("A", salary_min=low, salary_max=high, salary_currency=currency, salary_period=period)


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (paid(55_000, 70_000, "EUR"), "€55,000–70,000 a year"),
        (paid(90, 90, period="hour"), "$90 an hour"),
        (paid(40_000, 0, "GBP"), "from £40,000 a year"),
        (paid(0, 40_000, "GBP"), "up to £40,000 a year"),
        (paid(17.5, 20, period="hour"), "$17.50–20.00 an hour"),
        (paid(9_500, 11_000, "CHF", "month"), "CHF 9,500–11,000 a month"),
        (paid(1_200, 1_200, "EUR", "week"), "€1,200 a week"),
        (paid(800, 0, "EUR", "day"), "from €800 a day"),
        (paid(6_000_000, 9_000_000, "JPY"), "¥6,000,000–9,000,000 a year"),
        (paid(120_000, 150_000, "CAD"), "CA$120,000–150,000 a year"),
        (paid(0, 0, "", ""), ""),
    ],
)
def test_a_salary_that_is_given_whole_is_shown_with_currency_and_period(job, words):
    assert salary_text(job) == words
    assert not find_salary_fault(job)


@pytest.mark.parametrize(
    ("job", "cause"),
    [
        (paid(55_000, 0, ""), "without currency is"),
        (paid(55_000, 0, period=""), "without period is"),
        (paid(55_000, 0, "", ""), "without currency and period"),
        (paid(70_000, 55_000), "from 70000 to 55000"),
        (paid(-5, 10), "not an amount"),
        (paid(math.inf, 0), "not an amount"),
        (paid(math.nan, 0), "not an amount"),
        (paid(90, 120), "90 USD a year is not a plausible salary"),
        (paid(180_000, 0, period="hour"), "180,000 USD an hour is not a plausible salary"),
        (paid(60_000, 99_000_000), "is not a plausible salary"),
        (paid(55_000, 0, "DOGE"), "`DOGE`"),
        (paid(55_000, 0, "USD", "fortnight"), "`fortnight`"),
    ],
)
def test_a_salary_that_is_half_given_or_cannot_be_is_not_shown_and_the_reason_is_told(job, cause):
    assert salary_text(job) == ""
    assert cause in find_salary_fault(job)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("annual", ("", "year")),
        ("yearly", ("", "year")),
        ("p.a.", ("", "year")),
        ("per annum", ("", "year")),
        ("hourly", ("", "hour")),
        ("USD/year", ("USD", "year")),
        ("EUR per month", ("EUR", "month")),
        ("$/hr", ("USD", "hour")),
        ("CA$ a week", ("CAD", "week")),
        ("gross salary, £ daily", ("GBP", "day")),
        ("", ("", "")),
    ],
)
def test_currency_and_period_are_read_as_people_write_them(text, kind):
    assert read_salary_kind(text) == (*kind, "")


@pytest.mark.parametrize("text", ["stock options", "USD or EUR a year", "hourly, daily", "fortnightly"])
def test_words_about_pay_that_may_mean_anything_are_not_guessed(text):
    kind = read_salary_kind(text)
    assert kind.unread
    assert not (kind.currency and kind.period)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (55_000, (55_000, "")),
        (17.5, (17.5, "")),
        (0, (0, "")),
        ("55000", (55_000, "")),
        ("55,000.50", (55_000.5, "")),
        ("$55,000", (55_000, "USD")),
        ("55k", (55_000, "")),
        ("€ 55 000", (55_000, "EUR")),
        ("90K USD", (90_000, "USD")),
        *(
            (value, None)
            for value in (
                "55.000",
                "55-70k",
                "-5",
                "competitive",
                "",
                None,
                True,
                [1],
                10**15,
                "9" * 30,
                "9" * 400,
            )
        ),
    ],
)
def test_an_amount_is_read_only_where_it_can_mean_one_thing(value, read):
    assert read_amount(value) == read
