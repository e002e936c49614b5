"""Which weeks an act, a look and a run may name."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.errors import PipelineError
from pipeline.issue.open_weeks import MOST_WEEKS_AHEAD, find_week, require_open, require_sendable
from pipeline.model.past import Past
from pipeline.weeks import Schedule, Week, open_weeks

SCHEDULE = Schedule(1, time(9), ZoneInfo("UTC"), timedelta(days=3))
SENT = Past("2026-W40", 1, "token", "")


def at(day: int, hour: int = 12) -> datetime:
    """An hour of November 2026; the 23rd is the Monday of 2026-W48."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "sent", "first", "coming"),
    [
        (at(23), (), "2026-W48", "2026-W48"),
        (at(24), (), "2026-W48", "2026-W48"),
        (at(29), (), "2026-W48", "2026-W49"),
        (at(24), ("2026-W48",), "2026-W49", "2026-W49"),
        (at(24), ("2026-W50",), "2026-W51", "2026-W51"),
        (at(24), ("2026-W40",), "2026-W48", "2026-W48"),
    ],
)
def test_the_first_open_week_is_the_current_one_unless_a_later_one_was_sent(now, sent, first, coming):
    weeks = [Week.parse(each) for each in sent]
    assert tuple(map(str, open_weeks(now, SCHEDULE, weeks))) == (first, coming)


def test_a_week_that_is_still_due_is_open_although_it_is_over():
    sunday = Schedule(6, time(9), ZoneInfo("UTC"), timedelta(days=3))
    assert str(open_weeks(at(23), sunday, [])[0]) == "2026-W47"


FIRST, COMING = Week.parse("2026-W48"), Week.parse("2026-W49")
FARTHEST = Week.of(COMING.monday + timedelta(weeks=MOST_WEEKS_AHEAD))
NOT_OPEN = [
    ("2020-W01", "2020-W01 is past, and no letter was sent; the next letter is that of 2026-W49"),
    ("2026-W47", "is past"),
    (str(FARTHEST.next()), "105 weeks ahead of the next letter, that of 2026-W49: is the year right"),
    ("2126-W10", "is the year right"),
]


@pytest.mark.parametrize(("week", "words"), NOT_OPEN)
def test_a_week_that_went_by_or_is_far_ahead_can_be_neither_changed_nor_looked_at(week, words):
    with pytest.raises(PipelineError, match=words):
        require_open(Week.parse(week), [SENT], FIRST, COMING)
    with pytest.raises(PipelineError, match=words):
        find_week(week, [SENT], FIRST, COMING, has_letter=True)
    assert find_week(week, [SENT], FIRST, COMING, has_letter=False) == Week.parse(week)


def test_a_week_that_was_sent_can_be_looked_at_and_not_be_changed():
    week = Week.parse(SENT.week)
    assert find_week(SENT.week, [SENT], FIRST, COMING, has_letter=True) == week
    with pytest.raises(PipelineError, match="was sent"):
        require_open(week, [SENT], FIRST, COMING)


@pytest.mark.parametrize("week", [FIRST, COMING, FARTHEST])
def test_a_week_up_to_two_years_ahead_is_open(week):
    require_open(week, [SENT], FIRST, COMING)
    assert find_week(str(week), [SENT], FIRST, COMING, has_letter=True) == week


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ("2026-W50", "has not come yet; the latest that can be sent is 2026-W49"),
        ("2026-W39", "letters go out in order"),
        ("2026-W47", "is past, and no letter was sent.*weekly run --week 2026-W48"),
    ],
)
def test_a_run_sends_no_week_out_of_turn(week, words):
    with pytest.raises(PipelineError, match=words):
        require_sendable(Week.parse(week), [Week.parse(SENT.week)], FIRST, COMING)


def test_an_old_week_is_refused_also_where_nothing_was_sent_before():
    with pytest.raises(PipelineError, match="weekly run --week 2026-W48"):
        require_sendable(Week.parse("2020-W01"), [], FIRST, COMING)
    require_sendable(FIRST, [], FIRST, COMING)
    require_sendable(COMING, [], FIRST, COMING)
