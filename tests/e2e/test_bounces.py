"""The commands: letters come back, dead addresses are mailed no more, and it can be seen why."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator
from support.bounces import Bounced, opensmtpd, postfix, sendmail
from support.cli import DUE, TO_RELAY, edit, make_example, make_sent_example, must, query, weekly
from support.replies import complaint, human
from support.smtp_server import ScriptedServer

from pipeline.cli.schemas import document_schema

WEEKS = ("2026-11-24T09:00Z", "2026-12-01T09:00Z", "2026-12-08T09:00Z")


@pytest.fixture
def letter(tmp_path):
    return make_sent_example(tmp_path / "letter")


def come_back(letter, week, maker, number, **changes):
    """Make the bounce of one reader's copy of an issue; returns the address."""
    path = sorted((letter / "var" / "outbox").glob(f"{week}.*.eml"))[number]
    text = path.read_text()
    message_id = re.search(r"Message-ID: <(.*?)>", text)[1]
    address = re.search(r"^To: (.*)$", text, re.MULTILINE)[1].strip()
    said = {"reply": f"550 5.1.1 <{address}>: no such person", "report_id": f"{message_id}.report", **changes}
    inbox = letter / "bounces"
    for name in ("new", "cur", "tmp"):
        (inbox / name).mkdir(parents=True, exist_ok=True)
    (inbox / "new" / f"{message_id}.host").write_bytes(maker(Bounced(message_id, address, **said)))
    return address


def number_of(letter, address, week):
    copies = sorted((letter / "var" / "outbox").glob(f"{week}.*.eml"))
    return next(n for n, path in enumerate(copies) if f"To: {address}" in path.read_text())


def test_a_dead_address_is_mailed_twice_and_never_again(letter):
    edit(letter / "weekly.toml", 'mailbox = ""', 'mailbox = "bounces"')
    address = come_back(letter, "2026-W48", postfix, 0)
    must(weekly("run", folder=letter, as_of=WEEKS[1]))
    come_back(letter, "2026-W49", opensmtpd, number_of(letter, address, "2026-W49"))
    must(weekly("run", folder=letter, as_of=WEEKS[2]))
    outbox = letter / "var" / "outbox"
    assert [len(list(outbox.glob(f"2026-W{n}.*.eml"))) for n in (48, 49, 50)] == [12, 12, 11]
    shown = must(weekly("subscribers", "show", address, "--json", folder=letter)).json
    assert shown["state"] == "bounced"
    assert "hard bounces in 2026-W48, 2026-W49" in shown["record"][-1]["source"]
    assert [(one["week"], one["kind"], one["code"]) for one in shown["returned"]] == [
        ("2026-W48", "hard", 550),
        ("2026-W49", "hard", 550),
    ]
    text = must(weekly("subscribers", "show", address, folder=letter)).stdout
    assert "2026-W49  hard  550 5.1.1 <address> no such person" in text
    status = must(weekly("status", "--week", "2026-W49", folder=letter))
    assert "came back: 1 hard" in status.stdout
    assert must(weekly("status", "--week", "2026-W49", "--json", folder=letter)).json["returned"] == {
        "hard": 1
    }


def test_ingest_says_what_it_would_do_and_then_does_it_once(letter):
    come_back(letter, "2026-W48", complaint, 0)
    come_back(letter, "2026-W48", sendmail, 1, reply="550 no")
    come_back(letter, "2026-W48", human, 2)
    command = ("bounces", "ingest", letter / "bounces")
    would = must(weekly(*command, "--dry-run", folder=letter))
    assert (
        "would count: 3 mails: 1 soft, 1 complained, 1 left for a person (1 not a report); "
        "1 reader complained" in would.stderr
    )
    assert re.search(r": a complaint, complained; letter 2026-W48 to \S+@\S+: counts", would.stdout)
    assert query(letter, "SELECT count(*) FROM returned") == [(0,)]
    done = must(weekly(*command, "--json", folder=letter)).json
    Draft202012Validator(document_schema("bounces ingest")).validate(done)
    assert done["returned"] == {"soft": 1, "complained": 1}
    assert (done["mails"], done["done"], done["left"], done["readers"]) == (3, 2, 1, {"complained": 1})
    again = must(weekly(*command, "--json", folder=letter)).json
    assert (again["mails"], again["left"]) == (1, 1)
    assert "came back: 1 complained, 1 soft" in must(weekly("status", folder=letter)).stdout


def test_what_cannot_be_read_is_told_by_the_exit_code_and_stays(letter):
    come_back(letter, "2026-W48", postfix, 0)
    broken = letter / "bounces" / "new" / "1.broken"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    ended = weekly("bounces", "ingest", letter / "bounces", folder=letter)
    assert ended.code == 6
    assert "2 mails: 1 hard, 1 unreadable" in ended.stderr
    assert "1.broken: not a mail" in ended.stderr
    assert broken.exists()


def test_without_a_mailbox_ingest_says_what_to_set(letter):
    ended = weekly("bounces", "ingest", folder=letter)
    assert ended.code == 2
    assert "[imap] host" in ended.stderr


def test_a_mailbox_that_fails_does_not_stop_the_send(letter):
    env = {"WEEKLY_IMAP__HOST": "127.0.0.1", "WEEKLY_IMAP__PORT": "1", "WEEKLY_IMAP__SECURITY": "none"}
    env["WEEKLY_BOUNCES__MAILBOX"] = "~/bounces"
    ended = weekly("run", folder=letter, as_of=WEEKS[1], env=env)
    assert ended.code == 6
    assert "bounces were not read: the mailbox on 127.0.0.1 cannot be reached" in ended.stderr
    assert "bounces were not read: [bounces] mailbox: /nonexistent/bounces does not exist" in ended.stderr
    assert len(list((letter / "var" / "outbox").glob("2026-W49.*.eml"))) == 12
    status = weekly("status", folder=letter, env=env).stdout
    assert "bounces have not been read since 2026-12-01 09:00 UTC: the mailbox on 127.0.0.1" in status
    del env["WEEKLY_BOUNCES__MAILBOX"]
    alone = weekly("bounces", "ingest", folder=letter, env=env)
    assert alone.code == 75


