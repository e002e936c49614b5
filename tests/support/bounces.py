"""Bounces in the shapes that mail servers and programs give them; addresses and words are made up."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REPORTER = "relay.example.net"
BACK = "bounces@news.example.org"


@dataclass(frozen=True)
class Bounced:
    """What a bounce is about. `reply` is the server's answer, of one or more lines; empty: none came."""

    message_id: str
    recipient: str = "ada@reader.example"
    reply: str = "550 5.1.1 <ada@reader.example>: no such person here"
    action: str = "failed"
    status: str = ""
    back_to: str = BACK
    report_id: str = "report-1@relay.example.net"

    @property
    def letter(self) -> str:
        """The head of the letter that came back."""
        return (
            f"Return-Path: <{self.back_to}>\r\n"
            f"Received: from news.example.org by {REPORTER}; Tue, 01 Dec 2026 09:00:01 +0000\r\n"
            'From: "Test Weekly" <letter@news.example.org>\r\n'
            f"To: {self.recipient}\r\n"
            "Subject: Retrieval, and a tip\r\n"
            "Date: Tue, 01 Dec 2026 09:00:00 +0000\r\n"
            f"Message-ID: <{self.message_id}>\r\n"
            "MIME-Version: 1.0\r\n"
            'Content-Type: text/plain; charset="utf-8"\r\n'
        )

    @property
    def first(self) -> str:
        """The first line of the reply."""
        return self.reply.partition("\n")[0]

    @property
    def folded(self) -> str:
        """The reply as one field value of several lines."""
        return "\r\n    ".join(self.reply.splitlines())


def make_mail(headers: str, body: str) -> bytes:
    """Make a mail with CRLF of headers and a body."""
    return f"{headers}\r\n{body}".replace("\r\n", "\n").replace("\n", "\r\n").encode()


def make_multipart(kind: str, parts: list[tuple[str, str]], boundary: str = "=_b0unce") -> tuple[str, str]:
    """Make a Content-Type and the body that it describes."""
    body = "".join(f"--{boundary}\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts)
    return f'{kind}; boundary="{boundary}"', f"{body}--{boundary}--\r\n"


def postfix(b: Bounced) -> bytes:
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (
                "Content-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii",
                f"This is the mail system at host {REPORTER}.\r\n\r\n<{b.recipient}>: host mx.reader.example"
                f"[192.0.2.7] said:\r\n    {b.folded} (in reply to RCPT TO\r\n    command)",
            ),
            (
                "Content-Description: Delivery report\r\nContent-Type: message/delivery-status",
                f"Reporting-MTA: dns; {REPORTER}\r\nX-Postfix-Queue-ID: 4Q2\r\n"
                f"X-Postfix-Sender: rfc822; {b.back_to}\r\n\r\n"
                f"Final-Recipient: rfc822; {b.recipient}\r\nOriginal-Recipient: rfc822;{b.recipient}\r\n"
                f"Action: {b.action}\r\nStatus: {b.status or '5.0.0'}\r\nRemote-MTA: dns; mx.reader.example\r\n"
                f"Diagnostic-Code: smtp; {b.folded}",
            ),
            ("Content-Description: Undelivered Message\r\nContent-Type: message/rfc822", b.letter),
        ],
    )
    return make_mail(
        f"Return-Path: <>\r\nDelivered-To: {b.back_to}\r\nFrom: Mail Delivery System <MAILER-DAEMON@{REPORTER}>\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nTo: {b.back_to}\r\nAuto-Submitted: auto-replied\r\n"
        f"Message-Id: <{b.report_id}>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n",
        body,
    )


def exim(b: Bounced) -> bytes:
    """Always Status 5.0.0; a local refusal has words in the text and no Diagnostic-Code."""
    coded = b.reply[:1].isdigit()
    diagnostic = (
        f"\r\nRemote-MTA: dns; mx.reader.example\r\nDiagnostic-Code: smtp; {b.folded}" if coded else ""
    )
    said = (
        f"    host mx.reader.example [192.0.2.7]\r\n    SMTP error from remote mail server after RCPT TO:"
        f"<{b.recipient}>:\r\n    {b.folded}"
        if coded
        else f"    {b.reply}"
    )
    status = "4.0.0" if b.action == "delayed" else "5.0.0"
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (
                "Content-type: text/plain; charset=us-ascii",
                f"A message that you sent could not be delivered.\r\n\r\n  {b.recipient}\r\n{said}\r\n",
            ),
            (
                "Content-type: message/delivery-status",
                f"Reporting-MTA: dns; {REPORTER}\r\n\r\nAction: {b.action}\r\n"
                f"Final-Recipient: rfc822;{b.recipient}\r\nStatus: {status}{diagnostic}",
            ),
            ("Content-type: message/rfc822", b.letter),
        ],
    )
    return make_mail(
        f"Return-path: <>\r\nEnvelope-to: {b.back_to}\r\nX-Failed-Recipients: {b.recipient}\r\n"
        f"Auto-Submitted: auto-replied\r\nFrom: Mail Delivery System <Mailer-Daemon@{REPORTER}>\r\n"
        f"To: {b.back_to}\r\nReferences: <{b.message_id}>\r\nContent-Type: {kind}\r\nMIME-Version: 1.0\r\n"
        f"Subject: Mail delivery failed: returning message to sender\r\nMessage-Id: <{b.report_id}>\r\n",
        body,
    )


