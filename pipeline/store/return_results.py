"""How the newest issues went for a reader, and whether the refusals of an issue are about its readers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, func, select

from pipeline.bounces.parse.reply import REFUSED, classify_refusal, is_about_mailbox
from pipeline.model.delivery import DeliveryState, FailureClass
from pipeline.model.returned import IssueResult, ReturnKind
from pipeline.store.return_lookup import HISTORY
from pipeline.store.tables import delivery, issue, returned
from subscribers.store.tables import subscriber

_MAX_HARD_SHARE = 0.2
"""Above this share of an issue the refusals are not about single addresses but about us or an old list: the
breaker of `pipeline.deliver.retry` stops a run at the same share."""
_FEW = 5
"""So many refusals of an issue are about single addresses, whatever their share: in a list of 25 readers the
share alone would be five."""


def find_refused(connection: Connection, issue_id: int) -> Sequence[int]:
    """Find the readers whose address was refused during the send of an issue, or never took it."""
    refused = ((delivery.c.state == DeliveryState.FAILED) & (delivery.c.failure == FailureClass.HARD)) | (
        delivery.c.state == DeliveryState.EXPIRED
    )
    mine = delivery.c.issue_id == issue_id
    return connection.scalars(select(delivery.c.subscriber_id).where(mine, refused)).all()


def is_mass_refusal(connection: Connection, issue_id: int) -> bool:
    """Return whether so many readers of an issue were refused that single addresses cannot be the cause.

    So it is, too, when no letter was sent.
    """
    audience = connection.scalar(select(issue.c.audience).where(issue.c.id == issue_id)) or 0
    if len(find_refused(connection, issue_id)) > max(_FEW, audience * _MAX_HARD_SHARE):
        return True
    was_sent = exists().where(delivery.c.issue_id == issue_id, delivery.c.state == DeliveryState.SENT)
    return not connection.scalar(select(was_sent))


def find_results(connection: Connection, subscriber_id: int, known: dict[int, bool]) -> list[IssueResult]:
    """Read how the newest issues went for one reader since they confirmed, oldest first.

    Refusals of an issue that refused too many count for nothing; `known` keeps which issues did.
    """
    confirmed_at = (
        select(func.coalesce(subscriber.c.confirmed_at, 0))
        .where(subscriber.c.id == subscriber_id)
        .scalar_subquery()
    )
    recent = connection.execute(
        select(issue.c.id, issue.c.week)
        .where(issue.c.frozen_at >= confirmed_at)
        .order_by(issue.c.week.desc())
        .limit(HISTORY)
    ).all()
    weeks = {row.id: row.week for row in recent}
    mine = (delivery.c.subscriber_id == subscriber_id, delivery.c.issue_id.in_(list(weeks)))
    deliveries = connection.execute(
        select(
            delivery.c.issue_id,
            delivery.c.state,
            delivery.c.failure,
            delivery.c.code,
            delivery.c.detail,
        ).where(*mine)
    ).all()
    reports = connection.execute(
        select(returned.c.issue_id, returned.c.kind, returned.c.detail).where(
            returned.c.subscriber_id == subscriber_id, returned.c.kind > ReturnKind.DELIVERED
        )
    ).all()
    gravest: dict[int, IssueResult] = {}
    for issue_id, kind, detail in sorted(reports, key=lambda report: int(report.kind)):
        if issue_id in weeks:
            gravest[issue_id] = IssueResult(weeks[issue_id], kind, detail)
    for row in deliveries:
        week = weeks[row.issue_id]
        if row.state is DeliveryState.FAILED and row.failure is FailureClass.HARD:
            if row.issue_id not in known:
                known[row.issue_id] = is_mass_refusal(connection, row.issue_id)
            if known[row.issue_id]:
                continue
        if row.state is DeliveryState.FAILED and row.failure in REFUSED:
            kind = classify_refusal(row.failure, row.code, row.detail or "")
            gravest.setdefault(row.issue_id, IssueResult(week, kind, row.detail or ""))
        elif row.state is DeliveryState.EXPIRED and is_about_mailbox(row.code, row.detail or ""):
            gravest.setdefault(row.issue_id, IssueResult(week, ReturnKind.SOFT, row.detail or ""))
        elif row.state is DeliveryState.SENT:
            gravest.setdefault(row.issue_id, IssueResult(week))
    return sorted(gravest.values(), key=lambda result: result.week)
