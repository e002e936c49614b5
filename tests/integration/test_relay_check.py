"""`weekly relay check` against servers that behave by script: nothing is sent, everything is named."""

from __future__ import annotations

import ssl

import pytest
import trustme
from jsonschema import Draft202012Validator
from support.cli import CONSENT, TO_RELAY, must, weekly
from support.smtp_server import DROP, ScriptedServer, raw, say

from pipeline.cli.schemas import document_schema
from pipeline.project.scaffold import make_folder

AT = "2026-11-24T09:00Z"


@pytest.fixture
def folder(tmp_path):
    make_folder(tmp_path / "letter", example=True)
    return tmp_path / "letter"


def check(folder, server, *words, **settings):
    more = {f"WEEKLY_SMTP__{name.upper()}": str(value) for name, value in settings.items()}
    env = {**TO_RELAY, "WEEKLY_SMTP__PORT": str(server.port), **more}
    return weekly("relay", "check", *words, folder=folder, env=env, as_of=AT)


def test_a_relay_that_takes_letters_is_named_with_what_it_announces_and_nothing_is_sent(folder):
    with ScriptedServer({"greeting": say(b"220 mx ESMTP Exim 4.96")}) as server:
        ended = check(folder, server)
    assert (ended.code, ended.stderr) == (0, "")
    for words in ("Exim 4.96", "SIZE 10485760", "exim-queues", "messages_per_connection = 10", "would work"):
        assert words in ended.stdout
    verbs = [command.split()[0] for command in server.commands]
    assert verbs == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"]
    assert server.accepted == []


def test_the_probe_is_where_most_readers_are_or_what_was_asked_for(folder):
    (folder / "readers.csv").write_text("email\na@far.test\nb@far.test\nc@near.test\n")
    must(weekly("subscribers", "import", folder / "readers.csv", *CONSENT, folder=folder, as_of=AT))
    with ScriptedServer() as server:
        must(check(folder, server))
        must(check(folder, server, "--probe", "someone@else.test"))
    asked = [command for command in server.commands if command.startswith("RCPT")]
    assert asked == ["RCPT TO:<postmaster@far.test>", "RCPT TO:<someone@else.test>"]


def test_the_document_is_what_its_schema_says_and_repeats_the_exit_code(folder):
    with ScriptedServer({"rcpt": say(b"550 relay not permitted")}) as server:
        ended = check(folder, server, "--json")
    assert ended.code == ended.json["exit_code"] == 1
    assert list(Draft202012Validator(document_schema("relay check")).iter_errors(ended.json)) == []
    assert [finding["id"] for finding in ended.json["findings"]] == ["relay-denied"]
    assert [(answer["stage"], answer["code"]) for answer in ended.json["answers"]] == [
        ("mail", 250),
        ("rcpt", 550),
    ]
    assert 30_000 < ended.json["letter_bytes"] < ended.json["max_bytes"]


@pytest.mark.parametrize(
    ("script", "code", "found"),
    [
        ({"greeting": say(b"554 5.7.1 not you")}, 1, "greeting"),
        ({"greeting": say(b"421 4.3.2 closed for now")}, 75, "greeting"),
        ({"greeting": DROP}, 75, "greeting"),
        ({"mail": say(b"550 5.7.1 sender not verified")}, 1, "sender-refused"),
        ({"mail": say(b"451 4.3.0 later")}, 75, "sender-refused"),
        ({"mail": say(b"530 5.7.0 Authentication Required. Learn more")}, 1, "no-login"),
        ({"greeting": raw(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")}, 1, "not-smtp"),
        ({"rcpt": say(b"454 4.7.1 Relay access denied")}, 1, "relay-denied"),
        ({"rcpt": say(b"450 4.7.1 greylisted, come back")}, 0, "greylisting"),
        ({"rcpt": say(b"550 5.1.1 no such user")}, 0, "probe-unknown"),
        ({"rcpt": DROP}, 75, "answer"),
    ],
)
def test_each_refusal_is_told_with_a_next_step_and_its_exit_code(folder, script, code, found):
    with ScriptedServer(script) as server:
        ended = check(folder, server)
    assert ended.code == code, ended
    assert f"[{found}]" in ended.stdout
    assert "  next: " in ended.stdout
    assert server.accepted == []


def test_a_letter_that_is_too_big_and_a_relay_that_is_away_are_told(folder):
    with ScriptedServer(extensions=("SIZE 30000",)) as server:
        ended = check(folder, server)
    assert (ended.code, "[size]" in ended.stdout) == (1, True)
    away = check(folder, server)
    assert (away.code, "[unreachable]" in away.stdout) == (75, True)


def test_tls_is_shown_with_the_end_of_the_certificate_and_an_own_authority_is_named(folder, tmp_path):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    login = {"host": "localhost", "security": "starttls", "username": "letter", "password": "correct horse"}
    with ScriptedServer(tls=context, users={"letter": "correct horse"}) as server:
        unknown = check(folder, server, **login)
        known = check(folder, server, **login, ca_file=tmp_path / "ca.pem")
        wrong = check(folder, server, **{**login, "password": "battery"}, ca_file=tmp_path / "ca.pem")
    assert (unknown.code, "[certificate-authority]" in unknown.stdout) == (1, True)
    assert "smtp.ca_file" in unknown.stdout
    assert known.code == 0, known
    for words in ("TLSv1.", "certificate until ", "accepted by "):
        assert words in known.stdout
    assert (wrong.code, "[login-refused]" in wrong.stdout) == (1, True)
    assert "battery" not in wrong.stdout + wrong.stderr


def test_a_test_copy_goes_out_only_when_it_was_asked_for_and_nothing_is_wrong(folder):
    with ScriptedServer() as server:
        sent = check(folder, server, "--send", "me@far.test")
        assert (sent.code, "1 test copy sent" in sent.stderr) == (0, True)
        assert [letter.rcpt for letter in server.accepted] == ["me@far.test"]
        server.script["rcpt"] = say(b"550 relay not permitted")
        assert check(folder, server, "--send", "me@far.test").code == 1
        assert len(server.accepted) == 1
        server.script = {"dot": say(b"554 5.7.1 not wanted")}
        refused = check(folder, server, "--send", "me@far.test")
        assert (refused.code, "not wanted" in refused.stderr) == (1, True)


def test_the_outbox_says_that_there_is_no_relay_and_whether_it_can_be_written(folder):
    ended = weekly("relay", "check", folder=folder, as_of=AT)
    assert (ended.code, "there is no relay" in ended.stdout) == (0, True)
    (folder / "var").mkdir(exist_ok=True)
    (folder / "var" / "outbox").rmdir()
    (folder / "var" / "outbox").write_text("in the way")
    blocked = weekly("relay", "check", folder=folder, as_of=AT)
    assert (blocked.code, "[transport]" in blocked.stdout) == (1, True)


def test_a_folder_whose_letter_cannot_be_made_can_still_check_its_relay(folder):
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "email").mkdir(exist_ok=True)
    (folder / "templates" / "email" / "issue.mjml.j2").write_text("{{")
    with ScriptedServer() as server:
        ended = check(folder, server)
    assert (ended.code, "cannot be made now" in ended.stdout) == (0, True)
