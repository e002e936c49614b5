"""Finds the delivery that a report belongs to, by what only the letter or its envelope carries."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from pipeline.bounces.match import comparison_keys, find_references, names_confirmation
from pipeline.bounces.return_address import read_return_tokens
from pipeline.model.delivery import DeliveryState
from pipeline.model.returned import Returned, ReturnReport
from pipeline.store.tables import delivery, issue
from subscribers.store.tables import subscriber
from subscribers.tokens import Keyring, mail_ref

HISTORY = 60
"""The newest issues that are looked at: more than a year of letters, more than any row of bounces."""


@dataclass(frozen=True, slots=True)
class FoundDelivery:
    """The delivery that a report belongs to; `email` and its key are empty once the reader was erased."""

    issue_id: int
    week: str
    subscriber_id: int
    public_id: int
    email_key: str
    email: str


def find_deliveries(
    connection: Connection, keyring: Keyring, reports: Sequence[ReturnReport]
) -> dict[tuple[int, int], FoundDelivery | None]:
    """Find the delivery of each `Returned`, by the numbers of its report and of its place in it."""
    weeks = {row.week: row.id for row in connection.execute(select(issue.c.week, issue.c.id))}
    found: dict[tuple[int, int], FoundDelivery | None] = {}
    open_refs: dict[str, set[str]] = defaultdict(set)
    for number, report in enumerate(reports):
        for part, one in enumerate(report.returned):
            place = _find_directly(connection, keyring, one, weeks)
            # An address counts only where no letter is named: a reference that is not ours belongs to
            # another newsletter of the same account, or to a reader who forwards their mail.
            if place is None and report.is_authenticated and not _names_mail_of_ours(one):
                place = _find_newest(connection, comparison_keys(one))
            found[number, part] = place
            if place is None:
                for week, ref in find_references(one):
                    open_refs[week].add(ref)
    scanned = {
        (week, ref): place
        for week, refs in open_refs.items()
        if week in weeks
        for ref, place in _scan(connection, keyring, weeks[week], week, refs)
    }
    for (number, part), place in found.items():
        refs = find_references(reports[number].returned[part]) if place is None else ()
        found[number, part] = place or next((scanned[each] for each in refs if each in scanned), None)
    return found


def _names_mail_of_ours(one: Returned) -> bool:
    return bool(find_references(one)) or names_confirmation(one.references)


def _find_directly(
    connection: Connection, keyring: Keyring, one: Returned, weeks: Mapping[str, int]
) -> FoundDelivery | None:
    """Find the delivery by a reference of a reader that is named, or by a signed return address."""
    keys = comparison_keys(one)
    for week, ref in find_references(one):
        for key in keys if week in weeks else ():
            place = _find_delivery(connection, weeks, week, subscriber.c.email_key == key)
            if place is not None and _is_ref(keyring, ref, week, place.public_id):
                return place
    for text in one.return_addresses:
        for week, public_id in read_return_tokens(keyring, text):
            place = _find_delivery(connection, weeks, week, subscriber.c.public_id == public_id)
            if place is not None:
                return place
    return None


def _scan(
    connection: Connection, keyring: Keyring, issue_id: int, week: str, refs: set[str]
) -> Iterator[tuple[str, FoundDelivery]]:
    """Find references among all deliveries of an issue, for reports that do not name the address."""
    statement = (
        select(subscriber.c.id, subscriber.c.public_id, subscriber.c.email_key, subscriber.c.email)
        .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
        .where(delivery.c.issue_id == issue_id)
    )
    for row in connection.execute(statement):
        for _, secret in keyring.keys:
            ref = mail_ref(secret, week, row.public_id)
            if ref in refs:
                yield (
                    ref,
                    FoundDelivery(
                        issue_id, week, row.id, row.public_id, row.email_key or "", row.email or ""
                    ),
                )


def _is_ref(keyring: Keyring, ref: str, week: str, public_id: int) -> bool:
    return any(hmac.compare_digest(ref, mail_ref(secret, week, public_id)) for _, secret in keyring.keys)


def _find_delivery(
    connection: Connection, weeks: Mapping[str, int], week: str, is_reader: ColumnElement[bool]
) -> FoundDelivery | None:
    if week not in weeks:
        return None
    statement = (
        select(subscriber.c.id, subscriber.c.public_id, subscriber.c.email_key, subscriber.c.email)
        .join(delivery, delivery.c.subscriber_id == subscriber.c.id)
        .where(delivery.c.issue_id == weeks[week], is_reader)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    return FoundDelivery(weeks[week], week, row.id, row.public_id, row.email_key or "", row.email or "")


def _find_newest(connection: Connection, keys: Iterable[str]) -> FoundDelivery | None:
    """Find the newest letter that was handed over for one of these addresses."""
    handed = (DeliveryState.SENT, DeliveryState.HANDED, DeliveryState.UNKNOWN)
    recent = select(issue.c.id).order_by(issue.c.week.desc()).limit(HISTORY)
    statement = (
        select(
            issue.c.id,
            issue.c.week,
            subscriber.c.id,
            subscriber.c.public_id,
            subscriber.c.email_key,
            subscriber.c.email,
        )
        .join(delivery, delivery.c.issue_id == issue.c.id)
        .join(subscriber, subscriber.c.id == delivery.c.subscriber_id)
        .where(
            subscriber.c.email_key.in_(sorted(keys)),
            delivery.c.issue_id.in_(recent.scalar_subquery()),
            delivery.c.state.in_(handed),
        )
        .order_by(issue.c.week.desc())
        .limit(1)
    )
    newest = connection.execute(statement).first()
    return None if newest is None else FoundDelivery(*newest)
