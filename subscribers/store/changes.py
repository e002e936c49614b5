"""Changes of one reader inside a transaction that the caller opened and commits.

Every change of state is a compare-and-set UPDATE and appends its consent event; neither exists alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from subscribers.addresses import Address, clean_name
from subscribers.consent import FIRST, chain_hash
from subscribers.errors import KeptOutAddress, ReaderStoreError, SuppressedAddress
from subscribers.lifecycle import LEFT, TRANSITIONS, advance, has_less_consent
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store import statements
from subscribers.store.statements import Standing
from subscribers.store.tables import consent_event, kept_out, reader_act_change, subscriber, suppression
from subscribers.suppression import SuppressionReason
from subscribers.tokens import SAMPLE_ID


@dataclass(frozen=True, slots=True)
class Witness:
    """What is recorded with an event: when, from which source, in which words, since when."""

    at: datetime
    source: str = ""
    wording: str = ""
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who wants to join, with the keyed hash of the address for the suppression list."""

    address: Address
    hmac: bytes
    name: str


def witness_of(proof: Proof, now: datetime) -> Witness:
    """Return a proof as what is recorded with an event."""
    return Witness(now, proof.source, proof.wording, proof.given_at)


def new_public_id() -> int:
    """Draw the number that identifies a reader in links; never 0, and never the one of samples."""
    public_id = 0
    while public_id <= SAMPLE_ID:
        public_id = secrets.randbits(63)
    return public_id


def find_standing(connection: Connection, public_id: int) -> Standing | None:
    """Read and lock a reader by public id."""
    row = connection.execute(statements.lock(subscriber.c.public_id == public_id)).first()
    return None if row is None else statements.standing(row)


def get_standing(connection: Connection, public_id: int) -> Standing:
    """Read and lock a reader by public id; ReaderStoreError if there is none."""
    reader = find_standing(connection, public_id)
    if reader is None:
        raise ReaderStoreError("there is no such subscriber")
    return reader


def find_standing_by_address(connection: Connection, address: Address) -> Standing | None:
    """Read and lock a reader by address."""
    row = connection.execute(statements.lock(subscriber.c.email_key == address.key)).first()
    return None if row is None else statements.standing(row)


def find_suppression(connection: Connection, hmac: bytes | None) -> SuppressionReason | None:
    """Return why an address is suppressed; None if it is not."""
    word = connection.scalar(select(suppression.c.reason).where(suppression.c.email_hmac == hmac))
    return None if word is None else SuppressionReason(word)


def refuse_suppressed(connection: Connection, hmac: bytes | None, *, except_erased: bool = False) -> None:
    """Raise SuppressedAddress if the address is suppressed; `except_erased` lets erased addresses pass."""
    reason = find_suppression(connection, hmac)
    if reason is not None and not (except_erased and reason is SuppressionReason.ERASED):
        raise SuppressedAddress(reason)


def suppress(connection: Connection, hmac: bytes, reason: SuppressionReason, witness: Witness) -> bool:
    """Suppress an address; the first reason stays, only `erased` is replaced. True if written."""
    found = find_suppression(connection, hmac)
    if found is not None and (found is not SuppressionReason.ERASED or reason is SuppressionReason.ERASED):
        return False
    connection.execute(delete(suppression).where(suppression.c.email_hmac == hmac))
    values = {"email_hmac": hmac, "reason": reason.value, "source": witness.source, "at": witness.at}
    connection.execute(statements.insert_new(connection, suppression), values)
    return True


def refuse_kept_out(connection: Connection, hmac: bytes | None) -> None:
    """Raise KeptOutAddress if a list kept the address out."""
    reason = connection.scalar(select(kept_out.c.reason).where(kept_out.c.email_hmac == hmac))
    if reason is not None:
        raise KeptOutAddress(reason)


def welcome_back(connection: Connection, hmac: bytes | None) -> None:
    """Forget that an address was erased or kept out: its owner has just confirmed a sign-up."""
    connection.execute(delete(kept_out).where(kept_out.c.email_hmac == hmac))
    connection.execute(
        delete(suppression).where(
            suppression.c.email_hmac == hmac, suppression.c.reason == SuppressionReason.ERASED.value
        )
    )


def append_event(connection: Connection, subscriber_id: int, event: Event, witness: Witness) -> None:
    """Append one line to a reader's record; the reader's row must be locked or new."""
    previous = connection.scalar(statements.last_hash(subscriber_id)) or FIRST
    fields: dict[str, Any] = {
        "subscriber_id": subscriber_id,
        "event": event,
        "at": witness.at,
        "source": witness.source,
        "wording": witness.wording,
        "given_at": witness.given_at,
    }
    row_hash = chain_hash(previous, **fields)
    connection.execute(insert(consent_event).values(previous_hash=previous, row_hash=row_hash, **fields))


