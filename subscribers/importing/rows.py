"""Imports lists of people: they can lower consent and never raise it; a bad row does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from subscribers.addresses import Address
from subscribers.errors import AddressError, UnclearList
from subscribers.importing.decide import ImportResult, ImportRow, RowOutcome
from subscribers.importing.read_row import (
    ALL_ATTRIBUTES,
    Judgement,
    RowReader,
    RowWishes,
    UnusableRow,
    attribute_name,
)
from subscribers.importing.report import ImportReport, RejectedRow
from subscribers.importing.roles import ListOptions
from subscribers.importing.understanding import ListReading, understand
from subscribers.importing.words import ConsentVerdict
from subscribers.model import Proof
from subscribers.sheets.table import SheetRow, Table

CHUNK_ROWS = 8_000
"""Rows a transaction: large enough that commits do not count, small enough to hold in memory."""
REJECTED_LISTED = 10_000
"""How many rejected rows a report lists, to bound its memory; all of them are counted."""


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
    tables: Sequence[Table],
    *,
    proof: Proof,
    now: datetime,
    options: ListOptions | None = None,
    wishes: RowWishes | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Understand lists and import them; see `import_readings`.

    Raises UnreadableImport when a list has no column of addresses, and UnclearList when something must be
    asked about it first.
    """
    readings = [understand(table, options or ListOptions(), now) for table in tables]
    if any(reading.questions for reading in readings):
        raise UnclearList([question.text for reading in readings for question in reading.questions])
    return import_readings(people, readings, proof=proof, now=now, wishes=wishes, dry_run=dry_run)


def import_readings(
    people: Importer,
    readings: Sequence[ListReading],
    *,
    proof: Proof,
    now: datetime,
    wishes: RowWishes | None = None,
    reject: Callable[[ListReading, SheetRow, str], None] = lambda *_: None,
    dry_run: bool = False,
) -> ImportReport:
    """Import lists, in transactions of CHUNK_ROWS rows; safe to repeat, also after it was cut off.

    Of several rows for one address the first counts; a later one can lower it, and fill in what was
    missing; over several lists the lowest consent wins. A reader who is known keeps the name and gains tags.
    `reject` gets every row that cannot be used. `dry_run` writes nothing and reports the same numbers; it
    remembers every row that would change something.
    """
    work = _Work([RowReader(reading, wishes or RowWishes(), now) for reading in readings], reject)
    rows = work.good_rows()
    chunks = iter(lambda: list(islice(rows, CHUNK_ROWS)), [])
    detail = {"files": [reading.table.name for reading in readings]}
    result = people.import_chunks(chunks, proof=proof, now=now, detail=detail, dry_run=dry_run)
    counts = result.counts
    kept = set(map(attribute_name, wishes.attributes if wishes else ()))
    return ImportReport(
        rows=counts.total() + work.bad,
        added=counts[RowOutcome.ADDED],
        updated=counts[RowOutcome.UPDATED],
        unchanged=counts[RowOutcome.UNCHANGED],
        lowered=counts[RowOutcome.LOWERED],
        duplicates=counts[RowOutcome.DUPLICATE],
        kept_out=counts[RowOutcome.KEPT_OUT],
        rejected_rows=work.bad,
        rejected=tuple(
            sorted(work.rejected, key=lambda row: row.line) if len(readings) == 1 else work.rejected
        ),
        ignored_columns=tuple(
            dict.fromkeys(
                name
                for reading in readings
                for name in reading.unused
                if ALL_ATTRIBUTES not in kept and attribute_name(name) not in kept
            )
        ),
        tags=tuple(sorted(work.tags)),
        dry_run=dry_run,
        act_id=result.act_id,
        verdicts=tuple(each for reader in work.readers for each in reader.count_verdicts()),
        kept_out_reasons=dict(result.kept_out),
        samples=tuple(sample for reader in work.readers for sample in reader.samples.values()),
    )


def read_suppressed(readings: Sequence[ListReading], now: datetime) -> Iterator[Address]:
    """Yield the addresses that lists say must not be written to: blocked, suppressed, do not contact."""
    for reading in readings:
        reader = RowReader(reading, RowWishes(), now)
        for record in reading.table:
            if not record.fault and reader.judge(record.cells).verdict is ConsentVerdict.SUPPRESSED:
                try:
                    yield reader.read_address(record.cells)[0]
                except (UnusableRow, AddressError):
                    continue


@dataclass
class _Work:
    """The rows of an import on their way to the store, and what is noted of them."""

    readers: Sequence[RowReader]
    reject: Callable[[ListReading, SheetRow, str], None]
    bad: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)

    def good_rows(self) -> Iterator[ImportRow]:
        """Yield the usable rows of all lists."""
        if len(self.readers) == 1 and not self.readers[0].reading.consent:
            yield from self._of(self.readers[0], lambda _: True)
            return
        # A store keeps an active reader whom a later row calls pending; of several rows the lowest wins.
        for reader in self.readers:
            yield from self._of(reader, lambda verdict: verdict is ConsentVerdict.PENDING)
        for reader in self.readers:
            yield from self._of(reader, lambda verdict: verdict is not ConsentVerdict.PENDING)

    def _of(self, reader: RowReader, wanted: Callable[[ConsentVerdict | None], bool]) -> Iterator[ImportRow]:
        for record in reader.reading.table:
            if record.fault:
                if wanted(None):
                    yield from self._give_up(reader, record, Judgement(ConsentVerdict.ACTIVE), record.fault)
                continue
            judged = reader.judge(record.cells)
            if not wanted(judged.verdict):
                continue
            try:
                row = reader.read(record, judged)
            except (UnusableRow, AddressError) as error:
                yield from self._give_up(reader, record, judged, error.reason)
            else:
                self.tags |= row.tags
                yield row

    def _give_up(
        self, reader: RowReader, record: SheetRow, judged: Judgement, reason: str
    ) -> Iterator[ImportRow]:
        """Reject a row; what it denies to whom is not lost with it."""
        denied = list(reader.read_denied(record, judged))
        yield from denied
        self.reject(reader.reading, record, reason)
        if not denied:
            self.bad += 1
            if len(self.rejected) < REJECTED_LISTED:
                self.rejected.append(RejectedRow(record.line, reason))
