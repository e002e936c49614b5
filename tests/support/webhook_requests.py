"""What providers report with: an event, a request, a sender that signs, and keys made for the tests."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from support.environment import NOW

KINDS = ("hard", "complained", "delivered", "delayed")


@dataclass(frozen=True)
class Event:
    """What happened to one copy of a letter."""

    kind: str
    email: str = "ada@example.org"
    ref: str = ""
    message_id: str = ""
    at: datetime = NOW
    id: str = "event-1"


@dataclass
class Post:
    """A request, ready to be sent or to be tampered with."""

    headers: dict[str, str]
    body: bytes
    path: str = ""


@dataclass
class Sender:
    """One provider: the settings that trust it, and its way to sign."""

    name: str
    options: dict = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    signed_at: datetime = NOW

    def event(self, event):
        """Return the JSON of one event."""
        raise NotImplementedError

    def sign(self, data, event_id):
        """Return headers and body of a request about events in their JSON."""
        raise NotImplementedError

    def post(self, *events, other_tenant=False):
        """Make the request for events."""
        data = [self.event(each) for each in events]
        if other_tenant:
            data = [self.of_other_tenant(each) for each in data]
        return self.sign(data if self.is_batching else data[0], events[0].id)

    is_batching = False

    def of_other_tenant(self, data):
        """Return the event as another customer of the provider would get it."""
        return data

    def stranger(self):
        """Return the same provider with keys that nobody trusts."""
        return type(self)()


def to_json(data):
    """Return JSON as bytes, in UTF-8."""
    return json.dumps(data, ensure_ascii=False).encode()


def stamp(at):
    """Return an instant as JSON has it."""
    return f"{at:%Y-%m-%dT%H:%M:%S.000Z}"


@functools.cache
def rsa_key(number):
    """Return the key with this number, which is made once."""
    del number  # one key for each
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def ec_key(number, curve=ec.SECP256R1):
    """Return the key with this number, which is made once."""
    del number
    return ec.generate_private_key(curve())
