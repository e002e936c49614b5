"""What links answer, and for how long it is remembered."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.check.context import LinkAnswer, LinkOutcome
from pipeline.edition.link_check import FILE, REMEMBERED, ask_links, judge_answer, read_known, remember
from pipeline.feeds.http_types import Failed, Reached

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
URL = "https://example.org/a"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Reached(200), LinkOutcome.GOOD),
        (Reached(204), LinkOutcome.GOOD),
        (Reached(200, "https://www.example.org/a/"), LinkOutcome.GOOD),
        (Reached(200, "https://example.org/b"), LinkOutcome.MOVED),
        (Failed("the server answers 404", status=404), LinkOutcome.BROKEN),
        (Failed("the server answers 410", status=410, is_gone=True), LinkOutcome.BROKEN),
        (Failed("the server answers 403", status=403), LinkOutcome.TROUBLE),
        (Failed("the server answers 503", status=503, can_retry=True), LinkOutcome.TROUBLE),
        (Failed("it took longer than 20 seconds", can_retry=True), LinkOutcome.UNREACHED),
        (Failed("not public", is_refused=True), LinkOutcome.REFUSED),
    ],
)
def test_an_answer_says_what_it_means_for_who_follows_the_link(answer, outcome):
    assert judge_answer(URL, answer).outcome is outcome


def test_good_answers_are_remembered_for_a_day_and_bad_ones_not_at_all(tmp_path):
    answers = {
        URL: LinkAnswer(LinkOutcome.GOOD),
        "https://example.org/old": LinkAnswer(LinkOutcome.MOVED, moved_to="https://example.org/new"),
        "https://example.org/lost": LinkAnswer(LinkOutcome.BROKEN, "the server answers 404"),
        "https://example.org/away": LinkAnswer(LinkOutcome.TROUBLE, "the server answers 503"),
    }
    remember(tmp_path, answers, NOW)
    assert read_known(tmp_path, NOW) == {url: answers[url] for url in list(answers)[:2]}
    assert read_known(tmp_path, NOW + REMEMBERED) == {}
    assert read_known(tmp_path, NOW - timedelta(seconds=1)) == {}


def test_asking_again_does_not_make_a_memory_last_longer(tmp_path):
    remember(tmp_path, {URL: LinkAnswer(LinkOutcome.GOOD)}, NOW)
    remember(
        tmp_path,
        {URL: LinkAnswer(LinkOutcome.GOOD), "https://example.org/b": LinkAnswer(LinkOutcome.GOOD)},
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
    remember(tmp_path, {URL: LinkAnswer(LinkOutcome.GOOD)}, NOW)
    assert set(read_known(tmp_path, NOW)) == {URL}


def test_every_link_is_asked_once_and_what_is_known_not_at_all():
    asked, told = [], []

    class Door:
        async def ask(self, url):
            asked.append(url)
            return Failed("the server answers 404", status=404) if url.endswith("b") else Reached(200)

    urls = [URL, "https://example.org/b", "https://example.org/c"]
    known = {URL: LinkAnswer(LinkOutcome.GOOD)}
    answers = asyncio.run(ask_links(urls, Door(), known, lambda url, _: told.append(url)))
    assert asked == urls[1:]
    assert sorted(told) == urls
    assert [answers[url].outcome for url in urls] == [LinkOutcome.GOOD, LinkOutcome.BROKEN, LinkOutcome.GOOD]
