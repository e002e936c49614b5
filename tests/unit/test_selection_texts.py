from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from subscribers.selection.dates import parse_period
from subscribers.selection.model import AllOf, AnyOf, Comparison, Not, SelectionError
from subscribers.selection.parse import parse_selection

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)


def parse(text):
    return parse_selection(text, now=NOW, zone=UTC)


def test_and_binds_before_or_and_not_before_both():
    a, b, c = (Comparison("tag", "=", each) for each in "abc")
    found = parse("tag:a OR not tag=b and (tag : c)")
    assert found == AnyOf((at(a, 0), AllOf((Not(at(b, 13)), at(c, 24)))))


def at(comparison, start):
    return Comparison(comparison.field, comparison.operator, comparison.value, start=start)


def test_values_are_read_as_their_field_wants_them():
    assert parse("active") == Comparison("state", "=", "active")
    assert parse("TAG:'Early Birds'") == Comparison("tag", "=", "early-birds")
    assert parse("domain:@Münch.example") == Comparison("domain", "=", "xn--mnch-0ra.example")
    assert parse('company!~"Acme (É) Ltd"') == Comparison("company", "!~", "acme (e) ltd", is_attribute=True)
    assert parse('"state"=x') == Comparison("state", "=", "x", is_attribute=True)


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("tag:x and stat:active", "did you mean `state`?", "^^^^ at 10"),
        ("state:activ", "`activ` is not a state: did you mean `active`?", "^^^^^ at 6"),
        ("state:gone", "states are pending, active", "^^^^ at 6"),
        ("joined>2026-13-01", "write a date like 2026-01-31", "^^^^^^^^^^ at 7"),
        ("joined>31.12.2026", "write a date like 2026-01-31", "^^^^^^^^^^ at 7"),
        ("name=Ada Lovelace", "quotes around a value with blanks", "^^^^^^^^ at 9"),
        ("tag:a && tag:b", "write `and` for &&", "^^ at 6"),
        ("joined==2026", "write = for ==", "^^ at 6"),
        ("state~act", "`state` takes = : !=", "^ at 5"),
        ("left>never", "`never` takes = and !=", "^^^^^ at 5"),
        ("(tag:a or tag:b", "this bracket is not closed", "^ at 0"),
        ("tag:a)", "this bracket was not opened", "^ at 5"),
        ('name="Ada', "this quote is not closed", "^ at 5"),
        ("tag:", "a value is missing", "^ at 3"),
        ("tag:a and", "ends too early", "^ at 8"),
        ("and tag:a", "nothing before `and`", "^^^ at 0"),
        ("mentors", "such as tag:mentors", "^^^^^^^ at 0"),
        ("opened:2026-W48", "letters are not tracked", "^^^^^^ at 0"),
        ("received:48", "the week of a letter", "^^ at 9"),
        ("import:all", "the id of an import", "^^^ at 7"),
        ("", "there is no condition", "^ at 0"),
        ("tag:a\x00", "a character that no text holds", "^ at 5"),
        ("(" * 60, "levels of brackets", "^ at 41"),
    ],
)
def test_a_mistake_is_named_with_a_caret_under_it(text, message, caret):
    with pytest.raises(SelectionError) as caught:
        parse(text)
    said, shown, marks = str(caught.value).split("\n")
    assert message in said
    assert len(shown) == len(text) + 2
    assert f"{marks.strip()} at {len(marks) - len(marks.lstrip()) - 2}" == caret


def test_the_caret_is_below_the_line_of_the_mistake():
    with pytest.raises(SelectionError) as caught:
        parse("tag:x and\n  stat:active")
    assert str(caught.value).splitlines()[1:] == ["    stat:active", "    ^^^^"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-01-31", "2026-01-31", "2026-02-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2026", "2026-01-01", "2027-01-01"),
        ("2026-w53", "2026-12-28", "2027-01-04"),
        ("today", "2026-12-01", "2026-12-02"),
        ("30d", "2026-11-01", "2026-11-02"),
        ("2w", "2026-11-17", "2026-11-18"),
        ("10m", "2026-02-01", "2026-02-02"),
        ("1y", "2025-12-01", "2025-12-02"),
    ],
)
def test_dates_are_whole_days_weeks_months_and_years(text, start, end):
    period = parse_period(text, NOW, UTC)
    assert (f"{period.start:%Y-%m-%d}", f"{period.end:%Y-%m-%d}") == (start, end)


def test_days_are_those_of_the_time_zone_and_instants_are_exact():
    period = parse_period("today", datetime(2026, 11, 30, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    assert period.start == datetime(2026, 11, 30, 23, tzinfo=UTC)
    exact = parse_period("2026-01-31T10:00+01:00", NOW, UTC)
    assert exact.start == exact.end == datetime(2026, 1, 31, 9, tzinfo=UTC)
    assert parse_period("12m", datetime(2024, 2, 29, tzinfo=UTC), UTC).start.day == 28
