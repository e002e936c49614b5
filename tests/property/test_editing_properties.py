"""Any act of a week can be undone exactly."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.issue import editing
from pipeline.issue.journal import Act
from pipeline.issue.wishes_file import read_values, rewrite
from pipeline.news.story_ref import StoryIndex

WEEK = "2026-W48"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NO_STORIES = StoryIndex()
URLS = ["https://tools.example/1", "https://tools.example/3", "https://jobs.example/all"]


VALUES = {
    "term.pin": st.sampled_from(["token", "both"]),
    "subject": st.sampled_from(["One", "Two"]),
    "items.pin": st.lists(
        st.sampled_from(URLS),
        unique=True,
    ).map(tuple),
    "tip.ban": st.lists(st.sampled_from(["quote-first", "both"]), unique=True).map(tuple),
}
states = st.fixed_dictionaries({}, optional=VALUES)


@examples(100)
@given(states, states)
def test_the_undo_of_an_act_gives_back_exactly_what_was_there(before, after):
    keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    act = Act("1", NOW, "", "", "act", "", {key: (before.get(key), after.get(key)) for key in keys})
    text = rewrite("# kept\n", WEEK, before)
    changed = rewrite(text, WEEK, {key: after.get(key) for key in keys})
    assert read_values(changed, WEEK) == after
    decision = editing.decide_undo(after, act, NO_STORIES)
    undone = rewrite(changed, WEEK, decision.values)
    assert read_values(undone, WEEK) == before
    assert undone.startswith("# kept\n")
