"""Weeks and schedules, one case at a time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.weeks import Due, Schedule, Week, due, get_due_at, next_week, week_at, weeks_in

W46, W47, W48, W49, W50 = (Week(2026, number) for number in range(46, 51))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def schedule(day=1, at_time="09:00", zone="UTC", max_age=timedelta(days=3), catch_up="latest"):
    return Schedule(day, time.fromisoformat(at_time), ZoneInfo(zone), max_age, catch_up)


@pytest.mark.parametrize("text", ["2026-W01", "2026-W48", "2026-W53", "2027-W52", "0001-W01"])
def test_a_week_is_written_as_it_was_read(text):
    assert str(Week.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "2026W48",
        "2026-48",
        "2026-w48",
        "2026-W8",
        "2026-W048",
        " 2026-W48",
        "2026-W48\n",
        "٢٠٢٦-W48",
    ],
)
def test_what_is_no_week_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write it like 2026-W48"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["2026-W00", "2026-W54", "2027-W53", "2025-W53"])
def test_a_week_that_its_year_does_not_have_is_refused_with_the_last_one(text):
    with pytest.raises(ValueError, match=rf"there is no week {text}: .* {text[:4]}-W5[23]$"):
        Week.parse(text)


@pytest.mark.parametrize("text", ["0000-W01", "9999-W01"])
def test_a_year_that_dates_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match="out of range"):
        Week.parse(text)


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-01-01", "2026-W01"),
        ("2025-12-29", "2026-W01"),
        ("2026-12-27", "2026-W52"),
        ("2026-12-28", "2026-W53"),
        ("2027-01-03", "2026-W53"),
        ("2027-01-04", "2027-W01"),
        ("2023-01-01", "2022-W52"),
    ],
)
def test_days_around_new_year_belong_to_the_iso_year(day, week):
    found = Week.of(date.fromisoformat(day))
    assert str(found) == week
    assert found.monday <= date.fromisoformat(day) < found.next().monday


def test_2026_has_53_weeks_and_2027_has_52():
    assert (weeks_in(2026), weeks_in(2027)) == (53, 52)
    assert Week(2026, 52).next() == Week(2026, 53)
    assert Week(2026, 53).next() == Week(2027, 1)
    assert Week(2027, 1).previous() == Week(2026, 53)


@pytest.mark.parametrize(
    ("week", "day", "clock", "zone", "instant"),
    [
        ("2026-W48", 1, "09:00", "UTC", "2026-11-24T09:00"),
        ("2026-W48", 0, "00:00", "Pacific/Kiritimati", "2026-11-22T10:00"),
        ("2026-W48", 6, "23:59", "America/St_Johns", "2026-11-30T03:29"),
        ("2026-W48", 3, "12:00", "Asia/Kathmandu", "2026-11-26T06:15"),
        # The clocks go forward at 02:00, and 03:00 is the next instant.
        ("2026-W13", 6, "01:59", "Europe/Berlin", "2026-03-29T00:59"),
        ("2026-W13", 6, "02:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-W13", 6, "02:30", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-W13", 6, "03:00", "Europe/Berlin", "2026-03-29T01:00"),
        ("2026-W13", 6, "03:01", "Europe/Berlin", "2026-03-29T01:01"),
        # They go back at 03:00, so that 02:30 comes twice.
        ("2026-W43", 6, "02:30", "Europe/Berlin", "2026-10-25T00:30"),
        ("2026-W43", 6, "03:00", "Europe/Berlin", "2026-10-25T02:00"),
        # Samoa had no 30 December 2011 at all.
        ("2011-W52", 4, "09:00", "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_the_slot_of_a_week(week, day, clock, zone, instant):
    assert get_due_at(Week.parse(week), schedule(day, clock, zone)) == at(instant)


def test_the_week_of_an_instant_is_the_one_in_the_newsletters_zone():
    sunday_evening = at("2026-11-22T12:00")
    assert week_at(sunday_evening, schedule(zone="Pacific/Kiritimati")) == W48
    assert week_at(sunday_evening, schedule(zone="America/St_Johns")) == W47
    with pytest.raises(ValueError, match="aware"):
        week_at(sunday_evening.replace(tzinfo=None), schedule())


# The slot of 2026-W48 is Tuesday, 24 November, 09:00.
@pytest.mark.parametrize(
    ("now", "frozen", "expected"),
    [
        pytest.param("2026-11-24T08:59", [W47], Due(None), id="before the slot"),
        pytest.param("2026-11-24T09:00", [W47], Due(W48), id="at the slot"),
        pytest.param("2026-11-27T09:00", [W47], Due(W48), id="as old as it may be"),
        pytest.param("2026-11-27T09:01", [W47], Due(None, (W48,)), id="too old"),
        pytest.param("2026-11-24T09:00", [W48], Due(None), id="frozen"),
        pytest.param("2026-11-24T09:00", [W49], Due(None), id="a later week is frozen: the clock went back"),
        pytest.param(
            "2026-11-24T09:00", [W46], Due(W48, (W47,)), id="one letter after a missed week, not two"
        ),
        pytest.param("2026-12-12T09:00", [W46], Due(None, (W47, W48, W49, W50)), id="all missed"),
        pytest.param("2026-11-24T09:00", [], Due(W48), id="first run in time"),
        pytest.param(
            "2026-11-27T09:01", [], Due(None), id="first run on a Friday mails nobody, misses nothing"
        ),
    ],
)
def test_what_is_due(now, frozen, expected):
    assert due(at(now), schedule(), frozen) == expected


def test_a_week_that_is_over_is_caught_up_with_or_skipped():
    monday = at("2026-11-30T08:00")
    sunday_slot = {"day": 6, "at_time": "20:00"}
    assert due(monday, schedule(**sunday_slot), [W47]) == Due(W48)
    assert due(monday, schedule(**sunday_slot, catch_up="skip"), [W47]) == Due(None, (W48,))
    assert due(monday - timedelta(days=1), schedule(**sunday_slot, catch_up="skip"), [W46]) == Due(
        None, (W47,)
    )


@pytest.mark.parametrize(
    ("now", "frozen", "expected"),
    [
        pytest.param("2026-11-24T08:00", [W47], W48, id="the next slot"),
        pytest.param("2026-11-25T08:00", [W47], W48, id="the one that is due"),
        pytest.param("2026-11-25T08:00", [W48], W49, id="after the one that went out"),
        pytest.param("2026-11-24T08:00", [W48], W49, id="after one sent before its slot"),
        pytest.param("2026-11-28T08:00", [], W49, id="not one that is too old"),
        pytest.param("2026-11-10T08:00", [W49], W50, id="never one before a frozen one"),
    ],
)
def test_the_week_an_editor_works_on(now, frozen, expected):
    assert next_week(at(now), schedule(), frozen) == expected
