"""One mail of the mailbox: a report, an automatic answer that counts for nothing, or none of ours. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.bounces.match import find_reference_texts, names_confirmation
from pipeline.bounces.parse.complaint import FEEDBACK_KIND, is_cut_off, read_complaint, read_subject_complaint
from pipeline.bounces.parse.parts import OpenedMail, UnreadableMail, open_mail
from pipeline.bounces.parse.status import STATUS_KINDS, read_status
from pipeline.model.returned import Returned, ReturnReport

MAX_DEPTH = 3
"""A bounce that a person forwards is one deep, and once more if it was forwarded before."""

_RECEIPTS = {"returned/disposition-notification", "returned/global-disposition-notification"}
_RETURNED_MAIL = ("returned/rfc822", "returned/global")
_ENVELOPES = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "return-path")
_MAIL_HEADERS = frozenset(
    ("from", "to", "subject", "date", "received", "return-path", "message-id", "mime-version", "delivered-to")
)
"""A text without any of these is not a mail: RFC 5322, 3.6, asks for the first and the date."""
_AUTOMATIC_SUBJECT = re.compile(
    r"""\s*(?:
      auto(?:matic|mated)?[ -]*(?:reply|response)\b | vacation\ (?:reply|response|notice|message)
    | out\ of\ (?:the\ )?office | [^:]{1,60}\ is\ out\ of\ the\ office
    | automati(?:sche\ antwort|sch\ antwoord|skt\ svar|sk\ svar) | abwesen | autosvar | afwezig
    | r[eé]ponse\ automatique | absence\ du\ bureau | (?:respuesta|resposta)\ autom[aá]tica
    | fuera\ de\ (?:la\ )?oficina | risposta\ automatica | fuori\ (?:sede|ufficio)
    | automatyczna\ odpowied | autoodpowied | автоответ | 自動(?:応答|返信) | 不在
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_DELAY_SUBJECT = re.compile(
    r"""\s*(?:
      delivery\ status\ notification\ *\(delay(?:ed)?\)
    | warning:\ could\ not\ send\ message\ for\ past | warning:\ message\ \S+\ delayed\b
    | (?:warning:\ |your\ )?(?:delayed\ mail\b | delayed:
        | (?:(?:e-?)?mail|message|(?:(?:e-?)?mail\ |message\ )?delivery)
          \ (?:(?:is|was|has\ been|temporarily)\ )*delay(?:ed)?\b)
    | (?:zustellung|übermittlung)\ verzögert | verzögerte\ zustellung | remise\ (?:différée|retardée)
    )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Warnings while a relay goes on trying, in the words of sendmail, Exim, Postfix, Exchange and Google.

Only at the beginning: further on there may be the subject of the letter that came back.
"""
_DMARC_SUBJECT = re.compile(r".*\breport domain:.*\bsubmitter:", re.IGNORECASE)
"""Aggregate reports about a domain: DMARC (RFC 7489, 7.2.1.1) and TLS (RFC 8460, 5.3)."""


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
    what: str
    """What it was recognised as, in words."""
    report: ReturnReport | None = None


_RECEIPT = ReadMail(MailKind.IGNORED, "a read receipt")


def read_mail(raw: bytes, source: str, *, depth: int = 0) -> ReadMail:
    """Read one mail; never raises, whatever the bytes are."""
    try:
        return _read(raw, source, depth)
    except UnreadableMail as error:
        return ReadMail(MailKind.UNREADABLE, str(error))
    except RecursionError:
        return ReadMail(MailKind.UNREADABLE, "a mail nested too deeply")


def _read(raw: bytes, source: str, depth: int) -> ReadMail:
    mail = open_mail(raw)
    if not any(name in _MAIL_HEADERS for name, _ in mail.headers):
        raise UnreadableMail("not a mail: it has no header such as From, Date or Subject")
    kinds = {part.kind for part in mail.parts}
    if kinds & _RECEIPTS:
        return _RECEIPT
    if FEEDBACK_KIND in kinds and not is_cut_off(mail):
        complaint = read_complaint(mail)
        if complaint is None:
            return ReadMail(MailKind.IGNORED, "a feedback report that is not a complaint")
        return _report(mail, raw, source, (complaint,), "a complaint")
    if complaint := read_subject_complaint(mail):
        return _report(mail, raw, source, (complaint,), "a complaint")
    if kinds & set(STATUS_KINDS) and (found := tuple(read_status(mail))):
        return _report(mail, raw, source, found, "a delivery status report")
    return _read_forwarded(mail, source, depth) or _read_without_report(mail, raw, source)


def _read_forwarded(mail: OpenedMail, source: str, depth: int) -> ReadMail | None:
    """Return the report that a person forwarded as an attachment, if there is one."""
    for part in mail.parts if depth < MAX_DEPTH else ():
        if part.kind in _RETURNED_MAIL:
            inner = read_mail(part.content, source, depth=depth + 1)
            if inner.kind is MailKind.REPORT:
                return inner if depth else replace(inner, what=f"{inner.what}, forwarded")
    return None


def _read_without_report(mail: OpenedMail, raw: bytes, source: str) -> ReadMail:
    # flufl.bounce is imported for the mails that need it.
    from pipeline.bounces.parse.plain import is_from_daemon, read_plain  # noqa: PLC0415 - see above

    is_automatic, is_daemon = _is_automatic(mail), is_from_daemon(mail)
    # Bounces have an empty return path (RFC 5321, 4.5.5), and so have many automatic answers.
    is_bounce = is_daemon or (mail.value("return-path") == "<>" and not is_automatic)
    if is_bounce and (found := tuple(read_plain(mail, raw))):
        return _report(mail, raw, source, found, "a bounce in words")
    return _name(mail, is_daemon=is_daemon, is_automatic=is_automatic)


def _name(mail: OpenedMail, *, is_daemon: bool, is_automatic: bool) -> ReadMail:
    """Return what a mail is that reports nothing."""
    subject = mail.text("subject")
    if _DMARC_SUBJECT.match(subject):
        return ReadMail(MailKind.IGNORED, "an aggregate report about the domain")
    if "disposition-notification" in mail.value("content-type").lower():
        return _RECEIPT
    if is_daemon or mail.kind == "multipart/report":
        if _DELAY_SUBJECT.match(subject):
            return ReadMail(MailKind.IGNORED, "a warning about a delay")
        return ReadMail(MailKind.OTHER, "a report without a result, perhaps cut off")
    if is_automatic:
        return ReadMail(MailKind.IGNORED, "an automatic reply")
    return ReadMail(MailKind.OTHER, "not a report")


def _report(mail: OpenedMail, raw: bytes, source: str, found: Iterable[Returned], what: str) -> ReadMail:
    texts = [part.text for part in mail.parts if part.kind.startswith(("returned/", "text/rfc822"))]
    texts += mail.values("references", "in-reply-to")
    texts += [part.text for part in mail.parts if part.kind == "text/plain"]
    references = tuple(find_reference_texts(texts))
    if not references and names_confirmation(texts):
        # Nobody is written to before they confirm, so there is nothing to do.
        return ReadMail(MailKind.IGNORED, f"{what} about a confirmation mail")
    addresses = tuple(value for value in mail.values(*_ENVELOPES) if "@" in value)
    name = mail.value("message-id").strip()
    report_id = f"mail:{name}" if name else f"mail:{hashlib.sha256(raw).hexdigest()}"
    returned = tuple(replace(one, references=references, return_addresses=addresses) for one in found)
    return ReadMail(MailKind.REPORT, what, ReturnReport(report_id, source, returned))


def _is_automatic(mail: OpenedMail) -> bool:
    """Return whether a program answered: RFC 3834, and the headers that came before it."""
    submitted = mail.value("auto-submitted").lower()
    return (
        (bool(submitted) and not submitted.startswith("no"))
        or mail.value("precedence").lower() in ("auto_reply", "auto-reply", "bulk", "junk")
        or bool(mail.values("x-autoreply", "x-autorespond", "x-autoresponse", "x-auto-reply-from"))
        or bool(_AUTOMATIC_SUBJECT.match(mail.text("subject")))
    )
