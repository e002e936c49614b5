"""What an act makes of a week's wishes, by any name of a story, and how it is undone exactly."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pipeline.errors import ArgumentError, PipelineError
from pipeline.issue import editing
from pipeline.issue.journal import Act
from pipeline.issue.target import WeekFacts, find_target
from pipeline.model.news import Item, Snapshot, Story
from pipeline.news.stories import Gathered

WEEK = "2026-W48"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def item(number, section="tools", url="", title="A title", source="Daily"):
    link = url or f"https://{section}.example/{number}"
    return Item(f"{number:020x}", f"{section}-feed", section, title, link, NOW, source=source)


ONE, COPY = item(1), item(2, "techniques", source="Weekly")
OTHER, OLD = item(3, title="Another"), item(4, title="Old")
PAGE = "https://jobs.example/all"
JOBS = item(5, "careers", PAGE, "An engineer"), item(6, "careers", PAGE, "A writer")
STORIES = (Story(ONE, (COPY,)), Story(OTHER), *map(Story, JOBS))
FACTS = WeekFacts(
    WEEK,
    {"term": ("both", "token", "unread"), "tip": ("both", "quote-first")},
    {
        ("term", "both"): "both",
        ("term", "token"): "token",
        ("tip", "quote-first"): "Quote first",
        ("tip", "both"): "Both",
    },
    Snapshot(NOW, (ONE, COPY, OTHER, *JOBS)),
    Gathered(STORIES, ()),
)
NAMES = (
    ONE.id,
    ONE.url,
    COPY.id,
    COPY.url,
    "http://www.tools.example/1/?utm_source=x",
    "HTTPS://TOOLS.example/1#",
)


def wish(values, name, what, facts=FACTS, kind=None):
    target = find_target(name, facts, purpose=what, kind=kind)
    decision = editing.decide_wish(values, target, facts.stories, what)
    return {**values, **decision.values}, decision


def remove(values, name, what):
    target = find_target(
        name, FACTS, purpose="take back", wished={"items": editing.list_wishes(values, "items", what)}
    )
    decision = editing.decide_removal(values, target, FACTS.stories, what)
    return {**values, **decision.values}, decision


@pytest.mark.parametrize("first", NAMES)
@pytest.mark.parametrize("second", NAMES)
def test_a_story_pinned_by_one_name_and_banned_by_another_is_banned_alone(first, second):
    values, _ = wish({}, first, "pin")
    values, decision = wish(values, second, "ban")
    assert (values["items.pin"], len(values["items.ban"])) == (None, 1)
    assert "the pin of" in decision.notes[0]
    values, decision = wish(values, first, "pin")
    assert (len(values["items.pin"]), values["items.ban"]) == (1, None)
    assert "also at Weekly" in decision.done


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wished_already_is_said_and_not_written_twice_and_any_name_takes_it_back(name):
    for what in ("pin", "ban"):
        values, _ = wish({}, COPY.url, what)
        again, decision = wish(values, name, what)
        assert again == values
        assert f"{what}ned already" in decision.done
        values, _ = remove(values, name, what)
        assert values[f"items.{what}"] is None
        _, decision = remove(values, name, what)
        assert "nothing changes" in decision.done


def test_a_page_of_jobs_goes_on_to_mean_the_others_when_one_of_them_is_taken_out():
    values, decision = wish({}, PAGE, "pin")
    assert "the 2 stories" in decision.done
    values, _ = wish(values, JOBS[0].id, "ban")
    assert (values["items.pin"], values["items.ban"]) == ((JOBS[1].id,), (JOBS[0].id,))
    values, _ = wish(values, PAGE, "ban")
    assert (values["items.pin"], values["items.ban"]) == (None, (JOBS[0].id, PAGE))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nonsense", "`weekly content list`"),
        ("tokn", 'did you mean "token"?'),
        ("both", "--kind term, or --kind tip"),
        ("https://tools.example/11", 'did you mean "https://tools.example/1"?'),
        ("https://nowhere.example/x", "no feed brought a story"),
        ("f" * 20, "no feed brought a story"),
        ("tools.example/11", "a story is named by its whole link"),
        ("tools.example/1", 'did you mean "https://tools.example/1", the story “A title”'),
        ("www.tools.example/1/", "the story “A title”"),
        ("//tools.example/1", "the story “A title”"),
        ("htp://tools.example/1", "the story “A title”"),
        ("https:/tools.example/1", "the story “A title”"),
    ],
)
def test_a_name_of_nothing_is_refused_with_what_may_be_meant(name, words):
    with pytest.raises(ArgumentError) as refused:
        wish({}, name, "pin")
    assert words in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["", "  ", "\t"])
@pytest.mark.parametrize("kind", [None, "term", "tip", "items"])
def test_an_empty_name_is_wrong_usage(name, kind):
    with pytest.raises(ArgumentError, match="the name is empty"):
        wish({}, name, "pin", kind=kind)


def test_an_entry_whose_file_has_an_error_has_a_name_all_the_same():
    values, decision = wish({}, "unread", "pin")
    assert values == {"term.pin": "unread"}
    assert "its file has an error" in decision.notes[0]
    _, decision = remove(values, "unread", "pin")
    assert decision.notes == ()


def test_a_slug_of_a_term_and_a_tip_is_decided_by_its_kind():
    assert wish({}, "both", "pin", kind="term")[0] == {"term.pin": "both"}
    assert wish({}, "both", "ban", kind="tip")[0] == {"tip.ban": ("both",)}
    with pytest.raises(ArgumentError, match="there is no tip `token`"):
        wish({}, "token", "pin", kind="tip")


def test_a_story_may_be_pinned_ahead_and_banned_ahead_and_says_what_becomes_of_it():
    ahead = replace(FACTS, can_come=True, sent={"https://sent.example/1": "2026-W47"})
    _, decision = wish({}, "https://new.example/1", "pin", ahead)
    assert "not fetched yet" in decision.notes[0]
    _, decision = wish({}, "https://sent.example/1", "pin", ahead)
    assert "2026-W47 had it" in decision.notes[0]
    _, decision = wish({}, "https://new.example/1", "ban")
    assert "should one bring it" in decision.notes[0]
    with pytest.raises(ArgumentError, match="is locked, so no more news come"):
        wish({}, "https://new.example/1", "ban", replace(FACTS, is_locked=True))


def swap(values, gone, put, kind="items"):
    old = find_target(gone, FACTS, purpose="ban", kind=kind)
    new = find_target(put, FACTS, purpose="pin", kind=kind)
    return {**values, **editing.decide_swap(values, old, new, FACTS.stories).values}


@pytest.mark.parametrize("pinned", NAMES)
@pytest.mark.parametrize("gone", NAMES)
def test_a_swap_takes_out_every_pin_of_what_goes_and_every_ban_of_what_comes(pinned, gone):
    values = {"items.pin": (pinned,), "items.ban": (OTHER.id,)}
    values = swap(values, gone, OTHER.url)
    assert values["items.pin"] == (OTHER.url,)
    assert len(values["items.ban"]) == 1
    with pytest.raises(ArgumentError, match="has the place already"):
        swap({}, gone, pinned)


def changed(key, before, after):
    return Act("1", NOW, "", "", "pin", "it", {key: (before, after)})


@pytest.mark.parametrize(
    ("now", "act", "expected"),
    [
        (("a", "x", "b"), changed("items.pin", ("a",), ("a", "x")), ("a", "b")),
        (("b",), changed("items.pin", ("a", "b"), ("b",)), ("a", "b")),
        (("b", "c"), changed("items.pin", ("a", "b"), ("b",)), ("a", "b", "c")),
        (("x",), changed("items.pin", None, ("x",)), None),
        ("mine", changed("subject", None, "mine"), None),
    ],
)
def test_an_undo_leaves_what_came_later(now, act, expected):
    (key,) = act.changes
    assert editing.decide_undo({key: now}, act, FACTS.stories).values == {key: expected}


@pytest.mark.parametrize(
    ("now", "act"),
    [
        ("by hand", changed("subject", "a", "b")),
        (None, changed("subject", "a", "b")),
        (("y",), changed("items.pin", (), ("x",))),
        (("x", "y"), changed("items.pin", ("x", "z"), ("z",))),
    ],
)
def test_an_undo_that_would_write_over_a_later_change_is_refused(now, act):
    (key,) = act.changes
    with pytest.raises(PipelineError, match="has changed since"):
        editing.decide_undo({key: now}, act, FACTS.stories)


def test_an_undo_that_would_pin_what_was_banned_since_is_refused():
    act = changed("items.pin", (ONE.id,), ())
    with pytest.raises(PipelineError, match="pinned and banned at once"):
        editing.decide_undo({"items.pin": (), "items.ban": (COPY.url,)}, act, FACTS.stories)
