"""Login with a password or a token: only over TLS, asked for once, and never shown."""

from __future__ import annotations

import asyncio
import traceback

import pytest
from support.smtp_login import (
    LETTER,
    PASSWORD,
    SPOKEN,
    USER,
    USERS,
    send,
    transport,
    trouble_of,
)
from support.smtp_server import DROP, RESET, ScriptedServer, say

from pipeline.deliver.options import SmtpOptions
from pipeline.deliver.transport import TransportError
from pipeline.deliver.transports.smtp import SmtpTransport
from pipeline.model.delivery import Verdict


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
