"""The document of `weekly bounces ingest`."""

from __future__ import annotations

from typing_extensions import TypedDict

from pipeline.cli.documents.common import Counts, WeekName


class ReportResult(TypedDict):
    """What a mail reports about one recipient."""

    kind: str
    outcome: str
    """`recorded`, `duplicate`, `unmatched` or `mismatched`."""
    week: WeekName | None
    """The issue that the letter belongs to; null if none was found."""
    email: str | None
    """The reader; null if none was found, or they were erased."""
    action: str | None
    """The state that the reader was brought to."""


class MailEntry(TypedDict):
    """One mail that was read."""

    place: str
    """The file, its number in an mbox, or its number in the folder of an IMAP mailbox."""
    what: str
    """What it was recognised as."""
    done: bool
    """Whether nothing is left for a person."""
    results: list[ReportResult]


class BouncesIngested(TypedDict):
    """What was read of what came back; `mails` is the sum of `done`, `left` and `unreadable`."""

    dry_run: bool
    mails: int
    done: int
    """Counted, or understood as counting for nothing; marked as read."""
    left: int
    """For a person: other mail, and reports that belong to no delivery."""
    unreadable: int
    """Mails that cannot be taken apart; left, too."""
    waiting: int
    """Left by earlier runs, and not read again without --again."""
    ignored: int
    """Automatic answers, receipts and the like, which count for nothing."""
    returned: Counts
    """What was written down, by kind, with the kinds of `weekly status`."""
    outcomes: Counts
    """What became of each recipient of each report: recorded, duplicate, unmatched, mismatched."""
    readers: Counts
    """Readers by the state that they were brought to: bounced, complained, unsubscribed."""
    settled: int
    """Deliveries with an unknown outcome that are known to be sent now."""
    entries: list[MailEntry]
    """Every mail of a dry run, otherwise those that stay for a person."""
