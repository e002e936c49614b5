"""The numbers of the news: each factor as written down, pins first, and a lift that counts sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.model.content import Term
from pipeline.model.news import Feed, Item, Story
from pipeline.model.wishes import ItemWishes
from pipeline.news.mentions import Mentions
from pipeline.pick.selection import NewsSelection
from pipeline.pick.stories import Sources, choose_items, score_story
from pipeline.pick.trend import WEEKS_BEFORE, explain_trend, measure_trend

NOW = datetime(2026, 8, 18, 9, tzinfo=UTC)
PROSE = dict.fromkeys(
    ("category", "definition", "example", "why_it_matters", "how_it_works", "career_relevance"), ""
)
MENTIONS = Mentions(
    Term(**PROSE, slug=name.lower(), title=name, difficulty=1, mistakes=())
    for name in ("RAG", "MCP", "LoRA", "RLHF", "BPE")
)
RULES = NewsSelection()


def limit(**numbers):
    changed = {name: replace(RULES.sections[name], **values) for name, values in numbers.items()}
    return replace(RULES, sections={**RULES.sections, **changed})


SOURCES = Sources(
    {"bee": Feed("bee", "https://bee.example/feed", "tools", weight=1.5)}, {"bee": 6.0, "cat": 60.0}
)


def make(number, title="A parser forgives careless users", feed="bee", section="tools", days=0.0):
    at = NOW - timedelta(days=days)
    return Item(f"{feed}{number}", feed, section, title, f"https://{feed}.example/{number}", at, at)


def rate(*items):
    scored = score_story(Story(items[0], items[1:]), MENTIONS, SOURCES, NOW, RULES)
    return {reason.name: reason.value for reason in scored.reasons}


def choose(*stories, pin=(), ban=(), rules=RULES):
    made = [story if isinstance(story, Story) else Story(story) for story in stories]
    return choose_items(made, MENTIONS, SOURCES, NOW, rules, wishes=ItemWishes(tuple(pin), tuple(ban)))


@pytest.mark.parametrize(
    ("items", "name", "value"),
    [
        ((make(1),), "weight", 1.5),
        ((make(1, feed="new"),), "weight", 1.0),
        ((make(1),), "rarity", 1.8),
        ((make(1, feed="cat"),), "rarity", 1.0),
        ((make(1, feed="new"),), "rarity", 1.0),
        ((make(1, days=4),), "recency", 0.5),
        ((make(1, days=7, section="techniques"),), "recency", 0.5),
        ((make(1, days=10, section="careers"),), "recency", 0.5),
        ((make(1, days=-3),), "recency", 1.0),
        ((make(1),), "sources", 1.0),
        ((make(1), make(1, feed="cat")), "sources", 1.5),
        ((make(1), make(2)), "sources", 1.0),
        ((make(1),), "topic", 0.5),
        ((make(1, "A parser for RAG and MCP"),), "topic", 1.0),
        ((make(1, "RAG RAG parser parser"),), "topic", 0.75),
        ((make(1, "RAG, MCP, LoRA, RLHF and BPE"),), "topic", 1.5),
        ((make(1),), "quality", 1.0),
        ((make(1, "The parser"),), "quality", 0.6),
        ((make(1, "Robots Learn to Sew, Chips Get Cheaper, Law Is Delayed"),), "quality", 0.7),
        ((make(1, "Jul 14, 2026Parsers forgive careless users"),), "quality", 0.3),
    ],
)
def test_each_factor_is_the_number_that_is_written_down(items, name, value):
    assert rate(*items)[name] == value


def test_more_copies_never_lower_a_score():
    fresh, stale = make(1), make(1, feed="cat", days=9)
    alone = score_story(Story(fresh), MENTIONS, SOURCES, NOW, RULES).score
    assert score_story(Story(stale, (fresh,)), MENTIONS, SOURCES, NOW, RULES).score > alone


def test_a_section_takes_its_quota_and_no_more_than_the_cap_of_one_feed():
    stories = [make(n, days=n / 10) for n in range(4)] + [make(n, feed="cat", days=n) for n in range(4)]
    news = choose(*stories)
    assert [pick.ref for pick in news.picks] == ["bee0", "bee1", "cat0"]
    assert news.dropped == {
        "tools": {"no slot left": 3, "source has its share": 2},
        "techniques": {},
        "careers": {},
    }
    assert [[runner.ref for runner in pick.runners_up] for pick in news.picks] == [
        *(["bee2", "bee3", "cat1"], ["bee2", "bee3", "cat1"], ["cat1", "cat2", "cat3"])
    ]


def test_a_feeds_own_cap_goes_before_the_sections():
    capped = Sources({"bee": Feed("bee", "https://bee.example/feed", "tools", cap=1)})
    news = choose_items([Story(make(n)) for n in range(3)], MENTIONS, capped, NOW, RULES)
    assert len(news.picks) == 1


def test_a_story_whose_oldest_copy_has_no_room_is_shown_by_the_next():
    rules = limit(tools={"cap": 1})
    first, oldest, copy = make(1), make(2, days=9), make(2, feed="cat", section="techniques", days=8)
    news = choose(first, Story(oldest, (copy,)), rules=rules)
    assert [(pick.slot, pick.ref) for pick in news.picks] == [("tools-1", "bee1"), ("techniques-1", "cat2")]


def test_pins_have_room_over_quota_in_the_order_of_their_scores_and_bans_are_counted():
    stories = [make(n, feed=f"feed{n}", days=n) for n in range(6)]
    links = [f"http://www.feed{n}.example/{n}/" for n in range(6)]
    pins = [links[5], links[4], links[3], links[2], links[5]]
    news = choose(*stories, pin=pins, ban=[links[0], links[2]])
    assert [(pick.ref, pick.pinned) for pick in news.picks] == [(f"feed{n}{n}", True) for n in (2, 3, 4, 5)]
    assert news.dropped["tools"] == {"banned": 1, "no slot left": 1}


def test_a_pin_takes_a_slot_from_the_lowest_and_stands_where_its_score_says():
    news = choose(*(make(n, feed=f"feed{n}", days=n) for n in range(5)), pin=["https://feed4.example/4"])
    assert [(pick.slot, pick.ref, pick.pinned) for pick in news.picks] == [
        ("tools-1", "feed00", False),
        ("tools-2", "feed11", False),
        ("tools-3", "feed44", True),
    ]


ONE_EACH = limit(tools={"slots": 1}, techniques={"slots": 1})
OLDEST = replace(
    make(1, feed="cat", section="techniques", days=6), id="a" * 20, url="https://x.example/story"
)
COPY = replace(make(1, feed="dog", days=5), id="b" * 20, url="https://www.x.example/story/")
TOP = [make(2), make(2, feed="ant", section="techniques")]


def test_a_runner_up_and_its_pin_take_the_section_of_the_slot_by_the_copy_that_belongs_there():
    stories = (*TOP, Story(OLDEST, (COPY,)))
    before = choose(*stories, rules=ONE_EACH)
    assert [pick.ref for pick in before.picks] == ["bee2", "ant2"]
    assert [[each.ref for each in pick.runners_up] for pick in before.picks] == [[COPY.id], [OLDEST.id]]
    after = choose(*stories, rules=ONE_EACH, pin=[COPY.id], ban=[TOP[0].url])
    assert [(pick.slot, pick.ref) for pick in after.picks] == [("tools-1", COPY.id), ("techniques-1", "ant2")]
    assert after.picks[0].items == (OLDEST.id,)


def test_a_pinned_link_is_shown_by_the_copy_that_has_it_and_of_several_by_the_oldest():
    other = replace(COPY, url="https://dog.example/copy")
    shown = [
        choose(*TOP, Story(OLDEST, (copy,)), rules=ONE_EACH, pin=[copy.url]).picks for copy in (other, COPY)
    ]
    assert [[pick.ref for pick in picks if pick.pinned] for picks in shown] == [[other.id], [OLDEST.id]]
    assert [pick.slot for picks in shown for pick in picks if pick.pinned] == ["tools-1", "techniques-1"]


def test_a_pin_that_names_no_story_changes_no_choice():
    news = choose(make(1), pin=["https://gone.example/", "no link"])
    assert news == choose(make(1))
    assert [pick.pinned for pick in news.picks] == [False]


def test_no_stories_make_no_news_and_no_trouble():
    assert choose().picks == ()


def test_a_source_has_one_vote_however_often_it_speaks_of_a_term():
    stories = [Story(make(1, "RAG one")), Story(make(2, "RAG two"), (make(3, "MCP", feed="cat"),))]
    lifts = measure_trend(stories, MENTIONS, [])
    assert {slug: trend.sources for slug, trend in lifts.items()} == {"mcp": ("cat",), "rag": ("bee",)}


def test_lift_is_this_week_against_the_mean_of_the_twelve_before():
    stories = [
        Story(make(1, "RAG one")),
        Story(make(1, "RAG two", feed="cat")),
        Story(make(1, "RAG", feed="dog")),
    ]
    before = [{"rag": 99}] + [{"rag": 1}] * WEEKS_BEFORE
    (lift,) = measure_trend(stories, MENTIONS, before).values()
    assert (lift.value, lift.before, lift.sources) == (1.0, 1.0, ("bee", "cat", "dog"))
    assert lift.stories == tuple(story.lead.id for story in stories)
    (reason,) = explain_trend(lift, 3.0)
    assert (reason.name, reason.value) == ("news", 1.0)


def test_a_term_spoken_of_as_usual_has_no_reason_and_one_far_above_has_the_whole_weight():
    story = Story(make(1, "RAG"))
    usual = measure_trend([story], MENTIONS, [{"rag": 1}])["rag"]
    assert list(explain_trend(usual, 3.0)) == list(explain_trend(None, 3.0)) == []
    many = [Story(make(1, "RAG", feed=f"feed{n}")) for n in range(40)]
    (reason,) = explain_trend(measure_trend(many, MENTIONS, [])["rag"], 3.0)
    assert reason.value == 3.0
    assert "no earlier weeks" in reason.detail
