"""An import is one act: it is visible when it is finished, and what it kept out is remembered."""

import io
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, update
from support.stores import freezing

from pipeline.store.audience import IN_AN_AUDIENCE
from pipeline.store.issues import Issues
from subscribers.addresses import parse_address
from subscribers.attributes import read_attributes
from subscribers.consent import find_break
from subscribers.errors import KeptOutAddress, ReaderStoreError
from subscribers.importing.decide import ImportRow, RowOutcome
from subscribers.model import Event, Proof, SubscriberState
from subscribers.sheets.opening import open_table
from subscribers.store import removing
from subscribers.store.bulk import EVENT_COLUMNS, READER_COLUMNS
from subscribers.store.engine import open_engine
from subscribers.store.imports import ReaderImports
from subscribers.store.people import People
from subscribers.store.raw import SqliteTransactions
from subscribers.store.suppressions import SuppressionList
from subscribers.store.tables import consent_event, reader_act, reader_act_change, subscriber
from subscribers.store.undo import ReaderActs
from subscribers.suppressing import export_suppressions, import_suppressions
from subscribers.suppression import SuppressionReason, email_hmac, email_hmacs

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


def test_the_answer_about_exactly_the_word_that_kept_an_address_out_lets_it_in(people, acts, proof, now):
    dormant, answered = "Status: dormant", row("zoe", settles=frozenset({"Status: dormant"}))
    people.import_chunks([[row("zoe", kept_out=dormant)]], proof=proof, now=now)
    other = row("zoe", settles=frozenset({"Status: other", "State: dormant"}))
    assert people.import_chunks([[other]], proof=proof, now=now).kept_out == {dormant: 1}
    for _ in range(2):
        # An undo keeps the address out again, and the same answer lets it in again.
        planned = people.import_chunks([[answered], [row("zoe")]], proof=proof, now=now, dry_run=True)
        result = people.import_chunks([[answered], [row("zoe")]], proof=proof, now=now)
        assert planned.counts == result.counts == {RowOutcome.ADDED: 1, RowOutcome.DUPLICATE: 1}
        (reader,) = people.iterate()
        assert [line.event for line in people.events(reader.public_id)] == [Event.IMPORTED]
        preview = acts.preview(result.act_id)
        assert (preview.removed, preview.restored, preview.kept.total()) == (1, 0, 0)
        assert acts.undo(result.act_id, now).removed == 1
        assert people.import_chunks([[row("zoe")]], proof=proof, now=now).kept_out == {dormant: 1}
    both = [answered, row("zoe", kept_out="Status: zombie")]
    people.import_chunks([both], proof=proof, now=now)
    assert states(people) == {"zoe": "unsubscribed"}


def test_an_answer_outlives_an_import_that_was_cut_off(people, acts, proof, now):
    answered = row("zoe", settles=frozenset({"Status: dormant"}))
    people.import_chunks([[row("zoe", kept_out="Status: dormant")]], proof=proof, now=now)
    cut_off(people, [answered], proof, now)
    act_id = people.import_chunks([[answered]], proof=proof, now=now).act_id
    assert people.count_deliverable() == 1
    assert acts.undo(act_id, now).removed == 1
    assert people.import_chunks([[row("zoe")]], proof=proof, now=now).kept_out == {"Status: dormant": 1}


def test_no_answer_lets_in_whom_something_else_keeps_out(people, acts, proof, now):
    paused = [row("undone", SubscriberState.PAUSED)]
    acts.undo(people.import_chunks([paused], proof=proof, now=now).act_id, now)
    people.suppress(parse_address("zoe@example.org"), SuppressionReason.BY_HAND, now)
    people.import_chunks([[row("left", SubscriberState.UNSUBSCRIBED)]], proof=proof, now=now)
    people.import_chunks([[row("zoe", kept_out="Status: dormant")]], proof=proof, now=now)
    names = ("undone", "zoe", "left")
    rows = [row(name, settles=frozenset({"Status: dormant"})) for name in names]
    assert people.import_chunks([rows], proof=proof, now=now).counts == {RowOutcome.KEPT_OUT: 3}
    assert states(people) == {"left": "unsubscribed"}


def test_a_row_that_is_kept_out_lowers_whom_the_same_list_brought_and_nobody_else(people, proof, now):
    people.import_chunks([[row("ada")]], proof=proof, now=now)
    rows = [row("ada", kept_out="zombie"), row("bob"), row("bob", kept_out="zombie"), row("bob")]
    result = people.import_chunks([rows[:2], rows[2:]], proof=proof, now=now)
    assert states(people) == {"ada": "active", "bob": "unsubscribed"}
    assert result.counts[RowOutcome.LOWERED] == 1
    assert people.count_deliverable() == 1


