"""Suppression lists as files: our own, and those that mail providers export. Pure but for its port."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Protocol, TextIO

from subscribers.addresses import Address, parse_address
from subscribers.errors import AddressError
from subscribers.formulas import guard, unguard
from subscribers.importing.report import RejectedRow
from subscribers.instants import format_instant
from subscribers.sheets.cells import SEVERAL, read_address_cell
from subscribers.sheets.columns import find_columns
from subscribers.sheets.table import SheetRow, Table
from subscribers.suppression import HMAC_BYTES, SuppressionReason

CHUNK_ROWS = 500
"""Rows a transaction: each may change a reader, so fewer than an import of readers takes."""
REJECTED_LISTED = 10_000
"""How many rejected rows a report lists, to bound its memory; all of them are counted."""
FIELDS = ("email", "hash", "key", "reason", "source", "at", "lifted_at", "lift_reason")
"""The columns of our own list. `hash` is there for every address, `email` for those of readers; the last two
only for suppressions that were lifted, which an import leaves out."""
OTHER_KEY = "it was hashed with another suppression key"
NO_HASH = "its hash cannot be read"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": (
        *(
            "email",
            "email address",
            "emailaddress",
            "e mail",
            "e mail address",
            "address",
            "recipient",
            "recipient address",
        ),
        *("destination", "mail", "contact"),
    ),
    "hash": ("hash",),
    "key": ("key",),
    "reason": (
        *("reason", "suppression reason", "suppressionreason", "type", "bounce type", "status", "state"),
        "code",
    ),
    "lifted": ("lifted at",),
    "source": ("source",),
}
"""The columns that are used, with the names that Amazon SES, SendGrid, Mailgun, Postmark and others have."""

_WORDS = (
    (SuppressionReason.KEPT_OUT, re.compile(r"^kept out$")),
    (SuppressionReason.ERASED, re.compile(r"erased")),
    (SuppressionReason.COMPLAINED, re.compile(r"complain|spam|abuse")),
    (
        SuppressionReason.BOUNCED,
        re.compile(r"bounce|cleaned|invalid|not exist|unknown|no such|\b[45]\d\d\b|\b[45]\.\d+\.\d"),
    ),
    (SuppressionReason.BY_HAND, re.compile(r"manual|by hand|unsub|blocked|blacklist|blocklist|opt")),
)
"""What a reason may say, the first match counts; the words of a mail server mean a bounce."""


@dataclass(frozen=True, slots=True)
class SuppressedEntry:
    """One address of the list. `email` is known as long as a reader has the address; empty otherwise."""

    hash: str
    email: str
    reason: SuppressionReason
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LiftedEntry(SuppressedEntry):
    """What stood on the list until a person lifted it, and why they did."""

    lifted_at: datetime
    lift_reason: str


@dataclass(frozen=True, slots=True)
class SuppressionRow:
    """One good row of a file: an address, or its keyed hash alone."""

    address: Address | None
    hash: bytes
    reason: SuppressionReason
    word: str = ""
    """Why an address of our own list is kept out: the word of the list that denied it."""


class RowResult(StrEnum):
    """What became of one good row."""

    ADDED = "added"
    KNOWN = "known"
    """The address was suppressed already; the first reason stays."""


@dataclass(frozen=True, slots=True)
class SuppressionReport:
    """What an import did; `rows` is the sum of the four counts that follow."""

    dry_run: bool
    rows: int
    added: int
    known: int
    lifted: int
    """Rows of our own list about suppressions that were lifted: they suppress no one."""
    rejected_rows: int
    rejected: tuple[RejectedRow, ...]
    ignored_columns: tuple[str, ...]


class SuppressionStore(Protocol):
    """What an import needs of the store."""

    key_mark: str
    """Identifies the key that a list was hashed with, and reveals nothing of it."""

    def add_rows(
        self, rows: Sequence[SuppressionRow], now: datetime, *, source: str, dry_run: bool
    ) -> Counter[RowResult]:
        """Suppress the addresses of a chunk in one transaction."""


def import_suppressions(
    store: SuppressionStore,
    table: Table,
    *,
    reason: SuppressionReason,
    source: str,
    now: datetime,
    column_map: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> SuppressionReport:
    """Suppress every address of a list; safe to repeat. `reason` is for rows that have none.

    Readers who have an address leave. UnreadableImport when no column holds addresses. A row that cannot be
    used is listed and does not stop the others.
    """
    columns = find_columns(table, column_map or {}, COLUMNS)
    rejected: list[RejectedRow] = []
    bad = lifted = 0

    def good() -> Iterator[SuppressionRow]:
        nonlocal bad, lifted
        for record in table:
            try:
                row = _read_row(columns, record, store.key_mark, reason)
                lifted += row is None
                if row is not None:
                    yield row
            except AddressError as error:
                bad += 1
                if len(rejected) < REJECTED_LISTED:
                    rejected.append(RejectedRow(record.line, error.reason))

    counts: Counter[RowResult] = Counter()
    rows = good()
    while chunk := list(islice(rows, CHUNK_ROWS)):
        counts += store.add_rows(chunk, now, source=source, dry_run=dry_run)
    return SuppressionReport(
        dry_run=dry_run,
        rows=counts.total() + lifted + bad,
        added=counts[RowResult.ADDED],
        known=counts[RowResult.KNOWN],
        lifted=lifted,
        rejected_rows=bad,
        rejected=tuple(rejected),
        ignored_columns=tuple(
            name
            for place, name in enumerate(table.header)
            if name and place not in columns.values() and name not in FIELDS
        ),
    )


def export_suppressions(entries: Iterable[SuppressedEntry], out: TextIO, key_mark: str) -> int:
    """Write the list as CSV, which `import_suppressions` reads; returns how many addresses it holds.

    `out` must not translate line ends. Another installation can use the hashes only with the same key.
    """
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    count = 0
    for entry in entries:
        cells = (entry.email, entry.hash, key_mark, entry.reason.value, entry.source)
        lift = ("", "")
        if isinstance(entry, LiftedEntry):
            lift = (format_instant(entry.lifted_at), guard(entry.lift_reason))
        writer.writerow([*map(guard, cells), format_instant(entry.at), *lift])
        count += 1
    return count


def read_reason(text: str, otherwise: SuppressionReason) -> SuppressionReason:
    """Return the reason that a cell means, in the words of any provider."""
    plain = text.lower()
    for reason, words in _WORDS:
        if words.search(plain):
            return reason
    return otherwise


def _read_row(
    columns: Mapping[str, int], record: SheetRow, key_mark: str, otherwise: SuppressionReason
) -> SuppressionRow | None:
    """Return what a row suppresses, None if that was lifted; AddressError if the row cannot be used."""
    if record.fault:
        raise AddressError(record.fault)
    given = {column: unguard(record.cells[place]) for column, place in columns.items()}
    if given.get("lifted"):
        return None
    reason = read_reason(given.get("reason", ""), otherwise)
    word = given.get("source", "") if reason is SuppressionReason.KEPT_OUT else ""
    if given["email"].strip():
        return SuppressionRow(_parse_cell(given["email"]), b"", reason, word)
    if not given.get("hash"):
        return SuppressionRow(parse_address(""), b"", reason)
    if given.get("key", "") != key_mark:
        raise AddressError(OTHER_KEY)
    try:
        hashed = bytes.fromhex(given["hash"])
    except ValueError:
        hashed = b""
    if len(hashed) != HMAC_BYTES:
        raise AddressError(NO_HASH)
    return SuppressionRow(None, hashed, reason, word)


def _parse_cell(cell: str) -> Address:
    found = read_address_cell(cell).addresses
    if len(found) > 1:
        raise AddressError(SEVERAL)
    return parse_address(found[0] if found else "")
