"""One mail of the mailbox: a report, an automatic answer that counts for nothing, or none of ours. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.bounces.match import find_reference_texts, names_confirmation
from pipeline.bounces.parse.complaint import FEEDBACK_KIND, read_complaint
from pipeline.bounces.parse.parts import OpenedMail, UnreadableMail, open_mail
from pipeline.bounces.parse.status import STATUS_KINDS, read_status
from pipeline.model.returned import Returned, ReturnReport

MAX_DEPTH = 3
"""A bounce that a person forwards is one deep, and once more if it was forwarded before."""

_RETURNED_MAIL = ("returned/rfc822", "returned/global")
_ENVELOPES = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "return-path")
_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(?:auto(?:matic|mated)?[ :-]*(?:reply|response)|out of (?:the )?office|automatische antwort|abwesen"
    r"|réponse automatique|respuesta automática)",
    re.IGNORECASE,
)


class MailKind(StrEnum):
    """What a mail of the mailbox is."""

    REPORT = "report"
    IGNORED = "ignored"
    """An automatic answer, a receipt, a report that takes a complaint back: counts for nothing."""
    OTHER = "other"
    """Somebody's mail: for a person."""
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class ReadMail:
    """One mail as it was understood; `report` only for a report."""

    kind: MailKind
    report: ReturnReport | None = None


def read_mail(raw: bytes, source: str, *, depth: int = 0) -> ReadMail:
    """Read one mail; never raises, whatever the bytes are."""
    try:
        return _read(raw, source, depth)
    except (UnreadableMail, RecursionError):
        return ReadMail(MailKind.UNREADABLE)


def _read(raw: bytes, source: str, depth: int) -> ReadMail:
    mail = open_mail(raw)
    kinds = {part.kind for part in mail.parts}
    if "returned/disposition-notification" in kinds or "returned/global-disposition-notification" in kinds:
        return ReadMail(MailKind.IGNORED)
    if FEEDBACK_KIND in kinds:
        complaint = read_complaint(mail)
        return _report(mail, raw, source, (complaint,)) if complaint else ReadMail(MailKind.IGNORED)
    if kinds & set(STATUS_KINDS) and (found := tuple(read_status(mail))):
        return _report(mail, raw, source, found)
    for part in mail.parts if depth < MAX_DEPTH else ():
        if part.kind in _RETURNED_MAIL:
            inner = read_mail(part.content, source, depth=depth + 1)
            if inner.kind is MailKind.REPORT:
                return inner
    return _read_without_report(mail, raw, source)


def _read_without_report(mail: OpenedMail, raw: bytes, source: str) -> ReadMail:
    # flufl.bounce is imported for the mails that need it.
    from pipeline.bounces.parse.plain import is_from_daemon, read_plain  # noqa: PLC0415 - see above

    is_automatic = _is_automatic(mail)
    # Bounces have an empty return path (RFC 5321, 4.5.5), and so have many automatic answers.
    is_bounce = is_from_daemon(mail) or (mail.value("return-path") == "<>" and not is_automatic)
    if is_bounce and (found := tuple(read_plain(mail, raw))):
        return _report(mail, raw, source, found)
    return ReadMail(MailKind.IGNORED if is_automatic else MailKind.OTHER)


def _report(mail: OpenedMail, raw: bytes, source: str, found: Iterable[Returned]) -> ReadMail:
    texts = [part.text for part in mail.parts if part.kind.startswith(("returned/", "text/rfc822"))]
    texts += mail.values("references", "in-reply-to")
    texts += [part.text for part in mail.parts if part.kind == "text/plain"]
    references = tuple(find_reference_texts(texts))
    if not references and names_confirmation(texts):
        # Nobody is written to before they confirm, so there is nothing to do.
        return ReadMail(MailKind.IGNORED)
    addresses = tuple(value for value in mail.values(*_ENVELOPES) if "@" in value)
    name = mail.value("message-id").strip()
    report_id = f"mail:{name}" if name else f"mail:{hashlib.sha256(raw).hexdigest()}"
    returned = tuple(replace(one, references=references, return_addresses=addresses) for one in found)
    return ReadMail(MailKind.REPORT, ReturnReport(report_id, source, returned))


def _is_automatic(mail: OpenedMail) -> bool:
    """Return whether a program answered: RFC 3834, and the headers that came before it."""
    submitted = mail.value("auto-submitted").lower()
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or mail.value("precedence").lower() in ("auto_reply", "auto-reply", "bulk", "junk")
        or bool(mail.values("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply-from"))
        or bool(_AUTOMATIC_SUBJECT.match(mail.value("subject")))
    )
