"""The public pages on a real database, with readers in every state and a visitor."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from pipeline.render.jinja import environment
from pipeline.store.tables import metadata
from pipeline.web.app import create_app
from pipeline.web.served import ServedPeople
from subscribers.addresses import parse_address
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store.people import People
from subscribers.tokens import CONFIRM_LIFETIME, Keyring, Purpose, make_token
from support.environment import NOW, REPO
from support.web_client import open_client

KEYRING = Keyring(((2, b"2" * 32), (1, b"1" * 32)))
PROOF = Proof("sign-up form", NOW - timedelta(days=1), "Send me the letter.")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TEMPLATES = environment([REPO / "templates"])


class House:
    """A database with the tables, to which readers are added, the application on it, and a visitor."""

    def __init__(self, engine, require=lambda: None):
        self.engine = engine
        self.people = People(engine, suppression_key=b"s" * 32)
        self.now = NOW
        self.app = create_app(
            ServedPeople(require, lambda: self.people),
            KEYRING,
            now=lambda: self.now,
            newsletter_name="Prompts & <Friends>",
            language="en",
            templates=TEMPLATES,
        )
        self.visitor = open_client(self.app, follow_redirects=False)

    @property
    def rooms(self):
        """What makes a token for each path."""
        return {"u": self.leave_token, "c": self.confirm_token}

    def add(self, state=SubscriberState.ACTIVE, *, email="ada@example.org"):
        """Add a reader who has come to `state` the ordinary way."""
        people, address = self.people, parse_address(email)
        public_id = people.request(address, name="", proof=PROOF, now=NOW).public_id
        if state in {SubscriberState.ACTIVE, SubscriberState.PAUSED}:
            people.confirm(public_id, NOW)
        match state:
            case SubscriberState.PAUSED:
                people.pause(public_id, NOW)
            case SubscriberState.UNSUBSCRIBED:
                people.unsubscribe(public_id, Event.UNSUBSCRIBED_BY_HAND, NOW)
            case SubscriberState.BOUNCED:
                people.bounce(public_id, NOW)
            case SubscriberState.COMPLAINED:
                people.complain(public_id, NOW)
            case SubscriberState.ERASED:
                people.erase(public_id, NOW)
        return public_id

    def leave_token(self, public_id):
        return make_token(KEYRING, Purpose.UNSUBSCRIBE, public_id, self.people.find(public_id).token_epoch)

    def confirm_token(self, public_id):
        epoch = self.people.find(public_id).token_epoch
        return make_token(KEYRING, Purpose.CONFIRM, public_id, epoch, NOW + CONFIRM_LIFETIME)

    def state(self, public_id):
        return self.people.find(public_id).state

    def events(self, public_id):
        return [line.event for line in self.people.events(public_id)]

    def everything(self):
        """Read every row of every table."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in metadata.sorted_tables
            }
