from datetime import timedelta

import pytest

from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.errors import ReaderStoreError, SuppressedAddress
from subscribers.importing.decide import ImportRow
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store.merging import ReaderIdentity
from subscribers.store.people import People
from subscribers.suppression import SuppressionReason

ADA, NEW, OTHER = map(parse_address, ("ada@example.org", "ada@example.net", "lovelace@example.org"))


@pytest.fixture
def people(engine, now):
    people = People(engine, suppression_key=b"s" * 32)
    for address, name, tag in ((ADA, "", "x"), (OTHER, "Ada L.", "y")):
        reader = people.add_with_proof(address, name=name, proof=Proof("form", now, "yes"), now=now)
        people.change_tags(reader.public_id, now, add=[tag])
    return people


@pytest.fixture
def identity(engine):
    return ReaderIdentity(engine, suppression_key=b"s" * 32)


def public_id(people, address=ADA):
    return people.find_by_address(address).public_id


def test_a_new_address_keeps_links_tags_and_record(people, identity, now):
    before = people.find_by_address(ADA)
    identity.change_address(before.public_id, NEW, "wrote to us", now)
    after = people.find_by_address(NEW)
    assert (after.public_id, after.tags, after.state) == (before.public_id, ("x",), SubscriberState.ACTIVE)
    assert people.find_by_address(ADA) is None
    events = people.events(after.public_id)
    assert events[-1].wording == "wrote to us"
    assert find_break(events) is None
    people.suppress(NEW, SuppressionReason.COMPLAINED, now)
    assert people.find_by_address(NEW).state is SubscriberState.COMPLAINED


def test_the_address_that_a_reader_had_before_stays_out_of_lists_and_may_be_taken_back(people, identity, now):
    reader = public_id(people)
    identity.change_address(reader, NEW, "word", now)
    row = ImportRow(1, ADA, "", SubscriberState.ACTIVE, frozenset(), None)
    people.import_chunks([[row]], proof=Proof("old list", now, "yes"), now=now)
    assert people.find_by_address(ADA) is None
    identity.change_address(reader, ADA, "word", now)
    assert people.find_by_address(ADA).public_id == reader


def test_a_no_before_a_bounce_counts_when_readers_are_merged(people, identity, now):
    kept, other = public_id(people), public_id(people, OTHER)
    people.unsubscribe(other, Event.UNSUBSCRIBED_PAGE, now)
    people.bounce(other, now)
    assert identity.merge(kept, other, now) is SubscriberState.UNSUBSCRIBED


def test_an_address_that_is_taken_or_suppressed_is_refused(people, identity, now):
    with pytest.raises(ReaderStoreError, match="merge"):
        identity.change_address(public_id(people), OTHER, "word", now)
    people.suppress(NEW, SuppressionReason.BOUNCED, now)
    with pytest.raises(SuppressedAddress):
        identity.change_address(public_id(people), NEW, "word", now)
    people.unsubscribe_address(ADA, now)
    with pytest.raises(ReaderStoreError, match="own sign-up"):
        identity.change_address(public_id(people), parse_address("c@example.org"), "word", now)


def test_links_of_both_readers_act_on_the_one_who_was_kept(people, identity, now):
    kept, gone = public_id(people), public_id(people, OTHER)
    assert identity.merge(kept, gone, now) is SubscriberState.ACTIVE
    reader = people.find_by_address(ADA)
    assert (reader.name, reader.tags) == ("Ada L.", ("x", "y"))
    assert people.find(gone).state is SubscriberState.ACTIVE
    assert people.find_by_address(OTHER).state is SubscriberState.UNSUBSCRIBED
    assert people.unsubscribe(gone, Event.UNSUBSCRIBED_ONE_CLICK, now + timedelta(days=1))
    assert people.find_by_address(ADA).state is SubscriberState.UNSUBSCRIBED
    assert not people.unsubscribe(gone, Event.UNSUBSCRIBED_ONE_CLICK, now)
    for each in (kept, gone):
        assert find_break(people.events(each)) is None


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (Event.UNSUBSCRIBED_BY_HAND, SubscriberState.UNSUBSCRIBED),
        (Event.COMPLAINED, SubscriberState.COMPLAINED),
        (Event.BOUNCED, SubscriberState.ACTIVE),
    ],
)
def test_the_lowest_consent_counts(people, identity, now, event, state):
    gone = public_id(people, OTHER)
    if event is Event.BOUNCED:
        people.bounce(gone, now)
    elif event is Event.COMPLAINED:
        people.complain(gone, now)
    else:
        people.unsubscribe(gone, event, now)
    assert identity.merge(public_id(people), gone, now) is state
    assert people.find_by_address(ADA).state is state
    assert (people.find_suppression(ADA) is None) is (event is not Event.COMPLAINED)


def test_who_joins_again_after_a_merge_is_a_reader_of_their_own(people, identity, now):
    kept, gone = public_id(people), public_id(people, OTHER)
    identity.merge(kept, gone, now)
    people.request(OTHER, name="", proof=Proof("form", now, "yes"), now=now)
    people.confirm(gone, now)
    people.unsubscribe(gone, Event.UNSUBSCRIBED_PAGE, now)
    assert people.find(kept).state is SubscriberState.ACTIVE
