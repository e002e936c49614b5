"""Opens the pace of sending: the limits of the settings, and the book that all processes share."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pipeline.run.reading import has_current_store

if TYPE_CHECKING:
    import asyncio

    from pipeline.deliver.pace import Limits
    from pipeline.deliver.pacer import Pacer, RateWait
    from pipeline.store.pace import StoredPaceLedger
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
    import asyncio

    from pipeline.deliver.claims import CLAIMS_PER_CONNECTION
    from pipeline.deliver.pacer import Pacer, PrivatePaceLedger
    from pipeline.deliver.worker import pause

    return Pacer(
        _open_ledger(newsletter) or PrivatePaceLedger(),
        _limits(newsletter),
        owner=secrets.token_hex(4),
        clock=newsletter.clock.now,
        until=until,
        chunk=1 if stop is None else newsletter.delivery.connections * CLAIMS_PER_CONNECTION,
        wait=partial(pause, stop or asyncio.Event()),
        notice=notice,
    )


def find_pace_wait(newsletter: Newsletter) -> RateWait | None:
    """Return why no letter may leave now; None while one may. Reads the book and changes nothing."""
    ledger = _open_ledger(newsletter)
    if ledger is None:
        return None
    from pipeline.deliver.pacer import find_wait

    return find_wait(ledger.read(), _limits(newsletter), newsletter.clock.now())


def end_pace_wait(newsletter: Newsletter) -> None:
    """Forget that the relay asked to wait or to send more slowly."""
    from pipeline.deliver.pacer import end_pause

    if ledger := _open_ledger(newsletter):
        ledger.change(end_pause)


def _open_ledger(newsletter: Newsletter) -> StoredPaceLedger | None:
    """Open the record of sent letters that all processes share; None without a database or without limits."""
    if not (newsletter.transport_spec.is_public and has_current_store(newsletter)):
        return None
    from pipeline.store.pace import StoredPaceLedger

    return StoredPaceLedger(newsletter.engine, _scope(newsletter))


def _limits(newsletter: Newsletter) -> Limits:
    from pipeline.deliver.pace import Limits

    rules = newsletter.delivery
    if not newsletter.transport_spec.is_public:
        return Limits()
    return Limits(rules.per_second, rules.per_minute, rules.per_hour, rules.per_day, rules.warm_up)


def _scope(newsletter: Newsletter) -> str:
    """Name what the limits are for: a relay and a sender's domain, whose reputation the warm-up builds."""
    kind = newsletter.settings.transport.kind
    relay = newsletter.settings.smtp.host.lower() if kind == "smtp" else kind
    return f"{relay}/{newsletter.letterhead.from_email.rpartition('@')[2].lower()}"
