"""What a relay is, and what to set for it, from what it showed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.deliver.options import DeliveryOptions, SmtpOptions
from pipeline.deliver.relay_advice import RelayCase, find_findings
from pipeline.deliver.transport import Stage, TransportError
from pipeline.deliver.transports.relay_facts import ProbeAnswer, RelayFacts, TlsFacts, recognise
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
