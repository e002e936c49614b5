"""The letter says what was chosen, in lines that fit a mailbox, the same on every machine."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date

import pytest
from support.composing import TIP, WEEK, make_issue, make_term
from support.letter_parts import ENGLISH

from pipeline.errors import AuthorError
from pipeline.model.content import Tip
from pipeline.model.issue import Link
from pipeline.model.picks import Reason
from pipeline.model.wishes import Wishes


def test_a_letter_shows_the_digest_of_its_term_and_the_whole_tip():
    issue = make_issue()
    term, tip = issue.sections
    assert (issue.week, issue.number, issue.minutes, term.kind, tip.kind) == (WEEK, 7, 1, "term", "tip")
    assert (term.definition, term.example) == (make_term().definition, "An example.")
    assert set(term.mistakes) <= set(make_term().mistakes)
    assert len(term.mistakes) == 1
    assert "never shown" not in str(issue)
    assert tip.tip == TIP


def test_sections_stand_in_the_order_of_the_settings_and_what_is_not_named_is_left_out():
    def kinds(*order, slots=("tip", "term")):
        return [section.kind for section in make_issue(slots=slots, order=order or None).sections]

    assert kinds() == ["term", "tip"]
    assert kinds("tip", "tools", "term") == ["tip", "term"]
    assert kinds("careers", "tip") == ["tip"]
    with pytest.raises(AuthorError) as caught:
        kinds("tools", "tip", slots=("term",))
    (problem,) = caught.value.problems
    assert (problem.path, problem.rule) == ("weekly.toml", "sections-order")


@pytest.mark.parametrize("slot", ["term", "tip"])
def test_one_of_term_and_tip_is_enough_for_a_letter(slot):
    issue = make_issue(slots=(slot,))
    assert [section.kind for section in issue.sections] == [slot]
    assert issue.subject
    assert 40 <= len(issue.preheader) <= 130


def test_a_letter_of_nothing_is_refused():
    with pytest.raises(ValueError, match="neither"):
        make_issue(slots=())


def test_a_chosen_term_that_was_deleted_is_the_editors_to_mend():
    with pytest.raises(AuthorError) as caught:
        make_issue(terms=())
    (problem,) = caught.value.problems
    assert (problem.rule, problem.path) == ("pick-gone", f"content/issues/{WEEK}.lock.json")


def test_only_related_terms_that_exist_are_named():
    rag = make_term(related=("token", "gone", "rag", "token"))
    issue = make_issue(terms=(rag, make_term("token", title="Token")))
    assert issue.sections[0].related == (Link("Token"),)


def test_each_mistake_has_its_weeks_and_a_week_keeps_its_mistake():
    weeks = [f"2026-W{number:02}" for number in range(1, 27)]
    shown = [make_issue(week=week).sections[0].mistakes[0] for week in weeks]
    assert shown == [make_issue(week=week).sections[0].mistakes[0] for week in weeks]
    assert min(shown.count(mistake) for mistake in make_term().mistakes) > 4
    assert make_issue(terms=(make_term(mistakes=()),)).sections[0].mistakes == ()


@pytest.mark.parametrize(
    ("reasons", "because"),
    [
        ((), ""),
        ((Reason("jitter", 0.2), Reason("coverage", 1.0, "token")), ""),
        (
            (Reason("chain", 1.0, "shot is in the last term, `few-shot`"),),
            "Follows on from Few-shot prompting.",
        ),
        ((Reason("chain", 0.5, "few-shot"), Reason("season", 2.0)), "Follows on from Few-shot prompting."),
        ((Reason("chain", 0.0, "few-shot"),), ""),
        ((Reason("chain", 1.0, "rag"),), ""),
        ((Reason("season", 2.0, "11-15 to 01-06"),), "A term for this time of the year."),
    ],
)
def test_readers_are_told_why_a_term_comes_now_if_there_is_something_to_tell(reasons, because):
    others = (make_term("few-shot", title="Few-shot prompting"), make_term("few"), make_term("shot"))
    issue = make_issue(terms=(make_term(), *others), reasons=reasons)
    assert issue.sections[0].because == because


def test_moving_lines_in_a_tips_file_does_not_change_the_letter():
    moved = dataclasses.replace(TIP, lines={"title": 3})
    assert repr(dataclasses.asdict(make_issue(tip=moved))) == repr(dataclasses.asdict(make_issue()))


def test_the_editors_words_come_before_ours():
    wishes = Wishes(subject="  Hello \n you ", preheader="Short.", intro=" *Hi*\n")
    issue = make_issue(wishes=wishes)
    assert (issue.subject, issue.preheader, issue.intro) == ("Hello you", "Short.", "*Hi*")
    assert make_issue(wishes=Wishes(subject="Same", preheader="same")).preheader != "same"


def test_our_own_subject_takes_the_first_hook_that_fits_whole():
    long = "word " * 30
    assert make_issue().subject == "RAG: Answers can be checked"
    assert make_issue(terms=(make_term(why_it_matters=long),)).subject.startswith(
        "RAG: It searches first and"
    )
    both = make_term(why_it_matters=long, definition=long)
    assert make_issue(terms=(both,)).subject == "RAG, and a tip: Quote first"
    assert "Quote first" not in make_issue(terms=(both,)).preheader
    assert make_issue(slots=("tip",)).subject == "Quote first"
    cut = make_issue(terms=(both,), slots=("term",)).subject
    assert cut.endswith(" word…")
    assert len(cut) <= 78


def test_a_line_without_blanks_is_cut_to_the_limit():
    issue = make_issue(slots=("tip",), tip=Tip(slug="quote", title="x" * 200, body="語" * 200))
    assert issue.subject == "x" * 77 + "…"
    assert len(issue.preheader) == 130
    joined = make_issue(
        slots=("tip",), tip=Tip(slug="quote", title="x" * 76 + "e\u0301" * 9, body="b")
    ).subject
    assert joined == "x" * 76 + "…"


def test_minutes_are_what_a_reader_of_220_words_a_minute_needs():
    def minutes(words):
        tip = Tip(slug="quote", title="A", body="[word](https://e.example) " * words)
        return make_issue(tip=tip, slots=("tip",)).minutes

    assert [minutes(words) for words in (0, 219, 220, 439, 440)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("week", "label"),
    [
        ("2026-W47", "16–22 November 2026"),
        ("2026-W49", "30 November – 6 December 2026"),
        ("2026-W53", "28 December 2026 – 3 January 2027"),
        ("2027-W01", "4–10 January 2027"),
        ("2024-W09", "26 February – 3 March 2024"),
        ("2025-W01", "30 December 2024 – 5 January 2025"),
    ],
)
def test_a_week_is_written_with_its_days(week, label):
    assert ENGLISH.date_label(week) == label
    assert make_issue(week=week).date_label == label


def test_every_week_of_thirty_years_has_a_label_of_its_own():
    weeks = [f"{year}-W{number:02}" for year, number in itertools.product(range(2020, 2050), range(1, 53))]
    labels = {ENGLISH.date_label(week) for week in weeks}
    assert len(labels) == len(weeks)
    assert all(
        str(date.fromisocalendar(int(week[:4]), int(week[6:]), 7).year) in ENGLISH.date_label(week)
        for week in weeks
    )
