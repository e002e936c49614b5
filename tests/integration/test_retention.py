from datetime import timedelta

import pytest
from sqlalchemy import update

from subscribers.addresses import parse_address
from subscribers.model import Proof, SubscriberState
from subscribers.store.people import People
from subscribers.store.retention import forget_unconfirmed, has_pending
from subscribers.store.tables import consent_event


@pytest.fixture
def people(engine):
    return People(engine, suppression_key=b"s" * 32)


def test_only_sign_ups_that_were_asked_and_never_confirmed_are_forgotten(people, engine, now):
    long_ago, proof = now - timedelta(days=31), Proof("form", now, "yes")
    assert not has_pending(engine)
    asked = [
        people.request(parse_address(f"{word}@example.org"), name=word, proof=proof, now=long_ago)
        for word in ("old", "again", "in", "listed")
    ]
    people.note_confirm_mailed(asked[1].public_id, now - timedelta(days=2))
    people.confirm(asked[2].public_id, long_ago)
    with engine.begin() as connection:
        events = consent_event.c.subscriber_id == asked[3].id
        connection.execute(update(consent_event).where(events).values(event=3))
    people.request(parse_address("new@example.org"), name="", proof=proof, now=now)

    assert forget_unconfirmed(engine, now - timedelta(days=30), now) == 1
    states = {reader.name: reader.state for reader in people.iterate()}
    assert people.find_by_address(parse_address("old@example.org")) is None
    assert states["again"] is states["listed"] is SubscriberState.PENDING
    assert forget_unconfirmed(engine, now - timedelta(days=30), now) == 0
    assert has_pending(engine)
    joined = people.request(parse_address("old@example.org"), name="", proof=proof, now=now)
    assert people.confirm(joined.public_id, now)
