"""Opens the pace of sending: the limits of the settings, and the book that all processes share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.deliver.pacer import Pacer
    from pipeline.wiring import Newsletter


def open_pacer(
    newsletter: Newsletter,
    *,
    until: datetime,
    stop: asyncio.Event | None = None,
    notice: Callable[[str], None] = lambda _message: None,
) -> Pacer:
    """Return the pace for one process: of a run, which is asked to end by `stop`, or of single mails.

    Without readers there is no database, and the process counts for itself. A transport that reaches no
    reader has no limits.
    """
    from pipeline.deliver.claims import CLAIMS_PER_CONNECTION
    from pipeline.deliver.engine import pause
    from pipeline.deliver.pace import Limits
    from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
    from pipeline.store.pace import StoredPaceLedger

    spec, rules = newsletter.transport_spec, newsletter.delivery
    is_limited = spec.is_public
    limits = Limits(rules.per_second, rules.per_minute, rules.per_hour, rules.per_day, rules.warm_up)
    is_shared = is_limited and newsletter.has_store()
    return Pacer(
        StoredPaceLedger(newsletter.engine, _scope(newsletter)) if is_shared else PrivatePaceLedger(),
        limits if is_limited else Limits(),
        owner=secrets.token_hex(4),
        clock=newsletter.clock.now,
        until=until,
        chunk=1 if stop is None else rules.connections * CLAIMS_PER_CONNECTION,
        wait=partial(pause, stop or asyncio.Event()),
        notice=notice,
    )


def _scope(newsletter: Newsletter) -> str:
    """Name what the limits are for: a relay and a sender's domain, whose reputation the warm-up builds."""
    kind = newsletter.settings.transport.kind
    relay = newsletter.settings.smtp.host.lower() if kind == "smtp" else kind
    return f"{relay}/{newsletter.letterhead.from_email.rpartition('@')[2].lower()}"
