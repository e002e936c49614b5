"""Complaints: reports of feedback loops (ARF, RFC 5965). Pure."""

from __future__ import annotations

from pipeline.bounces.parse.parts import OpenedMail, read_fields
from pipeline.model.returned import Returned, ReturnKind

FEEDBACK_KIND = "returned/feedback-report"

_KINDS = {
    "abuse": ReturnKind.COMPLAINED,
    "fraud": ReturnKind.COMPLAINED,
    "opt-out": ReturnKind.UNSUBSCRIBED,
    "opt-out-list": ReturnKind.UNSUBSCRIBED,
}
"""By Feedback-Type; `not-spam` takes a complaint back, others (virus, auth-failure …) come from no reader."""


def read_complaint(mail: OpenedMail) -> Returned | None:
    """Return the complaint of a feedback report; None if it is not a complaint."""
    part = next(part for part in mail.parts if part.kind == FEEDBACK_KIND)
    fields = read_fields(part.text)
    kind = _KINDS.get(fields.get("feedback-type", "").lower())
    if kind is None:
        return None
    named = fields.get("original-rcpt-to", "")
    return Returned(kind, recipients=(named,) if "@" in named else (), detail=f"feedback report: {kind.word}")