def test_an_undo_of_an_import_that_was_cut_off_lets_nobody_receive_letters(people, engine, proof, now):
    cut_off(people, [row("ada"), row("bob")], proof, now)
    for who in ("ada", "bob"):
        reader = people.find_by_address(parse_address(f"{who}@example.org"))
        people.change_tags(reader.public_id, now, add=["vip"])
    acts = ReaderActs(engine, mailed=IN_AN_AUDIENCE)
    acts.undo(acts.list()[-1].id, now)
    assert people.count_deliverable() == 0


def test_a_row_that_says_that_a_known_reader_left_lowers_them_whatever_else_is_wrong_with_it(
    people, proof, now
):
    people.import_chunks([[row("ada")]], proof=proof, now=now)
    left = row("ada", SubscriberState.UNSUBSCRIBED, kept_out="unreadable date")
    people.import_chunks([[left]], proof=proof, now=now)
    assert states(people) == {"ada": "unsubscribed"}


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


@pytest.fixture
def acts(engine):
    return ReaderActs(engine, mailed=IN_AN_AUDIENCE)


def deliver_to(engine, reader, now):
    """Put one reader into the audience of an issue."""
    with engine.begin() as connection:
        everyone = connection.execute(select(subscriber.c.id, subscriber.c.state)).all()
        connection.execute(update(subscriber).where(subscriber.c.id != reader.id).values(state=2))
    Issues(engine).freeze(freezing(), now)
    with engine.begin() as connection:
        for who, state in everyone:
            connection.execute(update(subscriber).where(subscriber.c.id == who).values(state=state))


def test_an_undo_removes_whom_nobody_touched_and_lists_the_rest_with_the_reason(
    people, acts, engine, proof, now
):
    people.import_chunks([[row("old", name="Old", tags=["a"]), row("gone")]], proof=proof, now=now)
    away = [SubscriberState.UNSUBSCRIBED, SubscriberState.PENDING, SubscriberState.BOUNCED]
    brought = [row("plain", tags=["x"]), *(row(state.word, state) for state in away)]
    touched = [row("mailed"), row("left"), row("tagged")]
    known = [row("old", tags=["b"], first_name="O"), row("gone", SubscriberState.UNSUBSCRIBED)]
    result = people.import_chunks([[*brought, *touched, *known]], proof=proof, now=now)
    by_name = {reader.email.partition("@")[0]: reader for reader in people.iterate()}
    deliver_to(engine, by_name["mailed"], now)
    people.unsubscribe(by_name["left"].public_id, Event.UNSUBSCRIBED_PAGE, now)
    people.change_tags(by_name["tagged"].public_id, now, add=["vip"])
    stay = {
        "mailed@example.org": "is a recipient of a letter",
        "left@example.org": "their record of consent went on",
        "tagged@example.org": "was changed since",
        "gone@example.org": "stays unsubscribed: an undo never raises consent",
    }
    preview = acts.preview(result.act_id)
    assert {one.email: one.reason for one in acts.kept_readers(result.act_id)} == stay
    assert len(states(people)) == 9
    done = acts.undo(result.act_id, now)
    assert (done.removed, done.restored, done.kept.total()) == (4, 1, 4)
    assert (preview.removed, preview.restored, preview.kept) == (4, 1, done.kept)
    assert set(states(people)) == {"old", "gone", "mailed", "left", "tagged"}
    old = people.find_by_address(parse_address("old@example.org"))
    assert (old.name, old.tags) == ("Old", ("a",))
    assert {one.email: one.reason for one in acts.kept_readers(result.act_id)} == stay
    again = acts.undo(result.act_id, now)
    assert (again.removed, again.restored, again.kept) == (0, 0, done.kept)
    assert [act.kind for act in acts.list(all_kinds=True)] == ["import", "import", "tag", "undo", "undo"]
    with engine.connect() as connection:
        assert not connection.execute(select(subscriber).where(subscriber.c.act_id == 4)).all()


