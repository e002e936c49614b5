"""Complaints: reports of feedback loops (ARF, RFC 5965). Pure."""

from __future__ import annotations

import re

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


_BY_SUBJECT = re.compile(r"complaint about message from\b", re.IGNORECASE)
"""Outlook.com's Junk Mail Reporting Program, where it attaches the letter without a feedback report."""
_RECIPIENT = re.compile(r"^x-hmxmroriginalrecipient:\s*(\S+@\S+)", re.IGNORECASE | re.MULTILINE)


def read_subject_complaint(mail: OpenedMail) -> Returned | None:
    """Return the complaint of a mail that says so in its subject and brings the letter."""
    letter = next((part for part in mail.parts if part.kind == "returned/rfc822"), None)
    if letter is None or not _BY_SUBJECT.match(mail.text("subject")):
        return None
    named = _RECIPIENT.search(letter.text)
    return Returned(
        ReturnKind.COMPLAINED,
        recipients=(named[1],) if named else (),
        detail=f"feedback report: {ReturnKind.COMPLAINED.word}",
    )


def is_cut_off(mail: OpenedMail) -> bool:
    """Return whether a report of no known type lacks the letter, which always follows (RFC 5965, 2)."""
    return mail.parts[-1].kind == FEEDBACK_KIND and read_complaint(mail) is None


def read_complaint(mail: OpenedMail) -> Returned | None:
    """Return the complaint of a feedback report; None if it is not a complaint."""
    part = next(part for part in mail.parts if part.kind == FEEDBACK_KIND)
    fields = read_fields(part.text)
    kind = _KINDS.get(fields.get("feedback-type", "").lower())
    if kind is None:
        return None
    named = fields.get("original-rcpt-to", "")
    return Returned(kind, recipients=(named,) if "@" in named else (), detail=f"feedback report: {kind.word}")