def opensmtpd(b: Bounced) -> bytes:
    """multipart/mixed, no Diagnostic-Code, always Status 5.0.0: the reply stands in the text only."""
    kind, body = make_multipart(
        "multipart/mixed",
        [
            (
                "Content-Type: text/plain; charset=us-ascii",
                f"    Hi!\r\n\r\n    An error has occurred.\r\n\r\n{b.recipient}: {b.first}\r\n\r\n"
                "    Below is a copy of the original message:\r\n",
            ),
            (
                "Content-Type: message/delivery-status",
                f"Reporting-MTA: dns; {REPORTER}\r\n\r\nFinal-Recipient: rfc822; {b.recipient}\r\n"
                f"Action: {b.action}\r\nStatus: {'4.4.7' if b.action == 'delayed' else '5.0.0'}",
            ),
            ("Content-Type: text/rfc822-headers", b.letter),
        ],
    )
    return make_mail(
        f"Delivered-To: {b.back_to}\r\nSubject: Delivery status notification: {b.action}\r\n"
        f"From: Mailer Daemon <MAILER-DAEMON@{REPORTER}>\r\nTo: {b.back_to}\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}\r\nMessage-ID: <{b.report_id}>\r\n",
        body,
    )


def sendmail(b: Bounced) -> bytes:
    """A bare 550 becomes Status 5.1.1, with "User unknown" below it in the transcript."""
    first = b.first
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (
                "",
                "   ----- The following addresses had permanent fatal errors -----\r\n"
                f"<{b.recipient}>\r\n    (reason: {first})\r\n\r\n   ----- Transcript of session follows -----\r\n"
                f"... while talking to [192.0.2.7]:\r\n>>> RCPT To:<{b.recipient}>\r\n<<< {first}\r\n"
                f"550 5.1.1 <{b.recipient}>... User unknown\r\n",
            ),
            (
                "Content-Type: message/delivery-status",
                f"Reporting-MTA: dns; {REPORTER}\r\nReceived-From-MTA: DNS; localhost\r\n\r\n"
                f"Final-Recipient: RFC822; {b.recipient}\r\nX-Actual-Recipient: rfc822; {b.recipient}\r\n"
                f"Action: {b.action}\r\nStatus: {b.status or '5.1.1'}\r\nRemote-MTA: DNS; [192.0.2.7]\r\n"
                f"Diagnostic-Code: SMTP; {first}",
            ),
            ("Content-Type: text/rfc822-headers", b.letter),
        ],
    )
    return make_mail(
        "Return-Path: <MAILER-DAEMON>\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON>\r\n"
        f"Message-Id: <{b.report_id}>\r\nTo: <{b.back_to}>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
        "Subject: Returned mail: see transcript for details\r\nAuto-Submitted: auto-generated (failure)\r\n",
        body,
    )


def qmail(b: Bounced) -> bytes:
    """Words alone."""
    return make_mail(
        f"Return-Path: <>\r\nDelivered-To: {b.back_to}\r\nFrom: MAILER-DAEMON@{REPORTER}\r\nTo: {b.back_to}\r\n"
        "Subject: failure notice\r\n",
        f"Hi. This is the qmail-send program at {REPORTER}.\r\nI'm afraid I wasn't able to deliver your message to"
        " the following addresses.\r\nThis is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n"
        f"<{b.recipient}>:\r\n192.0.2.7 does not like recipient.\r\nRemote host said: {b.reply}\r\n"
        f"Giving up on 192.0.2.7.\r\n\r\n--- Below this line is a copy of the message.\r\n\r\n{b.letter}\r\nhello\r\n",
    )


def exchange(b: Bounced) -> bytes:
    """An NDR: HTML for people, and a Diagnostic-Code with Microsoft's own words."""
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (
                "Content-Type: text/html; charset=utf-8",
                f"<p>Your message to {b.recipient} couldn't be delivered.</p>",
            ),
            (
                "Content-Type: message/delivery-status",
                "Reporting-MTA: dns;AB1PR01.eurprd01.prod.example\r\nReceived-From-MTA: dns;news.example.org\r\n"
                f"Arrival-Date: Tue, 1 Dec 2026 09:00:02 +0000\r\n\r\nFinal-Recipient: rfc822;{b.recipient}\r\n"
                f"Action: {b.action}\r\nStatus: {b.status or '5.1.10'}\r\nDiagnostic-Code: smtp;{b.folded}",
            ),
            ("Content-Type: message/rfc822", b.letter),
        ],
    )
    return make_mail(
        f"From: <postmaster@reader.example>\r\nTo: <{b.back_to}>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
        f"Message-ID: <{b.report_id}>\r\nSubject: Undeliverable: Retrieval, and a tip\r\n"
        "Auto-Submitted: auto-replied\r\n",
        body,
    )


