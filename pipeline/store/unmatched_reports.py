"""Counts of what providers report about mail that is no letter to a reader here, for each issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.model.returned import ReturnKind, ReturnOutcome, ReturnReport, ReturnResult
from pipeline.store.tables import issue, unmatched_report


def count_unmatched(
    connection: Connection,
    reports: Sequence[ReturnReport],
    results: Sequence[tuple[ReturnResult, ...]],
) -> None:
    """Add what authenticated reports say about no letter here to the counts of the newest issue.

    Mails are not counted: one that matches no letter stays in its mailbox for a person.
    """
    counts: Counter[tuple[str, ReturnKind]] = Counter(
        (report.source[:64], result.kind)
        for report, found in zip(reports, results, strict=True)
        for result in found
        if report.is_authenticated and result.outcome is ReturnOutcome.UNMATCHED
    )
    if not counts:
        return
    newest = connection.scalar(select(issue.c.id).order_by(issue.c.week.desc()).limit(1))
    if newest is None:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    # In one order, so that two processes never wait for each other.
    for (source, kind), count in sorted(counts.items()):
        new = dialect.insert(unmatched_report).values(issue_id=newest, source=source, kind=kind, count=count)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["issue_id", "source", "kind"],
                set_={"count": unmatched_report.c.count + new.excluded["count"]},
            )
        )


def find_unmatched(engine: Engine, issue_id: int) -> Mapping[str, Mapping[str, int]]:
    """Return the counts of an issue by source and by the word of the kind, the most severe kind last."""
    statement = (
        select(unmatched_report.c.source, unmatched_report.c.kind, unmatched_report.c.count)
        .where(unmatched_report.c.issue_id == issue_id)
        .order_by(unmatched_report.c.source, unmatched_report.c.kind)
    )
    found: dict[str, dict[str, int]] = {}
    with engine.connect() as connection:
        for source, kind, count in connection.execute(statement):
            found.setdefault(source, {})[kind.word] = count
    return found
