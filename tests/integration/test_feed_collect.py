"""Fetching all feeds: what is remembered, what is not done twice, and that no feed hurts another."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from feed_server import Answer, FeedServer, item, rss

from pipeline.errors import FileError
from pipeline.feeds.answers import Rules
from pipeline.feeds.cache import FOLDER, Cache
from pipeline.feeds.collect import Desk, collect
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.model import Feed
from pipeline.feeds.parse import Parsers

RULES = Rules(total_s=5, attempts=1, allowed_hosts=("127.0.0.1",))
AGE = timedelta(days=14)


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def run(tmp_path, now):
    """Collect feeds at an instant; gives the outcomes by slug and how many bodies were parsed."""

    def run(*feeds, at=now, save=True):
        async def go():
            async with Fetcher(RULES, clock=lambda: at) as fetcher, Parsers(children=1) as parsers:
                desk = Desk(fetcher, parsers, Cache(tmp_path), at, AGE)
                outcomes = await collect(feeds, desk, save=save)
                desk.cache.prune([feed.slug for feed in feeds])
                return {outcome.feed.slug: outcome for outcome in outcomes}, parsers.parsed

        return asyncio.run(go())

    return run


def feed(server, slug, section="tools"):
    return Feed(slug, server.url(f"/{slug}"), section)


def test_what_did_not_change_is_neither_sent_nor_parsed_again(server, run):
    server.serve("/a", rss(item(1), item(2)))
    a = feed(server, "a")
    first, parsed = run(a)
    assert (first["a"].became, len(first["a"].items), first["a"].added, parsed) == ("new", 2, 2, 1)
    second, parsed = run(a)
    assert (second["a"].became, second["a"].items, second["a"].added, parsed) == (
        "unchanged",
        first["a"].items,
        0,
        0,
    )


def test_a_body_that_is_sent_again_is_not_parsed_again(server, run, now):
    server.routes["/a"] = Answer(body=rss(item(1)).encode())
    a = feed(server, "a")
    run(a)
    again, parsed = run(a, at=now + timedelta(hours=1))
    assert (again["a"].became, len(again["a"].items), parsed) == ("unchanged", 1, 0)


def test_new_items_are_added_and_old_ones_keep_their_first_sight(server, run, now):
    server.serve("/a", rss(item(1)))
    a = feed(server, "a")
    run(a)
    server.serve("/a", rss(item(2), item(1)))
    later = now + timedelta(hours=6)
    outcome, parsed = run(a, at=later)
    assert (outcome["a"].became, outcome["a"].added, parsed) == ("new", 1, 1)
    assert {one.title: one.first_seen_at for one in outcome["a"].items} == {
        "Story number 1": now,
        "Story number 2": later,
    }


BAD = {
    "missing": Answer(404, b"x"),
    "broken": Answer(500, b"x"),
    "page": Answer(body=b"<!DOCTYPE html><html></html>"),
    "laughs": Answer(body=b'<!DOCTYPE a [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><rss><channel/></rss>'),
    "inside": Answer(302, headers={"Location": "http://169.254.169.254/latest/"}),
    "file": Answer(302, headers={"Location": "file:///etc/passwd"}),
    "circle": Answer(302, headers={"Location": "/circle"}),
    "nothing": Answer(body=b""),
}


def test_bad_feeds_are_reported_and_hurt_nobody(server, run):
    server.serve("/good", rss(item(1)))
    server.routes |= {f"/{name}": answer for name, answer in BAD.items()}
    outcomes, _ = run(feed(server, "good"), *(feed(server, name) for name in BAD))
    assert {slug: one.became for slug, one in outcomes.items()} == {"good": "new"} | dict.fromkeys(
        BAD, "failed"
    )
    assert all(outcomes[name].reason and outcomes[name].state.failures == 1 for name in BAD)
    assert len(outcomes["good"].items) == 1


def test_a_feed_that_fails_still_gives_what_it_gave_before(server, run, now):
    server.serve("/a", rss(item(1)))
    a = feed(server, "a")
    run(a)
    for answer in (Answer(503, b"x"), Answer(body=b"<html></html>")):
        server.routes["/a"] = answer
        outcome, _ = run(a, at=now + timedelta(hours=1))
        assert (outcome["a"].became, len(outcome["a"].items)) == ("failed", 1)
    server.serve("/a", rss(item(1)))
    outcome, parsed = run(a, at=now + timedelta(hours=2))
    assert (outcome["a"].became, outcome["a"].state.failures, parsed) == ("unchanged", 0, 0)


def test_after_three_failures_a_feed_is_left_alone_for_a_day_and_then_tried_again(server, run, now):
    server.routes["/a"] = Answer(404, b"x")
    a = feed(server, "a")
    for hour in range(5):
        outcome, _ = run(a, at=now + timedelta(hours=hour))
    assert outcome["a"].became == "left alone"
    assert len(server.asked) == 3
    server.serve("/a", rss(item(1)))
    outcome, _ = run(a, at=now + timedelta(hours=26, minutes=1))
    assert (outcome["a"].became, outcome["a"].state.try_at) == ("new", None)


def test_another_address_is_another_feed(server, run):
    server.serve("/a", rss(item(1)))
    run(feed(server, "a"))
    server.serve("/moved", rss(item(2)))
    outcome, _ = run(Feed("a", server.url("/moved"), "tools"))
    assert [one.title for one in outcome["a"].items] == ["Story number 2"]
    assert "if-none-match" not in server.asked[-1].headers


def test_a_feed_that_moved_for_good_is_reported(server, run):
    end = server.serve("/end", rss(item(1)))
    server.routes["/a"] = Answer(301, headers={"Location": "/end"})
    outcome, _ = run(feed(server, "a"))
    assert outcome["a"].state.moved_to == end


@pytest.mark.parametrize("harm", ["lost", "empty", "no json", "wrong kind", "half"])
@pytest.mark.parametrize("what", ["a.json", "parsed/*", "*"])
def test_a_broken_or_lost_cache_costs_one_fetch(server, run, tmp_path, harm, what):
    server.serve("/a", rss(item(1), item(2)))
    a = feed(server, "a")
    first, _ = run(a)
    for path in (tmp_path / FOLDER).rglob("*") if what == "*" else (tmp_path / FOLDER).glob(what):
        if not path.is_file():
            continue
        text = path.read_bytes()
        if harm == "lost":
            path.unlink()
        else:
            path.write_bytes(
                {"empty": b"", "no json": b"\xff{", "wrong kind": b"[1]"}.get(harm, text[: len(text) // 2])
            )
    again, parsed = run(a)
    assert again["a"].items == first["a"].items
    assert "if-none-match" not in server.asked[-1].headers
    assert parsed <= 1


def test_what_nobody_needs_any_more_is_forgotten(server, run, tmp_path):
    server.serve("/a", rss(item(1)))
    server.serve("/b", rss(item(2)))
    run(feed(server, "a"), feed(server, "b"))
    server.serve("/a", rss(item(3)))
    run(feed(server, "a"))
    left = [path for path in (tmp_path / FOLDER).rglob("*") if path.is_file()]
    assert sorted(path.parent.name for path in left) == ["bodies", "feeds", "parsed"]
    assert json.loads((tmp_path / FOLDER / "a.json").read_text())["digest"] in {path.stem for path in left}


def test_a_rehearsal_remembers_nothing(server, run, tmp_path):
    server.serve("/a", rss(item(1)))
    outcome, _ = run(feed(server, "a"), save=False)
    assert len(outcome["a"].items) == 1
    assert not (tmp_path / FOLDER).exists()


def test_a_cache_that_cannot_be_written_is_said(server, run, tmp_path):
    (tmp_path / "var").write_text("in the way")
    server.serve("/a", rss(item(1)))
    with pytest.raises(FileError):
        run(feed(server, "a"))
