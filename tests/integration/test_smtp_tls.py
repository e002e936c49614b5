"""TLS against a server with real certificates: verified always, and nothing private without it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
import trustme
from support.patience import PATIENCE_S
from support.smtp_login import (
    HUGE,
    USERS,
    send,
    server_side,
    transport,
    trouble_of,
)
from support.smtp_server import DROP, HANG, RESET, Do, ScriptedServer, accepting, raw, say

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportContext, TransportError
from pipeline.deliver.transports.smtp import TRANSPORT, SmtpTimeouts, SmtpTransport
from pipeline.model.delivery import Verdict


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
