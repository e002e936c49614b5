"""Three subjects to choose from, each with words beside it that add something, in lines that fit an inbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.letter_parts import CAREERS, ENGLISH, TERM, TIP, TOOLS
from support.letters import ORDINARY

from pipeline.issue.subjects import Lines
from pipeline.model.issue import StorySection


def lines_of(*sections):
    return Lines(ENGLISH, sections or ORDINARY.sections, "The Letter", 7)


def test_a_full_letter_offers_one_subject_led_by_each_of_term_news_and_tip():
    term, news, tip = lines_of().candidates
    assert (term.kind, news.kind, tip.kind) == ("term", "news", "tip")
    assert term.subject == "Query rewriting, and a tip: Say what “done” looks like"
    assert news.subject == "Tracewell 2 replays a whole agent run from its log; Query rewriting"
    assert tip.subject == "Say what “done” looks like"


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_a_subject_is_about_stands_within_the_forty_letters_that_a_phone_shows(place):
    candidate = lines_of().candidates[place]
    lead = (TERM.title, TOOLS.items[0].title, TIP.tip.title)[place]
    assert candidate.subject[:40].startswith(lead[:40])
    assert len(candidate.subject) <= 78


def test_the_words_beside_a_subject_name_what_it_does_not_name():
    for candidate in (*lines_of().candidates, *lines_of(TERM, TIP).candidates):
        assert 40 <= len(candidate.preheader) <= 130
        for said in (f"Term: {TERM.title}.", f"Tip: {TIP.tip.title}.", f"News: {TOOLS.items[0].title}."):
            title = said.partition(": ")[2].rstrip(".")
            assert not (title in candidate.subject and said in candidate.preheader)
    assert lines_of(TERM, TIP).candidates[1].preheader.startswith("Term: Query rewriting. ")


def test_words_that_say_enough_are_not_filled_up_and_cut():
    assert [candidate.preheader for candidate in lines_of().candidates] == [
        "News: Tracewell 2 replays a whole agent run from its log.",
        "News: Ask for the evidence first: what changed in 1,200 graded answers.",
        "News: Tracewell 2 replays a whole agent run from its log.",
    ]


def test_jobs_lead_the_news_only_when_there_is_nothing_else():
    other = StorySection("techniques", TOOLS.items[1:2])
    assert lines_of(CAREERS, other, TERM).candidates[1].subject.startswith(TOOLS.items[1].title)
    assert lines_of(CAREERS, TERM).candidates[1].subject.startswith(CAREERS.items[0].title)


def test_without_news_there_is_no_subject_about_news():
    assert [each.kind for each in lines_of(TERM, TIP).candidates] == ["term", "tip"]


def test_the_editors_subject_is_kept_and_the_preheader_goes_with_it():
    lines = lines_of()
    assert lines.subject(" My \n own ") == "My own"
    assert lines.subject("") == lines.candidates[0].subject
    assert lines.preheader(TOOLS.items[0].title, "").startswith("News: Ask for the evidence first: ")
    assert lines.preheader("Same", "same") != "same"


def test_a_headline_that_is_too_long_ends_with_a_whole_word():
    long = replace(TOOLS, items=(replace(TOOLS.items[0], title="word " * 30),))
    (news,) = (each for each in lines_of(long, TERM).candidates if each.kind == "news")
    assert news.subject.endswith(" word…")
    assert len(news.subject) <= 78


def test_a_title_that_ends_with_a_mark_of_its_own_gets_no_full_stop():
    asks = replace(TIP, tip=replace(TIP.tip, title="Is it done?"))
    assert "Tip: Is it done? " in lines_of(TERM, asks).preheader("x", "")
