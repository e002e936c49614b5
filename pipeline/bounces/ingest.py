"""Reads a mailbox: each mail is understood, written down with others in one transaction, then marked as done.

A mail is marked only after the database has it. Whatever dies in between, the mail is read again and counts
once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple, Protocol

from pipeline.bounces.parse.mail import MailKind, ReadMail, read_mail
from pipeline.model.returned import ReturnKind, ReturnOutcome, ReturnReport, ReturnResult

BATCH = 50
"""Mails a transaction: one commit costs more than reading so many, and all of them are held in memory."""

_DONE = {ReturnOutcome.RECORDED, ReturnOutcome.DUPLICATE}
_BAD_DATA = (ValueError, TypeError, ArithmeticError, LookupError)
"""What a store raises about values that it cannot take; a database that is away raises something else, and
then no mail may be marked."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail of a mailbox, the name that the mailbox has for it, and what a person calls it."""

    key: str
    raw: bytes
    place: str


class _Understood(NamedTuple):
    key: str
    place: str
    mail: ReadMail


class MailSource(Protocol):
    """A place that mails are read from. Raises PipelineError or TryLater when it cannot be used."""

    name: str
    """Its kind, for the record: `imap`, `maildir` …"""
    waiting: int
    """Mails that an earlier run left for a person and are still unread; known after reading."""

    def read(self) -> Iterator[StoredMail]:
        """Yield the mails that are not done, the oldest first."""

    def finish(self, done: Sequence[str], left: Sequence[str]) -> None:
        """Mark mails as done; those that are left stay as they are. Called after the database committed."""

    def close(self) -> None:
        """Close it; never raises."""


@dataclass(frozen=True, slots=True)
class IngestedMail:
    """What one mail was recognised as and what became of it; `results` has one for each recipient."""

    place: str
    what: str
    results: tuple[ReturnResult, ...] = ()
    is_done: bool = False
    is_unreadable: bool = False


class ReturnStore(Protocol):
    """What ingesting needs of the store."""

    def take(
        self, reports: Sequence[ReturnReport], now: datetime, *, dry_run: bool = False
    ) -> list[tuple[ReturnResult, ...]]:
        """Write reports down in one transaction."""

    def settle(self, now: datetime) -> int:
        """Settle the unknown deliveries that something came back of."""


@dataclass(slots=True)
class IngestReport:
    """What was read; `mails` is the sum of `done`, `left` and `unreadable`."""

    mails: int = 0
    done: int = 0
    """Counted, or understood as counting for nothing."""
    left: int = 0
    """For a person: other mail, and reports that belong to no delivery."""
    other: int = 0
    """Of those left, the mails that are not a report."""
    waiting: int = 0
    """Left by earlier runs, and not read again."""
    unreadable: int = 0
    """Not a mail that can be taken apart; left, too."""
    kinds: Counter[ReturnKind] = field(default_factory=Counter)
    """What was written down, by kind."""
    outcomes: Counter[ReturnOutcome] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    """Readers by the state that they were brought to."""
    ignored: int = 0
    """Mails that count for nothing, such as automatic answers."""
    settled: int = 0
    """Deliveries whose unknown outcome is known now."""
    entries: list[IngestedMail] = field(default_factory=list)
    """Every mail of a dry run, otherwise those that stay for a person."""

    def add(self, results: Iterable[ReturnResult]) -> None:
        """Count what became of one report."""
        for result in results:
            self.outcomes[result.outcome] += 1
            self.settled += result.settled
            if result.outcome is ReturnOutcome.RECORDED:
                self.kinds[result.kind] += 1
            if result.action:
                self.actions[result.action] += 1


def ingest(source: MailSource, store: ReturnStore, report: IngestReport, now: datetime) -> None:
    """Read everything that is not done and add it to `report`; a broken mail does not stop the others.

    What was read before an error is counted in `report`.
    """
    mails = _understand(source)
    while batch := list(islice(mails, BATCH)):
        done, left = _take(batch, store, report, now)
        source.finish(done, left)
    report.waiting += source.waiting
    report.settled += store.settle(now)


def rehearse_ingest(
    sources: Sequence[MailSource], store: ReturnStore, report: IngestReport, now: datetime
) -> None:
    """Add to `report` what ingesting these mailboxes would do; changes neither database nor mailbox."""
    _take([mail for source in sources for mail in _understand(source)], store, report, now, dry_run=True)
    report.waiting += sum(source.waiting for source in sources)


def _understand(source: MailSource) -> Iterator[_Understood]:
    return (_Understood(mail.key, mail.place, read_mail(mail.raw, source.name)) for mail in source.read())


def _take(
    batch: Sequence[_Understood],
    store: ReturnStore,
    report: IngestReport,
    now: datetime,
    *,
    dry_run: bool = False,
) -> tuple[list[str], list[str]]:
    """Take a batch in one transaction; returns the keys of the mails that are done, and of those left."""
    done: list[str] = []
    left: list[str] = []
    for each, results in zip(batch, _results_of(batch, store, now, dry_run=dry_run), strict=True):
        mail, found = each.mail, results or ()
        report.add(found)
        is_done = mail.kind is MailKind.IGNORED or any(one.outcome in _DONE for one in found)
        (done if is_done else left).append(each.key)
        report.ignored += mail.kind is MailKind.IGNORED
        is_unreadable = mail.kind is MailKind.UNREADABLE or results is None
        report.unreadable += is_unreadable
        if dry_run or not is_done:
            report.entries.append(IngestedMail(each.place, mail.what, found, is_done, is_unreadable))
        if not is_done and not is_unreadable:
            report.left += 1
            report.other += mail.report is None
    report.mails += len(batch)
    report.done += len(done)
    return done, left


def _results_of(
    batch: Sequence[_Understood], store: ReturnStore, now: datetime, *, dry_run: bool
) -> list[tuple[ReturnResult, ...] | None]:
    """Return what became of each mail; None for one that the store cannot take, which stops no other."""
    try:
        reports = [each.mail.report for each in batch if each.mail.report is not None]
        taken = iter(store.take(reports, now, dry_run=dry_run))
    except _BAD_DATA:
        if len(batch) == 1:
            return [None]
        return [each for one in batch for each in _results_of([one], store, now, dry_run=dry_run)]
    return [next(taken) if each.mail.report is not None else () for each in batch]
