"""The document of `weekly relay check`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from typing_extensions import TypedDict

from pipeline.deliver.transport import Stage
from pipeline.model.problem import Severity


class RelayTls(TypedDict):
    """How the connection is secured; the certificate was verified."""

    version: str
    cipher: str
    expires_at: datetime | None
    """When the certificate ends."""
    issuer: str | None


class RelayAnswer(TypedDict):
    """The answer to one command of the probe."""

    stage: Stage
    code: int
    detail: str | None
    """The answer's text, with addresses masked."""


class RelayFindingRow(TypedDict):
    """One thing to know or to change."""

    id: str
    """A stable name."""
    severity: Severity
    """With an error, sending would fail."""
    what: str
    why: str
    fix: str
    """The next step."""
    temporary: bool
    """Whether time alone may resolve it."""


class RelayReport(TypedDict):
    """What the relay shows, and what to set for it."""

    exit_code: Literal[0, 1, 75]
    """0 when sending would work, 75 when it may work later, 1 when it would fail."""
    transport: str
    where: str
    """Host and port, or the folder."""
    software: str | None
    """The program or service that was recognised, with its version."""
    banner: str | None
    extensions: dict[str, str | None]
    """What the answer to EHLO announces: keywords with their parameters."""
    max_bytes: int | None
    """The largest letter that it announces to take."""
    letter_bytes: int | None
    """The size of the next letter; null when it cannot be made."""
    tls: RelayTls | None
    login: str | None
    """The mechanism by which the login was accepted."""
    greets_with: str | None
    """What this machine called itself."""
    probe: str | None
    """The address that was asked about; nothing was sent to it."""
    answers: list[RelayAnswer]
    findings: list[RelayFindingRow]
    sent: str | None
    """Where a test copy went, with `--send`."""
