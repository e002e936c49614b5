"""What each server's bounce means, and what is no bounce."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.bounces import SERVERS, Bounced, exim, odd_bounces, opensmtpd, postfix, sendmail
from support.replies import auto_reply, complaint, forwarded, human, receipt

from pipeline.bounces.match import comparison_keys, find_references
from pipeline.bounces.parse.mail import MailKind, read_mail
from pipeline.bounces.parse.parts import MAX_BYTES
from pipeline.model.returned import Returned, ReturnKind

REF = "0123456789abcdef0123"
MESSAGE_ID = f"2026-w49.{REF}@news.example.org"
BOUNCED = Bounced(MESSAGE_ID)
ODD = odd_bounces(BOUNCED)

H, S, P, C = ReturnKind.HARD, ReturnKind.SOFT, ReturnKind.POLICY, ReturnKind.CONTENT

every_server = pytest.mark.parametrize("server", SERVERS)


def read(raw: bytes):
    mail = read_mail(raw, "test")
    assert mail.kind is MailKind.REPORT
    return mail.report


@every_server
def test_a_reader_who_does_not_exist_is_recognized_in_every_servers_words(server):
    report = read(SERVERS[server](BOUNCED))
    assert [one.kind for one in report.returned] == [H]
    one = report.returned[0]
    assert comparison_keys(one) == {"ada@reader.example"}
    assert find_references(one) == (("2026-W49", REF),)
    assert (one.code, one.status) == (550, "5.1.1")


@every_server
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 no", S),
        ("552 5.2.2 mailbox is over its quota", S),
        ("550 5.7.1 refused by policy (DMARC)", P),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated", P),
        ("450 4.2.2 mailbox full: retry timeout exceeded", S),
        ("552 5.3.4 message size exceeds fixed limit", C),
        ("550 relay not permitted", P),
        ("554 5.7.1 Service unavailable; client host blocked using a list", P),
        ("421 4.7.28 unusual rate of unsolicited mail", P),
        ("550 User unknown", H),
        (
            "550-5.1.1 The account does not exist. Please try\n550-5.1.1 again.\n550 5.1.1 bye",
            H,
        ),
    ],
)
def test_every_servers_bounce_says_whose_fault_it_was(server, reply, kind):
    report = read(SERVERS[server](replace(BOUNCED, reply=reply)))
    assert [one.kind for one in report.returned] == [kind]


@pytest.mark.parametrize("name", ODD)
def test_a_mail_of_another_server_or_program_is_what_its_sender_meant(name):
    raw, expected = ODD[name]
    mail = read_mail(raw, "test")
    if mail.report is None:
        assert mail.kind.value == expected
        return
    assert " ".join(one.kind.word for one in mail.report.returned) == expected
    # A warning in words alone brings nothing of the letter.
    assert expected == "delayed" or all(find_references(one) for one in mail.report.returned)


@pytest.mark.parametrize("server", sorted(SERVERS.keys() - {"qmail"}))
def test_a_delay_counts_for_nothing_in_every_servers_words(server):
    raw = SERVERS[server](
        replace(BOUNCED, action="delayed", status="4.4.1", reply="450 4.4.1 connection refused")
    )
    assert [one.kind for one in read(raw).returned] == [ReturnKind.DELAYED]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_notification_of_success_is_a_proof_of_delivery(action):
    raw = postfix(replace(BOUNCED, action=action, status="2.0.0", reply="250 ok"))
    assert [one.kind for one in read(raw).returned] == [ReturnKind.DELIVERED]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", H),
        ("550 5.4.1 Recipient address rejected: Access denied. [AB1.prod]", H),
        ("550 5.2.1 The email account that you tried to reach is disabled.", H),
        ("550 5.2.1 The user is receiving mail at a rate that prevents delivery", S),
        ("550 5.5.0 Requested action not taken: mailbox unavailable", H),
        ("550 #5.1.0 Address rejected.", H),
        ("550 5.7.1 No such user!", H),
        ("550 5.1.1 Sender address rejected: User unknown in virtual mailbox table", P),
        ("421 4.7.0 temporarily deferred due to unexpected volume or user complaints", P),
        ("551 5.1.6 User has moved", H),
        ("554 delivery error: dd This user doesn't have a reader.example account", H),
        ("550 5.1.8 Sender address rejected: Domain not found", P),
        ("550 5.1.1 <ada@spam-block.example>: user unknown", H),
        ("550 5.4.4 unable to route: no such domain", S),
        ("554 Transaction failed", P),
        ("5.4.7 - Delivery expired (message too old)", S),
        ("550 5.6.1 body refused", C),
        ("553 sorry, relaying denied from your location", P),
        ("550 too many recipients from your host, rate limit", P),
        ("Host or domain name not found. Name service error for name=reader.example", S),
        ('unknown user: "ada"', H),
        ("Unrouteable address", H),
        ("User ada (ada@reader.example) not listed in Domino Directory", H),
    ],
)
def test_the_words_and_codes_of_many_servers(reply, kind):
    assert [one.kind for one in read(postfix(replace(BOUNCED, reply=reply, status="5.0.0"))).returned] == [
        kind
    ]


@pytest.mark.parametrize(
    ("status", "kind"), [("5.1.1", S), ("5.0.0", S), ("5.7.1", P), ("5.2.2", S), ("4.4.7", S)]
)
def test_a_status_alone_never_says_that_nobody_is_there(status, kind):
    raw = postfix(replace(BOUNCED, reply="", status=status)).replace(b"Diagnostic-Code: smtp; \r\n", b"")
    assert [one.kind for one in read(raw).returned] == [kind]


def test_a_bare_550_is_no_dead_address_though_sendmail_writes_5_1_1_and_user_unknown():
    (one,) = read(sendmail(replace(BOUNCED, reply="550 no"))).returned
    assert (one.kind, one.code) == (S, 550)


def test_a_refusal_after_the_whole_letter_is_about_the_letter():
    raw = postfix(replace(BOUNCED, reply="550 no")).replace(b"RCPT TO", b"end of DATA")
    assert [one.kind for one in read(raw).returned] == [P]


def test_exims_own_words_count_where_it_has_no_diagnostic():
    assert [one.kind for one in read(exim(replace(BOUNCED, reply="Unrouteable address"))).returned] == [H]
    assert [one.kind for one in read(exim(replace(BOUNCED, reply="retry timeout exceeded"))).returned] == [S]


def test_every_recipient_of_a_report_has_its_own_word():
    second = (
        b"\r\n\r\nFinal-Recipient: rfc822; bob@reader.example\r\nAction: failed\r\nStatus: 5.2.2\r\n"
        b"Diagnostic-Code: smtp; 552 5.2.2 full\r\nFinal-Recipient: rfc822; eve@reader.example\r\n"
        b"Action: delayed\r\n"
    )
    raw = postfix(BOUNCED).replace(b"no such person here\r\n--", b"no such person here" + second + b"\r\n--")
    found = [(comparison_keys(one), one.kind) for one in read(raw).returned]
    assert found == [
        ({"ada@reader.example"}, H),
        ({"bob@reader.example"}, S),
        ({"eve@reader.example"}, ReturnKind.DELAYED),
    ]


@pytest.mark.parametrize("server", [postfix, SERVERS["qmail"], SERVERS["exchange"], complaint])
def test_a_report_that_is_cut_off_anywhere_is_nothing_worse_and_no_automatic_reply(server):
    raw = server(BOUNCED)
    whole = max(one.kind for one in read(raw).returned)
    for end in range(raw.index(b"\r\n\r\n") + 4, len(raw), 7):
        mail = read_mail(raw[:end], "test")
        if mail.report is None:
            assert mail.kind is MailKind.OTHER, end
        else:
            assert {one.kind for one in mail.report.returned} <= {S, P, whole}, end


@pytest.mark.parametrize("server", [postfix, opensmtpd, SERVERS["gmail"]])
def test_a_forwarded_bounce_is_read_and_is_the_same_report(server):
    direct, passed_on = read(server(BOUNCED)), read(forwarded(forwarded(server(BOUNCED))))
    assert passed_on.report_id == direct.report_id
    assert [one.kind for one in passed_on.returned] == [H]


def test_a_return_address_is_kept_for_the_look_up():
    (one,) = read(exim(replace(BOUNCED, back_to="bounces+abc@news.example.org"))).returned
    assert "bounces+abc@news.example.org" in one.return_addresses


@pytest.mark.parametrize(
    ("feedback", "kind"),
    [
        ("abuse", ReturnKind.COMPLAINED),
        ("fraud", ReturnKind.COMPLAINED),
        ("opt-out", ReturnKind.UNSUBSCRIBED),
    ],
)
def test_a_complaint_names_the_letter_also_without_its_reader(feedback, kind):
    for named in (None, "", "redacted"):
        (one,) = read(complaint(BOUNCED, feedback, named)).returned
        assert one.kind is kind
        assert find_references(one) == (("2026-W49", REF),)


@pytest.mark.parametrize("feedback", ["not-spam", "virus", "auth-failure", "other", ""])
def test_a_feedback_report_that_is_no_complaint_counts_for_nothing(feedback):
    assert read_mail(complaint(BOUNCED, feedback), "test").kind is MailKind.IGNORED


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied",
        "Precedence: auto_reply",
        "Precedence: bulk",
        "X-Autoreply: yes",
        "X-Autorespond: out",
        "Subject: Automatic reply: Retrieval",
        "Subject: Out of Office",
        "Return-Path: <>\r\nAuto-Submitted: auto-replied (vacation)",
    ],
)
def test_somebody_on_holiday_still_exists(headers):
    assert read_mail(auto_reply(BOUNCED, headers), "test").kind is MailKind.IGNORED


@every_server
def test_the_bounce_of_a_confirmation_mail_needs_nobody(server):
    raw = SERVERS[server](replace(BOUNCED, message_id=f"confirm.{REF}@news.example.org"))
    assert read_mail(raw, "test").kind is MailKind.IGNORED


def test_a_read_receipt_counts_for_nothing():
    assert read_mail(receipt(BOUNCED), "test").kind is MailKind.IGNORED


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Delivery Status Notification (Delay)", MailKind.IGNORED),
        ("Delayed Mail (still being retried)", MailKind.IGNORED),
        ("Warning: could not send message for past 4 hours", MailKind.IGNORED),
        ("Warning: message 1vPabc-000001-2x delayed 24 hours", MailKind.IGNORED),
        ("Delivery delayed: Retrieval", MailKind.IGNORED),
        ("Mail delivery delayed", MailKind.IGNORED),
        ("Your message has been delayed", MailKind.IGNORED),
        ("=?utf-8?Q?Zustellung_verz=C3=B6gert=3A_Retrieval?=", MailKind.IGNORED),
        ("Undeliverable: Why delay matters for agents", MailKind.OTHER),
        ("Returned mail: Cut the delay of your prompts", MailKind.OTHER),
        ("Undelivered Mail Returned to Sender: Delayed Mail", MailKind.OTHER),
        ("Delivery Status Notification (Failure): delayed", MailKind.OTHER),
        ("Delivery failure: message delayed", MailKind.OTHER),
    ],
)
def test_only_the_beginning_of_a_subject_makes_a_warning_about_a_delay(subject, kind):
    raw = f"From: MAILER-DAEMON@relay.example.net\nSubject: {subject}\n\nSee above.\n".encode()
    assert read_mail(raw, "test").kind is kind


@pytest.mark.parametrize("subject", ["Auto: my spam report", "Auto: response to your letter"])
def test_a_person_who_writes_about_cars_is_no_automatic_reply(subject):
    raw = f"From: Ada <ada@reader.example>\nSubject: {subject}\n\nHello!\n".encode()
    assert read_mail(raw, "test").kind is MailKind.OTHER


@pytest.mark.parametrize("raw", [human(BOUNCED), forwarded(human(BOUNCED))])
def test_a_mail_of_a_person_is_left_to_a_person(raw):
    assert read_mail(raw, "test").kind is MailKind.OTHER


def test_a_mail_beyond_the_limits_is_not_read():
    boundaries = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(99)
    )
    for raw in (b"Subject: x\n" + b"\n" * 60_000, boundaries):
        assert read_mail(raw, "test").kind is MailKind.UNREADABLE


@pytest.mark.parametrize(
    "raw", [b"", b"\n\n", b"hello", b'[delivery]\nper_second: "4"\n', b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_not_a_mail_at_all_is_named(raw):
    mail = read_mail(raw, "test")
    assert mail.kind is MailKind.UNREADABLE
    assert mail.what.startswith("not a mail")


def test_a_bounce_with_a_huge_letter_is_read_by_its_beginning():
    raw = postfix(BOUNCED) + b"x" * 70 + b"\r\n"
    huge = raw.replace(b"\r\n--=_b0unce--", b"\r\n" + (b"x" * 998 + b"\r\n") * (MAX_BYTES // 1000 + 99))
    assert [one.kind for one in read(huge).returned] == [H]


@pytest.mark.parametrize("written", ["utf-8;jäne@reader.example", r"utf-8;J\x{E4}ne@reader.example"])
def test_an_address_in_any_script_is_known_by_its_letters_and_by_their_numbers(written):
    assert comparison_keys(Returned(H, recipients=(written,))) == {"jäne@reader.example"}


def test_a_report_without_an_id_is_named_by_what_it_holds():
    raw = postfix(BOUNCED).replace(b"Message-Id: <report-1@relay.example.net>\r\n", b"")
    assert read(raw).report_id == read(raw).report_id
    assert read(raw).report_id != read(raw.replace(b"Retrieval", b"Tokens")).report_id


def test_a_report_in_words_that_names_nobody_by_a_code_is_read_by_its_reference():
    raw = (
        forwarded(human(BOUNCED))
        .replace(b"Editor <editor@example.org>", b"postmaster@ex.example")
        .replace(
            b"FYI, this came to me.",
            b"These recipients could not be reached:\r\n  Ada on 1/12/2026\r\n  <ex.example #5.1.1>",
        )
    )
    (one,) = read(raw.replace(b"In-Reply-To:", b"Message-ID:")).returned
    assert (one.kind, one.recipients, one.status) == (H, (), "5.1.1")
    assert find_references(one) == (("2026-W49", REF),)


HEAVY = (
    "a",
    "user",
    "- ",
    "5",
    "550 ",
    "a@",
    "://",
    "x.",
    "\r\n",
    " \r\n",
    "From: ",
    "b0unce ",
    "=?u?q?a?= ",
)


@pytest.mark.parametrize("piece", HEAVY)
def test_a_mail_of_one_piece_again_and_again_is_read(piece):
    heavy = (piece * (MAX_BYTES // len(piece)))[: MAX_BYTES // 32]  # squared, it would take half an hour
    for server in ("postfix", "opensmtpd", "qmail"):
        read_mail(SERVERS[server](replace(BOUNCED, reply=heavy)), "test")
        read_mail(SERVERS[server](replace(BOUNCED, recipient=heavy[:50_000])), "test")
