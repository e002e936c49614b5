"""Whatever a feed says, what comes out of it is plain text, web links and instants of our time."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta
from html import escape

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples
from support.feed_server import item, rss

from pipeline.feeds.entries import (
    SUMMARY_CHARS,
    TITLE_CHARS,
    FeedEntry,
    Parsed,
    dump_parsed,
    gather,
    iso_instant,
    load_parsed,
    make_feed_entry,
    plain_text,
    web_link,
)
from pipeline.feeds.items import make_items, mark_seen
from pipeline.feeds.parser_worker import parse
from pipeline.feeds.snapshot import parse_snapshot, snapshot_to_text
from pipeline.feeds.url_policy import Refused, check_url
from pipeline.model.news import Feed

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
AGE = timedelta(days=14)
FEED = Feed("alpha", "https://example.org/feed", "tools")

markup = st.lists(
    st.sampled_from(
        [
            *("<", ">", "&", ";", "&lt;", "&gt;", "&amp;", "&#60;", "&#x3c;", "＜", "<widget>", "</widget>"),
            *(
                "<b>",
                "<!--",
                "-->",
                "<![CDATA[",
                "]]>",
                "<style>",
                "<svg/class=x>",
                '"',
                "'",
                "a",
                "x y",
                " ",
            ),
            *(
                "\n",
                "\0",
                "\u2028",
                "\u202e",
                "\u200b",
                "\ufeff",
                "\u0301",
                "\ud800",
                "\U0001f600",
                "{{name}}",
            ),
        ]
    )
).map("".join)
texts = st.one_of(markup, st.text())
junk = st.one_of(texts, st.none(), st.integers(), st.lists(st.text(), max_size=2))
urls = st.one_of(
    texts,
    st.builds(
        "{}:{}{}".format,
        st.sampled_from(["http", "HTTPS", "javascript", "data", "file", ""]),
        st.sampled_from(["//", "/", ""]),
        texts,
    ),
    st.just("https://example.org/a?b=c#d"),
)


def assert_plain(text):
    assert all(
        character == " "
        or character in "\u200c\u200d"
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
        for character in text
    ), ascii(text)
    assert text == " ".join(text.split())
    assert "<widget" not in text.lower()


@examples(100)
@given(junk, st.integers(10, 400))
def test_text_is_one_line_that_everybody_sees_and_stays_within_its_length(value, most):
    text = plain_text(value, most)
    assert len(text) <= most
    assert_plain(text)


@examples(100)
@given(texts)
def test_making_plain_text_plain_again_changes_nothing(value):
    once = plain_text(value, 10_000)
    assert plain_text(once, 10_000) == once


@examples(100)
@given(
    st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "Zs"], exclude_characters="<>&"))
)
def test_what_is_plain_is_not_touched_but_for_its_spaces(value):
    assert plain_text(value, 10_000) == " ".join(value.split())
    assert plain_text(f"<p>{escape(value)}</p>", 10_000) == " ".join(value.split())


@examples(100)
@given(urls, urls)
def test_a_link_leads_to_the_web_or_is_none_at_all(value, base):
    url = web_link(value, base)
    if url:
        assert url.startswith(("http://", "https://"))
        assert not set(url) & set(" \t\r\n<>\"\\'"[:-1])
        assert web_link(url) == url


@examples(100)
@given(urls)
def test_no_address_makes_the_guard_stumble(url):
    try:
        target = check_url(url)
    except Refused:
        return
    assert target.scheme in ("http", "https")
    assert target.host.isascii()
    assert "@" not in target.host


@examples(100)
@given(st.one_of(texts, st.datetimes().map(datetime.isoformat), st.integers()))
def test_an_instant_is_of_our_time_and_in_utc_or_none(value):
    at = iso_instant(value)
    assert at is None or (at.tzinfo is UTC and 1990 <= at.year <= 2999)


instants = st.one_of(
    st.none(), st.integers(632_000_000, 32_000_000_000).map(lambda s: datetime.fromtimestamp(s, UTC))
)
entries = st.builds(
    make_feed_entry,
    title=junk,
    url=urls.map(web_link),
    published_at=instants,
    summary=junk,
    content=junk,
)
feeds = st.lists(st.tuples(entries, st.sampled_from(["", "a", "b", "c", "d"])), max_size=12)


def parsed_of(found):
    kept, drops = gather(found)
    return Parsed("Alpha", "en", kept, tuple(sorted(drops.items())))


@examples(100)
@given(feeds)
def test_every_entry_is_kept_once_or_counted_as_dropped(found):
    parsed = parsed_of(found)
    assert len(parsed.entries) + sum(count for _, count in parsed.drops) == len(found)
    assert len({entry.key for entry in parsed.entries}) == len(parsed.entries)
    assert load_parsed(dump_parsed(parsed)) == parsed


@examples(100)
@given(feeds, feeds, st.integers(0, 30))
def test_items_are_plain_dated_in_the_past_and_the_same_at_every_fetch(first, second, days):
    before, after = parsed_of(first), parsed_of([*second, *first])
    seen = mark_seen(FEED, before, {}, NOW, AGE, is_first=True)
    items, drops = make_items(FEED, before, seen, NOW, AGE)
    assert len(items) + sum(drops.values()) == len(first)
    for one in items:
        assert one.title
        assert len(one.title) <= TITLE_CHARS
        assert len(one.summary) <= SUMMARY_CHARS
        assert_plain(one.title)
        assert_plain(one.summary)
        assert web_link(one.url) == one.url
        assert one.published_at is not None
        assert NOW - AGE <= one.published_at <= one.first_seen_at == NOW
    later = NOW + timedelta(days=days)
    again, _ = make_items(FEED, after, mark_seen(FEED, after, seen, later, AGE, is_first=False), later, AGE)
    known = {one.id: one for one in items}
    assert all(one.first_seen_at == NOW for one in again if one.id in known)
    text = snapshot_to_text(again)
    assert set(parse_snapshot(text.encode(), "items.jsonl").items) == set(again)


written = {
    **dict.fromkeys(("id", "feed", "title", "summary", "source", "language"), st.one_of(texts, st.none())),
    "section": st.sampled_from(("tools", "techniques", "careers", "x", None)),
    "url": st.one_of(urls, st.sampled_from(("https://a.example/b?c=d", "http://a.example", ""))),
    **dict.fromkeys(
        ("first_seen_at", "published_at"),
        st.sampled_from(
            ("2026-08-18T09:00:00Z", "2026-02-30T09:00:00Z", "1026-08-18T09:00:00Z", "2026-08-18", "", None)
        ),
    ),
    "words": st.sampled_from((0, 7, -1, 10**9, True, 1.0, None)),
}


@examples(100)
@given(st.fixed_dictionaries({}, optional=written))
def test_a_line_as_the_program_writes_it_is_read_like_one_with_more_in_it(changed):
    """The short way of reading is taken by lines with exactly the keys that are written."""
    usual = {"id": "1", "feed": "a", "title": "T", "url": "https://a.example/b", "section": "tools"}
    usual |= {"summary": "S", "source": "A", "language": "en", "words": 0}
    tree = usual | dict.fromkeys(("first_seen_at", "published_at"), "2026-08-18T09:00:00Z") | changed
    plain, longer = (
        parse_snapshot(json.dumps(each).encode(), "items.jsonl") for each in (tree, tree | {"more": 1})
    )
    assert plain == longer


@examples(100)
@given(texts, texts, texts)
def test_no_words_of_a_feed_make_the_parser_stumble(title, link, body):
    clean = "".join(c for c in f"{title}" if c.isprintable())
    feed = rss(item(1, title=clean, link=link, description=f"<![CDATA[{body}]]>")).encode("utf-8", "replace")
    parsed = parse(feed, "application/xml", "https://example.org/feed")
    for entry in parsed.entries:
        assert_plain(entry.title)
        assert_plain(entry.summary)
        assert web_link(entry.url) == entry.url


@examples(100)
@given(st.binary(max_size=300))
def test_no_bytes_make_the_parser_stumble(body):
    parsed = parse(body, "text/xml; charset=utf-8", "https://example.org/feed")
    assert parsed.error or isinstance(parsed.entries, tuple)


@examples(100)
@given(
    st.recursive(
        junk,
        lambda inner: (
            st.dictionaries(st.sampled_from(["id", "title", "url", "items", "summary", "language"]), inner)
            | st.lists(inner)
        ),
        max_leaves=15,
    )
)
def test_no_json_makes_the_parser_stumble(tree):
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [tree, {"url": "/x", "title": tree}]}
    if isinstance(tree, dict):
        feed |= tree
    parsed = parse(json.dumps(feed).encode(), "", "https://example.org/feed")
    assert all(isinstance(entry, FeedEntry) and entry.url for entry in parsed.entries)
