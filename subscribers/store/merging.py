"""Two readers who are one person: edits of an address, and the merge of a reader into another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, delete, or_, select, update

from subscribers.addresses import Address
from subscribers.attributes import merge_attributes
from subscribers.errors import ReaderStoreError
from subscribers.lifecycle import LEFT, TRANSITIONS, UNSUBSCRIBING, has_less_consent, lowering_event
from subscribers.model import Event, SubscriberState
from subscribers.store import changes, statements
from subscribers.store.changes import Witness
from subscribers.store.engine import write
from subscribers.store.statements import Standing
from subscribers.store.tables import kept_out, subscriber
from subscribers.suppression import SuppressionReason, email_hmac

ANOTHER_ADDRESS = "has another address"
"""Why the address that a reader had before is kept out: no list writes to them at both."""


class ReaderIdentity:
    """Changes the address of readers and merges them. Raises ReaderStoreError when that cannot be."""

    def __init__(self, engine: Engine, *, suppression_key: bytes) -> None:
        self._engine = engine
        self._key = suppression_key

    def change_address(self, public_id: int, address: Address, reason: str, now: datetime) -> None:
        """Give a reader another address, on their word, which `reason` tells; links and record stay.

        SuppressedAddress and KeptOutAddress for an address that must not be added.
        """
        witness = Witness(now, "command line, new address", reason)

        def work(connection: Connection) -> None:
            reader = changes.get_standing(connection, public_id)
            if reader.state in LEFT:
                raise ReaderStoreError(
                    f"the reader is {reader.state.word}: only their own sign-up brings an address in"
                )
            hmac = email_hmac(self._key, address.key)
            changes.refuse_suppressed(connection, hmac)
            # Changing back to an address that the reader had before is allowed.
            back = kept_out.c.email_hmac == hmac, kept_out.c.reason == ANOTHER_ADDRESS
            connection.execute(delete(kept_out).where(*back))
            changes.refuse_kept_out(connection, hmac)
            other = changes.find_standing_by_address(connection, address)
            if other is not None and other.id != reader.id:
                raise ReaderStoreError(
                    "another reader has this address; `weekly subscribers merge` makes one of the two"
                )
            values = {"email": address.email, "email_key": address.key, "email_hmac": hmac}
            connection.execute(update(subscriber).where(subscriber.c.id == reader.id).values(values))
            if reader.email_hmac not in (None, hmac):
                left = {"email_hmac": reader.email_hmac, "reason": ANOTHER_ADDRESS, "at": now}
                connection.execute(statements.insert_new(connection, kept_out).values(left))
            changes.append_event(connection, reader.id, Event.REQUESTED, witness)

        write(self._engine, work)

    def merge(self, kept_id: int, other_id: int, now: datetime) -> SubscriberState:
        """Merge a reader into the one who is kept, both by public id; returns the state that follows.

        The lowest consent of the two counts, but a bounce is about the address alone. Names are filled in,
        tags and attributes joined. The other one has left, and the links of both act on the one who is kept.
        """

        def work(connection: Connection) -> SubscriberState:
            ids = subscriber.c.public_id.in_([kept_id, other_id])
            wanted = select(subscriber).where(ids).order_by(subscriber.c.id).with_for_update()
            rows = {row["public_id"]: row for row in connection.execute(wanted).mappings()}
            if len(rows) < 2:  # noqa: PLR2004 - the two
                raise ReaderStoreError("two different readers are needed")
            kept, other = rows[kept_id], rows[other_id]
            if SubscriberState.ERASED in {kept["state"], other["state"]}:
                raise ReaderStoreError("a reader who was erased cannot be merged")
            return _merge(connection, kept, other, now)

        return write(self._engine, work)


def _merge(connection: Connection, kept: RowMapping, other: RowMapping, now: datetime) -> SubscriberState:
    witness = Witness(now, "command line, merged with another reader")
    state = _lower(connection, kept, _find_consent(connection, other), witness)
    tags = statements.tags_of(connection, [kept["id"], other["id"]])
    if state not in LEFT:
        _fill_in(connection, kept, other, tags)
    if other["state"] not in LEFT:
        changes.change(connection, _standing(other), Event.UNSUBSCRIBED_BY_HAND, witness)
    # Whoever was merged into the other one before follows.
    follows = or_(subscriber.c.id == other["id"], subscriber.c.merged_into == other["id"])
    connection.execute(update(subscriber).where(follows).values(merged_into=kept["id"]))
    connection.execute(update(subscriber).where(subscriber.c.id == kept["id"]).values(merged_into=None))
    return state


def _find_consent(connection: Connection, reader: RowMapping) -> SubscriberState:
    """Return the state of a reader, or what they said before their address bounced, if that was a no."""
    if reader["state"] is not SubscriberState.BOUNCED:
        return SubscriberState(reader["state"])
    said = SubscriberState.BOUNCED
    for line in connection.execute(statements.read_events(reader["id"])).mappings():
        if line["event"] in UNSUBSCRIBING:
            said = SubscriberState.UNSUBSCRIBED
        elif line["event"] in (Event.CONFIRMED, Event.REQUESTED):
            said = SubscriberState.BOUNCED
    return said


def _lower(
    connection: Connection, kept: RowMapping, other: SubscriberState, witness: Witness
) -> SubscriberState:
    """Lower the kept reader to the consent of the other one; returns the state that follows."""
    state: SubscriberState = kept["state"]
    is_address = other is SubscriberState.BOUNCED
    event = None if is_address or not has_less_consent(other, state) else lowering_event(other)
    if event is None:
        return state
    if event is Event.COMPLAINED and kept["email_hmac"] is not None:
        changes.suppress(connection, kept["email_hmac"], SuppressionReason.COMPLAINED, witness)
    to = TRANSITIONS.get((state, event))
    return state if to is None else changes.change(connection, _standing(kept), event, witness)


def _fill_in(
    connection: Connection, kept: RowMapping, other: RowMapping, tags: Mapping[int, list[str]]
) -> None:
    values: dict[str, Any] = {name: kept[name] or other[name] for name in ("name", "first_name")}
    values["attributes"] = merge_attributes(kept["attributes"], other["attributes"])
    connection.execute(update(subscriber).where(subscriber.c.id == kept["id"]).values(values))
    joined = sorted({*tags.get(kept["id"], ()), *tags.get(other["id"], ())})
    statements.replace_tags(connection, kept["id"], joined)


def _standing(row: RowMapping) -> Standing:
    return Standing(*(row[name] for name in Standing._fields))
