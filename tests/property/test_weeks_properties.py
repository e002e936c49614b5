"""However cron and the clock behave, every week is sent once at most, in order, and in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.weeks import Schedule, Week, due, get_due_at, next_week, week_at

ZONES = (
    "UTC",
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Europe/Berlin",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Etc/GMT+12",
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def weeks_from(week, count):
    for _ in range(count):
        yield week
        week = week.next()


ALL = tuple(weeks_from(Week(2025, 30), 140))

schedules = st.builds(
    Schedule,
    day=st.integers(0, 6),
    time=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    max_age=st.integers(0, 20 * 24 * 60).map(lambda minutes: minutes * MINUTE),
    catch_up=st.sampled_from(["latest", "skip"]),
)
# Cron's minutes, whole days of silence, and clocks that step back.
steps = st.one_of(st.integers(0, 90), st.integers(0, 30 * 24 * 60), st.integers(-10 * 24 * 60, 0))
walks = st.builds(
    lambda start, moves: [START + sum(moves[: n + 1], start) * MINUTE for n in range(len(moves))],
    st.integers(0, 300 * 24 * 60),
    st.lists(steps, min_size=1, max_size=40),
).map(lambda instants: [min(instant, datetime(2028, 1, 1, tzinfo=UTC)) for instant in instants])


def run_at_each(instants, schedule):
    """Freeze what is due at each instant; gives `(instant, frozen before, what was due)`."""
    frozen = []
    for now in instants:
        found = due(now, schedule, frozen)
        yield now, tuple(frozen), found
        if found.week:
            frozen.append(found.week)


def sent(instants, schedule):
    return [found.week for _, _, found in run_at_each(instants, schedule) if found.week]


@examples(150)
@given(walks, schedules)
def test_whenever_cron_comes_exactly_the_latest_week_that_may_go_is_sent(instants, schedule):
    slots = {week: get_due_at(week, schedule) for week in ALL}
    for now, frozen, found in run_at_each(instants, schedule):
        may_go = [
            week
            for week, slot in slots.items()
            if timedelta(0) <= now - slot <= schedule.max_age
            and all(week > other for other in frozen)
            and (schedule.catch_up == "latest" or week == week_at(now, schedule))
        ]
        assert found.week == max(may_go, default=None)
        passed = [week for week, slot in slots.items() if slot <= now and frozen and week > max(frozen)]
        assert found.missed == tuple(week for week in passed if week != found.week)


@examples(150)
@given(walks, schedules)
def test_no_week_is_sent_twice_and_none_after_a_later_one(instants, schedule):
    weeks = sent(instants, schedule)
    assert all(earlier < later for earlier, later in pairwise(weeks))


@examples(100)
@given(walks, schedules)
def test_an_editor_works_on_what_is_due_or_on_the_next_slot_to_come(instants, schedule):
    for now, frozen, found in run_at_each(instants, schedule):
        coming = next_week(now, schedule, frozen)
        assert all(coming > week for week in frozen)
        if found.week:
            assert coming == found.week
        else:
            between = [week for week in ALL if week < coming and all(week > other for other in frozen)]
            assert get_due_at(coming, schedule) > now
            assert not any(get_due_at(week, schedule) > now for week in between)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("day", "clock"), [(0, "00:00"), (6, "02:30")])
def test_how_often_cron_ticks_does_not_matter(zone, day, clock):
    schedule = Schedule(day, time.fromisoformat(clock), ZoneInfo(zone), max_age=DAY)
    expected = list(weeks_from(Week(2026, 2), 65))  # past 2026-W53 and two turns of the year
    first, end = get_due_at(expected[0], schedule), get_due_at(expected[-1].next(), schedule)
    for grid in (13 * HOUR + 7 * MINUTE, DAY):
        ticks = (first - grid + n * grid for n in range((end - first) // grid + 1))
        assert sent(ticks, schedule) == expected


def test_sixty_weeks_in_a_row_have_sixty_keys_in_their_order():
    keys = [str(week) for week in weeks_from(Week(2026, 20), 60)]
    assert len(set(keys)) == 60
    assert sorted(keys) == keys
    assert "2026-W53" in keys
    assert [str(Week.parse(key)) for key in keys] == keys


@given(st.dates(min_value=date(2, 1, 1), max_value=date(9998, 1, 1)))
def test_stepping_on_and_back_leads_home(day):
    week = Week.of(day)
    assert week.next().previous() == week.previous().next() == week
    assert week.previous() < week < week.next()
    assert week.monday <= day < week.next().monday
    assert (week.next().monday - week.monday).days == 7


@examples(200)
@given(schedules, st.sampled_from(ALL))
def test_a_slot_lies_in_its_week_and_slots_come_in_order(schedule, week):
    slot = get_due_at(week, schedule)
    assert week_at(slot, schedule) == week
    assert 6 * DAY < get_due_at(week.next(), schedule) - slot < 8 * DAY
