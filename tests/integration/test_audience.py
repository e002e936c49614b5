"""Who is in the audience of an issue, and which variant each of them gets, on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from sqlalchemy import select
from support.stores import LETTERHEAD, NOW, add_readers, freezing, people_of

from pipeline.deliver.mime.message import Message, message_to_json
from pipeline.issue.variants import MOST_VARIANTS, find_variant, list_variants
from pipeline.store.issues import FrozenLetter, Issues
from pipeline.store.tables import delivery
from subscribers.addresses import parse_address
from subscribers.model import Event
from subscribers.store.tables import subscriber

MADE = ("ordinary", "text-only", "text-only+without-careers", "without-careers")
SECTIONS = ("term", "tools", "techniques", "careers", "tip")


@pytest.fixture
def store(engine):
    return engine


def given(engine, issue):
    """Name the variant of every reader in an issue's audience."""
    names = Issues(engine).variants(issue.id)
    statement = (
        select(subscriber.c.email, delivery.c.variant)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
        .where(delivery.c.issue_id == issue.id)
    )
    with engine.connect() as connection:
        return {row.email.partition("@")[0]: names[row.variant] for row in connection.execute(statement)}


def tag(engine, public_id, *tags):
    people_of(engine).change_tags(public_id, NOW, add=tags)


def test_every_reader_gets_the_variant_that_their_tags_choose(store):
    ids = add_readers(store, 6)
    tag(store, ids[1], "text-only", "vip")
    tag(store, ids[2], "without-careers")
    tag(store, ids[3], "without-careers", "text-only")
    tag(store, ids[4], "without-tools", "beta")
    issue = Issues(store).freeze(freezing(variants=MADE), NOW)
    assert issue.audience == 6
    assert given(store, issue) == {
        "r0": "ordinary",
        "r1": "text-only",
        "r2": "without-careers",
        "r3": "text-only+without-careers",
        "r4": "ordinary",
        "r5": "ordinary",
    }


def test_a_choice_that_was_not_made_this_week_takes_no_other_away(store):
    ids = add_readers(store, 2)
    tag(store, ids[0], "without-careers", "text-only")
    tag(store, ids[1], "without-careers")
    issue = Issues(store).freeze(freezing(variants=("ordinary", "text-only")), NOW)
    assert given(store, issue) == {"r0": "text-only", "r1": "ordinary"}


def test_who_may_not_be_written_to_is_no_part_of_the_audience_whatever_they_chose(store):
    ids = add_readers(store, 4)
    people = people_of(store)
    for each in ids:
        tag(store, each, "text-only")
    people.unsubscribe(ids[0], Event.UNSUBSCRIBED_BY_HAND, NOW)
    people.bounce(ids[1], NOW)
    people.erase(ids[2], NOW)
    issue = Issues(store).freeze(freezing(variants=MADE), NOW)
    assert (issue.audience, given(store, issue)) == (1, {"r3": "text-only"})


def test_an_issue_without_variants_goes_to_everybody_as_it_is(store):
    ids = add_readers(store, 2)
    tag(store, ids[0], "text-only", "without-careers")
    assert given(store, Issues(store).freeze(freezing(), NOW)) == {"r0": "ordinary", "r1": "ordinary"}
    # A tag of one part of a variant's two is no reason for it.
    odd = freezing("2026-W49", 2, ("ordinary", "text-only+without-tip"))
    assert given(store, Issues(store).freeze(odd, NOW)) == {"r0": "ordinary", "r1": "ordinary"}


def test_a_frozen_reader_keeps_their_variant_whatever_becomes_of_their_tags(store):
    (reader,) = add_readers(store, 1)
    tag(store, reader, "text-only")
    issues = Issues(store)
    issue = issues.freeze(freezing(variants=MADE), NOW)
    people_of(store).change_tags(reader, NOW, remove=["text-only"], add=["without-careers"])
    again = issues.freeze(freezing(variants=MADE), NOW)
    assert again == issue
    assert given(store, issue) == {"r0": "text-only"}
    ledger = issues.ledger(issue.id)
    ledger.take_over(NOW, resend_unknown=False)
    (claim,) = ledger.claim(after=0, limit=9, now=NOW).claims
    assert issues.variants(issue.id)[claim.variant] == "text-only"
    ledger.take_over(NOW, resend_unknown=False)
    assert ledger.claim(after=0, limit=9, now=NOW).claims[0].variant == claim.variant


def test_every_set_of_choices_gets_in_the_database_what_it_gets_by_rule(store):
    offered = ("text-only", *(f"without-{kind}" for kind in ("tools", "techniques", "careers")))
    made = ("ordinary", *list_variants(offered, SECTIONS))
    assert len(made) == MOST_VARIANTS
    ids = add_readers(store, 2 ** len(offered))
    chosen = {f"r{n}": {tag for place, tag in enumerate(offered) if n >> place & 1} for n in range(len(ids))}
    for name, tags in chosen.items():
        reader = people_of(store).find_by_address(parse_address(f"{name}@example.org"))
        tag(store, reader.public_id, *tags, "vip")
    issue = Issues(store).freeze(freezing(variants=made), NOW)
    got = given(store, issue)
    assert got == {name: made[find_variant(tags, made)] for name, tags in chosen.items()}
    assert set(got.values()) == set(made)
    assert sum(Counter(got.values()).values()) == issue.audience == len(ids)


def test_the_message_of_every_variant_is_kept_under_its_number(store):
    add_readers(store, 1)
    letters = tuple(
        FrozenLetter(name, "" if "text" in name else "<p>", name, message_to_json(Message((name.encode(),))))
        for name in MADE
    )
    issues = Issues(store)
    issue = issues.freeze(replace(freezing(), letters=letters), NOW)
    assert issue.letterhead == LETTERHEAD
    assert dict(issues.variants(issue.id)) == dict(enumerate(MADE))
    for number, name in enumerate(MADE):
        assert name in issues.message(issue.id, number)
