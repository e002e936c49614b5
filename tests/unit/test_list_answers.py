"""What a person's answer about one word settles: memories of exactly that column and word."""

import io
from datetime import UTC, datetime

import pytest

from subscribers.addresses import parse_address
from subscribers.importing.decide import ImportRow, RowOutcome, decide
from subscribers.importing.read_row import RowReader, RowWishes
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import understand
from subscribers.model import SubscriberState
from subscribers.sheets.opening import open_table

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIST = "email,Status,Level\na@example.org,{},{}\nb@example.org,active,gold\n"


def read(*answers, status="Dormant ", level="gold"):
    maps = [tuple(answer.split("=")) for answer in answers]
    with open_table(io.BytesIO(LIST.format(status, level).encode())) as table:
        reading = understand(table, ListOptions(maps=maps), NOW)
        reader = RowReader(reading, RowWishes(), NOW)
        record = next(iter(table))
        return reader.read(record, reader.judge(record.cells))


@pytest.mark.parametrize(
    ("answers", "settled"),
    [
        (["Status=opted-in:dormant"], {"Status: Dormant"}),
        (["status=opted-in:dormant", "Level=opted-in:gold"], {"Status: Dormant", "Level: gold"}),
        (["Status=opted-in:*"], set()),
        (["Status=opted-in:zombie"], set()),
        (["Status=paused:dormant"], set()),
        (["Status=opted-in:dormant", "Level=opted-out:gold"], set()),
    ],
)
def test_an_active_row_settles_what_a_person_has_answered_word_by_word(answers, settled):
    assert read(*answers).settles == settled


@pytest.mark.parametrize("word", ["dormant", "Night Owl", "s", "x"])
def test_the_answer_settles_the_reason_that_the_same_row_had_without_it(word):
    answered = read(f"Status=opted-in:{word}", status=word)
    assert answered.state is SubscriberState.ACTIVE
    assert {read(status=word).kept_out} == answered.settles


@pytest.mark.parametrize("word", ["a@example.org", "long " * 20])
def test_a_word_that_is_not_shown_in_full_settles_nothing(word):
    row = read(f"Status=opted-in:{word}", status=word)
    assert (row.state, row.kept_out, row.settles) == (SubscriberState.ACTIVE, "", frozenset())


@pytest.mark.parametrize(
    ("memory", "suppressed", "kept_out", "outcome"),
    [
        ("Status: dormant", False, "", RowOutcome.ADDED),
        ("Status: dormant", True, "", RowOutcome.KEPT_OUT),
        ("Status: dormant", False, "Level: zombie", RowOutcome.KEPT_OUT),
        ("Status: zombie", False, "", RowOutcome.KEPT_OUT),
        ("State: dormant", False, "", RowOutcome.KEPT_OUT),
        ("paused", False, "", RowOutcome.KEPT_OUT),
    ],
)
def test_an_answer_lets_in_whom_exactly_that_reason_kept_out(memory, suppressed, kept_out, outcome):
    row = ImportRow(
        1,
        parse_address("a@example.org"),
        "",
        SubscriberState.ACTIVE,
        frozenset(),
        None,
        kept_out=kept_out,
        settles=frozenset({"Status: dormant"}),
    )
    assert decide(None, row, suppressed=suppressed, memory=memory)[0] is outcome
