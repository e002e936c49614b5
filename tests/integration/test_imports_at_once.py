"""Imports, web unsubscribes, bounces and freezes at once, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from support.stores import NOW, PROOF, add_readers, freezing, people_of

from pipeline.store.issues import Issues
from pipeline.store.tables import delivery
from subscribers.addresses import parse_address
from subscribers.importing.decide import ImportRow
from subscribers.model import Event, SubscriberState
from subscribers.store.tables import subscriber

KNOWN = 12
ROWS = 90
SHARED = 30
CHUNK = 15


def test_a_freeze_takes_a_whole_import_or_none_of_it_and_nothing_that_happens_meanwhile_is_lost(engine):
    readers, people, issues = add_readers(engine, KNOWN), people_of(engine), Issues(engine)
    # The lists share their last rows and name half of the known readers.
    shared = [f"shared{number}" for number in range(SHARED)]
    known = [f"r{number}" for number in range(KNOWN)]
    lists = {who: [f"{who}{number}" for number in range(ROWS)] + shared for who in ("a", "b")}

    def load(who):
        rows = [
            ImportRow(1, parse_address(at(each)), "", SubscriberState.ACTIVE, frozenset({who}), None)
            for each in lists[who] + known[::2]
        ]

        def chunks():
            for number, place in enumerate(range(0, len(rows), CHUNK)):
                yield rows[place : place + CHUNK]
                if number % 2:
                    issues.freeze(freezing(f"{who}-{number}", (who == "a") * 100 + number), NOW)

        return people_of(engine).import_chunks(chunks(), proof=PROOF, now=NOW)

    def leave():
        return [people.unsubscribe(one, Event.UNSUBSCRIBED_ONE_CLICK, NOW) for one in readers[:4]]

    def bounce():
        return [people.bounce(one, NOW) for one in readers[4:8]]

    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(load, "a"), pool.submit(load, "b"), pool.submit(leave), pool.submit(bounce)]
        assert all(futures[2].result() + futures[3].result())
        results = [future.result() for future in futures[:2]]
    issues.freeze(freezing("last", 999), NOW)
    found = audiences(engine)
    wholes = [{at(each) for each in lists[who]} for who in lists]
    assert len(found) > 4
    for audience in found.values():
        for whole in wholes:
            own = {address for address in whole if not address.startswith("shared")}
            assert audience & own in (set(), own)
    states = {reader.email: reader.state.word for reader in people.iterate()}
    assert [states[at(each)] for each in known] == (["unsubscribed"] * 4 + ["bounced"] * 4 + ["active"] * 4)
    active = {address for address, state in states.items() if state == "active"}
    assert active == set().union(*wholes) | {at(each) for each in known[8:]}
    assert found["last"] == active
    assert sum(result.counts["added"] for result in results) == len(set().union(*wholes))
    assert people.waiting_acts() == ()


def at(who: str) -> str:
    return f"{who}@example.org"


def audiences(engine) -> dict[str, set[str]]:
    issues = {issue.id: issue.week for issue in Issues(engine).all()}
    found: dict[str, set[str]] = {week: set() for week in issues.values()}
    with engine.connect() as connection:
        wanted = select(delivery.c.issue_id, subscriber.c.email).join(
            subscriber, subscriber.c.id == delivery.c.subscriber_id
        )
        for issue_id, email in connection.execute(wanted):
            found[issues[issue_id]].add(email)
    return found