def add_reader(
    connection: Connection, who: Newcomer, state: SubscriberState, event: Event, witness: Witness
) -> int:
    """Write a new reader with the first line of the record and return the public id."""
    public_id = new_public_id()
    values = {
        "public_id": public_id,
        "email": who.address.email,
        "email_key": who.address.key,
        "email_hmac": who.hmac,
        "name": clean_name(who.name),
        "state": state,
        "source": witness.source,
        "confirmed_at": witness.given_at if state is SubscriberState.ACTIVE else None,
    }
    subscriber_id = connection.scalar(statements.new_subscriber(values, witness.at))
    if subscriber_id is None:
        raise ReaderStoreError("the database did not number the new subscriber")
    append_event(connection, subscriber_id, event, witness)
    return public_id


def change(
    connection: Connection, reader: Standing, event: Event, witness: Witness, **values: object
) -> SubscriberState:
    """Carry one event out and append it; returns the new state.

    TransitionError if the event is not allowed, ReaderStoreError if another process changed the reader.
    """
    state = advance(reader.state, event)
    if state in LEFT and reader.state not in LEFT:
        values["left_at"] = witness.at
    result = connection.execute(statements.move(reader, state, dict(values)))
    if result.rowcount != 1:
        raise ReaderStoreError("the subscriber was changed by another process; try again")
    append_event(connection, reader.id, event, witness)
    return state


def request(connection: Connection, who: Newcomer, witness: Witness) -> int:
    """Record a sign-up and return the public id; see `People.request`."""
    refuse_suppressed(connection, who.hmac, except_erased=True)
    reader = find_standing_by_address(connection, who.address)
    if reader is None:
        return add_reader(connection, who, SubscriberState.PENDING, Event.REQUESTED, witness)
    if reader.state in LEFT:
        own = {"left_at": None, "confirmed_at": None, "merged_into": None}
        change(connection, reader, Event.REQUESTED, witness, **own)
    return reader.public_id


def add_with_proof(connection: Connection, who: Newcomer, witness: Witness) -> int:
    """Record a proven consent and return the public id; see `People.add_with_proof`."""
    refuse_suppressed(connection, who.hmac)
    refuse_kept_out(connection, who.hmac)
    reader = find_standing_by_address(connection, who.address)
    if reader is None:
        return add_reader(connection, who, SubscriberState.ACTIVE, Event.CONFIRMED, witness)
    if reader.state not in {SubscriberState.ACTIVE, SubscriberState.PAUSED}:
        own = {"act_id": statements.act_if_finished()}
        change(connection, reader, Event.CONFIRMED, witness, confirmed_at=witness.given_at, **own)
    return reader.public_id


def confirm(connection: Connection, reader: Standing, witness: Witness) -> bool:
    """Confirm a reader; False if they had confirmed already. See `People.confirm`."""
    if reader.state in {SubscriberState.ACTIVE, SubscriberState.PAUSED}:
        return False
    refuse_suppressed(connection, reader.email_hmac, except_erased=True)
    own = {"act_id": statements.act_if_finished()}
    change(connection, reader, Event.CONFIRMED, witness, confirmed_at=witness.at, **own)
    welcome_back(connection, reader.email_hmac)
    return True


def leave(connection: Connection, reader: Standing, event: Event, witness: Witness) -> bool:
    """Record that a reader leaves, bounces or complains; True if that changed anything.

    A bounce or a complaint suppresses the address, whatever the state was.
    """
    reason = {Event.BOUNCED: SuppressionReason.BOUNCED, Event.COMPLAINED: SuppressionReason.COMPLAINED}.get(
        event
    )
    if reason is not None and reader.email_hmac is not None:
        suppress(connection, reader.email_hmac, reason, witness)
    to = TRANSITIONS.get((reader.state, event))
    if to is None or not has_less_consent(to, reader.state):
        return False
    change(connection, reader, event, witness)
    return True


def erase(connection: Connection, reader: Standing, witness: Witness) -> bool:
    """Forget a reader: all but the record and a suppression of the address; True if it changed."""
    if reader.state is SubscriberState.ERASED:
        return False
    if reader.email_hmac is not None:
        suppress(connection, reader.email_hmac, SuppressionReason.ERASED, witness)
    statements.replace_tags(connection, reader.id, ())
    # What acts changed of them would be needed for an undo only.
    noted = reader_act_change.c.subscriber_id == reader.id
    connection.execute(delete(reader_act_change).where(noted))
    nothing: dict[str, Any] = dict.fromkeys(("email", "email_key", "email_hmac"))
    nothing |= dict.fromkeys(("name", "first_name", "attributes"), "")
    change(connection, reader, Event.ERASED, witness, **nothing)
    return True
