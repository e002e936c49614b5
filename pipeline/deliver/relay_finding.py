"""What a check of a relay goes by, and what it finds: one thing to know or to change each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pipeline.deliver.options import DeliveryOptions, SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.relay_facts import RelayFacts, RelaySoftware
from pipeline.model.problem import Severity


@dataclass(frozen=True, slots=True)
class RelayFinding:
    """One thing to know or to change; an error means that sending would fail."""

    id: str
    severity: Severity
    what: str
    why: str
    fix: str
    """The next step."""
    temporary: bool = False
    """Whether time alone may resolve it."""


@dataclass(frozen=True, slots=True)
class RelayCase:
    """Everything that the advice depends on."""

    smtp: SmtpOptions
    delivery: DeliveryOptions
    facts: RelayFacts
    software: RelaySoftware | None
    is_local: bool
    """Whether the relay is on this machine."""
    now: datetime
    letter_bytes: int = 0
    """The size of this week's letter; 0 when it cannot be made."""
    beyond_ascii: int = 0
    """Readers whose address has other letters than ASCII before the @."""
    failure: TransportError | None = None
    """What ended the opening or the probe."""
