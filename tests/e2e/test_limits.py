"""Limits of the settings as the command line keeps them: runs, copies and confirmations share one count."""

from __future__ import annotations

import pytest
from support.cli import DUE, TO_RELAY, make_example, weekly
from support.smtp_server import ScriptedServer, say

READERS = 12


@pytest.fixture
def letter(tmp_path):
    return make_example(tmp_path / "letter")


def relay(server, **limits):
    port = {"WEEKLY_SMTP__PORT": str(server.port)}
    return (
        TO_RELAY | port | {f"WEEKLY_DELIVERY__{name.upper()}": str(value) for name, value in limits.items()}
    )


def run(letter, environ, at=DUE):
    return weekly("run", folder=letter, as_of=at, env=environ)


def test_a_run_that_has_used_a_limit_up_ends_quietly_and_the_next_ones_go_on(letter):
    with ScriptedServer() as server:
        environ = relay(server, per_hour=5)
        first = run(letter, environ)
        assert (first.code, first.stdout, first.stderr) == (0, "", "")
        assert len(server.accepted) == 5
        status = weekly("status", folder=letter, as_of=DUE, env=environ).stdout
        assert "waiting for the rate limit until 2026-11-24 10:0" in status
        later = weekly("status", folder=letter, as_of="2026-11-24T10:05Z", env=environ).stdout
        assert "the last run was stopped: the rate limit is reached (per_hour = 5)" in later
        assert "(per_hour = 5)" in status
        assert "7 queued" in status
        soon = weekly("run", "-v", folder=letter, as_of="2026-11-24T09:15Z", env=environ)
        assert soon.code == 0
        assert "waiting for the rate limit until 2026-11-24 10:0" in soon.stderr
        assert len(server.accepted) == 5
        run(letter, environ, "2026-11-24T10:05Z")
        assert run(letter, environ, "2026-11-24T11:15Z").code == 0
        assert sorted(letter.rcpt for letter in server.accepted) == sorted(
            {letter.rcpt for letter in server.accepted}
        )
        assert len(server.accepted) == READERS


def test_test_copies_and_confirmations_count(letter):
    with ScriptedServer() as server:
        environ = relay(server, per_day=3)
        for number in range(2):
            copy = weekly("send", "--to", f"editor{number}@example.org", folder=letter, env=environ)
            assert copy.code == 0, copy
        added = weekly("subscribers", "add", "new@example.org", folder=letter, env=environ)
        assert added.code == 0, added
        refused = weekly("send", "--to", "editor@example.org", folder=letter, env=environ)
        assert refused.code == 75
        assert "0 of 1 mails were sent; waiting for the rate limit until" in refused.stderr
        assert "(per_day = 3)" in refused.stderr
        assert len(server.accepted) == 3


def test_a_quota_that_the_relay_names_is_told_once(letter):
    words = b"550 5.4.5 Daily user sending limit exceeded."
    answers = [None, None, None, *[say(words)] * 20]
    with ScriptedServer({"dot": answers}) as server:
        environ = relay(server)
        first = run(letter, environ)
        assert first.code == 75
        assert "waiting for the rate limit until 2026-11-25 09:0" in first.stderr
        assert "550 5.4.5 Daily user sending limit exceeded" in first.stderr
        assert "goes on by itself" in first.stderr
        assert "`weekly relay resume`" in first.stderr
        again = run(letter, environ, "2026-11-24T09:15Z")
        assert (again.code, again.stderr) == (0, "")
        status = weekly("status", "--json", folder=letter, as_of="2026-11-24T09:15Z", env=environ)
        assert status.json["waits_until"].startswith("2026-11-25T09:0")
        ended = weekly("relay", "resume", folder=letter, as_of="2026-11-24T09:20Z", env=environ)
        assert (ended.code, "until 2026-11-25 09:0" in ended.stderr) == (0, True)
        assert run(letter, environ, "2026-11-24T09:30Z").code == 75
        server.script.clear()
        assert run(letter, environ, "2026-11-25T09:35Z").code == 0
        assert len({accepted.rcpt for accepted in server.accepted}) == len(server.accepted) == READERS


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PER_SECOND", "-1", "delivery.per_second: must be 0 or more"),
        ("WARM_UP", "[50, 0]", "delivery.warm_up.1: must be 1 or more"),
        ("RUN_FOR", "soon", "delivery.run_for: "),
        ("PER_DOMAIN", '{"no domain": 1}', "delivery.per_domain: 'no domain' is not a domain"),
    ],
)
def test_a_limit_that_is_none_is_explained(letter, name, value, words):
    ended = weekly("config", "show", folder=letter, env={f"WEEKLY_DELIVERY__{name}": value})
    assert ended.code == 4
    assert words in ended.stderr
