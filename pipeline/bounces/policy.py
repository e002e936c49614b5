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

    In a row: the issues since the last one that arrived count, up to the newest that came back. By score:
    every issue adds or takes away. Refusals that are ours count neither for nor against the reader. None: the
    reader stays.
    """
    for result in results:
        if result.kind in AT_ONCE:
            return ReturnDecision(AT_ONCE[result.kind], f"{result.kind.word} in {result.week}")
    if options.policy == "score":
        return _decide_by_score(results, options)
    return _decide_by_row(results, options)


def _decide_by_row(results: Sequence[IssueResult], options: BounceOptions) -> ReturnDecision | None:
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
            return _bounced(f"{kind} bounces", found[::-1])
    return None


def _decide_by_score(results: Sequence[IssueResult], options: BounceOptions) -> ReturnDecision | None:
    added = {ReturnKind.HARD: options.hard_score, ReturnKind.SOFT: options.soft_score}
    score, counted = 0.0, []
    for result in results:
        if result.kind in _ABOUT_MAILBOX:
            score = _round(score + added[result.kind])
            counted.append(result)
            if score >= options.score_limit:
                return _bounced(f"a score of {score:g} by bounces", counted)
        elif result.kind not in _OURS:
            score = _round(max(0.0, score - options.arrived_score))
            counted = counted if score else []
    return None


def _round(score: float) -> float:
    """Remove what sums of binary fractions add: eight times 0.1 is 0.8."""
    return round(score, 6)


def _bounced(why: str, found: Sequence[IssueResult]) -> ReturnDecision:
    """Return the decision about these issues, oldest first; the newest brings the words of the server."""
    weeks = ", ".join(result.week for result in found)
    said = f" ({found[-1].detail})" if found[-1].detail else ""
    return ReturnDecision(Event.BOUNCED, f"{why} in {weeks}{said}")