def test_who_is_removed_by_an_undo_never_becomes_active_by_a_later_list(people, acts, proof, now):
    came = [row(state.word, state) for state in SubscriberState if state is not SubscriberState.ERASED]
    acts.undo(people.import_chunks([came], proof=proof, now=now).act_id, now)
    assert states(people) == {}
    people.import_chunks([[row(state.word) for state in SubscriberState]], proof=proof, now=now)
    assert states(people) == {"active": "active", "erased": "active"}
    people.import_chunks([came], proof=proof, now=now)
    assert states(people) == {
        "erased": "active",
        **{state: state for state in states(people) if state != "erased"},
    }


def test_an_undo_of_an_import_that_was_cut_off_removes_it_and_stops_one_that_runs(people, acts, proof, now):
    def chunks():
        yield [row("ada")]
        acts.undo(1, now)
        yield [row("bob")]

    with pytest.raises(ReaderStoreError, match="undone"):
        people.import_chunks(chunks(), proof=proof, now=now)
    assert states(people) == {}
    cut_off(people, [row("ada")], proof, now)
    assert [act.waiting for act in acts.list()] == [0, 1]
    assert acts.undo(3, now).removed == 1
    with pytest.raises(ReaderStoreError, match="is an undo"):
        acts.undo(4, now)
    with pytest.raises(ReaderStoreError, match="no act 99"):
        acts.preview(99)


def test_an_undo_that_was_cut_off_hides_its_readers_and_is_continued(people, acts, engine, proof, now):
    act_id = people.import_chunks([[row("ada"), row("bob")]], proof=proof, now=now).act_id
    with engine.begin() as connection:
        undo_id = acts._begin(connection, connection.execute(select(reader_act)).mappings().one(), now)
    assert (people.count_deliverable(), len(states(people))) == (0, 2)
    bob = people.find_by_address(parse_address("bob@example.org"))
    people.unsubscribe(bob.public_id, Event.UNSUBSCRIBED_PAGE, now)
    done = acts.undo(act_id, now)
    assert (done.removed, done.kept) == (1, {"their record of consent went on": 1})
    assert states(people) == {"bob": "unsubscribed"}
    assert [act.id for act in acts.list(all_kinds=True)] == [act_id, undo_id]


@pytest.fixture
def visitors(engine):
    """The readers on a connection of their own."""
    other = open_engine(engine.url.render_as_string(hide_password=False))
    yield People(other, suppression_key=KEY)
    other.dispose()


@pytest.fixture
def pairs(monkeypatch):
    monkeypatch.setattr(removing, "CHUNK_READERS", 2)


@pytest.mark.usefixtures("pairs")
def test_others_write_between_the_chunks_of_an_undo_whose_readers_are_hidden_from_the_start(
    people, acts, engine, visitors, now
):
    proof = Proof("old list", now, "Send it")
    people.import_chunks([[row("old")]], proof=proof, now=now)
    act_id = people.import_chunks([[row(f"r{number}") for number in range(6)]], proof=proof, now=now).act_id
    by_name = {reader.email.partition("@")[0]: reader for reader in people.iterate()}
    seen = []
    # Before the third pair is looked at, and before the second one is deleted.
    leaving = {4: ("r5", 6), 8: ("r3", 3)}

    def between(connection, _cursor=None, statement="BEGIN IMMEDIATE", *_):
        reads = connection.get_execution_options().get("reading", False)
        if statement == "BEGIN IMMEDIATE" and not reads:
            seen.append(visitors.count_deliverable())
            visitors.change_tags(by_name["old"].public_id, now, add=[f"t{len(seen)}"])
            if found := leaving.get(len(seen)):
                assert acts.preview(act_id).removed == found[1]
                visitors.unsubscribe(by_name[found[0]].public_id, Event.UNSUBSCRIBED_PAGE, now)

    # SQLite has the lock when a transaction has begun.
    when = "before_cursor_execute" if engine.dialect.name == "sqlite" else "begin"
    event.listen(engine, when, between)
    try:
        done = acts.undo(act_id, now)
    finally:
        event.remove(engine, when, between)
    assert (seen[0], {*seen[1:]}) == (7, {1})
    # One that hides them, four to look at pairs, one that shows the rest, and the same number to delete.
    assert len(seen) >= 1 + 4 + 1 + 4
    assert (done.removed, done.kept) == (4, {"their record of consent went on": 2})
    assert states(people) == {"old": "active", "r3": "unsubscribed", "r5": "unsubscribed"}


