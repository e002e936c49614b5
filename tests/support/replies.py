"""What comes back besides bounces: complaints, automatic answers, receipts, readers' own words."""

from __future__ import annotations

from support.bounces import BACK, Bounced, make_mail, make_multipart


def forwarded(report: bytes) -> bytes:
    """A bounce that somebody passed on to the mailbox as an attachment."""
    kind, body = make_multipart(
        "multipart/mixed",
        [
            ("Content-Type: text/plain", "FYI, this came to me."),
            ("Content-Type: message/rfc822", report.decode().replace("\r\n", "\n")),
        ],
        "=_f0rward",
    )
    return make_mail(
        f"From: Editor <editor@example.org>\r\nTo: {BACK}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
        "Subject: Fwd: failure\r\nMessage-ID: <fwd-1@example.org>\r\n",
        body,
    )


def complaint(b: Bounced, feedback: str = "abuse", named: str | None = None) -> bytes:
    """A report of a feedback loop (ARF)."""
    who = b.recipient if named is None else named
    kind, body = make_multipart(
        "multipart/report; report-type=feedback-report",
        [
            ("Content-Type: text/plain", "This is an email abuse report."),
            (
                "Content-Type: message/feedback-report",
                f"Feedback-Type: {feedback}\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\n"
                + (f"Original-Rcpt-To: {who}\r\n" if who else ""),
            ),
            ("Content-Type: message/rfc822", b.letter),
        ],
    )
    return make_mail(
        f"From: feedback@provider.example\r\nTo: {b.back_to}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
        f"Subject: FW: Retrieval\r\nMessage-ID: <{b.report_id}>\r\n",
        body,
    )


def auto_reply(b: Bounced, headers: str = "Auto-Submitted: auto-replied") -> bytes:
    """Somebody's holiday: quotes the letter and counts for nothing."""
    return make_mail(
        f"From: Ada <{b.recipient}>\r\nTo: letter@news.example.org\r\nIn-Reply-To: <{b.message_id}>\r\n{headers}\r\n"
        "Message-ID: <ooo@reader.example>\r\n",
        "I am out of the office. 550 5.1.1 is not my number.\r\n",
    )


def receipt(b: Bounced) -> bytes:
    """A read receipt (RFC 8098), which looks much like a bounce."""
    kind, body = make_multipart(
        "multipart/report; report-type=disposition-notification",
        [
            ("Content-Type: text/plain", "Your message was deleted without being read."),
            (
                "Content-Type: message/disposition-notification",
                f"Final-Recipient: rfc822;{b.recipient}\r\nOriginal-Message-ID: <{b.message_id}>\r\n"
                "Disposition: automatic-action/MDN-sent-automatically; deleted",
            ),
        ],
    )
    return make_mail(
        f"From: {b.recipient}\r\nTo: {BACK}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n", body
    )


def human(b: Bounced) -> bytes:
    """A reader's answer."""
    return make_mail(
        f"From: Ada <{b.recipient}>\r\nTo: letter@news.example.org\r\nIn-Reply-To: <{b.message_id}>\r\n"
        "Message-ID: <hello@reader.example>\r\nSubject: Re: Retrieval\r\n",
        "Thank you! My colleague says 550 5.1.1 user unknown, what is that?\r\n",
    )
