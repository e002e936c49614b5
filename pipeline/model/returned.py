"""Values of what comes back after the send: bounces, complaints, delays, proofs of delivery."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import IntEnum, StrEnum

from pipeline.model.frozen import dataclass


class ReturnKind(IntEnum):
    """What a report means for one delivery, the gravest last; stored as these integers."""

    DELAYED = 0
    """The relay is still trying; counts for nothing."""
    DELIVERED = 1
    """The mailbox's server took it."""
    CONTENT = 2
    """The message itself was refused (too big, malformed): ours."""
    POLICY = 3
    """The sender or the letter was refused (spam, relaying, login): never held against the reader."""
    SOFT = 4
    """Mailbox full, server unreachable, or a refusal without a reason: counts over several issues."""
    HARD = 5
    """The address does not exist or is closed."""
    UNSUBSCRIBED = 6
    """The reader opted out at their provider."""
    COMPLAINED = 7
    """The reader reported the letter as spam."""

    @property
    def word(self) -> str:
        """The kind as people and `--json` write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Returned:
    """The result that a report has for one recipient; nothing in it is trusted before it was matched.

    `references` are texts that may hold the letter's Message-ID or X-Newsletter-Ref, `return_addresses` the
    envelope senders that the report was sent to, `recipients` the addresses that it names as the reader's.
    """

    kind: ReturnKind
    references: tuple[str, ...] = ()
    return_addresses: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    code: int = 0
    """The SMTP reply code that was reported, or 0."""
    status: str = ""
    """The enhanced status code of that reply (RFC 3463), such as `5.1.1`."""
    detail: str = ""
    """The words of the server."""
    at: datetime | None = None
    """When it was reported; None if the report does not say."""


@dataclass(frozen=True, slots=True)
class ReturnReport:
    """One report with its result for each recipient. Two reports of one `report_id` count once.

    `report_id` is unique in the world: the Message-ID of a mail, or a provider's name and its event id.
    """

    report_id: str
    source: str
    """Where it came from, for the record: `imap`, `maildir`, `postmark` …"""
    returned: tuple[Returned, ...] = ()
    is_authenticated: bool = False
    """Whether the source proved who it is, as a provider's signed webhook does: then an address alone names
    the reader, by the newest letter that was sent to it. Anybody can write a mail, so a mail never is."""


class ReturnOutcome(StrEnum):
    """What became of one thing that came back."""

    RECORDED = "recorded"
    """It belongs to a delivery and was written down."""
    DUPLICATE = "duplicate"
    """The same report was recorded before."""
    UNMATCHED = "unmatched"
    """It names no delivery of this newsletter, or its reference is forged; no reader is touched."""
    MISMATCHED = "mismatched"
    """It names a delivery and another reader's address; no reader is touched."""


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """The result of taking one `Returned`."""

    outcome: ReturnOutcome
    kind: ReturnKind
    week: str = ""
    """The issue that the delivery belongs to; empty if none was found."""
    action: str = ""
    """What it did to the reader: `bounced`, `complained`, `unsubscribed`; empty if nothing."""
    settled: bool = False
    """Whether it settled a delivery with an unknown outcome."""
    email: str = field(default="", repr=False)
    """The reader's address, for the operator; empty if none was found, or the reader was erased."""


@dataclass(frozen=True, slots=True)
class IssueResult:
    """How one issue went for one reader. `kind` is the gravest that came back; None: sent, nothing came."""

    week: str
    kind: ReturnKind | None = None
    detail: str = field(default="", compare=False)
