"""What links answer, and for how long it is remembered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.asking import FILE, REMEMBERED, ask_links, judge, read_known, remember
from pipeline.check.answers import Answered, Outcome
from pipeline.feeds.answers import Failed, Reached

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
URL = "https://example.org/a"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reached(200), Outcome.GOOD),
        (Reached(204), Outcome.GOOD),
        (Reached(200, "https://www.example.org/a/"), Outcome.GOOD),
        (Reached(200, "https://example.org/b"), Outcome.MOVED),
        (Failed("the server answers 404", status=404), Outcome.BROKEN),
        (Failed("the server answers 410", status=410, is_gone=True), Outcome.BROKEN),
        (Failed("the server answers 403", status=403), Outcome.TROUBLE),
        (Failed("the server answers 503", status=503, can_retry=True), Outcome.TROUBLE),
        (Failed("it took longer than 20 seconds", can_retry=True), Outcome.UNREACHED),
        (Failed("not public", is_refused=True), Outcome.REFUSED),
    ],
)
def test_an_answer_says_what_it_means_for_who_follows_the_link(answer, outcome):
    assert judge(URL, answer).outcome is outcome


def test_good_answers_are_remembered_for_a_day_and_bad_ones_not_at_all(tmp_path):
    answers = {
        URL: Answered(Outcome.GOOD),
        "https://example.org/old": Answered(Outcome.MOVED, moved_to="https://example.org/new"),
        "https://example.org/lost": Answered(Outcome.BROKEN, "the server answers 404"),
        "https://example.org/away": Answered(Outcome.TROUBLE, "the server answers 503"),
    }
    remember(tmp_path, answers, NOW)
    assert read_known(tmp_path, NOW) == {url: answers[url] for url in list(answers)[:2]}
    assert read_known(tmp_path, NOW + REMEMBERED) == {}
    assert read_known(tmp_path, NOW - timedelta(seconds=1)) == {}


def test_asking_again_does_not_make_a_memory_last_longer(tmp_path):
    remember(tmp_path, {URL: Answered(Outcome.GOOD)}, NOW)
    remember(
        tmp_path,
        {URL: Answered(Outcome.GOOD), "https://example.org/b": Answered(Outcome.GOOD)},
        NOW + REMEMBERED / 2,
    )
    assert set(read_known(tmp_path, NOW + REMEMBERED)) == {"https://example.org/b"}


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"links": {"a": {}}}', '{"links": {"a": {"outcome": "x"}}}']
)
def test_a_broken_memory_costs_a_question_and_nothing_else(tmp_path, broken):
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(broken)
    assert read_known(tmp_path, NOW) == {}
    remember(tmp_path, {URL: Answered(Outcome.GOOD)}, NOW)
    assert set(read_known(tmp_path, NOW)) == {URL}


def test_every_link_is_asked_once_and_what_is_known_not_at_all():
    asked, told = [], []

    class Door:
        async def ask(self, url):
            asked.append(url)
            return Failed("the server answers 404", status=404) if url.endswith("b") else Reached(200)

    urls = [URL, "https://example.org/b", "https://example.org/c"]
    known = {URL: Answered(Outcome.GOOD)}
    answers = asyncio.run(ask_links(urls, Door(), known, lambda url, _: told.append(url)))
    assert asked == urls[1:]
    assert sorted(told) == urls
    assert [answers[url].outcome for url in urls] == [Outcome.GOOD, Outcome.BROKEN, Outcome.GOOD]
