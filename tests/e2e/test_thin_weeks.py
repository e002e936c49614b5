"""Weeks with little news, and weeks played ahead with the feeds of a folder."""

from __future__ import annotations

import pytest
from support.cli import must, outbox, snapshot
from support.feed_server import rss
from support.news import MONDAY, SECTIONS, TUESDAY, numbered


@pytest.mark.parametrize("policy", ["deep-dive", "short", "skip"])
def test_a_thin_week_is_what_its_policy_says(desk, policy):
    desk.serve("2026-10-01T09:00Z")  # nothing is fresh
    ended = desk.after("run", WEEKLY_SECTIONS__THIN=policy)
    told = desk.explain("--week", "2026-W48")
    assert (told["layout"], "thin week" in told["note"]) == (policy, True)
    (past,) = desk.history()
    if policy == "skip":
        assert "has no letter" in ended.stderr
        assert outbox(desk.folder) == []
        assert (past["term"], past["number"], "thin week" in past["skipped"]) == ("", 0, True)
        listed = must(desk("issue", "list")).stdout
        assert listed.splitlines()[1].startswith("2026-W48     -  no letter: a thin week")
        again = must(desk("run", as_of="2026-11-24T10:00Z", WEEKLY_SECTIONS__THIN=policy))
        assert (again.stderr, len(desk.history())) == ("", 1)
    else:
        assert len(outbox(desk.folder)) == 12
        assert ("How it works" in desk.text()) == (policy == "deep-dive")
        assert "Tools Daily" not in desk.text()


def test_a_skipped_week_takes_no_number_and_no_term(desk):
    desk.serve("2026-10-01T09:00Z")
    desk.after("run", WEEKLY_SECTIONS__THIN="skip")
    week_later = "2026-12-01T09:00Z"
    desk.serve(week_later, first=10)
    must(desk("run", as_of=week_later, WEEKLY_SECTIONS__THIN="skip"))
    assert [(past["week"], past["number"]) for past in desk.history()] == [("2026-W48", 0), ("2026-W49", 1)]
    assert desk.history()[1]["term"]


def test_simulate_plays_the_feeds_of_a_folder_as_the_run_would_have(desk, tmp_path):
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    for section in SECTIONS:
        items = [numbered(section, week, TUESDAY, days=1 - 7 * week) for week in range(3)]
        (feeds / f"{section}-feed.xml").write_text(rss(*items), encoding="utf-8")
    before = snapshot(desk.folder)
    played = must(desk("simulate", "--weeks", "3", "--feeds", feeds, "--json", as_of=MONDAY)).json
    assert snapshot(desk.folder) == before
    assert played["broken"] == []
    assert [len(week["stories"]) for week in played["weeks"]] == [3, 3, 3]
    assert played["sources"] == {f"{section}-feed": 3 for section in sorted(SECTIONS)}
    empty = tmp_path / "empty"
    empty.mkdir()
    wrong = desk("simulate", "--feeds", empty, as_of=MONDAY)
    assert (wrong.code, "tools-feed" in wrong.stderr) == (1, True)


SUNDAY = "2026-11-22T10:00Z"
AHEAD = {"WEEKLY_SCHEDULE__APPROVAL": "true", "WEEKLY_SECTIONS__THIN": "skip"}


def test_a_thin_draft_is_told_once_and_looked_at_again_when_it_is_due(desk):
    desk.serve("2026-10-01T09:00Z")
    ended = desk("run", as_of=SUNDAY, **AHEAD)
    assert (ended.code, "would have no letter" in ended.stderr) == (3, True)
    again = desk("run", as_of="2026-11-22T10:15Z", **AHEAD)
    assert (again.code, again.stderr) == (3, "")
    assert not (desk.folder / "content" / "issues" / "2026-W48.lock.json").exists()
    desk.serve(TUESDAY, first=10)
    due = desk("run", **AHEAD)
    assert (due.code, "waits for approval" in due.stderr) == (3, True)
    assert desk.explain("--week", "2026-W48")["layout"] == "ordinary"


def test_after_a_skipped_week_the_count_of_readers_is_still_the_last_one(desk):
    desk.after("-q", "run")
    desk.serve("2026-10-01T09:00Z")
    must(desk("run", as_of="2026-12-01T09:00Z", WEEKLY_SECTIONS__THIN="skip"))
    must(desk("render", "--out", desk.folder / "out", as_of="2026-12-02T09:00Z"))
    before = desk.text()
    after = (desk.folder / "out" / "issue.txt").read_text("utf-8")
    (line,) = [line for line in before.splitlines() if "prompt engineers" in line][:1]
    assert line in after


def test_a_skipped_week_says_what_it_is_and_how_to_have_a_letter(desk):
    desk.serve("2026-10-01T09:00Z")
    desk.after("run", WEEKLY_SECTIONS__THIN="skip")
    ended = desk("issue", "pin", "rag", "--week", "2026-W48")
    assert (ended.code, "was skipped" in ended.stderr, "history.jsonl" in ended.stderr) == (1, True, True)


def test_simulate_says_where_it_begins_when_letters_were_sent_beyond_the_day_asked_for(desk):
    desk.after("-q", "run")
    told = must(desk("simulate", "--weeks", "1", "--json", as_of="2026-10-05T08:00Z"))
    assert "letters up to 2026-W48 were sent already: the weeks begin with 2026-W49" in told.stderr
    assert must(desk("simulate", "--weeks", "1", "--json", as_of="2026-11-25T08:00Z")).stderr == ""


def test_a_title_of_a_feed_comes_once_and_a_single_word_again_and_neither_breaks_a_promise(desk, tmp_path):
    feeds = tmp_path / "saved"
    feeds.mkdir()
    items = [
        numbered("tools", number, days=1 - 7 * (number // 2), title=title)
        for number, title in enumerate(["Changelog", "Weekly office notes"] * 3)
    ]
    (feeds / "tools-feed.xml").write_text(rss(*items), encoding="utf-8")
    played = desk("simulate", "--weeks", "3", "--feeds", feeds, "--json", as_of=MONDAY)
    assert (played.code, played.json["broken"]) == (0, [])
    assert [len(week["stories"]) for week in played.json["weeks"]] == [2, 1, 1]
