"""The document of `weekly status`."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from pipeline.cli.documents.issues import IssueReport


class UnfinishedImport(TypedDict):
    """An import whose readers receive nothing, because it is not finished."""

    id: int
    kind: str
    """`import` or `undo`."""
    source: str | None
    readers: int


class StatusReport(IssueReport):
    """The same, and what a look at it now adds."""

    waits_until: datetime | None
    """Until when no letter leaves: a limit of the settings, or one that the relay named."""
    bounces_error: str | None
    """Why the mailboxes of bounces could not be read by the last run."""
    unfinished_imports: list[UnfinishedImport]
    """Imports, or undos of them, that still run or were cut off, and have readers."""
