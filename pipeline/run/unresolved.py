"""What earlier runs left for a person or for another day: unknown outcomes, and a limit that is used up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.issue.lock import find_damage
from pipeline.model.issue_state import IssueState
from pipeline.model.plurals import count_noun
from pipeline.run.pacing import find_pace_wait
from pipeline.run.reading import has_current_store

if TYPE_CHECKING:
    from pipeline.run.reporter import Reporter
    from pipeline.store.reading import ReadIssues
    from pipeline.wiring import Newsletter

_LONG = timedelta(minutes=5)
"""Shorter waits are those of a limit by the second or minute, which a run waits for itself."""
_MAY_HAVE_UNKNOWN = (IssueState.SENT_WITH_PROBLEMS, IssueState.CANCELLED)
"""The states of an issue that no run works on, and whose unknown outcomes no run prints otherwise."""


def tell_unresolved(newsletter: Newsletter, reporter: Reporter, told: Sequence[str] = ()) -> None:
    """Print what earlier runs left to someone who watches; under cron, the run that left it printed it.

    `told` are the weeks that this run has worked on and described.
    """
    if has_current_store(newsletter):
        week = told[-1] if told else ""
        for line in list_unresolved(newsletter, newsletter.issues, without=week, with_limit=not told):
            reporter.tell(line)


def list_unresolved(
    newsletter: Newsletter, issues: ReadIssues, *, without: str = "", with_limit: bool = True
) -> Iterator[str]:
    """Describe what is left in one line each; `without` is a week whose outcomes are shown already."""
    if damage := find_damage(newsletter.folder, without) if without else "":
        yield f"warning: {damage}"
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
