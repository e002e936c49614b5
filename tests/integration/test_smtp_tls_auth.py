"""TLS and login against a server with real certificates: verified always, the password never in the clear."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
import traceback
from datetime import UTC, datetime

import pytest
import trustme
from support.patience import PATIENCE_S
from support.smtp_server import DROP, HANG, RESET, Do, ScriptedServer, accepting, raw, say

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportContext, TransportError
from pipeline.deliver.transports.smtp import TRANSPORT, SmtpTimeouts, SmtpTransport
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
@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN", "XOAUTH2 PLAIN", "LOGIN CRAM-MD5 PLAIN"])
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
    # The same machine by a name that does not look like it.
    with ScriptedServer(users=USERS, mechanisms="PLAIN LOGIN") as server:
        options = SmtpOptions(
            host="127.1",
            port=server.port,
            security="none",
            username=USER,
            password=PASSWORD,
            login="cram-md5",
        )
        with pytest.raises(TransportError, match="offers no way to log in") as caught:
            asyncio.run(SmtpTransport(options).open())
        assert caught.value.stage == "auth"
        server.mechanisms = "PLAIN DIGEST-MD5 CRAM-MD5"
        assert send(SmtpTransport(options)).verdict is Verdict.SENT
    for secret in SPOKEN:
        assert secret not in server.heard
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


def test_the_file_of_authorities_is_a_setting_relative_to_the_newsletter(certified, ca_file, tmp_path):
    def built(port, name):
        options = SmtpOptions(host="localhost", port=port, ehlo_name="sender.example", ca_file=name)
        return TRANSPORT.build(options, TransportContext(tmp_path, "weekly"))

    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "ca.pem").write_bytes(ca_file.read_bytes())
    (tmp_path / "empty.pem").write_text("no certificate\n")
    with ScriptedServer(tls=certified) as server:
        assert send(built(server.port, "certs/ca.pem")).verdict is Verdict.SENT
        assert send(built(server.port, str(ca_file))).verdict is Verdict.SENT
        for name, why in [
            ("ca.pem", "No such file"),
            ("empty.pem", "it holds no certificates"),
            ("certs", ""),
        ]:
            with pytest.raises(TransportError, match=rf"smtp\.ca_file: .*{name} cannot be used: {why}"):
                send(built(server.port, name))


def tokens_of(tmp_path, text):
    """Make a command that prints what the file `token` holds, and notes each call in `calls`."""
    (tmp_path / "token").write_text(text)
    script = tmp_path / "print token"
    script.write_text("#!/bin/sh\necho called >>calls\ncat token\necho secret-noise >&2\n")
    script.chmod(0o700)
    return "'./print token' --fresh"


def by_token(server, ca_file, tmp_path, command, **more):
    options = SmtpOptions(
        host="localhost",
        port=server.port,
        ehlo_name="sender.example",
        username=USER,
        token_command=command,
        **more,
    )
    return SmtpTransport(options, ca_file=ca_file, folder=tmp_path)


def calls_of(tmp_path):
    return len((tmp_path / "calls").read_text().split())


@pytest.mark.parametrize("explains", [True, False], ids=["google", "microsoft"])
def test_a_token_is_asked_for_once_and_again_when_it_has_expired(
    certified, ca_file, tmp_path, capfd, explains
):
    command = tokens_of(tmp_path, "ya29.first\n")
    users = {USER: "ya29.first"}
    server = ScriptedServer(
        tls=certified, users=users, mechanisms="PLAIN XOAUTH2 LOGIN", explains_tokens=explains
    )
    with server:
        way = by_token(server, ca_file, tmp_path, command)
        assert send(way).verdict is Verdict.SENT
        assert send(way).verdict is Verdict.SENT
        assert calls_of(tmp_path) == 1
        users[USER] = "ya29.second"
        (tmp_path / "token").write_text("ya29.second")
        assert send(way).verdict is Verdict.SENT
        assert calls_of(tmp_path) == 2
        users[USER] = "ya29.third"
        with pytest.raises(TransportError, match="535") as caught:
            send(way)
        assert calls_of(tmp_path) == 3
    assert (caught.value.stage, caught.value.temporary) == ("auth", False)
    assert len(server.accepted) == 3
    assert all(command.startswith("AUTH XOAUTH2 ") for command in server.commands if "AUTH" in command)
    told = "".join(traceback.format_exception(caught.value)) + "".join(capfd.readouterr())
    assert "ya29" not in told
    assert "secret-noise" not in told


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("./none --x", ("cannot be started: ./none: no such file", False)),
        ("'unclosed", ("cannot be read as a command line", False)),
        ("sh -c 'echo ya29.first; exit 3'", ("failed with exit code 3", True)),
        ("sh -c 'kill -9 $$'", ("failed with signal 9", True)),
        ("true", ("must print one access token", False)),
        ("echo ya29.first ya29.second", ("must print one access token", False)),
    ],
)
def test_a_command_without_a_token_is_explained_and_its_output_is_not_shown(
    certified, ca_file, tmp_path, command, told
):
    words, temporary = told
    server = ScriptedServer(tls=certified, users=USERS, mechanisms="XOAUTH2")
    with server, pytest.raises(TransportError) as caught:
        send(by_token(server, ca_file, tmp_path, command))
    assert f"smtp.token_command {words}" in str(caught.value)
    assert (caught.value.stage, caught.value.temporary) == ("auth", temporary)
    assert "ya29" not in "".join(traceback.format_exception(caught.value))


def test_a_token_needs_the_mailbox_that_it_is_for():
    with pytest.raises(ValueError, match="token_command needs username"):
        SmtpOptions(token_command="print-token")


def test_a_password_is_used_where_the_relay_takes_no_token(certified, ca_file, tmp_path):
    command = tokens_of(tmp_path, "ya29.first")
    with ScriptedServer(tls=certified, users=USERS, mechanisms="PLAIN") as server:
        assert send(by_token(server, ca_file, tmp_path, command, password=PASSWORD)).verdict is Verdict.SENT
        with pytest.raises(TransportError, match=r"offers no way to log in .* it offers PLAIN"):
            send(by_token(server, ca_file, tmp_path, command))
    assert not (tmp_path / "calls").exists()


def test_a_relay_that_offers_cram_md5_and_cannot_check_it_gets_the_password_over_tls(certified, ca_file):
    refuse = [say(b"535 5.7.8 no such secret"), None, None]
    server = ScriptedServer({"auth": refuse}, tls=certified, users=USERS, mechanisms="CRAM-MD5 PLAIN")
    with server:
        way = transport(server, ca_file)
        assert send(way).verdict is Verdict.SENT
        assert send(way).verdict is Verdict.SENT
    names = [command.split()[1] for command in server.commands if command.startswith("AUTH")]
    assert names == ["CRAM-MD5", "PLAIN", "PLAIN"]


@pytest.mark.parametrize("challenge", [b"334 not base64!", b"334 \xff\xfe"])
def test_a_challenge_that_is_not_base64_is_the_runs_fault(certified, ca_file, challenge):
    server = ScriptedServer(tls=certified, users=USERS, mechanisms="CRAM-MD5")
    server.challenge_line = challenge
    with server:
        trouble = trouble_of(server, transport(server, ca_file))
    assert trouble.stage == "auth"


@pytest.mark.parametrize("is_slow", [True, False])
def test_a_slow_greeting_gets_a_word(is_slow):
    told = []
    heard = threading.Event()

    def tell(message):
        told.append(message)
        heard.set()

    def greet(_rcpt):
        if is_slow:
            heard.wait(PATIENCE_S)

    with ScriptedServer({"greeting": greet}) as server:
        options = SmtpOptions(host="127.0.0.1", port=server.port, security="none")
        timeouts = SmtpTimeouts(slow_greeting_s=0 if is_slow else PATIENCE_S)
        way = SmtpTransport(options, timeouts=timeouts, say=tell)
        assert send(way).verdict is Verdict.SENT
    assert [f"{server.port}" in message and "not answered" in message for message in told] == [True] * is_slow


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
