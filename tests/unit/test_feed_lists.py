"""Feeds of a page, lists of feeds of other programs, and how a feed fares."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.feeds.discover import Found, common_places, find_feeds, suggest_slug
from pipeline.feeds.entries import FeedEntry, Parsed
from pipeline.feeds.health import judge_health
from pipeline.feeds.items import item_id, items_per_month, make_items, mark_seen
from pipeline.feeds.opml import Outline, read_opml, write_opml
from pipeline.feeds.state import FeedState, Seen, is_left_alone, note_failure, note_success
from pipeline.model.news import Feed

FEED = Feed("alpha", "https://example.org/feed", "tools")
AGE = timedelta(days=14)


def test_the_feeds_that_a_page_names_are_found_comments_last():
    page = b"""<!doctype html><html><head><base href="/blog/">
    <link rel=alternate type="application/rss+xml" href="comments.xml" title="Comments on X">
    <LINK REL="Alternate home" TYPE="application/atom+xml; charset=utf-8" HREF="atom.xml" title="X &amp; Y">
    <link rel="alternate" type="application/feed+json" href="https://cdn.example/feed.json">
    <link rel="alternate" type="application/rss+xml" href="program:run">
    <link rel="alternate" hreflang="de" href="/de"> <link rel=stylesheet type="text/xml" href=x>
    <link rel=alternate type="application/atom+xml" href="atom.xml"></head><body>\xff\xfe"""
    assert find_feeds(page, "https://example.org/about") == (
        Found("https://example.org/blog/atom.xml", "X & Y"),
        Found("https://cdn.example/feed.json"),
        Found("https://example.org/blog/comments.xml", "Comments on X"),
    )


def test_the_common_places_are_below_the_page_and_at_its_root():
    places = common_places("https://example.org/blog?x=1")
    assert places[0] == "https://example.org/blog/feed"
    assert "https://example.org/atom.xml" in places
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    ("title", "url", "slug"),
    [
        ("The Batch | DeepLearning.AI", "", "the-batch-deeplearning-ai"),
        ("", "https://www.openai.com/blog/rss.xml", "openai"),
        ("日本語", "https://feeds.example.co/", "example"),
        ("", "https://www.blog.com/", "feed"),
        ("L’Économie & nous", "", "leconomie-and-nous"),
        ("Simon Willison's Weblog", "", "simon-willisons-weblog"),
    ],
)
def test_a_slug_is_suggested(title, url, slug):
    assert suggest_slug(title, url) == slug


def test_a_list_of_feeds_goes_out_and_comes_back():
    feeds = [FEED, Feed("b", "https://example.org/b?x=1&y=2", "careers", title='A "quoted" <B> & C')]
    text = write_opml(feeds, title="Ours & theirs")
    assert read_opml(text.encode()) == (
        Outline("https://example.org/feed", "alpha", "tools"),
        Outline("https://example.org/b?x=1&y=2", 'A "quoted" & C', "careers"),
    )
    assert write_opml(list(reversed(feeds)), title="Ours & theirs") == text


def test_a_foreign_list_is_read_with_its_folders():
    text = (
        '<opml version="1.0"><body><outline text="News"><outline text="Tools"><outline text="x">'
        '<outline text="One" xmlUrl=" https://example.org/1 "/></outline></outline>'
        '<outline text="Two" XMLURL="https://example.org/2"/></outline>'
        '<outline title="Again" xmlUrl="https://example.org/1"/></body></opml>'
    )
    assert read_opml(text.encode()) == (
        Outline("https://example.org/1", "One", "tools"),
        Outline("https://example.org/2", "Two", None),
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"hello",
        b"<rss/>",
        b"<opml>",
        b"<!DOCTYPE html><html></html>",
        b"<!DOCTYPE opml [<!ELEMENT opml ANY>]><opml/>",
        "<!DOCTYPE opml [<!ELEMENT opml ANY>]><opml/>".encode("utf-16"),
    ],
)
def test_what_is_no_list_of_feeds_is_refused(raw):
    with pytest.raises(ValueError, match=r"it (is no|declares)"):
        read_opml(raw)


def entries(now, *ages):
    return Parsed(
        "Alpha",
        "en",
        tuple(
            FeedEntry(
                f"k{n}", f"T{n}", f"https://e.org/{n}", None if age is None else now - timedelta(days=age)
            )
            for n, age in enumerate(ages)
        ),
    )


def test_a_new_feed_brings_what_is_young_and_dated_and_no_more(now):
    parsed = entries(now, 0.5, 13, 15, 400, None, -3)
    seen = mark_seen(FEED, parsed, {}, now, AGE, is_first=True)
    items, drops = make_items(FEED, parsed, seen, now, AGE)
    assert [item.title for item in items] == ["T5", "T0", "T1"]
    assert items[0].published_at == now
    assert drops == {"older than 14 days": 2, "without a date, and there before the feed was followed": 1}
    # A week later the undated one is as old news as before; what is new without a date is an item now.
    later = now + timedelta(days=7)
    more = entries(now, 0.5, 13, 15, 400, None, -3, None)
    seen = mark_seen(FEED, more, seen, later, AGE, is_first=False)
    items, _ = make_items(FEED, more, seen, later, AGE)
    assert [item.title for item in items] == ["T6", "T5", "T0"]
    assert items[1].published_at == now, "a date in the future is when it was first seen, for good"


def test_an_item_has_the_same_id_at_every_fetch_and_another_in_another_feed(now):
    (entry,) = entries(now, 1).entries
    assert item_id("alpha", entry) == item_id("alpha", entry) == "cbf3f8f89eb128a1e7ce"
    assert item_id("beta", entry) != item_id("alpha", entry)
    assert item_id("alph", FeedEntry("a\0k0", "", "")) != item_id("alpha", entry)


@pytest.mark.parametrize(
    ("pattern", "title"),
    [
        (r"^\w+ \d+, \d{4}", "Economic News"),
        ("(?i)news$", "Jul 14, 2026 Economic"),
        ("nothing", "Jul 14, 2026 Economic News"),
        (".*", "Jul 14, 2026 Economic News"),
        ("[0-9]", "Jul 4, 2026 Economic News"),
    ],
)
def test_what_the_editor_wants_stripped_is_taken_out_of_a_title_once(now, pattern, title):
    entry = FeedEntry("k", "Jul 14, 2026 Economic News", "https://e.org/1", now)
    feed = Feed("alpha", FEED.url, "tools", title_strip=pattern)
    items, _ = make_items(feed, Parsed("Alpha", "en", (entry,)), {}, now, AGE)
    assert [item.title for item in items] == [title]


def test_what_was_seen_long_ago_is_forgotten_unless_it_is_still_there(now):
    old = {"gone": Seen(now - timedelta(days=500))}
    parsed = entries(now, 1)
    old[item_id("alpha", parsed.entries[0])] = Seen(now - timedelta(days=500), None, is_new=False)
    assert set(mark_seen(FEED, parsed, old, now, AGE, is_first=False)) == set(old) - {"gone"}


def test_three_failures_in_a_row_bring_a_day_of_quarantine_then_two_up_to_a_week(now):
    state, waits = FeedState(), []
    for _ in range(8):
        state = note_failure(state, "x", now, retry_at=None, is_gone=False)
        waits.append((state.try_at - now).days if state.try_at else 0)
    assert waits == [0, 0, 1, 2, 4, 7, 7, 7]
    assert is_left_alone(state, now)
    assert not is_left_alone(state, now + timedelta(days=7))
    well = note_success(state, now)
    assert (well.failures, well.reason, well.try_at) == (0, "", None)


def test_a_feed_that_is_gone_or_asks_for_patience_is_left_alone_at_once(now):
    gone = note_failure(FeedState(), "410", now, retry_at=None, is_gone=True)
    assert gone.try_at == now + timedelta(days=7)
    patient = note_failure(FeedState(), "429", now, retry_at=now + timedelta(hours=2), is_gone=False)
    assert patient.try_at == now + timedelta(hours=2)
    forever = note_failure(FeedState(), "429", now, retry_at=now + timedelta(days=900), is_gone=False)
    assert forever.try_at == now + timedelta(days=7)


def seen(now, *ages):
    return {str(n): Seen(now - timedelta(days=age)) for n, age in enumerate(ages)}


@pytest.mark.parametrize(
    ("ages", "rate"),
    [
        ((), 0),
        ((1,), 1.1),
        ((1, 2, 3, 4), 4.3),
        (range(0, 90, 3), 10.3),
        ((100, 200), 0),
        ((1, 30, 60, 90), 1.3),
    ],
)
def test_items_a_month_are_counted_over_the_last_three(now, ages, rate):
    assert items_per_month(seen(now, *ages), now) == rate


def test_the_condition_of_a_feed_is_one_word(now):
    fetched = FeedState(url=FEED.url, checked_at=now, succeeded_at=now, seen=seen(now, 3))
    failing = note_failure(fetched, "x", now, retry_at=None, is_gone=False)
    quarantine = note_failure(
        note_failure(failing, "x", now, retry_at=None, is_gone=False), "x", now, retry_at=None, is_gone=False
    )
    hidden = Feed("h", FEED.url, "tools", hidden=True)
    cases = [
        (FEED, fetched, "well"),
        (FEED, FeedState(), "never fetched"),
        (FEED, FeedState(url="https://example.org/other", checked_at=now), "never fetched"),
        (FEED, failing, "failing"),
        (FEED, quarantine, "in quarantine"),
        (FEED, FeedState(url=FEED.url, checked_at=now, succeeded_at=now, seen=seen(now, 70)), "silent"),
        (FEED, FeedState(url=FEED.url, checked_at=now, succeeded_at=now), "silent"),
        (hidden, fetched, "hidden"),
    ]
    for feed, state, word in cases:
        assert judge_health(feed, state, now, silent_after_days=60).condition == word
    assert judge_health(FEED, fetched, now, silent_after_days=60).silent_days == 3
