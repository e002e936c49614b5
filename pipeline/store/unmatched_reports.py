"""Counts of what providers report about mail that is no letter to a reader here, for each issue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.model.returned import ReturnKind, ReturnOutcome, ReturnReport, ReturnResult
from pipeline.store.tables import issue, unmatched_report
from pipeline.store.webhook_tokens import use_token


def count_unmatched(
    connection: Connection,
    reports: Sequence[ReturnReport],
    results: Sequence[tuple[ReturnResult, ...]],
    now: datetime,
) -> None:
    """Add what authenticated reports say about no letter here to the counts of the newest issue.

    What a provider sends again within a week is not counted again. Mails are not counted: one that matches
    no letter stays in its mailbox for a person.
    """
    new_kinds = {
        (report.source[:64], report.report_id): [
            result.kind for result in found if result.outcome is ReturnOutcome.UNMATCHED
        ]
        for report, found in zip(reports, results, strict=True)
        if report.is_authenticated
    }
    counts: Counter[tuple[str, ReturnKind]] = Counter()
    # In one order, so that two processes never wait for each other; so are the counts below.
    for (source, report_id), kinds in sorted(new_kinds.items()):
        if kinds and use_token(connection, f"unmatched {source} {report_id}", now):
            counts.update((source, kind) for kind in kinds)
    if not counts:
        return
    newest = connection.scalar(select(issue.c.id).order_by(issue.c.week.desc()).limit(1))
    if newest is None:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for (source, kind), count in sorted(counts.items()):
        new = dialect.insert(unmatched_report).values(issue_id=newest, source=source, kind=kind, count=count)
        connection.execute(
            new.on_conflict_do_update(
                index_elements=["issue_id", "source", "kind"],
                set_={"count": unmatched_report.c.count + new.excluded["count"]},
            )
        )
