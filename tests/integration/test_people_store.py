import threading

import pytest
from sqlalchemy import insert, select, update

from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.errors import ReaderStoreError, SuppressedAddress, TransitionError
from subscribers.model import Event, Proof, SubscriberState
from subscribers.selection.model import by_state, by_tag, join_all
from subscribers.store.people import People
from subscribers.store.selection import compile_selection
from subscribers.store.statements import is_deliverable, read_page
from subscribers.store.tables import consent_event, metadata, subscriber, suppression
from subscribers.suppression import SuppressionReason, email_hmac

KEY = b"s" * 32
JANE = parse_address("Jane@Example.org")
JOHN = parse_address("john@example.org")


@pytest.fixture
def people(engine):
    return People(engine, suppression_key=KEY)


@pytest.fixture
def proof(now):
    return Proof("form", now, "I want the letter")


def words(people, reader):
    assert find_break(people.events(reader.public_id)) is None
    return [event.event.word for event in people.events(reader.public_id)]


def test_a_sign_up_waits_until_it_is_confirmed_and_every_step_is_on_record(people, proof, now):
    asked = people.request(JANE, name=" Jane\nDoe ", proof=proof, now=now)
    assert (asked.state, asked.email, asked.name, asked.source) == (
        SubscriberState.PENDING,
        "Jane@example.org",
        "Jane Doe",
        "form",
    )
    assert 0 < asked.public_id < 2**63
    people.note_confirm_mailed(asked.public_id, now)
    assert people.confirm(asked.public_id, now, ip="192.0.2.77")
    reader = people.find(asked.public_id)
    assert (reader.state, reader.confirmed_at) == (SubscriberState.ACTIVE, now)
    assert reader == people.find_by_address(parse_address("jANE@example.org"))
    assert words(people, reader) == ["requested", "confirm mailed", "confirmed"]
    first, _, last = people.events(reader.public_id)
    assert (first.wording, first.given_at) == ("I want the letter", now)
    assert last.source == "confirm page, 192.0.2.0/24"


def test_asking_or_confirming_again_changes_nothing(people, proof, now):
    reader = people.request(JANE, name="Jane", proof=proof, now=now)
    assert people.request(JANE, name="Eve", proof=proof, now=now) == reader
    assert people.confirm(reader.public_id, now)
    assert not people.confirm(reader.public_id, now)
    assert people.request(JANE, name="Eve", proof=proof, now=now).state is SubscriberState.ACTIVE
    assert people.add_with_proof(JANE, name="Eve", proof=proof, now=now).name == "Jane"
    assert words(people, reader) == ["requested", "confirmed"]


def test_a_proof_makes_a_reader_active_at_once(people, proof, now):
    waiting = people.request(JOHN, name="", proof=proof, now=now)
    assert people.add_with_proof(JANE, name="Jane", proof=proof, now=now).state is SubscriberState.ACTIVE
    assert people.add_with_proof(JOHN, name="John", proof=proof, now=now).state is SubscriberState.ACTIVE
    assert words(people, waiting) == ["requested", "confirmed"]
    people.add_with_proof(parse_address("jäne@example.org"), name="", proof=proof, now=now)
    assert (people.count_deliverable(), people.count_beyond_ascii()) == (3, 1)


