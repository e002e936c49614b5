"""TLS and login against a server with real certificates: verified always, the password never in the clear."""

from __future__ import annotations

import asyncio
import base64
import ssl
import traceback
from datetime import UTC, datetime

import pytest
import trustme
from support.patience import PATIENCE_S
from support.smtp_server import DROP, HANG, RESET, Do, ScriptedServer, accepting, raw, say

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.smtp import SmtpTimeouts, SmtpTransport
from pipeline.model.delivery import Envelope, Verdict

LETTER = b"Message-ID: <w48.1@news.example>\r\nSubject: Weekly\r\n\r\nHello\r\n"
HUGE = LETTER + (b"x" * 76 + b"\r\n") * 200_000
USER, PASSWORD = "weekly", "correct horse: bättery"
USERS = {USER: PASSWORD}
SPOKEN = (
    PASSWORD.encode(),
    base64.b64encode(PASSWORD.encode()),
    base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()),
)
JANE = Envelope("bounces@news.example", "jane@example.org", "2026-W48.5f1c2a")


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="module")
def certified(authority):
    return server_side(authority.issue_cert("localhost"))


def server_side(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def transport(server, ca_file, security="starttls", **more):
    login = {"username": USER, "password": PASSWORD, "ehlo_name": "sender.example"}
    options = SmtpOptions(host="localhost", port=server.port, security=security, **login)
    return SmtpTransport(options, ca_file=ca_file, **more)


def send(transport, letter=LETTER, before_handover=None):
    async def nothing():
        """Commit nothing."""

    async def main():
        session = await transport.open()
        try:
            return await session.send(JANE, letter, before_handover or nothing)
        finally:
            await session.close()

    return asyncio.run(main())


def trouble_of(server, transport):
    """Fail to send, and prove that neither wire nor words had the password."""
    with pytest.raises(TransportError) as caught:
        send(transport)
    assert server.accepted == []
    told = "".join(traceback.format_exception(caught.value)).encode()
    for secret in SPOKEN:
        assert secret not in told
        assert secret not in server.heard
    return caught.value


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN"])
def test_a_letter_goes_out_encrypted_after_a_login(certified, ca_file, security, mechanisms):
    server = ScriptedServer(tls=certified, implicit_tls=security == "tls", users=USERS, mechanisms=mechanisms)
    with server:
        assert send(transport(server, ca_file, security)).verdict is Verdict.SENT
    assert [letter.message for letter in server.accepted] == [LETTER]
    assert b"MAIL" not in server.heard
    assert (b"STARTTLS" in server.heard) is (security == "starttls")
    assert any(command.startswith("AUTH") for command in server.commands)


def test_a_large_letter_goes_out_whole_through_tls(certified, ca_file):
    with ScriptedServer(tls=certified, users=USERS, extensions=()) as server:
        assert send(transport(server, ca_file), HUGE).verdict is Verdict.SENT
    assert server.accepted[0].message == HUGE


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_cannot_be_trusted_ends_the_run(authority, certified, ca_file, security):
    expired = authority.issue_cert(
        "localhost", not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
    )
    for context, ca, reason in [
        (server_side(authority.issue_cert("other.example")), ca_file, "mismatch"),
        (server_side(expired), ca_file, "expired"),
        (certified, None, "issuer"),
        (server_side(trustme.CA().issue_cert("localhost")), ca_file, "unable|self|signature|issuer"),
    ]:
        server = ScriptedServer(tls=context, implicit_tls=security == "tls", users=USERS)
        with server:
            trouble = trouble_of(server, transport(server, ca, security))
        assert (trouble.stage, trouble.temporary) == (security, False)
        assert "certificate" in str(trouble)
        assert any(word in str(trouble) for word in reason.split("|")), str(trouble)


@pytest.mark.parametrize(
    ("script", "tls", "temporary"),
    [
        pytest.param({}, False, False, id="stripped"),
        pytest.param(
            {"starttls": raw(b"220 go\r\n250-AUTH PLAIN\r\n250 ok\r\n")}, True, False, id="injected"
        ),
        pytest.param({"starttls": say(b"454 4.7.0 not now")}, True, True, id="not now"),
        pytest.param({"starttls": say(b"502 5.5.1 what?")}, True, False, id="refused"),
        pytest.param({"starttls": DROP}, True, True, id="dropped"),
        pytest.param({"starttls": say(b"220 go", "close")}, True, True, id="dropped before the handshake"),
        pytest.param({"starttls": say(b"220 go", "hang")}, True, True, id="silent in the handshake"),
    ],
)
def test_without_starttls_nothing_secret_is_said(certified, ca_file, script, tls, temporary):
    server = ScriptedServer(script, tls=certified if tls else None, users=USERS)
    with server:
        short = SmtpTimeouts(
            greeting_s=0.3 if "silent" in str(script) or "hang" in str(script) else PATIENCE_S
        )
        trouble = trouble_of(server, transport(server, ca_file, timeouts=short))
    assert (trouble.stage, trouble.temporary) == ("starttls", temporary)
    assert b"AUTH" not in server.heard


def test_tls_to_a_port_that_speaks_plainly_is_explained(ca_file):
    server = ScriptedServer(users=USERS)
    with server:
        trouble = trouble_of(server, transport(server, ca_file, "tls"))
    assert (trouble.stage, trouble.temporary) == ("tls", False)
    assert "check port and security" in str(trouble)


@pytest.mark.parametrize(
    ("options", "temporary"),
    [
        ({"users": {USER: "changed"}}, False),
        ({"users": {USER: "changed"}, "mechanisms": "LOGIN"}, False),
        ({"users": USERS, "mechanisms": "XOAUTH2 GSSAPI"}, False),
        ({"users": None}, False),
        ({"users": USERS, "script": {"auth": say(b"454 4.7.0 " + SPOKEN[2])}}, True),
        ({"users": USERS, "script": {"auth": DROP}}, True),
        ({"users": USERS, "script": {"auth": RESET}}, True),
        ({"users": USERS, "script": {"auth": say(b"334 " + SPOKEN[1])}}, True),
    ],
)
def test_a_failed_login_is_the_runs_and_never_shows_the_password(certified, ca_file, options, temporary):
    server = ScriptedServer(tls=certified, **options)
    with server:
        trouble = trouble_of(server, transport(server, ca_file))
    assert (trouble.stage, trouble.temporary) == ("auth", temporary)
    assert sum(command.startswith("AUTH") for command in server.commands) <= 1


def test_a_server_that_only_knows_helo_cannot_be_logged_in_to(certified, ca_file):
    server = ScriptedServer({"ehlo": say(b"500 5.5.1 what?")}, tls=certified, users=USERS)
    with server:
        trouble = trouble_of(server, transport(server, ca_file))
    assert (trouble.stage, trouble.temporary) == ("ehlo", False)
    assert not any(command.startswith("HELO") for command in server.commands)


def test_a_password_without_tls_stays_on_this_machine(ca_file):
    with ScriptedServer(users=USERS) as server:
        assert send(transport(server, ca_file, "none")).verdict is Verdict.SENT
    abroad = SmtpOptions(host="relay.example", port=25, security="none", username=USER, password=PASSWORD)
    with pytest.raises(TransportError, match="in the clear") as caught:
        asyncio.run(SmtpTransport(abroad).open())
    assert (caught.value.stage, caught.value.temporary) == ("auth", False)
    assert PASSWORD not in repr(abroad)


def test_a_missing_file_of_authorities_is_named(tmp_path):
    options = SmtpOptions(host="localhost", port=25, security="tls")
    missing = SmtpTransport(options, ca_file=tmp_path / "none.pem")
    with pytest.raises(TransportError, match=r"none\.pem") as caught:
        asyncio.run(missing.open())
    assert (caught.value.stage, caught.value.temporary) == ("tls", False)


@pytest.mark.parametrize("action", [DROP, RESET, HANG, say(b"what?")], ids=str)
def test_doubt_after_the_dot_is_doubt_through_tls_too(certified, ca_file, action):
    with ScriptedServer({"dot": accepting(action)}, tls=certified, users=USERS) as server:
        way = transport(server, ca_file, timeouts=SmtpTimeouts(dot_s=0.3 if action is HANG else PATIENCE_S))
        assert send(way).verdict is Verdict.UNKNOWN
    assert len(server.accepted) == 1


def test_an_answer_in_one_packet_with_the_end_of_tls_is_heard(certified, ca_file):
    with ScriptedServer({"dot": say(b"550 5.7.1 spam", "close")}, tls=certified, users=USERS) as server:
        outcome = send(transport(server, ca_file))
    assert (outcome.verdict, outcome.code) == (Verdict.FAILED, 550)


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_body_lost_within_tls_is_still_owed(certified, ca_file, then):
    async def never():
        raise AssertionError("`handed` was committed before the body was with the server")

    script = {"body": Do(then=then, after=100_000)}
    with ScriptedServer(script, tls=certified, users=USERS, extensions=()) as server:
        assert send(transport(server, ca_file), HUGE, never).verdict is Verdict.NOT_SENT
    assert server.accepted == []


def test_a_host_without_a_name_greets_with_its_address(monkeypatch):
    monkeypatch.setattr("socket.getfqdn", lambda: "localhost")
    with ScriptedServer() as server:
        assert (
            send(SmtpTransport(SmtpOptions(host="127.0.0.1", port=server.port, security="none"))).verdict
            is Verdict.SENT
        )
    assert server.commands[0] == "EHLO [127.0.0.1]"
