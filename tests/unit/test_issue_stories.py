"""What a letter shows of a story: plain words, where it comes from, and what a job offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from support.terms import make_term

from pipeline.issue.news_section import make_story_section, make_term_news
from pipeline.model.content import Catalogue
from pipeline.model.issue import Link
from pipeline.model.news import Item, Job, Snapshot
from pipeline.model.picks import Pick, Reason

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
RAG = replace(make_term("rag", "retrieval", 2), title="RAG", full_name="Retrieval-augmented generation")
CATALOGUE = Catalogue((RAG, replace(make_term("lora", "training", 3), title="LoRA")))
ITEM = Item(
    "a1",
    "ant",
    "tools",
    "A parser that forgives",
    "https://www.ant.example/1",
    AT,
    AT,
    summary="It forgives. It also forgets! A third sentence says more than anybody asked for.",
    source="Ant Daily",
    words=661,
)
COPY = replace(ITEM, id="b1", feed="bee", url="https://bee.example/x", source="")
JOB = replace(
    ITEM,
    id="c1",
    feed="job:acme",
    section="careers",
    source="Acme",
    job=Job("Acme", "Lisbon", "hybrid", 55000, 70000, "EUR", "year", "senior", ("rag", "Python", "RAG")),
)


def show(*items, kind="tools", also=(), jobs=(), term=""):
    picks = [
        Pick(f"{kind}-{n}", "item", each.id, 1.0, (), items=tuple(also)) for n, each in enumerate(items, 1)
    ]
    snapshot = Snapshot(AT, (ITEM, COPY), (JOB, *jobs))
    return make_story_section(kind, picks, snapshot, CATALOGUE, term=term)


def test_a_story_says_where_it_comes_from_how_long_it_is_and_who_else_has_it():
    (shown,) = show(ITEM, also=["b1", "gone"]).items
    assert (shown.title, shown.url, shown.source) == (ITEM.title, ITEM.url, "Ant Daily")
    assert shown.summary == "It forgives. It also forgets!"
    assert shown.minutes == 4
    assert shown.also == (Link("bee.example", "https://bee.example/x"),)
    assert shown.job is None


def test_a_copy_at_the_same_place_is_no_other_place():
    (shown,) = show(COPY, also=["b1"]).items
    assert (shown.source, shown.also) == ("bee.example", ())


@pytest.mark.parametrize("summary", ["", "Hello *|FNAME|*, read on.", "{% block %}"])
def test_what_says_nothing_to_readers_is_left_out(summary):
    made = Snapshot(AT, (replace(ITEM, summary=summary, words=99),))
    section = make_story_section("tools", [Pick("tools-1", "item", "a1", 1.0, ())], made, CATALOGUE, term="")
    assert (section.items[0].summary, section.items[0].minutes) == ("", 0)


def test_a_section_whose_stories_are_gone_is_no_section():
    assert show() is None
    assert show(replace(ITEM, id="gone")) is None
    assert [item.title for item in show(replace(ITEM, id="gone"), ITEM).items] == [ITEM.title]


def test_a_job_says_what_it_offers_in_the_words_of_the_glossary():
    (shown,) = show(JOB, kind="careers").items
    assert (shown.job.company, shown.job.place, shown.job.level) == ("Acme", "Lisbon, hybrid", "senior")
    assert "55,000" in shown.job.salary
    assert "year" in shown.job.salary
    assert [skill.title for skill in shown.job.skills] == ["RAG", "Python"]


@pytest.mark.parametrize(
    ("place", "remote", "shown"),
    [
        ("Remote", "remote", "remote"),
        ("", "remote", "remote"),
        ("Lisbon", "on-site", "Lisbon"),
        ("Lisbon", "remote", "Lisbon, remote"),
        ("", "", ""),
    ],
)
def test_a_place_is_said_once(place, remote, shown):
    job = replace(JOB, id="d1", job=replace(JOB.job, place=place, remote=remote))
    (item,) = show(job, kind="careers", jobs=[job]).items
    assert item.job.place == shown


def test_careers_say_what_the_jobs_of_the_week_ask_for():
    others = [
        replace(JOB, id=f"e{n}", job=replace(JOB.job, skills=skills))
        for n, skills in enumerate(((), ("LoRA",)))
    ]
    assert show(JOB, kind="careers", jobs=others).note == ""
    others.append(replace(JOB, id="f", job=replace(JOB.job, skills=("rag",))))
    assert show(JOB, kind="careers", jobs=others).note == "2 of this week's 4 jobs ask for RAG."
    assert show(ITEM, kind="tools", jobs=others).note == ""


def test_stories_stand_below_a_term_only_when_they_brought_it_up():
    quiet = Pick("term", "term", "rag", 1.0, (Reason("chain", 1.0),), items=("a1",))
    assert make_term_news(quiet, Snapshot(AT, (ITEM,))) == ()
    lifted = replace(quiet, reasons=(Reason("news", 1.0),))
    (link,) = make_term_news(lifted, Snapshot(AT, (ITEM,)))
    assert link == Link("A parser that forgives (Ant Daily)", ITEM.url)
