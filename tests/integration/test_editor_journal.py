"""What an act says of a locked week, and what the journal of a week records."""

from __future__ import annotations

import pytest
from support.studio import WEEK

from pipeline.errors import PipelineError
from pipeline.issue.wishes import read_wishes
from pipeline.weeks import Week

HOUR_S = 3600
W48 = Week.parse(WEEK)
FEEDS = '[[feed]]\nslug = "feed-0"\nurl = "https://feed-0.example/rss"\nsection = "tools"\n'


def test_a_locked_week_is_to_be_chosen_again_only_where_its_choice_may_differ_from_the_wishes(editor):
    draft = editor().choose_again(W48)
    term = draft.lock.picks.find("term").ref
    other = draft.lock.picks.find("term").runners_up[0].ref
    assert "--refresh" not in editor().wish(W48, "pin", term).message
    assert "--refresh" not in editor().undo(W48).message
    assert "--refresh" in editor().wish(W48, "ban", term).message
    assert "--refresh" not in editor().wish(W48, "unban", term).message
    assert "--refresh" in editor().wish(W48, "pin", other).message
    editor().choose_again(W48)
    assert "--refresh" in editor().undo(W48).message
    assert "--refresh" not in editor().undo(W48, str(len(editor().read_journal(W48).acts))).message


def test_a_pin_that_changes_no_choice_can_be_taken_back_without_choosing_again(editor):
    term = editor().edition.draft(W48).lock.picks.find("term").ref
    editor().wish(W48, "pin", term)
    editor().lock(W48, "keep")
    assert "--refresh" not in editor().undo(W48).message
    assert "--refresh" not in editor().wish(W48, "pin", term).message
    assert "--refresh" not in editor().wish(W48, "unpin", term).message


def test_choosing_and_choosing_again_are_in_the_journal_and_undo_passes_them_over(studio, browser, editor):
    editor().wish(W48, "pin", "token")
    draft, _ = editor().lock(W48, "keep")
    editor().lock(W48, "keep")
    editor().wish(W48, "pin", "rag")
    browser.post("/act/refresh", {"week": WEEK})
    acts = editor().read_journal(W48).acts
    assert [(act.act, act.client) for act in acts] == [
        ("pin", "command line"),
        ("build", "command line"),
        ("pin", "command line"),
        ("build", "studio"),
    ]
    assert acts[1].what == f"“{draft.rendered.subject}”"
    assert acts[3].what.startswith("again, “")
    for number in ("2", "4"):
        with pytest.raises(PipelineError, match="nothing to take back"):
            editor().undo(W48, number)
    editor().undo(W48)
    assert read_wishes(studio.folder, WEEK).term_pin == "token"
    page = browser.page("/?tab=why")
    assert page.has(id="undo-1")
    assert not page.has(id="undo-2")


def test_a_build_in_a_dry_run_or_to_compare_writes_no_journal(studio, editor):
    editor(is_dry_run=True).lock(W48, "refresh")
    assert not editor().read_journal(W48).acts
    editor().lock(W48, "keep")
    before = studio.files()
    editor().lock(W48, "frozen")
    assert studio.files() == before


def test_a_dry_run_of_what_takes_something_back_says_so(studio, editor):
    editor().wish(W48, "pin", "token")
    assert "would take out term.pin" in editor(is_dry_run=True).wish(W48, "unpin", "token").message
    assert "would take out term.pin" in editor(is_dry_run=True).undo(W48).message
    assert read_wishes(studio.folder, WEEK).term_pin == "token"


def test_an_approval_says_that_it_locks(editor):
    assert "its choice is locked" in editor().approve(W48).message
    assert "its choice is locked" not in editor().approve(W48).message
