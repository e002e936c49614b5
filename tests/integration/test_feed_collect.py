"""Fetching all feeds: what is remembered, what is not done twice, and that no feed hurts another."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from support.feed_server import Answer, FeedServer, item, rss
from support.patience import PATIENCE_S, PATIENT

from pipeline.feeds.cache import FOLDER, Cache
from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.options import FetchOptions
from pipeline.feeds.parser_pool import Parsers
from pipeline.feeds.update import FetchContext, update_feeds
from pipeline.model.news import Feed

RULES = FetchOptions(**PATIENT, attempts=1, allow_private_hosts=("127.0.0.1",))
AGE = timedelta(days=14)


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def runner():
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def parsers(runner):
    """One child that parses for all tests: to start it costs more than most of them."""
    parsers = Parsers(children=1, wall_s=PATIENCE_S)
    yield parsers
    runner.run(parsers.__aexit__(None, None, None))


@pytest.fixture
def run(tmp_path, now, runner, parsers):
    """Collect feeds at an instant; gives the outcomes by slug and how many bodies were parsed."""

    def run(*feeds, at=now, rules=RULES, **how):
        async def go():
            async with Fetcher(rules, clock=lambda: at) as fetcher:
                cache = Cache(tmp_path)
                outcomes = await update_feeds(feeds, FetchContext(fetcher, parsers, cache, at, AGE), **how)
                cache.prune([feed.slug for feed in feeds])
                run.cache_error = cache.error
                return {outcome.feed.slug: outcome for outcome in outcomes}

        before = parsers.parsed
        return runner.run(go()), parsers.parsed - before

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
    "declared": Answer(body=b'<!DOCTYPE rss SYSTEM "rss.dtd"><rss><channel/></rss>'),
    "inside": Answer(302, headers={"Location": "http://169.254.169.254/latest/"}),
    "file": Answer(302, headers={"Location": "file:///etc/hostname"}),
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


def test_what_is_not_there_when_the_time_is_over_is_left_out_and_nobody_is_blamed(server, run, now):
    for slug in ("a", "b"):
        server.serve(f"/{slug}", rss(item(1)))
    a, b = feed(server, "a"), feed(server, "b")
    run(a, b)
    server.routes["/a"] = Answer(body=b"<rss>", drip=True)
    both = (b, a, *(feed(server, f"c{number}") for number in range(20)))
    outcomes, _ = run(*both, at=now + timedelta(hours=1), rules=RULES.model_copy(update={"deadline_s": 10}))
    late = outcomes["a"]
    assert (late.became, late.reason, late.state.failures) == ("failed", "no time left", 0)
    assert [one.title for one in late.items] == ["Story number 1"]
    assert {one.reason for slug, one in outcomes.items() if slug.startswith("c")} == {"no time left"}
    assert outcomes["b"].became == "unchanged"
    server.serve("/a", rss(item(3)))
    again, _ = run(a, at=now + timedelta(hours=2))
    assert (again["a"].became, len(again["a"].items)) == ("new", 1)


def test_a_feed_in_quarantine_is_tried_when_somebody_insists(server, run):
    server.routes["/a"] = Answer(410, b"x")
    a = feed(server, "a")
    run(a)
    server.serve("/a", rss(item(1)))
    assert run(a)[0]["a"].became == "left alone"
    outcome, _ = run(a, insist=True)
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


@pytest.mark.parametrize("way", ["var", "var/feeds/a.json/x", "var/feeds/bodies"])
def test_a_cache_that_cannot_be_written_is_said_and_loses_no_item(server, run, tmp_path, way):
    (tmp_path / way).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / way).write_text("in the way")
    slugs = ["a", "b", "c", "d"]
    for number, slug in enumerate(slugs):
        server.serve(f"/{slug}", rss(item(number)))
    outcomes, _ = run(*(feed(server, slug) for slug in slugs))
    assert {(one.became, len(one.items)) for one in outcomes.values()} == {("new", 1)}
    assert "check the folder's permissions" in run.cache_error


def test_what_cannot_be_forgotten_is_said_after_everything_else_was(run, tmp_path):
    folder = tmp_path / FOLDER
    for name in ("gone.json", "also.json", "last.json"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).mkdir() if name == "gone.json" else (folder / name).write_text("{}")
    run()
    assert "gone.json" in run.cache_error
    assert [path.name for path in folder.iterdir()] == ["gone.json"]


NASTY = "\ud800x\x1b]0;you\x07\x00\u202e"
"""A lone surrogate, the escapes of a terminal, and a turn of the reading direction."""


def assert_harmless(run, hostile, title):
    """Fetch a feed twice: it gives its good item, remembers it, and shows nothing but text."""
    first, _ = run(hostile)
    items = first["a"].items
    assert first["a"].became == "new"
    assert title in {one.title for one in items}
    assert all(text.isprintable() for one in items for text in (one.title, one.url, one.source))
    again, parsed = run(hostile)
    assert (again["a"].became, again["a"].items, parsed) == ("unchanged", items, 0)


@pytest.mark.parametrize(
    "field", ["id", "url", "external_url", "title", "summary", "content_html", "date_published"]
)
def test_a_lone_surrogate_in_any_field_of_a_json_feed_hurts_nobody(server, run, field):
    entry = {"id": "1", "url": "https://example.org/1", "title": "One", "date_published": "2026-11-23T08:00Z"}
    hostile = {"version": "https://jsonfeed.org/version/1", "title": NASTY, "language": NASTY}
    hostile["items"] = [entry | {field: f"{entry.get(field, '')}{NASTY}"}, {**entry, "id": "2", "url": "/2"}]
    server.serve("/a", json.dumps(hostile))
    assert_harmless(run, feed(server, "a"), "One")


@pytest.mark.parametrize("field", ["guid", "link", "title", "description", "pubDate"])
def test_a_lone_surrogate_in_any_field_of_an_xml_feed_hurts_nobody(server, run, field):
    nasty = "&#xD800;&#57343;&#x110000;&#99999999;&#27;]0;you&#7;&#x202e;"
    hostile = item(1).replace(f"</{field}>", f"{nasty}</{field}>")
    server.serve("/a", rss(hostile, item(2), title="Feed &#xDFFF;&#155;31m"))
    assert_harmless(run, feed(server, "a"), "Story number 2")


def test_two_ids_that_no_file_can_hold_are_still_two(server, run):
    items = [
        {"id": f"{mark}x", "url": "/same", "title": f"Number {n}", "date_published": "2026-11-23T08:00Z"}
        for n, mark in enumerate(("\ud800", "\ud801", "\x1b", "\x1c"))
    ]
    server.serve("/a", json.dumps({"version": "https://jsonfeed.org/version/1", "items": items}))
    outcomes, _ = run(feed(server, "a"))
    assert len({one.id for one in outcomes["a"].items}) == 4


def test_a_feed_that_this_program_stumbles_over_fails_alone_and_leaves_a_trace(server, run):
    server.serve("/a", rss(item(1)))
    server.serve("/b", rss(item(1)))
    # What reads feeds.toml refuses such a pattern, so that only a mistake of ours brings it here.
    outcomes, _ = run(replace(feed(server, "a"), title_strip="("), feed(server, "b"))
    stumbled = outcomes["a"]
    assert (stumbled.became, stumbled.state.failures, outcomes["b"].became) == ("failed", 1, "new")
    assert "internal error (" in stumbled.reason
    assert "Traceback" in stumbled.trace
    assert "make_items" in stumbled.trace


def test_a_collection_that_is_broken_off_leaves_nobody_at_work(server, now, tmp_path):
    for slug in ("a", "b", "c"):
        server.serve(f"/{slug}", rss(item(1)))

    def hang_up(_):
        raise BrokenPipeError

    async def go():
        async with Fetcher(RULES, clock=lambda: now) as fetcher, Parsers(children=1) as parsers:
            desk = FetchContext(fetcher, parsers, Cache(tmp_path), now, AGE)
            await update_feeds([feed(server, slug) for slug in ("a", "b", "c")], desk, on_done=hang_up)

    with pytest.raises(BrokenPipeError):
        asyncio.run(go())
