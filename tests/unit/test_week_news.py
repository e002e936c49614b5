"""What the news of a week comes to: the term it lifts, what later weeks are told, a week with too little."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.week_news import ABOUT_MCP, AT, CATALOGUE, FEEDS, NO_WISHES, RULES, W48, item, pick

from pipeline.feeds.health import share_recent
from pipeline.issue.history import past_from_json, past_to_json
from pipeline.model.news import Snapshot
from pipeline.model.past import Past
from pipeline.model.wishes import ItemWishes, Wishes
from pipeline.pick.choose import SelectionInputs, choose
from pipeline.pick.selection import NewsSelection, Selection
from pipeline.pick.unmet_wishes import find_unmet


def test_two_sources_that_speak_of_a_term_bring_it_into_the_letter_with_their_stories():
    picks = pick(*ABOUT_MCP, item(3, "A kettle that talks back"))
    term = picks.find("term")
    assert term.ref == "mcp"
    assert term.reasons[0].name == "news"
    assert set(term.items) == {each.id for each in ABOUT_MCP}
    assert picks.record.mentions == {"mcp": 2}


def test_a_story_that_has_its_own_place_is_not_named_beside_the_term_again():
    more = item(5, "An MCP server in an afternoon", days=2), item(6, "MCP for the archive", days=3)
    picks = pick(*ABOUT_MCP, *more)
    shown = {ref for each in picks.picks if each.kind == "item" for ref in (each.ref, *each.items)}
    beside = picks.find("term").items
    assert beside
    assert not shown & set(beside)


def test_a_term_that_is_always_spoken_of_is_no_news():
    usual = [
        Past(f"2026-W{n}", n, "", "", mentions=(("mcp", 2),), items=(("ant", 3),)) for n in range(36, 48)
    ]
    term = pick(*ABOUT_MCP, history=usual).find("term")
    assert all(reason.name != "news" for reason in term.reasons)
    assert term.items == ()


def test_no_score_of_a_story_depends_on_which_term_is_chosen():
    chosen = [pick(*ABOUT_MCP, wishes=Wishes(term_pin=slug)) for slug in ("rag", "mcp", "lora")]
    stories = [[each for each in picks.picks if each.kind == "item"] for picks in chosen]
    assert stories[0] == stories[1] == stories[2]
    assert {picks.find("term").ref for picks in chosen} == {"rag", "mcp", "lora"}


def test_history_is_told_what_later_weeks_need():
    picks = pick(*ABOUT_MCP, item(3, "Hiring for evaluation", "cat"), item(4, "An older look", days=9))
    past = picks.to_past(7, readers=12, digest="ab")
    assert (past.number, past.term, past.readers) == (7, "mcp", 12)
    assert dict(past.items) == {"ant": 1, "bee": 1, "cat": 1}
    assert {f"#{each.id}" for each in ABOUT_MCP} <= set(past.stories)
    assert past_from_json(past_to_json(past)) == past
    again = pick(*ABOUT_MCP, history=[past], week=W48.next())
    assert [each.slot for each in again.picks if each.kind == "item"] == []
    assert again.record.dropped["tools"] == {"sent before": 1}


def test_a_feed_that_brings_little_is_heard_more_once_that_is_known():
    weeks = [Past(f"2026-W{n}", n, "", "", items=(("ant", 14), ("bee", 1))) for n in range(40, 48)]
    picks = pick(*ABOUT_MCP, history=weeks)
    rarity = {
        each.slot: reason.value for each in picks.picks for reason in each.reasons if reason.name == "rarity"
    }
    assert rarity["tools-1"] == 1.0
    assert rarity["techniques-1"] == pytest.approx(2 - 30 / 7 / 30, abs=0.01)


def find_rarity(picks, slot):
    return next(reason for reason in picks.find(slot).reasons if reason.name == "rarity")


def test_a_feed_that_kept_silent_is_rare_and_one_that_is_new_is_not_known_yet():
    silent = pick(item(9, "An older look", days=9), item(8, "A calm kettle", "cat")).to_past(1)
    assert dict(silent.items) == {"ant": 0, "bee": 0, "cat": 1}
    weeks = [replace(silent, week=f"2026-W{n}", items=(("ant", 0),)) for n in range(36, 48)]
    picks = pick(*ABOUT_MCP, history=weeks)
    assert (find_rarity(picks, "tools-1").value, find_rarity(picks, "techniques-1").value) == (2.0, 1.0)
    assert find_rarity(picks, "tools-1").detail == "ant brings 0 items a month"
    assert "nothing known yet" in find_rarity(picks, "techniques-1").detail


def test_a_feed_that_spoke_long_ago_is_rare_and_not_unknown():
    weeks = [Past(f"2026-W{n}", n, "", "", items=(("bee", 3),)) for n in range(30, 48)]
    weeks[0] = replace(weeks[0], items=(("ant", 5), ("bee", 3)))
    assert find_rarity(pick(*ABOUT_MCP, history=weeks), "tools-1").value == 2.0


def test_a_feed_is_counted_from_the_first_week_that_knows_it():
    weeks = [Past(f"2026-W{n}", n, "", "", items=(("bee", 1),)) for n in range(40, 47)]
    weeks.append(Past("2026-W47", 47, "", "", items=(("ant", 14), ("bee", 1))))
    reason = find_rarity(pick(*ABOUT_MCP, history=weeks), "tools-1")
    assert (reason.value, reason.detail) == (1.0, "ant brings 60 items a month")


def test_a_week_whose_feeds_were_not_read_says_nothing_of_them():
    snapshot = Snapshot(AT, (), (), FEEDS, {"expired": 1})
    assert choose(SelectionInputs(CATALOGUE, (), W48, NO_WISHES, RULES, snapshot)).record.items == {}


def test_a_slot_tells_also_what_fell_out_before_the_choice():
    picks = pick(*ABOUT_MCP, item(3, "A kettle of long ago", days=20), item(4, "*|NAME|* has a kettle"))
    assert picks.find("tools-1").dropped == {"too old": 1, "would stop the letter": 1}
    assert picks.record.dropped == {"tools": {"too old": 1, "would stop the letter": 1}}


@pytest.mark.parametrize(
    ("policy", "layout"), [("deep-dive", "deep-dive"), ("short", "short"), ("skip", "skip")]
)
def test_a_week_with_too_little_news_is_what_the_editor_said(policy, layout):
    rules = Selection(news=NewsSelection(thin=policy, thin_below=3))
    thin = pick(*ABOUT_MCP, rules=rules)
    assert (thin.layout, thin.note) == (layout, "a thin week: 2 stories, 3 make an ordinary one")
    assert pick(*ABOUT_MCP, item(3, "Hiring for evaluation", "cat"), rules=rules).layout == "ordinary"
    assert pick(feeds=(), rules=rules).layout == "ordinary"


def test_a_skipped_week_uses_nothing_up_and_keeps_what_was_heard():
    picks = pick(*ABOUT_MCP, rules=Selection(news=NewsSelection(thin="skip")))
    past = picks.to_past(7)
    assert (past.number, past.term, past.tip, past.stories, past.pinned) == (6, "", "", (), ())
    assert past.skipped == picks.note
    assert dict(past.mentions) == {"mcp": 2}
    assert past_from_json(past_to_json(past)) == past


def test_an_issue_without_news_has_the_line_it_always_had():
    line = past_to_json(Past("2026-W48", 1, "rag", "cite", 12, "ab"))
    assert set(line.replace('"', "").strip("{}").replace(":", ",").split(", ")) >= {"digest", "week"}
    assert "stories" not in line
    assert "skipped" not in line


def test_a_locked_choice_says_which_wishes_it_does_not_obey():
    stories = (*ABOUT_MCP, item(3, "A kettle that talks back", days=9), item(4, "A calm kettle", days=10))
    snapshot = Snapshot(AT, stories, (), FEEDS)
    picks = pick(*stories)
    taken = {each.ref for each in picks.picks}
    left = next(each for each in stories if each.id not in taken)

    def unheard(**wishes):
        return list(find_unmet(picks, Wishes(**wishes), snapshot))

    assert (
        unheard()
        == unheard(term_ban=("rag",))
        == unheard(items=ItemWishes(pin=("https://gone.example/1",)))
        == []
    )
    assert unheard(term_pin="rag") == ["the locked term is `mcp`, against your wish"]
    assert unheard(items=ItemWishes(pin=(left.url,))) == [
        f"`{left.url}` is pinned and not in the locked letter"
    ]
    (banned,) = unheard(items=ItemWishes(ban=("http://www.ant.example/1/",)))
    assert banned.startswith("the locked tools-1 is")


def test_the_share_of_a_feed_counts_its_stories():
    keys = [("#01", "ant|one two", "https://ant.example/a|b"), ("#02", "bee|x", "ant|x")]
    assert share_recent(keys, {}) == {"ant": 2 / 3, "bee": 1 / 3}
    assert share_recent([], {}) == {}


def test_a_story_without_a_title_key_counts_for_the_feed_of_its_item():
    keys = [("#01", "#02", "#03", "ant|one"), ("#04", "#05", "bee|two")]
    owners = {"01": "ant", "02": "jobs", "03": "jobs", "04": "bee"}
    assert share_recent(keys, owners) == {"ant": 1 / 4, "bee": 1 / 4, "jobs": 1 / 2}
