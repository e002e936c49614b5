"""What became of an issue, in numbers that add up: for `status`, for the end of a run, for the log."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import StoreError
from pipeline.model.delivery import NEED_A_PERSON, OURS, OWED, DeliveryState, Report
from pipeline.model.issue_state import IssueState
from pipeline.model.plurals import count_noun
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from pipeline.store.reading import FrozenIssue, ReadIssues

SCHEMA = 1
"""Version of the JSON form."""


def report_on(issues: ReadIssues, issue: FrozenIssue) -> Report:
    """Count the deliveries of an issue; raises StoreError when they do not add up to its audience."""
    ledger = issues.ledger(issue.id)
    counts = ledger.counts()
    if sum(counts.values()) != issue.audience:
        raise StoreError(
            f"{issue.week}: {issue.audience} readers were frozen, {sum(counts.values())} deliveries are "
            "there; somebody changed the database by hand"
        )
    return Report(
        week=issue.week,
        audience=issue.audience,
        counts={state.word: counts[state] for state in DeliveryState},
        state=issue.state.word,
        paused_reason=issue.paused_reason,
        resumes_at=issue.resumes_at,
        stopped_reason=issue.stopped_reason,
        next_at=ledger.next_at(),
        failures={failure.name.lower(): count for failure, count in ledger.failures().items()},
        returned=issues.returned(issue.id),
        unmatched=issues.unmatched(issue.id),
        segment=issue.segment,
    )


def as_json(report: Report) -> dict[str, object]:
    """Write a report the way `weekly status --json` prints it."""
    return {
        "schema": SCHEMA,
        "week": report.week,
        "state": report.state,
        "audience": report.audience,
        "counts": dict(report.counts),
        "failures": dict(report.failures),
        "returned": dict(report.returned),
        "unmatched": {source: dict(kinds) for source, kinds in report.unmatched.items()},
        "next_at": format_instant(report.next_at) if report.next_at else None,
        "paused_reason": report.paused_reason or None,
        "resumes_at": format_instant(report.resumes_at) if report.resumes_at else None,
        "stopped_reason": report.stopped_reason or None,
        "segment": report.segment or None,
    }


def in_words(report: Report) -> str:
    """Return the week and its counts in one line, without the states that are empty."""
    return f"{report.week}: {counts_in_words(report)}"


def counts_in_words(report: Report) -> str:
    """Return the counts alone: `12 readers = 11 sent + 1 failed`."""
    parts = [f"{count:,} {word}" for word, count in report.counts.items() if count]
    return f"{count_noun(report.audience, 'reader')} = {' + '.join(parts) or '0'}"


def counts_of(report: Report, state: DeliveryState) -> int:
    """Return how many deliveries are in a state."""
    return report.counts[state.word]


def is_owed(report: Report, now: datetime) -> bool:
    """Return whether something of an issue can be done now, if only to close it."""
    owed = report.counts["queued"] + report.counts["claimed"] + report.counts["handed"]
    is_waiting = bool(report.counts["deferred"])
    return bool(owed) or not is_waiting or (report.next_at is not None and report.next_at <= now)


def owes(report: Report) -> int:
    """Count the deliveries that are not at their end."""
    return sum(report.counts[state.word] for state in OWED)


def needs_a_person(report: Report) -> bool:
    """Return whether a person must look: unknown, expired, refused by policy or content, few were sent."""
    return (
        report.state == IssueState.SENT_WITH_PROBLEMS.word
        or any(report.counts[state.word] for state in NEED_A_PERSON)
        or any(report.failures.get(failure.name.lower()) for failure in OURS)
    )
