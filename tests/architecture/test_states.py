"""Each machine of states is shown five ways: words, table, constraint, updates, chart. These say the same."""

from __future__ import annotations

import ast
import inspect
import re
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint
from support.environment import NOW

from pipeline.model.delivery import OWED, DeliveryState
from pipeline.model.delivery import TRANSITIONS as DELIVERY
from pipeline.model.issue_state import OPEN, STORED, IssueState
from pipeline.model.issue_state import TRANSITIONS as ISSUE
from pipeline.store.schema import upgrade
from pipeline.store.tables import delivery, issue
from subscribers.errors import TransitionError
from subscribers.lifecycle import TRANSITIONS as SUBSCRIBER
from subscribers.lifecycle import advance
from subscribers.model import Event, SubscriberState
from subscribers.store.engine import open_engine
from subscribers.store.tables import subscriber

REPO = Path(__file__).resolve().parents[2]


def pairs(table):
    """The moves of a table from state to states, as pairs of words."""
    return {(a.word, b.word) for a, following in table.items() for b in following}


MACHINES = {
    "Issue": (IssueState, pairs(ISSUE)),
    "Delivery": (DeliveryState, pairs(DELIVERY)),
    "Subscriber": (SubscriberState, {(a.word, b.word) for (a, _), b in SUBSCRIBER.items()}),
}
"""The chart's title, the enum, and the moves as pairs of words."""

STARTS = {"Issue": {"draft"}, "Delivery": {"queued"}, "Subscriber": {"pending", "active"}}
ENDS = {"Issue": {"cancelled"}, "Delivery": {"sent", "skipped"}, "Subscriber": {"erased"}}

every_machine = pytest.mark.parametrize("title", MACHINES)


@every_machine
def test_every_state_has_its_sentence(title):
    enum, _ = MACHINES[title]
    (tree,) = ast.parse(inspect.getsource(enum)).body
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(statement, ast.Assign):
            continue
        sentence = getattr(getattr(following, "value", None), "value", None)
        assert isinstance(sentence, str), statement.targets[0].id
        assert re.fullmatch(r"[A-Z`].*[a-z`]\.", sentence, re.DOTALL), sentence


@every_machine
def test_states_are_numbered_without_a_gap_from_zero(title):
    enum, _ = MACHINES[title]
    assert [int(state) for state in enum] == list(range(len(enum)))


@pytest.mark.parametrize(("enum", "table"), [(DeliveryState, DELIVERY), (IssueState, ISSUE)])
def test_the_table_answers_for_every_state_and_nothing_follows_itself(enum, table):
    assert list(table) == list(enum)
    assert all(state not in following for state, following in table.items())


def test_every_event_in_every_state_of_a_reader_is_either_a_move_or_refused():
    for state in SubscriberState:
        for event in Event:
            if (state, event) in SUBSCRIBER:
                assert advance(state, event) is SUBSCRIBER[state, event]
            else:
                with pytest.raises(TransitionError):
                    advance(state, event)


@every_machine
def test_every_state_can_be_reached_and_only_its_ends_have_no_way_on(title):
    enum, moves = MACHINES[title]
    reached, grown = set(), set(STARTS[title])
    while grown != reached:
        reached = grown
        grown = reached | {b for a, b in moves if a in reached}
    words = {state.word for state in enum}
    assert reached == words
    assert words - {a for a, _ in moves} == ENDS[title]


def test_what_is_owed_can_still_reach_an_end_and_what_is_open_can_be_sent():
    assert not {DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.UNKNOWN} & set(OWED)
    for state in OWED:
        assert DeliveryState.SENT in reachable(state, DELIVERY), state
    for state in OPEN:
        assert state in STORED
        assert IssueState.SENT in reachable(state, ISSUE), state


def reachable(start, transitions):
    """Every state that some way of the chart leads to."""
    seen, ahead = set(), [start]
    while ahead:
        for state in transitions[ahead.pop()]:
            if state not in seen:
                seen.add(state)
                ahead.append(state)
    return seen


def check_of(table, column):
    (found,) = [
        str(constraint.sqltext)
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
        and str(constraint.sqltext).startswith((f"{column} IN", f"{column} BETWEEN"))
    ]
    return found


def a_list(members):
    return f"state IN ({', '.join(str(int(state)) for state in members)})"


def a_range(members):
    assert sorted(members) == list(range(min(members), max(members) + 1))
    return f"state BETWEEN {int(min(members))} AND {int(max(members))}"


CHECKS = [
    (issue, a_list(STORED), "ck_issue_state"),
    (delivery, a_range(DeliveryState), "ck_delivery_state"),
    (subscriber, a_list(SubscriberState), "ck_subscriber_state"),
]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    """The path of a database that the migrations made."""
    path = tmp_path_factory.mktemp("upgraded") / "weekly.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine, backups=path.parent, now=NOW)
    engine.dispose()
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("table", "wanted", "constraint"), CHECKS)
def test_the_database_allows_exactly_the_states_that_can_be_stored(table, wanted, constraint, upgraded):
    assert check_of(table, "state") == wanted

    connection = sqlite3.connect(upgraded)
    (made,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table.name,)).fetchone()
    connection.close()
    assert f"CONSTRAINT {constraint} CHECK ({wanted})" in " ".join(made.split())


# The charts of ARCHITECTURE.md

_CHART = re.compile(
    r"^#+ (?P<title>[^\n]+)|^```mermaid\nstateDiagram-v2\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
_ARROW = re.compile(r"\s*(\[\*\]|\w+) --> (\[\*\]|\w+)(?: : .+)?")


def charts(text):
    """Read the state diagrams of a Markdown text: the heading above → arrows."""
    found = {}
    title = ""
    for part in _CHART.finditer(text):
        title = part["title"] or title
        if part["body"] is None:
            continue
        arrows = [(line, _ARROW.fullmatch(line)) for line in part["body"].splitlines() if line.strip()]
        assert not [line for line, arrow in arrows if arrow is None]
        drawn = [(arrow[1], arrow[2]) for _, arrow in arrows]
        assert len(set(drawn)) == len(drawn), "an arrow is drawn twice"
        assert title not in found, "a heading has two charts"
        found[title] = set(drawn)
    return found


def test_the_reader_of_charts_reads_them():
    chart = "stateDiagram-v2\n    [*] --> open\n    open --> shut : pushed\n"
    text = f"# Doors\n\n## Door\n\nIt opens.\n\n```mermaid\n{chart}```\n\n## More\n"
    assert charts(text) == {"Door": {("[*]", "open"), ("open", "shut")}}


@pytest.fixture(scope="module")
def drawn():
    return charts((REPO / "ARCHITECTURE.md").read_text(encoding="utf-8"))


def test_the_charts_are_these_three(drawn):
    assert set(drawn) == set(MACHINES)


@every_machine
def test_the_chart_shows_the_moves_of_the_table_and_no_others(drawn, title):
    arrows = drawn[title]
    assert {arrow for arrow in arrows if "[*]" not in arrow} == MACHINES[title][1]
    assert {b for a, b in arrows if a == "[*]"} == STARTS[title]
    assert {a for a, b in arrows if b == "[*]"} <= ENDS[title]
