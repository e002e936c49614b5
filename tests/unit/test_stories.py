"""What falls out of the news says why; what is one story is told once, and never again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model.news import Feed, Item, Job
from pipeline.news.filters import Filter
from pipeline.news.similarity import same_story
from pipeline.news.stories import WINDOW, gather_stories
from pipeline.news.story_keys import is_certain, make_story_keys
from pipeline.news.titles import read_title

NOW = datetime(2026, 8, 18, 9, tzinfo=UTC)
ITEM = Item("1", "bee", "tools", "A parser that forgives its users", "https://bee.example/a", NOW, NOW)
FEEDS = {
    "bee": Feed("bee", "https://bee.example/feed", "tools"),
    "old": Feed("old", "https://old.example/feed", "tools", max_age_days=60),
    "mute": Feed("mute", "https://mute.example/feed", "tools", hidden=True),
    "auf": Feed("auf", "https://auf.example/feed", "tools", language="de-DE"),
}
RULES = Filter(banned_words=("crypto", "spon con"))


def make(number, title, feed="bee", days=0.0, url=""):
    at = NOW - timedelta(days=days)
    return replace(
        ITEM,
        id=f"{feed}{number}",
        feed=feed,
        title=title,
        url=url or f"https://{feed}.example/{number}",
        first_seen_at=at,
        published_at=at,
    )


def gather(*items, sent=(), pinned=()):
    return gather_stories(items, FEEDS, NOW, RULES, sent=sent, pinned=pinned)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"url": "program:run"}, "no link"),
        ({"feed": "mute"}, "hidden feed"),
        ({"language": "de"}, "other language"),
        ({"language": "", "feed": "auf"}, "other language"),
        ({"published_at": NOW - timedelta(days=14, seconds=1)}, "too old"),
        ({"published_at": None, "first_seen_at": NOW - timedelta(days=15)}, "too old"),
        ({"summary": "Now with Crypto!"}, "banned word"),
        ({"title": "Our spon con"}, "banned word"),
        ({"title": "*|NAME|* writes of parsers"}, "would stop the letter"),
        ({"title": "What %%name%% writes"}, "would stop the letter"),
        ({"title": "How to close <mj-text>"}, "would stop the letter"),
        ({"title": "Lorem ipsum for all"}, "would stop the letter"),
        ({"title": "https://www.other.example/a"}, "would stop the letter"),
        ({"source": "*|LIST:NAME|* daily"}, "would stop the letter"),
        ({"url": "https://bee.example/a?x=*|EMAIL|*"}, "would stop the letter"),
        ({"url": "https://bee.example/{{ page }}"}, "no link"),
        ({"url": "https://bee.example/{{page}}"}, "would stop the letter"),
        ({"url": "https://bee.example/?a=1&amp;b=2"}, "would stop the letter"),
        ({"url": "http://localhost:4000/a"}, "would stop the letter"),
        ({"title": "Why {% raw %} and {{ name }} are no prompts"}, None),
        ({"title": "bee.example/a"}, None),
        ({"title": "https://www.bee.example/a"}, None),
        ({"summary": "*|NAME|* wrote this"}, None),
        ({"language": "en-GB"}, None),
        ({"language": ""}, None),
        ({"title": "Cryptography for all"}, None),
        ({"published_at": NOW - timedelta(days=14)}, None),
        ({"published_at": NOW - timedelta(days=50), "feed": "old"}, None),
        ({"feed": "unknown"}, None),
    ],
)
def test_an_item_falls_out_for_a_reason(changed, reason):
    item = replace(ITEM, **changed)
    gathered = gather(item)
    assert [drop.reason for drop in gathered.dropped] == ([reason] if reason else [])
    assert [story.lead for story in gathered.stories] == ([] if reason else [item])
    expected = {reason: 1} if reason else {}
    assert gathered.count_dropped() == {"tools": expected, "techniques": {}, "careers": {}}


def test_a_pinned_item_passes_the_filters_but_not_a_second_time():
    item = replace(ITEM, language="de", published_at=NOW - timedelta(days=90), feed="mute")
    keys = make_story_keys(gather(item, pinned=["http://www.bee.example/a/"]).stories[0])
    assert [drop.reason for drop in gather(item, pinned=[item.url], sent=keys).dropped] == ["sent before"]


def test_of_a_release_series_only_the_newest_is_left_and_of_each_feed_its_own():
    old, new = make(1, "Windsurf 1.9.2", days=3), make(2, "Windsurf v1.12.0", days=1)
    other = make(1, "Windsurf 1.9.2", feed="old", days=2)
    gathered = gather(old, new, other)
    assert {story.lead for story in gathered.stories} == {new, other}
    assert [(drop.item, drop.detail) for drop in gathered.dropped] == [(old, new.title)]


def test_an_older_release_that_is_pinned_stays():
    old, new = make(1, "Windsurf 1.9.2", days=3), make(2, "Windsurf 1.12", days=1)
    assert {story.lead for story in gather(old, new, pinned=[old.url]).stories} == {old, new}


def test_copies_in_several_feeds_are_one_story_led_by_the_oldest():
    title = "How a parser learned to forgive"
    copies = [make(n, title, feed=feed, days=n) for n, feed in enumerate(("bee", "cat", "dog"))]
    (story,) = gather(*copies).stories
    assert story.items == tuple(reversed(copies))


def test_copies_further_apart_than_the_window_are_two_stories_unless_the_link_is_the_same():
    title, days = "How a parser learned to forgive", WINDOW.days + 0.5
    apart = (make(1, title, feed="cat", days=days), make(2, title))
    assert len(gather(*apart).stories) == 2
    assert len(gather(apart[0], replace(apart[1], url=apart[0].url)).stories) == 1


def test_one_feed_tells_two_stories_with_words_that_would_be_one_in_two_feeds():
    titles = ("A parser that forgives its careless users", "A parser that forgives its careless user")
    assert len(gather(*(make(n, title) for n, title in enumerate(titles))).stories) == 2
    assert len(gather(make(1, titles[0]), make(2, titles[1], feed="cat")).stories) == 1


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Introducing Agent Skills", "introducing: agent skills!", True),
        ("Parser", "Parser", False),
        ("A parser that forgives users", "The parsers that forgive users", False),
        ("Parser learns to forgive its careless users", "Parser learns to forgive careless users", True),
        ("Harness auto mode for Parser Code", "How we built Parser Code harness auto mode", True),
        ("Introducing Parser", "Introducing Parser Tag", False),
        ("Changelist for the parser team: June", "Changelist for the parser team: July", False),
        ("Parser 1.9.2 has been released today", "Parser 1.12.2 has been released today", False),
        ("Vendor will release the model weights", "Vendor will not release the model weights", False),
        ("Part one of the long parser story", "Part two of the long parser story", False),
        ("Parser is now generally available in Xcode", "Parser is now available in Office Copilot", False),
    ],
)
def test_only_what_is_certain_is_one_story(one, other, same):
    assert same_story(read_title(one), read_title(other)) is same


@pytest.mark.parametrize(
    ("later", "is_sent"),
    [
        (make(9, "Anything", url="http://www.bee.example/1/?utm_medium=x"), True),
        (replace(make(1, "Its link has changed"), url="https://bee.example/new"), True),
        (make(9, "The parser learned to forgive", feed="cat"), True),
        (make(9, "The parser learned to forgive"), True),
        (make(9, "The parser learned to forgive fully"), False),
        (make(9, "The parser 2 learned to forgive", feed="cat"), False),
    ],
)
def test_a_story_sent_before_is_known_by_entry_link_and_title(later, is_sent):
    keys = make_story_keys(gather(make(1, "Parser learned to forgive")).stories[0])
    gathered = gather(later, sent=[*keys, "no key", "|", "bee|"])
    assert bool(gathered.dropped) is is_sent
    assert all(drop.reason == "sent before" and drop.detail in keys for drop in gathered.dropped)


def test_a_copy_that_is_like_a_sent_story_only_through_another_copy_is_not_sent_either():
    link = "https://bee.example/1"
    copies = [make(1, "Parser learned to forgive"), make(2, "Quite other words", feed="cat", url=link)]
    sent = make_story_keys(gather(make(8, "Parser learned to forgive", feed="dog")).stories[0])
    assert gather(*copies, sent=sent).stories == ()


def test_a_title_of_one_word_comes_again_in_its_feed_and_is_no_broken_promise():
    keys = make_story_keys(gather(make(1, "Changelog")).stories[0])
    assert gather(make(2, "Changelog"), sent=keys).dropped == ()
    assert {key for key in keys if not is_certain(key)} == {"bee|changelog"}


CAREERS = replace(ITEM, id="ad", feed="cat", section="careers", title="Prompt Engineer (m/w/d)")
BERLIN = replace(CAREERS, id="berlin", feed="job:bee", job=Job("Bee", "Berlin"))
MUNICH = replace(CAREERS, id="munich", feed="job:bee", job=Job("Bee", "Munich"))


def keys_of(*items):
    return [key for story in gather(*items).stories for key in make_story_keys(story)]


@pytest.mark.parametrize("older", [CAREERS, BERLIN])
def test_a_job_of_a_feed_and_of_a_file_is_one_story_that_tells_what_the_file_knows(older):
    again = replace(older, first_seen_at=NOW - timedelta(days=3), published_at=None)
    others = [each for each in (CAREERS, BERLIN) if each is not older]
    (story,) = gather(again, *others).stories
    assert story.lead.job == BERLIN.job
    assert [item.id for item in story.items] == ["berlin", "ad"]


def test_jobs_of_one_page_and_title_in_two_places_stay_two_beside_the_same_of_a_feed():
    stories = gather(CAREERS, BERLIN, MUNICH).stories
    assert sorted(len(story.items) for story in stories) == [1, 2]
    assert {story.lead.id for story in stories} == {"berlin", "munich"}


@pytest.mark.parametrize(
    ("sent", "later", "is_sent"),
    [
        ([CAREERS], BERLIN, True),
        ([BERLIN], CAREERS, True),
        ([BERLIN], MUNICH, False),
        ([BERLIN, CAREERS], MUNICH, False),
        ([BERLIN, CAREERS], replace(CAREERS, id="new"), True),
        ([BERLIN], replace(CAREERS, title="Prompt Librarian"), False),
        ([BERLIN], replace(ITEM, title="We are hiring people who prompt"), True),
        ([CAREERS], replace(ITEM, title="We are hiring people who prompt"), True),
        ([replace(ITEM, title=CAREERS.title)], BERLIN, True),
        ([ITEM], BERLIN, False),
    ],
)
def test_a_job_that_was_sent_comes_again_neither_from_a_file_nor_from_a_feed(sent, later, is_sent):
    assert bool(gather(later, sent=keys_of(*sent)).dropped) is is_sent
