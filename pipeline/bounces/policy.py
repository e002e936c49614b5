"""Decides what a reader's returned letters mean for the reader. Pure; the store carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.bounces.options import BounceOptions
from pipeline.model.returned import IssueResult, ReturnKind
from subscribers.model import Event

AT_ONCE = {
    ReturnKind.COMPLAINED: Event.COMPLAINED,
    ReturnKind.UNSUBSCRIBED: Event.UNSUBSCRIBED_BY_HAND,
}
"""What a single report decides."""
_ABOUT_MAILBOX = (ReturnKind.HARD, ReturnKind.SOFT)
_OURS = (ReturnKind.POLICY, ReturnKind.CONTENT)


@dataclass(frozen=True, slots=True)
class ReturnDecision:
    """What happens to a reader, and why, for their record."""

    event: Event
    reason: str


def decide(results: Sequence[IssueResult], options: BounceOptions) -> ReturnDecision | None:
    """Return what follows for a reader from how the issues went that were sent to them, oldest first.

    The issues since the last one that arrived count, up to the newest that came back. Refusals that are ours
    count neither for nor against the reader. None: the reader stays.
    """
    for result in results:
        if result.kind in AT_ONCE:
            return ReturnDecision(AT_ONCE[result.kind], f"{result.kind.word} in {result.week}")
    row: list[IssueResult] = []
    for result in reversed(results):
        if result.kind in _OURS:
            continue
        if result.kind in _ABOUT_MAILBOX:
            row.append(result)
        elif row:
            break
    hard = [result for result in row if result.kind is ReturnKind.HARD]
    for kind, found, limit in (("hard", hard, options.hard_issues), ("soft", row, options.soft_issues)):
        if len(found) >= limit:
            weeks = ", ".join(result.week for result in reversed(found))
            said = f" ({found[0].detail})" if found[0].detail else ""
            return ReturnDecision(Event.BOUNCED, f"{kind} bounces in {weeks}{said}")
    return None
