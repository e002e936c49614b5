"""The journal of a week in its file: numbered acts, damaged lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.errors import ArgumentError
from pipeline.issue.journal import Act, Journal, append_act, read_journal
from pipeline.model.locations import journal_path

WEEK = "2026-W48"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_journal_numbers_acts_and_an_undone_undo_brings_the_act_back(tmp_path):
    def write(name, undoes=""):
        act = Act("", NOW, "Ada <ada@example.org>", "studio", name, "it", undoes=undoes)
        return append_act(tmp_path, WEEK, replace(act, changes={"items.pin": (None, ("a",))}))

    first, again = write("pin"), write("pin")
    assert first.id != again.id
    journal = read_journal(tmp_path, WEEK)
    assert journal.acts == (first, again)
    assert journal.get_act() == again
    assert journal.get_act("1") == journal.get_act(first.id) == first
    undo = write("undo", again.id)
    assert read_journal(tmp_path, WEEK).get_act() == first
    with pytest.raises(ArgumentError, match="undone already"):
        read_journal(tmp_path, WEEK).get_act("2")
    write("undo", undo.id)
    assert read_journal(tmp_path, WEEK).get_act() == again
    for wrong in ("9", "nonsense"):
        with pytest.raises(ArgumentError, match=f"there is no act {wrong}"):
            read_journal(tmp_path, WEEK).get_act(wrong)


def test_a_damaged_journal_costs_its_lines_alone_and_what_is_there_is_never_written_over(tmp_path):
    act = Act("", NOW, "Ada", "studio", "pin", "it")
    assert read_journal(tmp_path, WEEK) == Journal()
    kept = append_act(tmp_path, WEEK, act)
    path = tmp_path / journal_path(WEEK)
    broken = b'<<<<<<< HEAD\n[1]\n{"id": 1}\n\xff\xfe\n{"id": "a", "changes": 1}\n{"half'
    path.write_bytes(path.read_bytes() + broken)
    assert read_journal(tmp_path, WEEK) == Journal((kept,), 6)
    again = append_act(tmp_path, WEEK, act)
    assert read_journal(tmp_path, WEEK) == Journal((kept, again), 6)
    assert broken in path.read_bytes()


def test_what_others_wrote_into_the_journal_cannot_steer_a_terminal(tmp_path):
    kept = append_act(tmp_path, WEEK, Act("", NOW, "Ada\x1b[2J", "studio", "pin", "it\r\nagain"))
    (read,) = read_journal(tmp_path, WEEK).acts
    assert (read.who, read.what, read.id) == ("Ada [2J", "it again", kept.id)