def test_an_unexpected_error_while_reading_does_not_stop_the_send(letter):
    edit(letter / "weekly.toml", 'mailbox = ""', 'mailbox = "bounces"')
    come_back(letter, "2026-W48", postfix, 0)
    with closing(sqlite3.connect(letter / "var" / "weekly.db")) as database:
        database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON returned BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    ended = weekly("run", folder=letter, as_of=WEEKS[1])
    assert ended.code == 6
    assert "bounces were not read: [bounces] mailbox: internal error (IntegrityError)" in ended.stderr
    assert len(list((letter / "var" / "outbox").glob("2026-W49.*.eml"))) == 12


def test_a_password_in_the_settings_is_refused(letter):
    edit(letter / "weekly.toml", "[imap]\n", '[imap]\npassword = "p4ss"\n')
    ended = weekly("status", folder=letter)
    assert ended.code == 4
    assert "WEEKLY_IMAP__PASSWORD" in ended.stderr
    assert "p4ss" not in ended.stderr


def test_the_suppression_list_is_shown_exported_imported_and_lifted(letter, tmp_path):
    command = ("subscribers", "suppressions")
    address = come_back(letter, "2026-W48", complaint, 0)
    must(weekly("bounces", "ingest", letter / "bounces", folder=letter))
    rows = must(weekly(*command, "list", "--json", folder=letter)).json
    Draft202012Validator(document_schema("subscribers suppressions list")).validate(rows)
    (row,) = rows["suppressions"]
    assert (row["email"], row["reason"]) == (address, "complained")
    assert row["source"] == "maildir: complained in 2026-W48"
    text = must(weekly(*command, "list", folder=letter)).stdout
    assert address in text
    export = tmp_path / "list.csv"
    export.write_text(must(weekly(*command, "export", folder=letter)).stdout)
    done = must(weekly(*command, "import", export, "--json", folder=letter)).json
    Draft202012Validator(document_schema("subscribers suppressions import")).validate(done)
    assert (done["rows"], done["known"]) == (1, 1)
    bad = tmp_path / "bad.csv"
    bad.write_text("email,colour\nnot an address,red\nx@example.org,blue\n")
    ended = weekly(*command, "import", bad, "--reason", "bounced", folder=letter)
    assert ended.code == 6
    assert ended.stderr == ("line 2: it has no @\ncolumns not used: colour\n2 rows: 1 added, 1 rejected\n")
    blank = weekly(*command, "lift", address, "--reason", " ", folder=letter)
    assert (blank.code, "must not be blank" in blank.stderr) == (2, True)
    would = must(weekly(*command, "lift", address, "--reason", "by mistake", "--dry-run", folder=letter))
    assert "would lift a suppression (complained)" in would.stderr
    must(weekly(*command, "lift", row["hash"], "--reason", "pressed by mistake", folder=letter))
    assert query(letter, "SELECT kind, detail FROM event WHERE kind LIKE 'suppression%'") == [
        ("suppression.lifted", "complained: pressed by mistake")
    ]
    text = must(weekly(*command, "list", folder=letter)).stdout
    assert "lifted" in text
    assert text.endswith("was complained; lifted because: pressed by mistake\n")
    must(weekly("subscribers", "add", address, folder=letter))
    shown = must(weekly("subscribers", "show", address, "--json", folder=letter)).json
    assert (shown["state"], shown["lifted"][0]["lift_reason"]) == ("pending", "pressed by mistake")
    again = must(weekly(*command, "lift", address, "--reason", "x", folder=letter))
    assert "nothing to do" in again.stderr


def test_every_letter_leaves_with_an_envelope_sender_of_its_own_that_finds_it_again(tmp_path):
    folder = make_example(tmp_path / "letter")
    edit(folder / "weekly.toml", 'return_address = ""', 'return_address = "{token}@bounces.example.org"')
    with ScriptedServer() as server:
        env = {**TO_RELAY, "WEEKLY_SMTP__PORT": str(server.port)}
        must(weekly("run", folder=folder, as_of=DUE, env=env))
        senders = {one.mail_from: one.rcpt for one in server.accepted}
    assert len(senders) == len(server.accepted) == 12
    assert all(re.fullmatch(r"[a-z2-7]{32}@bounces\.example\.org", sender) for sender in senders)
    sender, address = next(iter(senders.items()))
    report = postfix(Bounced("replaced-by-the-provider@ses.example", address, back_to=sender.upper()))
    (tmp_path / "bounce.eml").write_bytes(report)
    done = must(weekly("bounces", "ingest", tmp_path / "bounce.eml", "--json", folder=folder)).json
    assert done["outcomes"]["recorded"] == 1
    shown = must(weekly("subscribers", "show", address, "--json", folder=folder)).json
    assert [one["kind"] for one in shown["returned"]] == ["hard"]


def test_a_return_address_that_cannot_be_one_is_refused_with_an_example(letter):
    for wrong in (
        "bounces",
        "b{token}@example.org",
        "b@{token}.example.org",
        "x" * 40 + "+{token}@example.org",
    ):
        ended = weekly("status", folder=letter, env={"WEEKLY_BOUNCES__RETURN_ADDRESS": wrong})
        assert ended.code == 4, wrong
        assert "bounces.return_address" in ended.stderr
