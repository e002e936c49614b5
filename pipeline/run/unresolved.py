"""What earlier runs left for a person or for another day: unknown outcomes, and a limit that is used up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.model.issue_state import IssueState
from pipeline.model.plurals import count_noun
from pipeline.run.pacing import find_pace_wait

if TYPE_CHECKING:
    from pipeline.store.reading import ReadIssues
    from pipeline.wiring import Newsletter

_LONG = timedelta(minutes=5)
"""Shorter waits are those of a limit by the second or minute, which a run waits for itself."""
_MAY_HAVE_UNKNOWN = (IssueState.SENT_WITH_PROBLEMS, IssueState.CANCELLED)
"""The states of an issue that no run works on, and whose unknown outcomes no run prints otherwise."""


def list_unresolved(
    newsletter: Newsletter, issues: ReadIssues, *, without: str = "", with_limit: bool = True
) -> Iterator[str]:
    """Describe what is left in one line each; `without` is a week whose outcomes are shown already."""
    for issue in issues.all():
        if issue.state not in _MAY_HAVE_UNKNOWN or issue.week == without:
            continue
        if count := issues.ledger(issue.id).count_unknown():
            deliveries = count_noun(count, "delivery has", "deliveries have")
            yield (
                f"{issue.week}: {deliveries} an unknown outcome; see `weekly status --week {issue.week}`, "
                f"then `weekly resolve --week {issue.week}`"
            )
    waits = find_pace_wait(newsletter) if with_limit else None
    if waits and (waits.asked or waits.until - newsletter.clock.now() > _LONG):
        yield f"{waits}{'; `weekly relay resume` ends this sooner' if waits.asked else ''}"