def test_unsubscribing_works_once_from_every_state_that_could_receive_a_letter(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    assert people.unsubscribe(reader.public_id, Event.UNSUBSCRIBED_ONE_CLICK, now)
    assert not people.unsubscribe(reader.public_id, Event.UNSUBSCRIBED_PAGE, now)
    assert not people.unsubscribe_address(JANE, now)
    assert not people.unsubscribe_address(JOHN, now)
    assert words(people, reader) == ["confirmed", "unsubscribed one click"]
    left = people.find(reader.public_id)
    assert (left.state, left.left_at) == (SubscriberState.UNSUBSCRIBED, now)
    with pytest.raises(ValueError, match="is not a way to unsubscribe"):
        people.unsubscribe(reader.public_id, Event.CONFIRMED, now)


def test_who_left_comes_back_only_by_asking_and_confirming_anew(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    people.unsubscribe_address(JANE, now)
    with pytest.raises(TransitionError):
        people.confirm(reader.public_id, now)
    with pytest.raises(TransitionError):
        people.add_with_proof(JANE, name="", proof=proof, now=now)
    again = people.request(JANE, name="", proof=proof, now=now)
    assert (again.state, again.left_at, again.confirmed_at) == (SubscriberState.PENDING, None, None)
    assert again.token_epoch == reader.token_epoch
    assert people.confirm(reader.public_id, now)
    assert words(people, reader) == ["confirmed", "unsubscribed by hand", "requested", "confirmed"]


def test_a_break_ends_and_can_be_left(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    people.pause(reader.public_id, now)
    assert people.count_deliverable() == 0
    with pytest.raises(TransitionError):
        people.pause(reader.public_id, now)
    people.resume(reader.public_id, now)
    assert people.count_deliverable() == 1
    people.pause(reader.public_id, now)
    assert people.unsubscribe(reader.public_id, Event.UNSUBSCRIBED_PAGE, now)


@pytest.mark.parametrize(
    ("leave", "state"),
    [("bounce", SubscriberState.BOUNCED), ("complain", SubscriberState.COMPLAINED)],
)
def test_a_bounce_or_a_complaint_closes_the_door_for_good(people, proof, now, leave, state):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    assert getattr(people, leave)(reader.public_id, now, source="dsn")
    assert not getattr(people, leave)(reader.public_id, now)
    assert not people.unsubscribe(reader.public_id, Event.UNSUBSCRIBED_PAGE, now)
    assert people.find(reader.public_id).state is state
    reason = people.find_suppression(JANE)
    assert reason.value == state.word
    for join in (people.request, people.add_with_proof):
        with pytest.raises(SuppressedAddress) as caught:
            join(JANE, name="", proof=proof, now=now)
        assert caught.value.reason == reason
        assert "jane" not in str(caught.value).lower()


def test_an_address_can_be_blocked_before_anybody_has_it(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    assert people.suppress(JANE, SuppressionReason.BY_HAND, now)
    assert people.suppress(JOHN, SuppressionReason.BY_HAND, now)
    assert not people.suppress(JOHN, SuppressionReason.COMPLAINED, now)
    assert people.find(reader.public_id).state is SubscriberState.UNSUBSCRIBED
    assert people.find_suppression(JOHN)
    with pytest.raises(SuppressedAddress):
        people.request(JOHN, name="", proof=proof, now=now)
    assert people.find_by_address(JOHN) is None


def test_an_active_reader_on_the_list_of_suppressions_receives_nothing(people, proof, now, engine):
    people.add_with_proof(JANE, name="", proof=proof, now=now)
    people.add_with_proof(JOHN, name="", proof=proof, now=now)
    with engine.begin() as connection:
        connection.execute(
            insert(suppression).values(
                email_hmac=email_hmac(KEY, JANE.key), reason="by hand", source="", at=now
            )
        )
    assert people.count_deliverable() == 1
    with engine.begin() as connection:
        query = select(subscriber.c.email).where(is_deliverable())
        assert connection.scalars(query).all() == ["john@example.org"]
        inside = select(subscriber.c.id).where(subscriber.c.email_key == JANE.key, is_deliverable()).exists()
        assert connection.scalar(select(inside)) is False


def test_who_is_erased_leaves_a_proof_and_no_trace_of_the_address(people, proof, now, engine):
    reader = people.add_with_proof(JANE, name="Jane", proof=proof, now=now)
    people.change_tags(reader.public_id, now, add=["vip"])
    assert people.erase(reader.public_id, now)
    assert not people.erase(reader.public_id, now)
    gone = people.find(reader.public_id)
    assert (gone.state, gone.email, gone.name, gone.tags) == (SubscriberState.ERASED, "", "", ())
    assert people.find_by_address(JANE) is None
    assert words(people, reader) == ["confirmed", "erased"]
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            assert "jane" not in str(connection.execute(select(table)).all()).lower(), table.name


def test_tags_are_added_and_removed_and_an_erased_reader_has_none(people, proof, now):
    reader = people.add_with_proof(JANE, name="Jane", proof=proof, now=now)
    assert people.change_tags(reader.public_id, now, add=["VIP", "text-only"]) == ("text-only", "vip")
    assert people.change_tags(reader.public_id, now, add=["beta"], remove=["vip", "nobody"]) == (
        "beta",
        "text-only",
    )
    assert people.find(reader.public_id).tags == ("beta", "text-only")
    people.erase(reader.public_id, now)
    assert people.change_tags(reader.public_id, now, add=["beta"]) == ()
    assert people.find(reader.public_id).tags == ()


def test_who_was_erased_comes_back_only_by_their_own_confirmed_sign_up(people, proof, now):
    people.erase(people.add_with_proof(JANE, name="", proof=proof, now=now).public_id, now)
    with pytest.raises(SuppressedAddress):
        people.add_with_proof(JANE, name="", proof=proof, now=now)
    reader = people.request(JANE, name="", proof=proof, now=now)
    assert people.find_suppression(JANE) is SuppressionReason.ERASED
    people.confirm(reader.public_id, now)
    assert not people.find_suppression(JANE)
    assert people.count_deliverable() == 1
    assert people.count_by_state()["erased"] == 1


def test_an_erased_address_that_complained_stays_closed(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    people.complain(reader.public_id, now)
    people.erase(reader.public_id, now)
    with pytest.raises(SuppressedAddress):
        people.request(JANE, name="", proof=proof, now=now)


def test_a_stranger_number_is_refused_or_not_found(people, now):
    assert people.find(12345) is None
    assert people.events(12345) == ()
    for change in (people.confirm, people.erase, people.pause, people.bounce):
        with pytest.raises(ReaderStoreError, match="no such subscriber"):
            change(12345, now)


def test_links_can_be_revoked(people, proof, now):
    reader = people.request(JANE, name="", proof=proof, now=now)
    people.revoke_links(reader.public_id)
    assert people.find(reader.public_id).token_epoch == reader.token_epoch + 1


def test_a_record_that_was_tampered_with_is_found_out(people, proof, now, engine):
    reader = people.request(JANE, name="", proof=proof, now=now)
    people.confirm(reader.public_id, now)
    with engine.begin() as connection:
        connection.execute(
            update(consent_event).where(consent_event.c.event == Event.CONFIRMED).values(source="elsewhere")
        )
    assert find_break(people.events(reader.public_id)) == 1


def test_pages_follow_each_other_by_state_and_tag_without_gaps(people, proof, now):
    for number in range(25):
        reader = people.add_with_proof(
            parse_address(f"reader{number}@example.org"), name="", proof=proof, now=now
        )
        people.change_tags(reader.public_id, now, add=["Early Birds"] if number % 2 else ["late", "late", ""])
        if number % 5 == 0:
            people.unsubscribe_address(parse_address(reader.email), now)
    everybody = list(people.iterate())
    assert [reader.email for reader in everybody] == [f"reader{number}@example.org" for number in range(25)]
    assert everybody[1].tags == ("early-birds",)
    assert everybody[2].tags == ("late",)

    paged, after = [], 0
    early = join_all(by_state(SubscriberState.ACTIVE), by_tag("early birds"))
    while page := people.page(after=after, limit=4, where=early):
        paged += page
        after = page[-1].id
    assert paged == [
        reader
        for reader in everybody
        if reader.state is SubscriberState.ACTIVE and reader.tags == ("early-birds",)
    ]
    assert len(list(people.iterate(by_state(SubscriberState.UNSUBSCRIBED)))) == 5
    assert list(people.iterate(by_tag("nobody has it"))) == []
    assert list(people.iterate(by_tag("!"))) == []


def test_every_state_is_counted(people, proof, now):
    people.request(JANE, name="", proof=proof, now=now)
    people.add_with_proof(JOHN, name="", proof=proof, now=now)
    counts = people.count_by_state()
    assert set(counts) == {state.word for state in SubscriberState}
    assert {word: count for word, count in counts.items() if count} == {"pending": 1, "active": 1}


def test_two_sign_ups_at_the_same_time_make_one_reader(people, proof, now):
    start, found = threading.Barrier(4), []

    def join():
        start.wait()
        found.append(people.request(JANE, name="", proof=proof, now=now))

    threads = [threading.Thread(target=join) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({reader.public_id for reader in found}) == 1
    assert words(people, found[0]) == ["requested"]


def test_one_of_many_simultaneous_leavers_counts(people, proof, now):
    reader = people.add_with_proof(JANE, name="", proof=proof, now=now)
    start, changed = threading.Barrier(4), []

    def leave():
        start.wait()
        changed.append(people.unsubscribe(reader.public_id, Event.UNSUBSCRIBED_ONE_CLICK, now))

    threads = [threading.Thread(target=leave) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(changed) == [False, False, False, True]
    assert words(people, reader) == ["confirmed", "unsubscribed one click"]


@pytest.mark.parametrize(
    ("state", "tag_id"),
    [(None, None), (SubscriberState.ACTIVE, None), (None, 1), (SubscriberState.ACTIVE, 1)],
)
def test_no_page_is_sorted_or_searched_from_the_start(databases, state, tag_id):
    # SQLite only: the planner of an empty PostgreSQL table always scans.
    with databases.lend("sqlite") as engine, engine.connect() as connection:
        where = None if state is None else compile_selection(by_state(state), {})
        compiled = read_page(10, 5, where, tag_id).compile(
            connection, compile_kwargs={"literal_binds": True, "render_postcompile": True}
        )
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all())
    assert "SEARCH" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan
