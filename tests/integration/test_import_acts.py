"""An import is one act: it is visible when it is finished, and what it kept out is remembered."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from subscribers.addresses import parse_address
from subscribers.attributes import read_attributes
from subscribers.importing.decide import ImportRow, RowOutcome
from subscribers.model import Proof, SubscriberState
from subscribers.store.people import People
from subscribers.store.tables import reader_act, reader_act_change, subscriber

KEY = b"s" * 32


@pytest.fixture
def people(engine):
    return People(engine, suppression_key=KEY)


@pytest.fixture
def proof(now):
    return Proof("old list", now - timedelta(days=9), "Send it")


def row(who, state=SubscriberState.ACTIVE, *, tags=(), **more):
    address = parse_address(f"{who}@example.org")
    return ImportRow(1, address, more.pop("name", ""), state, frozenset(tags), None, **more)


def states(people):
    return {reader.email.partition("@")[0]: reader.state.word for reader in people.iterate()}


def cut_off(people, rows, proof, now):
    """Import rows and die before the import is finished."""

    def chunks():
        yield rows
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        people.import_chunks(chunks(), proof=proof, now=now)


def test_first_names_and_attributes_are_kept_and_filled_in_but_never_replaced(people, engine, proof, now):
    first = row("ada", first_name="Ada", attributes='{"company": "Analytical Engines"}')
    people.import_chunks([[first]], proof=proof, now=now)
    more = row("ada", name="Ada King", first_name="Eve", attributes='{"company": "X", "job": "author"}')
    result = people.import_chunks([[more]], proof=proof, now=now)
    assert result.counts == {RowOutcome.UPDATED: 1}
    with engine.begin() as connection:
        found = connection.execute(select(subscriber)).one()
        change = connection.execute(select(reader_act_change)).one()
        act = connection.execute(select(reader_act).where(reader_act.c.id == result.act_id)).one()
    assert (found.name, found.first_name) == ("Ada King", "Ada")
    assert read_attributes(found.attributes) == {"company": "Analytical Engines", "job": "author"}
    assert (change.act_id, change.before) == (
        result.act_id,
        '{"name": "", "attributes": "{\\"company\\": \\"Analytical Engines\\"}"}',
    )
    assert (act.kind, act.source, act.wording, act.given_at) == ("import", *vars_of(proof))
    assert act.finished_at == now
    assert '"updated": 1' in act.detail


def vars_of(proof):
    return proof.source, proof.wording, proof.given_at


def test_an_address_that_was_kept_out_stays_out_of_every_later_list(people, proof, now):
    odd = row("zoe", kept_out="zombie")
    for dry_run in (True, False):
        result = people.import_chunks([[odd, row("zoe")]], proof=proof, now=now, dry_run=dry_run)
        assert (result.counts, result.kept_out) == ({RowOutcome.KEPT_OUT: 2}, {"zombie": 2})
    for state in (SubscriberState.ACTIVE, SubscriberState.PAUSED, SubscriberState.PENDING):
        result = people.import_chunks([[row("zoe", state)]], proof=proof, now=now)
        assert (result.kept_out, states(people)) == ({"zombie": 1}, {})
    people.import_chunks([[row("zoe", SubscriberState.UNSUBSCRIBED)]], proof=proof, now=now)
    assert states(people) == {"zoe": "unsubscribed"}


def test_a_row_that_is_kept_out_lowers_whom_the_same_list_brought_and_nobody_else(people, proof, now):
    people.import_chunks([[row("ada")]], proof=proof, now=now)
    rows = [row("ada", kept_out="zombie"), row("bob"), row("bob", kept_out="zombie"), row("bob")]
    result = people.import_chunks([rows[:2], rows[2:]], proof=proof, now=now)
    assert states(people) == {"ada": "active", "bob": "unsubscribed"}
    assert result.counts[RowOutcome.LOWERED] == 1
    assert people.count_deliverable() == 1


def test_readers_of_an_import_that_was_cut_off_receive_nothing_until_a_later_one_has_them(
    people, engine, proof, now
):
    people.import_chunks([[row("ada")]], proof=proof, now=now)
    cut_off(people, [row("bob"), row("eve")], proof, now)
    assert (people.count_deliverable(), len(states(people))) == (1, 3)
    people.import_chunks([[row("bob")]], proof=proof, now=now)
    assert people.count_deliverable() == 2
    with engine.begin() as connection:
        connection.execute(update(reader_act).values(finished_at=now))
    assert people.count_deliverable() == 3
