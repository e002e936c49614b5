"""Whatever happens to readers in whatever order: letters go to those alone who said yes after their last no.

The machine keeps its own book of who said what, in the plainest way, and compares it with the store after
every step: with who would get a letter, with the record of each reader, and with what a step may not raise.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select
from support.databases import make_tables
from support.examples import examples
from support.stores import KEY, NOW, PROOF, freezing

from pipeline.store.audience import IN_AN_AUDIENCE
from pipeline.store.issues import Issues
from pipeline.store.tables import delivery
from subscribers.addresses import parse_address
from subscribers.consent import find_break
from subscribers.errors import KeptOutAddress, ReaderStoreError, SuppressedAddress, TransitionError
from subscribers.importing.decide import ImportRow
from subscribers.lifecycle import LEFT, has_less_consent
from subscribers.model import Event, SubscriberState
from subscribers.store.engine import open_engine
from subscribers.store.people import People
from subscribers.store.statements import is_deliverable
from subscribers.store.tables import subscriber
from subscribers.store.undo import ReaderActs
from subscribers.suppression import SuppressionReason

PEOPLE = [parse_address(f"{name}@example.org") for name in ("ada", "ben")]
WHO = st.sampled_from(PEOPLE)
LISTED = st.tuples(
    WHO,
    st.sampled_from([state for state in SubscriberState if state is not SubscriberState.ERASED]),
    st.sampled_from(["", "", "", "status: dormant"]),
    st.sampled_from([frozenset(), frozenset({"status: dormant"}), frozenset({"status: zombie"})]),
)
DORMANT = "status: dormant"
YES = {Event.CONFIRMED, Event.IMPORTED, Event.RESUMED}
NO = {
    Event.PAUSED,
    Event.UNSUBSCRIBED_ONE_CLICK,
    Event.UNSUBSCRIBED_PAGE,
    Event.UNSUBSCRIBED_BY_HAND,
    Event.BOUNCED,
    Event.COMPLAINED,
    Event.ERASED,
}


class ConsentMachine(RuleBasedStateMachine):
    """Two people, every act on readers, and a book of those who may get a letter and of those who said no."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.engine = open_engine(f"sqlite:///{self.folder / 'weekly.db'}")
        make_tables(self.engine, self.folder)
        self.people = People(self.engine, suppression_key=KEY)
        self.now, self.weeks = NOW, 0
        self.said_yes: set[str] = set()
        self.said_no: set[str] = set()
        # Of those who said no: whom nothing but the word `dormant` keeps out; and whom its answer let in.
        self.dormant: set[str] = set()
        self.answered: set[str] = set()
        self.acts: list[int] = []
        self.saved: tuple[bytes, list[set[str]]] | None = None

    def teardown(self) -> None:
        self.engine.dispose()
        shutil.rmtree(self.folder)

    def moment(self):
        self.now += timedelta(seconds=1)
        return self.now

    def reader(self, who):
        return self.people.find_by_address(who)

    def audience(self) -> set[str]:
        """Who would get a letter now."""
        with self.engine.connect() as connection:
            return set(connection.execute(select(subscriber.c.email_key).where(is_deliverable())).scalars())

    def states(self):
        return {who.key: reader.state for who in PEOPLE if (reader := self.reader(who))}

    def yes(self, who) -> None:
        self.said_yes.add(who.key)
        for book in (self.said_no, self.dormant, self.answered):
            book.discard(who.key)

    def no(self, who) -> None:
        self.said_no.add(who.key)
        self.dormant.discard(who.key)
        self.answered.discard(who.key)

    def is_dormant(self, key) -> None:
        if key not in self.said_no:
            self.dormant.add(key)
        self.said_no.add(key)
        self.answered.discard(key)

    @rule(who=WHO)
    def asks_to_join(self, who):
        try:
            self.people.request(who, name="", proof=PROOF, now=self.moment())
        except SuppressedAddress:
            assert self.people.find_suppression(who)

    @rule(who=WHO)
    def joins(self, who):
        self.asks_to_join(who)
        self.confirms(who)

    @rule(who=WHO)
    def confirms(self, who):
        reader = self.reader(who)
        if reader is None:
            return
        try:
            changed = self.people.confirm(reader.public_id, self.moment())
        except (TransitionError, SuppressedAddress):
            assert reader.state is not SubscriberState.PENDING or self.people.find_suppression(who)
            return
        if changed:
            assert reader.state is SubscriberState.PENDING
            self.yes(who)

    @rule(who=WHO)
    def is_added_by_hand_with_proof(self, who):
        before = self.reader(who)
        try:
            after = self.people.add_with_proof(who, name="", proof=PROOF, now=self.moment())
        except (TransitionError, SuppressedAddress):
            assert before or self.people.find_suppression(who)
            return
        except KeptOutAddress:
            assert before is None or before.state is SubscriberState.PENDING
            return
        if after.state is SubscriberState.ACTIVE and (before is None or before.state is not after.state):
            assert before is None or before.state is SubscriberState.PENDING
            self.yes(who)

    @rule(rows=st.lists(LISTED, min_size=1, max_size=4))
    def is_imported(self, rows):
        before = self.audience()
        known = {who.key for who in PEOPLE if self.reader(who)}
        lines = [
            ImportRow(number, who, "", state, frozenset(), None, kept_out=reason, settles=settles)
            for number, (who, state, reason, settles) in enumerate(rows, start=1)
        ]
        result = self.people.import_chunks([lines], proof=PROOF, now=self.moment())
        self.acts.append(result.act_id)
        for who, state, reason, settles in rows:
            if reason and who.key not in known:
                self.is_dormant(who.key)
            elif state in LEFT or (reason and who.key not in before):
                self.no(who)
            elif state is SubscriberState.ACTIVE and who.key not in known | self.said_no:
                self.said_yes.add(who.key)
            elif (
                state is SubscriberState.ACTIVE
                and who.key in self.dormant - known
                and DORMANT in settles
                and (reader := self.reader(who))
                and reader.state not in LEFT
            ):
                self.yes(who)
                self.answered.add(who.key)
        assert self.audience() - before <= {who.key for who in PEOPLE} - known

    @rule(place=st.integers(0, 3))
    def an_import_is_undone(self, place):
        before, states = self.audience(), self.states()
        acts = ReaderActs(self.engine, mailed=IN_AN_AUDIENCE)
        try:
            acts.undo(self.acts[-1 - place], self.moment())
        except (IndexError, ReaderStoreError):
            return
        assert self.audience() <= before
        for key in self.answered - self.states().keys():
            self.is_dormant(key)
        for key, state in self.states().items():
            assert key in states
            assert not has_less_consent(states[key], state)

    @rule(who=WHO, event=st.sampled_from([Event.UNSUBSCRIBED_ONE_CLICK, Event.UNSUBSCRIBED_PAGE]))
    def unsubscribes(self, who, event):
        reader = self.reader(who)
        if reader and self.people.unsubscribe(reader.public_id, event, self.moment()):
            self.no(who)

    @rule(who=WHO, act=st.sampled_from(["bounce", "complain", "erase"]))
    def bounces_complains_or_is_erased(self, who, act):
        reader = self.reader(who)
        if reader:
            getattr(self.people, act)(reader.public_id, self.moment())
            self.no(who)

    @rule(who=WHO, reason=st.sampled_from(SuppressionReason))
    def is_suppressed(self, who, reason):
        self.people.suppress(who, reason, self.moment())
        self.no(who)

    @rule(who=WHO, act=st.sampled_from(["pause", "resume"]))
    def pauses_or_resumes(self, who, act):
        reader = self.reader(who)
        if reader is None:
            return
        try:
            getattr(self.people, act)(reader.public_id, self.moment())
        except TransitionError:
            return
        if act == "resume":
            assert reader.state is SubscriberState.PAUSED
            self.said_yes.add(who.key)

    @rule()
    def is_backed_up(self):
        self.engine.dispose()
        self.saved = (
            (self.folder / "weekly.db").read_bytes(),
            [set(book) for book in (self.said_yes, self.said_no, self.dormant, self.answered)],
        )

    @rule()
    def is_restored(self):
        if self.saved is None:
            return
        self.engine.dispose()
        for extra in ("-wal", "-shm"):
            (self.folder / f"weekly.db{extra}").unlink(missing_ok=True)
        content, books = self.saved
        (self.folder / "weekly.db").write_bytes(content)
        self.said_yes, self.said_no, self.dormant, self.answered = map(set, books)

    @rule()
    def a_letter_is_frozen(self):
        expected = self.audience()
        self.weeks += 1
        try:
            issue = Issues(self.engine).freeze(freezing(f"2026-W{self.weeks:02}", self.weeks), self.moment())
        except ReaderStoreError:
            return
        with self.engine.connect() as connection:
            mailed = connection.execute(
                select(subscriber.c.email_key)
                .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
                .where(delivery.c.issue_id == issue.id)
            ).scalars()
            assert set(mailed) == expected

    @invariant()
    def letters_go_to_those_alone_who_said_yes_after_their_last_no(self):
        assert self.audience() <= self.said_yes - self.said_no

    @invariant()
    def the_record_of_every_active_reader_says_why(self):
        for who in PEOPLE:
            reader = self.reader(who)
            if reader is None:
                continue
            events = self.people.events(reader.public_id)
            assert find_break(events) is None
            turns = [line.event for line in events if line.event in YES | NO]
            if reader.state is SubscriberState.ACTIVE:
                assert turns
                assert turns[-1] in YES


ConsentMachine.TestCase.settings = examples(100, stateful_step_count=30)
TestConsent = ConsentMachine.TestCase
