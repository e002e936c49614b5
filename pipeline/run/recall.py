"""Settles what a run that died had handed over, where the transport can find out what became of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError, TryLater
from pipeline.model.delivery import DeliveryState, Verdict
from pipeline.store.recovery import find_handed, settle_handed
from subscribers.tokens import mail_ref

if TYPE_CHECKING:
    from pipeline.deliver.transport import Recalls
    from pipeline.store.reading import FrozenIssue
    from pipeline.wiring import Newsletter

_BECAME = {Verdict.SENT: DeliveryState.SENT, Verdict.NOT_SENT: DeliveryState.QUEUED}


def recall_handed(newsletter: Newsletter, issue: FrozenIssue) -> None:
    """Settle the handed deliveries of which the transport knows; the ledger's `take_over` does the others.

    Only to be called while holding the lease. Raises PipelineError or TryLater when the transport cannot be
    asked now; nothing was changed then.
    """
    from pipeline.deliver.transport import Recalls, TransportError

    handed = find_handed(newsletter.engine, issue.id)
    if not handed or not isinstance(newsletter.transport, Recalls):
        return
    keys = newsletter.secrets.signing
    refs = {reader: f"{issue.week}.{mail_ref(keys, issue.week, handed[reader])}" for reader in handed}
    try:
        recalled = asyncio.run(_recall(newsletter.transport, refs))
    except TransportError as error:
        kind = TryLater if error.temporary else PipelineError
        raise kind(str(error)) from error
    settle_handed(newsletter.engine, issue.id, recalled, newsletter.clock.now())


async def _recall(transport: Recalls, refs: Mapping[int, str]) -> Mapping[DeliveryState, Sequence[int]]:
    found: dict[DeliveryState, list[int]] = {}
    for reader, ref in refs.items():
        verdict = await transport.recall(ref)
        if verdict in _BECAME:
            found.setdefault(_BECAME[verdict], []).append(reader)
    return found
