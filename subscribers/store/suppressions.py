"""The suppression list of a database: read, written in chunks, and lifted; one transaction per method."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    delete,
    exists,
    insert,
    literal,
    select,
    union_all,
)

from subscribers.addresses import Address
from subscribers.errors import SuppressedAddress
from subscribers.model import Event
from subscribers.store import changes, statements
from subscribers.store.changes import Witness
from subscribers.store.tables import kept_out, lifted_suppression, subscriber, suppression
from subscribers.suppressing import LiftedEntry, RowResult, SuppressedEntry, SuppressionRow
from subscribers.suppression import SuppressionReason, email_hmac

PAGE_ROWS = 1_000
"""Rows a page: bounds the memory of an export and costs few queries."""
_MARK = b"weekly-insights suppression key 1\0"
_LEAVING = set(SuppressionReason) - {SuppressionReason.KEPT_OUT}
"""Reasons for which a reader who has the address leaves; one whom a list denies may have consented here."""
_LISTED = union_all(
    select(suppression.c.email_hmac, suppression.c.reason, suppression.c.source, suppression.c.at),
    select(
        kept_out.c.email_hmac,
        literal(SuppressionReason.KEPT_OUT.value).label("reason"),
        kept_out.c.reason.label("source"),
        kept_out.c.at,
    ).where(~exists().where(suppression.c.email_hmac == kept_out.c.email_hmac)),
).subquery()
"""Every address that is suppressed or kept out, once."""
_EVENTS = {
    SuppressionReason.BOUNCED: Event.BOUNCED,
    SuppressionReason.COMPLAINED: Event.COMPLAINED,
}


class SuppressionList:
    """Addresses that must not be written to, as keyed hashes; an address is known while a reader has it."""

    def __init__(self, engine: Engine, *, suppression_key: bytes) -> None:
        self._engine = engine
        self._reading = engine.execution_options(reading=True)
        self._key = suppression_key
        self.key_mark = hmac.digest(suppression_key, _MARK, "sha256")[:6].hex()

    def iterate(self, *, reason: SuppressionReason | None = None) -> Iterator[SuppressedEntry]:
        """Yield the list in the order of the hashes, read page by page; all reasons, or one."""
        after = b""
        while rows := self._page(after, reason):
            yield from rows
            after = bytes.fromhex(rows[-1].hash)

    def iterate_lifted(
        self, *, reason: SuppressionReason | None = None, email_key: str = ""
    ) -> Iterator[LiftedEntry]:
        """Yield the suppressions that were lifted, the oldest first; of every address, or of one."""
        statement = (
            select(lifted_suppression, subscriber.c.email)
            .outerjoin(subscriber, subscriber.c.email_hmac == lifted_suppression.c.email_hmac)
            .order_by(lifted_suppression.c.id)
        )
        if reason is not None:
            statement = statement.where(lifted_suppression.c.reason == reason.value)
        if email_key:
            hashed = email_hmac(self._key, email_key)
            statement = statement.where(lifted_suppression.c.email_hmac == hashed)
        with self._reading.connect() as connection:
            # People lift them one by one, so all of them fit into memory.
            rows = connection.execute(statement).all()
        for row in rows:
            entry = _entry(row)
            yield LiftedEntry(
                entry.hash, entry.email, entry.reason, entry.source, entry.at, row.lifted_at, row.lift_reason
            )

    def add_rows(
        self, rows: Sequence[SuppressionRow], now: datetime, *, source: str, dry_run: bool
    ) -> Counter[RowResult]:
        """Suppress addresses; readers who have them bounce, complain or leave, as the reason says."""
        counts: Counter[RowResult] = Counter()
        found: dict[bytes, SuppressionRow] = {}
        for row in rows:
            found.setdefault(email_hmac(self._key, row.address.key) if row.address else row.hash, row)
        reasons = {hashed: row.reason for hashed, row in found.items()}
        with (self._reading if dry_run else self._engine).begin() as connection:
            for hashed, reason in reasons.items():
                if reason is SuppressionReason.KEPT_OUT:
                    is_new = _keep_out(connection, hashed, found[hashed].word or source, now, dry_run=dry_run)
                elif dry_run:
                    is_new = changes.find_suppression(connection, hashed) is None
                else:
                    is_new = changes.suppress(connection, hashed, reason, Witness(now, source))
                counts[RowResult.ADDED if is_new else RowResult.KNOWN] += 1
            if not dry_run:
                _let_leave(connection, reasons, Witness(now, source))
        counts[RowResult.KNOWN] += len(rows) - len(reasons)
        return counts

    def find(self, which: Address | bytes) -> SuppressedEntry | None:
        """Find an address, or a hash, on the list."""
        hashed = email_hmac(self._key, which.key) if isinstance(which, Address) else which
        with self._reading.connect() as connection:
            row = connection.execute(_entries(_LISTED.c.email_hmac == hashed)).first()
        return None if row is None else _entry(row)

    def lift(self, which: Address | bytes, why: str, now: datetime) -> SuppressedEntry | None:
        """Take an address, or a hash, off the list; returns what stood there, None if nothing did.

        What stood there is kept with the reason for lifting it.

        The reader's state stays: only their own, confirmed sign-up brings them back. An address that no
        reader has may be of one who was forgotten since, so it is listed as `erased` from then on: no import
        adds it. SuppressedAddress for an address whose owner asked to be forgotten, which only they can take
        back.
        """
        found = self.find(which)
        if found is None:
            return None
        if found.reason is SuppressionReason.ERASED:
            raise SuppressedAddress(found.reason)
        with self._engine.begin() as connection:
            if found.reason is SuppressionReason.KEPT_OUT:
                connection.execute(delete(kept_out).where(kept_out.c.email_hmac == bytes.fromhex(found.hash)))
            else:
                connection.execute(
                    delete(suppression).where(
                        suppression.c.email_hmac == bytes.fromhex(found.hash),
                        suppression.c.reason == found.reason.value,
                    )
                )
            connection.execute(
                insert(lifted_suppression).values(
                    email_hmac=bytes.fromhex(found.hash),
                    reason=found.reason.value,
                    source=found.source,
                    at=found.at,
                    lifted_at=now,
                    lift_reason=why,
                )
            )
            if not found.email and found.reason is not SuppressionReason.KEPT_OUT:
                witness = Witness(found.at, found.source)
                changes.suppress(connection, bytes.fromhex(found.hash), SuppressionReason.ERASED, witness)
        return found

    def _page(self, after: bytes, reason: SuppressionReason | None) -> list[SuppressedEntry]:
        statement = _entries(_LISTED.c.email_hmac > after)
        if reason is not None:
            statement = statement.where(_LISTED.c.reason == reason.value)
        with self._reading.connect() as connection:
            rows = connection.execute(statement.order_by(_LISTED.c.email_hmac).limit(PAGE_ROWS)).all()
        return [_entry(row) for row in rows]


def _let_leave(connection: Connection, reasons: Mapping[bytes, SuppressionReason], witness: Witness) -> None:
    """Let the readers leave who have one of these addresses; one look at all readers for a whole chunk."""
    found = connection.execute(
        select(subscriber.c.public_id, subscriber.c.email_hmac)
        .where(subscriber.c.email_hmac.in_([hashed for hashed in reasons if reasons[hashed] in _LEAVING]))
        .order_by(subscriber.c.public_id)
    ).all()
    for public_id, hashed in found:
        event = _EVENTS.get(reasons[bytes(hashed)], Event.UNSUBSCRIBED_BY_HAND)
        changes.leave(connection, changes.get_standing(connection, public_id), event, witness)


def _keep_out(connection: Connection, hashed: bytes, word: str, now: datetime, *, dry_run: bool) -> bool:
    """Remember an address as kept out; True if it was not yet."""
    if dry_run:
        return connection.scalar(select(kept_out.c.at).where(kept_out.c.email_hmac == hashed)) is None
    values = {"email_hmac": hashed, "reason": word, "at": now}
    statement = statements.insert_new(connection, kept_out).values(values)
    # Without the option psycopg's count is dropped.
    return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount == 1


def _entries(where: ColumnElement[bool]) -> Select[Any]:
    """Select entries of the list, with the addresses of the readers who have one."""
    joined = select(_LISTED, subscriber.c.email).outerjoin(
        subscriber, subscriber.c.email_hmac == _LISTED.c.email_hmac
    )
    return joined.where(where)


def _entry(row: Row[Any]) -> SuppressedEntry:
    return SuppressedEntry(
        hash=bytes(row.email_hmac).hex(),
        email=row.email or "",
        reason=SuppressionReason(row.reason),
        source=row.source,
        at=row.at,
    )