def test_a_confirmed_sign_up_ends_being_kept_out_and_proof_by_hand_does_not(people, proof, now):
    people.import_chunks([[row("zoe", kept_out="zombie")]], proof=proof, now=now)
    zoe = parse_address("zoe@example.org")
    with pytest.raises(KeptOutAddress, match="zombie"):
        people.add_with_proof(zoe, name="", proof=proof, now=now)
    asked = people.request(zoe, name="", proof=proof, now=now)
    with pytest.raises(KeptOutAddress, match="zombie"):
        people.add_with_proof(zoe, name="", proof=proof, now=now)
    people.confirm(asked.public_id, now)
    assert people.add_with_proof(zoe, name="", proof=proof, now=now).state is SubscriberState.ACTIVE


def test_who_confirms_receives_letters_though_their_import_was_cut_off(people, proof, now):
    cut_off(people, [row("ada", SubscriberState.PENDING)], proof, now)
    people.confirm(people.find_by_address(parse_address("ada@example.org")).public_id, now)
    assert people.count_deliverable() == 1


def test_kept_out_addresses_are_listed_moved_and_lifted_with_the_suppressions(people, engine, proof, now):
    people.import_chunks([[row("zoe", kept_out="zombie")]], proof=proof, now=now)
    listed = SuppressionList(engine, suppression_key=KEY)
    (entry,) = listed.iterate(reason=SuppressionReason.KEPT_OUT)
    assert (entry.email, entry.source, list(listed.iterate())) == ("", "zombie", [entry])
    file = io.StringIO(newline="")
    export_suppressions(listed.iterate(), file, listed.key_mark)
    assert listed.lift(bytes.fromhex(entry.hash), "she wrote", now) == entry
    assert (list(listed.iterate()), [one.source for one in listed.iterate_lifted()]) == ([], ["zombie"])
    for added in (1, 0):
        with open_table(io.BytesIO(file.getvalue().encode())) as table:
            report = import_suppressions(listed, table, reason=SuppressionReason.BY_HAND, source="a", now=now)
        assert report.added == added
    assert [each.source for each in listed.iterate()] == ["zombie"]


def test_the_driver_writes_what_the_tables_have_and_hashes_as_the_store_does():
    left_out = [column for column in subscriber.columns if column.name not in READER_COLUMNS]
    assert {*READER_COLUMNS} <= {column.name for column in subscriber.columns}
    assert all(column.nullable or column.server_default is not None for column in left_out)
    assert [column.name for column in consent_event.columns if column.name != "id"] == list(EVENT_COLUMNS)
    keys = ["", "ada@example.org", "jäne@example.org"]
    for key in (KEY, b"k" * 64, b"k" * 65):
        assert email_hmacs(key, keys) == [email_hmac(key, each) for each in keys]


def test_a_file_of_sqlite_is_imported_without_its_engine(databases, proof, now):
    with databases.lend("sqlite") as engine:
        people = People(engine, suppression_key=KEY)
        given = ImportRow(
            1, parse_address("bob@example.org"), "", SubscriberState.PAUSED, frozenset({"x"}), now
        )
        rows = [row("ada", name="Ada"), row("eve", SubscriberState.BOUNCED), given, row("ada", tags=["x"])]
        with closing(SqliteTransactions(Path(engine.url.database), cache_kib=1024)) as transactions:
            imports = ReaderImports(transactions, suppression_key=KEY)
            planned = imports.import_chunks([rows], proof=proof, now=now, dry_run=True)
            result = imports.import_chunks([rows[:2], rows[2:]], proof=proof, now=now)
            again = imports.import_chunks([rows], proof=proof, now=now)
        assert planned.counts == result.counts == {RowOutcome.ADDED: 3, RowOutcome.DUPLICATE: 1}
        assert again.counts == {RowOutcome.UNCHANGED: 4}
        assert states(people) == {"ada": "active", "eve": "bounced", "bob": "paused"}
        for reader in people.iterate():
            assert find_break(people.events(reader.public_id)) is None
            assert reader.tags == ((), ("x",))[reader.name == "Ada" or reader.state is SubscriberState.PAUSED]
        assert people.find_suppression(parse_address("eve@example.org")) is SuppressionReason.BOUNCED


def test_an_undo_keeps_whoever_was_merged_with_another_reader(people, acts, engine, proof, now):
    result = people.import_chunks([[row("ada"), row("old"), row("bob")]], proof=proof, now=now)
    with engine.begin() as connection:
        ada = connection.scalar(select(subscriber.c.id).where(subscriber.c.email == "ada@example.org"))
        connection.execute(
            update(subscriber).where(subscriber.c.email == "old@example.org").values(merged_into=ada)
        )
    assert (acts.undo(result.act_id, now).removed, set(states(people))) == (1, {"ada", "old"})
