"""What a relay is, and what to set for it, from what it showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.deliver.login_need import Need, find_need
from pipeline.deliver.options import DeliveryOptions, SmtpOptions
from pipeline.deliver.relay_advice import find_findings
from pipeline.deliver.relay_finding import RelayCase
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.port_identity import Spoken
from pipeline.deliver.transports.relay_facts import ProbeAnswer, RelayFacts, TlsFacts, read_answer, recognise
from pipeline.deliver.transports.reply import Reply
from pipeline.model.delivery import About

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TAKEN = (ProbeAnswer(Stage.MAIL, 250, "ok"), ProbeAnswer(Stage.RCPT, 250, "ok"))

BANNERS = {
    "mail.example.org ESMTP Postfix (Debian/GNU)": "Postfix",
    "news.example.org ESMTP Exim 4.96 Mon, 30 Nov 2026 19:34:51 +0000": "Exim 4.96",
    "news.example.org ESMTP OpenSMTPD": "OpenSMTPD",
    "news ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Mon, 30 Nov 2026": "sendmail 8.17.1.9",
    "news ESMTP Haraka 3.3.4 ready": "Haraka 3.3.4",
    "email-smtp.amazonaws.com ESMTP SimpleEmailService-d-A1B2C3D4E xyz": "Amazon SES",
    "smtp.gmail.com ESMTP 5b1f17b1804b1-43b-20020a sm12345678wmb.1 - gsmtp": "Gmail or Google Workspace",
    "FR0P281CA0001.outlook.office365.com Microsoft ESMTP MAIL Service ready at Mon": "Microsoft 365",
    "mx.corp.example Microsoft ESMTP MAIL Service ready at Mon, 30 Nov 2026": "Exchange",
    "mail.postmarkapp.com ESMTP": "Postmark",
    "SG ESMTP service ready at geopod-ismtpd-3": "SendGrid",
    "Mailgun Influx ready": "Mailgun",
    "in.mailjet.com ESMTP Mailjet": "Mailjet",
    "mailpit.example Mailpit ESMTP Service ready": "Mailpit",
    "host Python SMTP 1.4.6": "aiosmtpd 1.4.6",
}


def case(facts=None, host="mail.example.org", *, is_local=False, **more):
    facts = facts or RelayFacts(banner="x ESMTP", probe=TAKEN)
    smtp = SmtpOptions(host=host, **more.pop("smtp", {}))
    delivery = DeliveryOptions(**more.pop("delivery", {}))
    return RelayCase(smtp, delivery, facts, recognise(host, facts), is_local=is_local, now=NOW, **more)


def ids(*args, **more):
    return {finding.id for finding in find_findings(case(*args, **more))}


def facts(banner="x ESMTP", *, probe=TAKEN, tls=None, own_name="news.example.org", **offers):
    return RelayFacts(banner=banner, offers=offers, probe=probe, tls=tls, own_name=own_name)


@pytest.mark.parametrize("banner", BANNERS)
def test_a_relay_is_recognised_by_its_greeting(banner):
    assert str(recognise("relay.example.org", RelayFacts(banner=banner))) == BANNERS[banner]


@pytest.mark.parametrize(
    ("host", "offers", "name"),
    [
        ("email-smtp.eu-west-1.amazonaws.com", {}, "Amazon SES"),
        ("smtp-relay.gmail.com", {}, "Gmail or Google Workspace"),
        ("smtp.office365.com", {}, "Microsoft 365"),
        ("mail.example.org", {"PRDR": "", "PIPELINING": ""}, "Exim"),
        ("mail.example.org", dict.fromkeys(("ETRN", "VRFY", "ENHANCEDSTATUSCODES", "DSN"), ""), "Postfix"),
    ],
)
def test_one_that_hides_its_name_is_recognised_by_host_or_extensions(host, offers, name):
    assert str(recognise(host, RelayFacts(banner="mx ready", offers=offers))) == name


def test_one_that_shows_nothing_is_not_guessed():
    assert recognise("mail.example.org", RelayFacts(banner="mx ESMTP", offers={"SIZE": "1"})) is None


@pytest.mark.parametrize(
    ("banner", "per_connection", "found"),
    [
        ("x ESMTP Exim 4.96", 100, {"exim-queues"}),
        ("x ESMTP Exim 4.96", 10, set()),
        ("x ESMTP OpenSMTPD", 101, {"opensmtpd-session"}),
        ("x ESMTP OpenSMTPD", 100, set()),
        ("x ESMTP Postfix", 1000, set()),
    ],
)
def test_limits_of_a_connection_are_named_where_the_settings_pass_them(banner, per_connection, found):
    delivery = {"messages_per_connection": per_connection}
    login = {"username": "letter"}
    assert ids(facts(banner), delivery=delivery, smtp=login) == found


def test_a_letter_must_fit_and_the_figures_are_named():
    (finding,) = find_findings(case(facts(SIZE="30000"), letter_bytes=44_000, smtp={"username": "letter"}))
    assert (finding.id, finding.severity) == ("size", "error")
    assert "44,000" in finding.what
    assert "30,000" in finding.what
    assert ids(facts(SIZE="0"), letter_bytes=44_000, smtp={"username": "letter"}) == set()


@pytest.mark.parametrize(
    ("code", "about", "found", "temporary"),
    [
        (550, About.SENDER, "relay-denied", False),
        (454, About.SENDER, "relay-denied", False),
        (550, About.UNCLEAR, "relay-denied", False),
        (451, About.UNCLEAR, "later", True),
        (450, About.GREYLIST, "greylisting", None),
        (550, About.READER, "probe-unknown", None),
    ],
)
def test_a_refused_probe_is_told_apart_by_what_it_is_about(code, about, found, temporary):
    probe = (TAKEN[0], ProbeAnswer(Stage.RCPT, code, "no", about))
    (finding,) = find_findings(case(facts(probe=probe), smtp={"port": 25, "username": "letter"}))
    assert finding.id == found
    assert finding.severity == ("warning" if temporary is None else "error")
    assert finding.temporary is bool(temporary)


def test_a_submission_port_without_a_login_is_named_before_and_after_it_refuses():
    refused = (TAKEN[0], ProbeAnswer(Stage.RCPT, 554, "access denied", About.SENDER))
    (after,) = find_findings(case(facts(probe=refused, AUTH="PLAIN LOGIN")))
    assert (after.id, after.severity) == ("no-login", "error")
    (before,) = find_findings(case(facts(AUTH="PLAIN LOGIN")))
    assert (before.id, before.severity) == ("no-login", "warning")


def test_plain_text_is_a_fault_only_where_it_leaves_the_machine():
    plain = {"security": "none", "port": 25}
    assert ids(facts(STARTTLS=""), smtp=plain) == {"plain-text"}
    assert ids(facts(STARTTLS=""), host="localhost", is_local=True, smtp=plain) == set()


def test_a_certificate_that_ends_soon_and_an_old_version_are_named():
    def secured(days, version="TLSv1.3"):
        tls = TlsFacts(version, "x", NOW + timedelta(days=days), "CA")
        return ids(facts(tls=tls), smtp={"username": "letter"})

    assert secured(60) == set()
    assert secured(13) == {"certificate-expires"}
    assert secured(60, "TLSv1.1") == {"old-tls"}


@pytest.mark.parametrize(
    ("stage", "words", "found"),
    [
        (Stage.CONNECT, "cannot be reached: connection refused", "unreachable"),
        (Stage.STARTTLS, "does not offer STARTTLS; nothing secret was sent", "no-starttls"),
        (
            Stage.TLS,
            "has a certificate that cannot be trusted: self-signed certificate",
            "certificate-authority",
        ),
        (Stage.TLS, "has a certificate that cannot be trusted: Hostname mismatch", "certificate-name"),
        (
            Stage.TLS,
            "has a certificate that cannot be trusted: certificate has expired",
            "certificate-expired",
        ),
        (Stage.TLS, "does not speak TLS as we do (WRONG_VERSION_NUMBER); check port", "tls"),
        (Stage.AUTH, "offers no way to log in", "login-mechanism"),
    ],
)
def test_what_ends_the_opening_has_a_next_step_of_its_own(stage, words, found):
    failure = TransportError(words, stage=stage, temporary=stage is Stage.CONNECT)
    finding = find_findings(case(RelayFacts(), failure=failure))[0]
    assert (finding.id, finding.severity) == (found, "error")
    assert finding.fix


@pytest.mark.parametrize(
    ("reply", "need"),
    [
        ("530 5.7.0 Authentication Required. For more information, go to", Need.LOGIN),
        ("530 5.7.1 Authentication required", Need.LOGIN),
        ("530 SMTP authentication is required.", Need.LOGIN),
        ("530 5.7.57 Client not authenticated to send mail. Error: 535 5.7.139", Need.LOGIN),
        ("530-5.5.1 Authentication Required", Need.LOGIN),
        ("550 5.7.0 Access denied", Need.LOGIN),
        ("550 authentication is required for relay", Need.LOGIN),
        ("503 5.5.1 You must authenticate first", Need.LOGIN),
        ("550 Please turn on SMTP Authentication in your mail client", Need.LOGIN),
        ("550 5.7.1 Unauthenticated email is not accepted from this domain", Need.NOTHING),
        ("530 5.7.0 Must issue a STARTTLS command first", Need.TLS),
        ("530 5.7.0 Must issue a STARTTLS command first.", Need.TLS),
        ("454 5.7.0 Must issue a STARTTLS command first", Need.NOTHING),
        ("538 5.7.11 Encryption required for requested authentication mechanism", Need.TLS),
        ("554 5.7.10 TLS required", Need.TLS),
        ("550 Requires a secure connection (SSL)", Need.TLS),
        ("554 5.7.0 Reject, id=1234 - SPAM", Need.NOTHING),
        ("550 5.7.0 Blocked - see https://ipcheck.example.com/", Need.NOTHING),
        ("550 relay not permitted", Need.NOTHING),
        ("550 5.1.1 no such user", Need.NOTHING),
        ("421 4.7.0 Authentication required", Need.NOTHING),
    ],
)
def test_a_login_or_tls_that_is_wanted_first_is_recognised_by_code_and_words(reply, need):
    assert find_need(int(reply[:3]), _enhanced(reply), reply[4:]) == need


def _enhanced(reply):
    return Reply(int(reply[:3]), (reply[4:],)).enhanced


REFUSED = {
    "530 5.7.0 Must issue a STARTTLS command first": ("starttls-needed", 'security = "starttls"'),
    "530 5.7.0 Authentication required": ("no-login", "set smtp.username"),
    "550 5.7.1 Sender not verified": ("sender-refused", "set `from`"),
    "553 5.7.1 Sender address rejected: not owned by user letter": (
        "sender-refused",
        "set `from`",
    ),
    "553 Sender is not allowed to relay emails": ("sender-refused", "set `from`"),
    "554 5.7.1 Service unavailable; Client host blocked using zen.example": ("host-blocked", "block list"),
    "550 send mail rejected: exceeded hour limit": ("too-fast", "wait"),
    "450 4.7.1 Error: too much mail from 192.0.2.1": ("too-fast", "wait"),
}


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
@pytest.mark.parametrize("said", REFUSED)
def test_a_refusal_has_the_same_advice_at_mail_and_at_rcpt(said, stage):
    answer = read_answer(stage, Reply(int(said[:3]), (said[4:],)))
    (finding,) = find_findings(
        case(facts(probe=(answer,)), smtp={"port": 25, "security": "none"}, is_local=True)
    )
    assert (finding.id, finding.severity) == (REFUSED[said][0], "error")
    assert REFUSED[said][1] in finding.fix


@pytest.mark.parametrize(
    ("smtp", "shown", "found"),
    [
        ({"security": "none"}, Spoken("SMTP", has_tls=True), 'security = "tls"'),
        ({"security": "starttls"}, Spoken("another protocol", has_tls=True), 'security = "tls"'),
        ({"security": "tls"}, Spoken("SMTP"), 'security = "starttls"'),
        ({"port": 993, "security": "tls"}, Spoken("IMAP", has_tls=True), "for reading mail"),
        ({"port": 22}, Spoken("SSH"), "587, 465 or 25"),
        ({"port": 80}, Spoken("HTTP"), "587, 465 or 25"),
        ({"port": 7}, Spoken("another protocol"), "smtp.host and smtp.port"),
        ({}, Spoken(), "lets this host in"),
    ],
)
def test_a_port_that_does_not_greet_has_advice_by_what_it_speaks(smtp, shown, found):
    error = TransportError("broke off", stage=Stage.GREETING, temporary=True)
    (finding,) = find_findings(case(RelayFacts(spoken=shown), failure=error, smtp=smtp, is_local=True))
    assert found in finding.fix
    assert finding.temporary is (shown == Spoken())


@pytest.mark.parametrize(
    ("banner", "stage", "code", "name"),
    [
        ("(vsFTPd 3.0.5)", Stage.EHLO, 530, "FTP"),
        ("mail.example.org Dovecot LMTP ready", Stage.EHLO, 502, "LMTP"),
        ("news.example.org InterNetNews ready", Stage.GREETING, 200, "NNTP"),
    ],
)
def test_protocols_that_greet_nearly_as_a_relay_are_named(banner, stage, code, name):
    error = TransportError("answered", stage=stage, temporary=False, code=code)
    (finding,) = find_findings(case(RelayFacts(banner=banner), failure=error))
    assert (finding.id, f"speaks {name}" in finding.what) == ("not-smtp", True)


def test_half_a_login_is_named():
    half = {"smtp": {"password": "hush", "port": 25, "security": "none"}, "is_local": True}
    assert ids(**half) == {"login-incomplete"}
    refused = read_answer(Stage.MAIL, Reply(530, ("5.7.0 Authentication required",)))
    (finding,) = find_findings(case(facts(probe=(refused,)), **half))
    assert (finding.id, "there is a password" in finding.fix) == ("no-login", True)
    error = TransportError("no password", stage=Stage.AUTH, temporary=False)
    (finding,) = find_findings(case(failure=error, smtp={"username": "letter"}))
    assert (finding.id, "smtp_password" in finding.fix) == ("login-incomplete", True)


def test_a_test_server_and_the_limits_of_microsoft_are_named():
    login = {"username": "letter"}
    assert ids(facts("x Mailpit ESMTP Service ready"), smtp=login) == {"test-server"}
    microsoft = facts("x.outlook.office365.com Microsoft ESMTP MAIL Service ready")
    for delivery in (
        {"connections": 4, "per_minute": 30},
        {"connections": 3},
        {"connections": 3, "per_minute": 31},
    ):
        assert ids(microsoft, smtp=login, delivery=delivery) == {"microsoft-limits"}
    assert ids(microsoft, smtp=login, delivery={"connections": 3, "per_minute": 30}) == set()


def test_readers_who_need_smtputf8_are_counted_where_the_relay_does_not_offer_it():
    assert "smtputf8" in ids(facts(SIZE="1000000"), beyond_ascii=2)
    assert "smtputf8" not in ids(facts(SMTPUTF8=""), beyond_ascii=2)
    assert "smtputf8" not in ids(facts(SIZE="1000000"), beyond_ascii=0)
