"""Imports a list of people: it can lower consent and never raise it; a bad row does not stop the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import islice
from typing import Protocol

from subscribers.addresses import clean_name, parse_address
from subscribers.errors import AddressError
from subscribers.importing.decide import ImportResult, ImportRow, RowOutcome
from subscribers.model import Proof, SubscriberState
from subscribers.selecting import tag_slugs
from subscribers.sheets.delimited import Sheet, read_sheet
from subscribers.sheets.table import SheetRow

CHUNK_ROWS = 2_000
"""Rows a transaction: large enough that commits do not count, small enough to hold in memory."""
REJECTED_LISTED = 10_000
"""How many rejected rows a report lists, to bound its memory; all of them are counted."""

STATUS_WORDS: Mapping[str, SubscriberState] = {
    "": SubscriberState.ACTIVE,
    **dict.fromkeys(("active", "subscribed", "confirmed", "enabled"), SubscriberState.ACTIVE),
    "paused": SubscriberState.PAUSED,
    **dict.fromkeys(("pending", "unconfirmed"), SubscriberState.PENDING),
    **dict.fromkeys(("unsubscribed", "opted out", "opted-out", "left"), SubscriberState.UNSUBSCRIBED),
    **dict.fromkeys(("bounced", "cleaned"), SubscriberState.BOUNCED),
    **dict.fromkeys(("complained", "spam"), SubscriberState.COMPLAINED),
}
"""What a status cell may say; any other word rejects its row. The import's own proof covers an empty one."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is a formula to a spreadsheet."""

TAG_SEPARATORS = ",;|"
"""What separates the tags of a cell, in addition to line breaks."""

UNKNOWN_STATUS = "its status is not known"
BAD_DATE = "its consent date cannot be read; write 2025-01-31 or 1/31/2025"
FUTURE_DATE = "its consent date lies in the future"

_BETWEEN_TAGS = re.compile(f"[{re.escape(TAG_SEPARATORS)}\\n\\r]")
_US_DATE = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,? +(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AP])M)?)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be imported: the line it starts on and why. Never its content."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `rows` is the sum of the seven counts that follow."""

    rows: int
    added: int
    updated: int
    unchanged: int
    lowered: int
    duplicates: int
    kept_out: int
    rejected_rows: int
    rejected: tuple[RejectedRow, ...]
    ignored_columns: tuple[str, ...]
    tags: tuple[str, ...]
    """Every tag that the good rows bring, each once."""
    dry_run: bool


class Importer(Protocol):
    """What an import needs of the store."""

    def import_chunks(
        self,
        chunks: Iterable[Sequence[ImportRow]],
        *,
        proof: Proof,
        now: datetime,
        detail: Mapping[str, object] | None = None,
        dry_run: bool = False,
    ) -> ImportResult:
        """Import each chunk in a transaction of its own, or find out what that would do."""


def import_rows(
    people: Importer,
    lines: Iterable[str],
    *,
    proof: Proof,
    now: datetime,
    column_map: Mapping[str, str] | None = None,
    choices: Collection[str] = (),
    dry_run: bool = False,
) -> ImportReport:
    """Import a list, in transactions of CHUNK_ROWS rows; safe to repeat, also after it was cut off.

    Of several rows for one address the first counts; a later one can lower it, and fill in what was
    missing. A reader who is known keeps the name and gains tags. UnreadableImport when no column holds
    addresses. Words with blanks between them are one tag, unless every one of them is among `choices`.
    `dry_run` writes nothing and reports the same numbers; it remembers every row that would change something.
    """
    sheet = read_sheet(lines, column_map)
    rejected: list[RejectedRow] = []
    bad = Counter[str]()
    tags: set[str] = set()
    read = partial(_to_row, sheet.columns, choices=frozenset(choices), now=now)
    rows = _collect_tags(tags, _good_rows(sheet, read, rejected, bad))
    chunks = iter(lambda: list(islice(rows, CHUNK_ROWS)), [])
    counts = people.import_chunks(chunks, proof=proof, now=now, dry_run=dry_run).counts
    return ImportReport(
        rows=counts.total() + bad.total(),
        added=counts[RowOutcome.ADDED],
        updated=counts[RowOutcome.UPDATED],
        unchanged=counts[RowOutcome.UNCHANGED],
        lowered=counts[RowOutcome.LOWERED],
        duplicates=counts[RowOutcome.DUPLICATE],
        kept_out=counts[RowOutcome.KEPT_OUT],
        rejected_rows=bad.total(),
        rejected=tuple(rejected),
        ignored_columns=sheet.ignored,
        tags=tuple(sorted(tags)),
        dry_run=dry_run,
    )


def _collect_tags(tags: set[str], rows: Iterable[ImportRow]) -> Iterator[ImportRow]:
    for row in rows:
        tags |= row.tags
        yield row


def _good_rows(
    sheet: Sheet, read: Callable[[SheetRow], ImportRow], rejected: list[RejectedRow], bad: Counter[str]
) -> Iterator[ImportRow]:
    for record in sheet.records:
        try:
            if record.fault:
                raise _Unusable(record.fault)  # noqa: TRY301 - one place writes rejected rows down
            row = read(record)
        except (_Unusable, AddressError) as error:
            bad[error.reason] += 1
            if len(rejected) < REJECTED_LISTED:
                rejected.append(RejectedRow(record.line, error.reason))
        else:
            yield row


class _Unusable(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason


def _to_row(
    columns: Mapping[str, int], record: SheetRow, *, choices: frozenset[str], now: datetime
) -> ImportRow:
    cells = record.cells
    given = {column: cells[place] for column, place in columns.items() if cells[place]}
    name = given.get("name") or f"{given.get('first name', '')} {given.get('last name', '')}"
    return ImportRow(
        record.line,
        parse_address(_unguarded(given.get("email", ""))),
        clean_name(_unguarded(name)),
        _status(given.get("status", "")),
        _tags(given.get("tags", ""), choices),
        _given_at(given.get("consent date", ""), now),
    )


def _status(raw: str) -> SubscriberState:
    try:
        return STATUS_WORDS[" ".join(raw.casefold().split())]
    except KeyError:
        raise _Unusable(UNKNOWN_STATUS) from None


def _tags(raw: str, choices: frozenset[str]) -> frozenset[str]:
    if not raw:
        return frozenset()
    tags: list[str] = []
    for part in _BETWEEN_TAGS.split(_unguarded(raw)):
        words = tag_slugs(part.split())
        tags += words if choices.issuperset(words) else (part,)
    return frozenset(tag_slugs(tags))


def _given_at(raw: str, now: datetime) -> datetime | None:
    text = raw.strip()
    if not text:
        return None
    given_at = _parse_date(text)
    # A day's grace: the list's days may be those of a zone ahead of ours.
    if given_at > now + timedelta(days=1):
        raise _Unusable(FUTURE_DATE)
    return min(given_at, now)


@lru_cache(maxsize=4096)  # lists repeat their days
def _parse_date(text: str) -> datetime:
    try:
        us = _US_DATE.fullmatch(text)
        found = _from_us(us) if us else datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unusable(BAD_DATE) from None


def _from_us(match: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    half = (match[7] or "").upper()
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - a clock face
        raise ValueError("not an hour of half a day")
    if half:
        hour = hour % 12 + (12 if half == "P" else 0)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def _unguarded(cell: str) -> str:
    # Exports put an apostrophe before what a spreadsheet would take for a formula.
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS else cell
