from datetime import timedelta

from subscribers.addresses import parse_address
from subscribers.model import Proof
from subscribers.store.engine import make_query
from subscribers.store.growth import read_growth
from subscribers.store.people import People


def test_growth_counts_who_joined_and_left_by_week_and_source(engine, now):
    people = People(engine, suppression_key=b"s" * 32)
    for number, (days, source) in enumerate(
        [(100, "fair"), (8, "fair"), (7, "form"), (1, "form"), (0, "form")]
    ):
        at = now - timedelta(days=days)
        proof = Proof(source, at, "yes")
        people.add_with_proof(parse_address(f"r{number}@example.org"), name="", proof=proof, now=at)
    people.unsubscribe_address(parse_address("r0@example.org"), now - timedelta(days=7))
    # It is a Tuesday.
    found = read_growth(make_query(engine), 3, now)
    assert [(f"{week.monday:%m-%d}", week.joined, week.left, week.readers) for week in found] == [
        ("11-09", 0, 0, 1),
        ("11-16", 2, 1, 2),
        ("11-23", 2, 0, 4),
    ]
    assert found[1].sources == {"fair": 1, "form": 1}
    assert read_growth(make_query(engine), 1, now)[0].readers == 4
