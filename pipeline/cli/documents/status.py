"""The document of `weekly status`."""

from __future__ import annotations

from datetime import datetime

from pipeline.cli.documents.issues import IssueReport


class StatusReport(IssueReport):
    """The same, and what a look at it now adds."""

    waits_until: datetime | None
    """Until when no letter leaves: a limit of the settings, or one that the relay named."""
    bounces_error: str | None
    """Why the mailboxes of bounces could not be read by the last run."""
