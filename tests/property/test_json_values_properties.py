"""What is read from JSON without pydantic is what pydantic reads; what is in doubt is left to it."""

from __future__ import annotations

import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from support.examples import examples

from pipeline.issue.journal import Act
from pipeline.issue.lock import Lock
from pipeline.json_values import Form, read_value
from pipeline.model.content import Faq, Mistake, Season, Term, Tip
from pipeline.model.news import Feed, Item
from pipeline.model.past import Past
from pipeline.model.picks import Candidate, NewsRecord, Pick, Picks, Reason
from pipeline.pick.news import ReadNews
from pipeline.pick.trend import Trend

PICK = Pick(
    "tools-2",
    "item",
    "a",
    1.5,
    (Reason("weight", 1.0, "as set"),),
    runners_up=(Candidate("b", 1.0, (Reason("rarity", 2.0),)),),
    dropped={"old": 3},
    items=("a", "b"),
)
RECORD = NewsRecord(("https://a.example/",), {"rag": 2}, {"feed": 9}, {"tools": {"old": 1}})
WORDS = ("text", "définition", "x", "y", "z", "w")
VALUES = (
    Past("2026-W48", 3, "rag", "", 12, "d", ("term",), ("k",), (("rag", 2),), (("feed", 9),), "thin"),
    Lock(
        "2026-W48",
        3,
        Picks("2026-W48", (PICK,), "short", "thin", RECORD),
        {"terms": "d"},
        feeds=(Feed("feed", "https://a.example/", "tools", cap=2),),
        closed={"expired": 1},
        variants=("text-only",),
    ),
    Term(
        *WORDS[:3],
        1,
        *WORDS[2:],
        (Mistake("m", "f"),),
        "c",
        seasons=(Season("12-01", "01-31"),),
        faqs=(Faq("q", "a"),),
        extra={"id": 7, "more": [None, {"x": 1.5}]},
        lines={"title": 2},
    ),
    Tip("tip", "title", "body", ("tag",)),
    ReadNews((PICK,), {"rag": Trend("rag", 2.0, ("feed",), 0.5, 4)}, RECORD, {"a": ("k",)}),
)
OTHERS = (Act, Item)
JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from(
        [10**30, 1.0, 0.5, -0.0, 1e300, "", "x", "short", "1", "\ud800", "é\n", "2026-11-24T09:00:00Z"]
    ),
    st.sampled_from([[], ["x"], [1], [["x", 2]], {}, {"x": 1}, {"x": {"y": 1}}, {"": ["x"]}]),
)


def outcome(read, tree):
    try:
        value = read(tree)
    except ValueError as error:
        return str(error)
    return value, repr(value)


def as_json(value):
    return json.loads(json.dumps(asdict(value)))


def put(tree, path, value):
    """Return the tree with something else at a path of choices, each the number of a key or place."""
    if not path or not isinstance(tree, dict | list) or not tree:
        return value
    if isinstance(tree, list):
        place = path[0] % len(tree)
        return [put(each, path[1:], value) if number == place else each for number, each in enumerate(tree)]
    key = list(tree)[path[0] % len(tree)]
    return {**tree, key: put(tree[key], path[1:], value)}


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_read_as_it_was_written(value):
    form = Form(type(value))
    assert form.read_line(form.write(value)) == value
    assert repr(form.read(as_json(value))) == repr(read_value(TypeAdapter(type(value)), as_json(value)))
    assert "_adapter" not in vars(form), "read without pydantic"


@examples(300)
@given(st.sampled_from(VALUES), st.lists(st.integers(0, 30), min_size=1, max_size=6), JSON)
def test_a_changed_value_is_read_as_pydantic_reads_it(value, path, other):
    tree, kind = put(as_json(value), path, other), type(value)
    assert outcome(Form(kind).read, tree) == outcome(lambda tree: read_value(TypeAdapter(kind), tree), tree)


@examples(100)
@given(st.data())
def test_any_object_is_read_as_pydantic_reads_it(data):
    kind = data.draw(st.sampled_from([*map(type, VALUES), *OTHERS]))
    names = [each.name for each in fields(kind)]
    tree = data.draw(st.dictionaries(st.sampled_from([*names, "more"]), JSON))
    assert outcome(Form(kind).read, tree) == outcome(lambda tree: read_value(TypeAdapter(kind), tree), tree)


@pytest.mark.parametrize("value", ["\ud800", {"x": float("nan")}, {"x": object()}])
def test_what_json_cannot_hold_is_not_written(value):
    with pytest.raises(ValueError, match=r"."):
        Form(Term).write(Term(*WORDS[:3], 1, *WORDS[2:], (), "c", extra={"x": value}))