def gmail(b: Bounced) -> bytes:
    """The text is inside multipart/related and multipart/alternative; replies have several lines."""
    inner, text = make_multipart(
        "multipart/alternative",
        [
            (
                'Content-Type: text/plain; charset="UTF-8"',
                f"** Address not found **\r\n\r\n{b.recipient}\r\n",
            ),
            ('Content-Type: text/html; charset="UTF-8"', f"<b>{b.recipient}</b>"),
        ],
        "=_alternative",
    )
    middle, related = make_multipart("multipart/related", [(f"Content-Type: {inner}", text)], "=_related")
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (f"Content-Type: {middle}", related),
            (
                "Content-Type: message/delivery-status",
                f"Reporting-MTA: dns; googlemail.example\r\n\r\nFinal-Recipient: rfc822; {b.recipient}\r\n"
                f"Action: {b.action}\r\nStatus: {b.status or '5.1.1'}\r\nDiagnostic-Code: smtp; {b.folded}",
            ),
            ("Content-Type: message/rfc822", b.letter),
        ],
    )
    return make_mail(
        f"Return-Path: <>\r\nFrom: Mail Delivery Subsystem <mailer-daemon@googlemail.example>\r\nTo: {b.back_to}\r\n"
        f"Auto-Submitted: auto-replied\r\nSubject: Delivery Status Notification (Failure)\r\n"
        f"Message-ID: <{b.report_id}>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n",
        body,
    )


def international(b: Bounced) -> bytes:
    """RFC 6533: the status part for addresses in any script, here in base64 as the standard allows."""
    status = (
        f"Reporting-MTA: dns; {REPORTER}\r\n\r\nOriginal-Recipient: utf-8;{b.recipient}\r\n"
        f"Final-Recipient: utf-8;{b.recipient}\r\nAction: {b.action}\r\nStatus: {b.status or '5.1.1'}\r\n"
        f"Diagnostic-Code: smtp; {b.folded}\r\n"
    )
    kind, body = make_multipart(
        "multipart/report; report-type=global-delivery-status",
        [
            ("Content-Type: text/plain; charset=utf-8", "Nicht zustellbar."),
            (
                "Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: base64",
                base64.encodebytes(status.encode()).decode(),
            ),
            (
                "Content-Type: message/global-headers\r\nContent-Transfer-Encoding: base64",
                base64.encodebytes(b.letter.encode()).decode(),
            ),
        ],
    )
    return make_mail(
        f"Return-Path: <>\r\nFrom: MAILER-DAEMON@{REPORTER}\r\nTo: {b.back_to}\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: {kind}\r\nSubject: Unzustellbar\r\nMessage-ID: <{b.report_id}>\r\n",
        body,
    )


def encoded(b: Bounced) -> bytes:
    """A gateway that encodes every part."""
    status = (
        f"Reporting-MTA: dns; {REPORTER}\r\n\r\nFinal-Recipient: rfc822; {b.recipient}\r\nAction: {b.action}\r\n"
        f"Status: {b.status or '5.0.0'}\r\nDiagnostic-Code: smtp; {b.folded}\r\n"
    )
    encode = "Content-Transfer-Encoding: base64"
    kind, body = make_multipart(
        "multipart/report; report-type=delivery-status",
        [
            (f"Content-Type: text/plain\r\n{encode}", base64.encodebytes(b"Not delivered.").decode()),
            (
                f"Content-Type: message/delivery-status\r\n{encode}",
                base64.encodebytes(status.encode()).decode(),
            ),
            (f"Content-Type: message/rfc822\r\n{encode}", base64.encodebytes(b.letter.encode()).decode()),
        ],
    )
    return make_mail(
        f"From: MAILER-DAEMON@{REPORTER}\r\nTo: {b.back_to}\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n"
        f"Message-ID: <{b.report_id}>\r\n",
        body,
    )


SERVERS: dict[str, Callable[[Bounced], bytes]] = {
    "postfix": postfix,
    "exim": exim,
    "opensmtpd": opensmtpd,
    "sendmail": sendmail,
    "qmail": qmail,
    "exchange": exchange,
    "gmail": gmail,
    "international": international,
    "encoded": encoded,
}


def odd_bounces(b: Bounced) -> dict[str, tuple[bytes, str]]:
    """Read the mails of `odd_bounces.mbox` about a letter, by name, each with the word of what is expected.

    Other servers, providers and programs made their shapes. The word is that of a `ReturnKind`, several in the
    order of the recipients, or of a `MailKind` other than report.
    """
    text = (Path(__file__).parent / "odd_bounces.mbox").read_text("utf-8")
    text = text.replace("{letter}", b.letter.replace("\r\n", "\n")).replace("{who}", b.recipient)
    found = {}
    for mail in re.split(r"^From .*\n", text, flags=re.MULTILINE)[1:]:
        name, expected = (
            re.search(rf"^X-{key}: (.*)$", mail, re.MULTILINE)[1] for key in ("Case", "Expected")
        )
        found[name] = (mail.encode(), expected)
    return found
