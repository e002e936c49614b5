from datetime import UTC

import pytest
from sqlalchemy import func, select

from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.model import Proof
from subscribers.selection.model import EVERYONE
from subscribers.selection.parse import parse_selection
from subscribers.store.people import People
from subscribers.store.selection_acts import (
    ERASE,
    PAUSE,
    RESUME,
    UNSUBSCRIBE,
    Filling,
    Retagging,
    SelectionActs,
    suppress_by,
)
from subscribers.store.tables import reader_act_change, subscriber
from subscribers.store.undo import ReaderActs
from subscribers.suppression import SuppressionReason


@pytest.fixture
def people(engine, now):
    people = People(engine, suppression_key=b"s" * 32)
    for word in ("ada", "bob", "cy"):
        proof = Proof("form", now, "yes")
        people.add_with_proof(parse_address(f"{word}@example.org"), name=word, proof=proof, now=now)
    people.change_tags(people.find_by_address(parse_address("ada@example.org")).public_id, now, add=["x"])
    return people


@pytest.fixture
def acts(engine, people):
    return SelectionActs(engine, people.selected)


@pytest.fixture
def undo(engine, now):
    store = ReaderActs(engine, mailed="SELECT subscriber_id FROM delivery")
    return lambda made: store.undo(made.id, now)


def where(text, now):
    return parse_selection(text, now=now, zone=UTC)


def shown(people):
    return [f"{reader.name} {reader.state.word} {','.join(reader.tags)}" for reader in people.iterate()]


def test_tags_of_a_selection_are_changed_and_come_back(people, acts, undo, now):
    before = shown(people)
    change = Retagging(add=("staff", "x"), remove=("old",))
    assert acts.preview(change, EVERYONE).count == 3
    made = acts.act(change, where("name!=cy", now), "name!=cy", now)
    assert made.changed == 2
    assert shown(people) == ["ada active staff,x", "bob active staff,x", "cy active "]
    assert acts.preview(change, where("name!=cy", now)).count == 0
    assert undo(made).restored == 2
    assert shown(people) == before


def test_names_and_attributes_are_set_and_come_back(acts, undo, engine, now):
    change = Filling({"first_name": "A"}, {"Company": "Acme"})
    made = acts.act(change, where("name=ada or name=bob", now), "", now)
    assert made.changed == 2
    assert acts.act(change, where("company=acme", now), "", now).changed == 0
    acts.act(Filling({}, {"Company": ""}), where("name=bob", now), "", now)
    wanted = select(subscriber.c.first_name, subscriber.c.attributes)
    with engine.connect() as connection:
        rows = connection.execute(wanted.order_by(subscriber.c.id)).all()
    assert [tuple(row) for row in rows] == [("A", '{"Company": "Acme"}'), ("A", ""), ("", "")]
    assert undo(made).restored == 2
    assert acts.preview(change, where('first_name=a or "Company"=acme', now)).count == 0


def test_who_is_paused_stays_so_and_who_is_resumed_is_paused_again(people, acts, undo, now):
    paused = acts.act(PAUSE, where("name!=cy", now), "", now)
    assert paused.changed == 2
    assert dict(undo(paused).kept) == {"stays paused: an undo never raises consent": 2}
    resumed = acts.act(RESUME, where("name=ada", now), "", now)
    assert undo(resumed).restored == 1
    assert [line.split()[1] for line in shown(people)] == ["paused", "paused", "active"]


def test_who_was_unsubscribed_or_suppressed_by_an_act_stays_so(people, acts, undo, now):
    left = acts.act(UNSUBSCRIBE, where("name=ada", now), "", now)
    gone = acts.act(suppress_by(SuppressionReason.COMPLAINED), where("name=bob", now), "", now)
    assert [undo(made).restored for made in (left, gone)] == [0, 0]
    assert [line.split()[1] for line in shown(people)] == ["unsubscribed", "complained", "active"]
    assert people.find_suppression(parse_address("bob@example.org")) is SuppressionReason.COMPLAINED
    for reader in people.iterate():
        assert find_break(people.events(reader.public_id)) is None


def test_an_erased_reader_leaves_nothing_behind_in_acts(acts, engine, now):
    acts.act(Filling({"name": "Ada L."}, {"Company": "Acme"}), where("name=ada", now), "", now)
    assert acts.act(ERASE, where("name~ada", now), "", now).changed == 1
    assert acts.preview(ERASE, EVERYONE).count == 2
    with engine.connect() as connection:
        row = connection.execute(select(subscriber).order_by(subscriber.c.id)).mappings().first()
        noted = select(func.count()).where(reader_act_change.c.subscriber_id == row["id"])
        assert connection.scalar(noted) == 0
    assert (row["name"], row["first_name"], row["attributes"], row["email"]) == ("", "", "", None)


def test_one_reader_can_be_meant(people, acts, now):
    reader = people.find_by_address(parse_address("bob@example.org"))
    assert acts.act_on(PAUSE, reader.id, now).changed == 1
    assert acts.act_on(PAUSE, reader.id, now).changed == 0
