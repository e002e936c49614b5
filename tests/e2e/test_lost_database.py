"""A database that is missing, empty, older than the history, or takes no changes: named, never made again."""

from __future__ import annotations

import shutil
import sqlite3
import tomllib
from contextlib import closing

import pytest
from support.cli import CONSENT, READERS, make_sent_example, must, query, snapshot, weekly

from pipeline.project.scaffold import make_folder

NEXT_DUE = "2026-12-01T09:00Z"
BETWEEN = "2026-11-27T12:00Z"


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    return make_sent_example(tmp_path_factory.mktemp("sent") / "letter")


@pytest.fixture
def letter(sent, tmp_path):
    return shutil.copytree(sent, tmp_path / "letter")


def database(folder):
    return folder / "var" / "weekly.db"


def without_database(folder):
    for path in folder.glob("var/weekly.db*"):
        path.unlink()


def zero_bytes(folder):
    without_database(folder)
    database(folder).touch()


def without_readers(folder):
    without_database(folder)
    must(weekly("db", "create", "--new", folder=folder))


def older(folder):
    path = folder / "content/issues/history.jsonl"
    line = path.read_text("utf-8")
    path.write_text(
        line + line.replace("2026-W48", "2026-W49").replace('"number": 1', '"number": 2'), "utf-8"
    )


LOST = {
    "missing": (without_database, "is not there", "weekly db create --new"),
    "zero bytes": (zero_bytes, "has no tables", "weekly db create --new"),
    "no readers": (without_readers, "has no readers", "weekly subscribers import"),
    "older": (older, "is older than", "weekly db accept"),
}


@pytest.mark.parametrize("how", LOST)
def test_a_run_names_the_database_that_the_history_does_not_speak_of_and_makes_none(letter, how):
    lose, cause, step = LOST[how]
    lose(letter)
    before = snapshot(letter)
    for at, more in ((BETWEEN, ()), (NEXT_DUE, ()), (BETWEEN, ("--now",)), (NEXT_DUE, ("--dry-run",))):
        ended = weekly("run", *more, folder=letter, as_of=at)
        assert (ended.code, ended.stdout) == (6, ""), (at, more, ended)
        for words in (cause, "history.jsonl", "restore the latest backup", step):
            assert words in ended.stderr, (words, ended)
    assert snapshot(letter) == before


def test_no_command_makes_a_lost_database_again(letter):
    without_database(letter)
    before = snapshot(letter)
    for words in (
        ("subscribers", "add", "eve@example.org", "--consent", "asked me"),
        ("subscribers", "import", READERS, *CONSENT),
        ("subscribers", "count"),
        ("status",),
        ("db", "upgrade"),
        ("db", "create"),
        ("db", "check"),
    ):
        ended = weekly(*words, folder=letter)
        assert (ended.code, "is not there" in ended.stderr) == (6, True), (words, ended)
    assert weekly("db", "check", "--json", folder=letter).json["lost"] == "missing"
    assert snapshot(letter) == before


def test_letters_that_were_kept_speak_of_readers_too(letter):
    without_database(letter)
    (letter / "content/issues/history.jsonl").unlink()
    ended = weekly("run", folder=letter, as_of=BETWEEN)
    assert (ended.code, "var/letters has 1 letter to readers" in ended.stderr) == (6, True)


def test_a_new_database_is_made_on_demand_and_goes_on_with_imported_readers(letter):
    without_database(letter)
    must(weekly("db", "create", "--new", folder=letter))
    assert weekly("db", "create", "--new", folder=letter).code == 2
    must(weekly("subscribers", "import", READERS, *CONSENT, folder=letter))
    must(weekly("run", folder=letter, as_of=NEXT_DUE))
    assert query(letter, "SELECT week FROM issue") == [("2026-W49",)]


def test_an_older_database_goes_on_when_a_person_accepts_it(letter):
    older(letter)
    assert weekly("db", "accept", folder=letter).code == 2
    must(weekly("db", "accept", "--yes", folder=letter))
    before = snapshot(letter)
    must(weekly("run", folder=letter, as_of="2026-12-04T12:00Z"))
    assert snapshot(letter) == before
    must(weekly("run", folder=letter, as_of="2026-12-08T09:00Z"))
    assert query(letter, "SELECT max(week) FROM issue") == [("2026-W50",)]


def test_what_is_unresolved_is_mentioned_until_it_is_resolved(letter):
    with closing(sqlite3.connect(database(letter))) as connection, connection:
        connection.execute("UPDATE delivery SET state = 8 WHERE subscriber_id = 1")
        connection.execute("UPDATE issue SET state = 7")
    for at in (BETWEEN, "2026-11-27T13:00Z"):
        ended = weekly("run", "-v", folder=letter, as_of=at)
        assert ended.stderr.count("2026-W48: 1 delivery has an unknown outcome; see `weekly status") == 1
    must(weekly("run", folder=letter, as_of=NEXT_DUE))
    assert "2026-W48: 1 delivery has an unknown outcome" in must(weekly("status", folder=letter)).stdout
    must(weekly("resolve", "--as", "sent", "--all", "--week", "2026-W48", folder=letter))
    assert "unknown" not in weekly("run", "-v", folder=letter, as_of="2026-12-03T12:00Z").stderr


def test_a_damaged_lock_of_a_frozen_week_is_named_and_stops_nothing(letter):
    (letter / "content/issues/2026-W48.lock.json").write_text("{broken")
    for words in (("status",), ("issue", "list")):
        ended = must(weekly(*words, folder=letter))
        said = ended.stdout + ended.stderr
        assert "warning: content/issues/2026-W48.lock.json: the lock cannot be read" in said
        assert "restore it from git" in said


def test_a_database_before_its_upgrade_is_not_taken_for_an_empty_one(letter):
    with closing(sqlite3.connect(database(letter))) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0012'")
    before = snapshot(letter)
    for words in (
        ("status",),
        ("subscribers", "count"),
        ("retry", "--dry-run"),
        ("run", "--now", "--dry-run"),
    ):
        ended = weekly(*words, folder=letter, as_of=BETWEEN)
        assert (ended.code, ended.stdout) == (1, ""), (words, ended)
        assert "revision 0012" in ended.stderr
        assert "weekly db upgrade" in ended.stderr
    assert snapshot(letter) == before


def test_keys_of_readers_that_are_lost_in_part_are_not_made_again(letter):
    keys = tomllib.loads((letter / ".secrets").read_text("utf-8"))
    (letter / ".secrets").unlink()
    for environ in ({}, {"WEEKLY_SECRETS__SUPPRESSION_KEY": keys["suppression_key"]}):
        for words in (("run",), ("subscribers", "list"), ("status",)):
            ended = weekly(*words, folder=letter, as_of=NEXT_DUE, env=environ)
            assert (ended.code, "restore it from a backup" in ended.stderr) == (4, True), (words, ended)
    assert not (letter / ".secrets").exists()


def test_the_database_of_a_new_newsletter_is_made_by_its_first_run(tmp_path):
    make_folder(tmp_path / "letter", example=True)
    must(weekly("run", "--now", folder=tmp_path / "letter", as_of="2026-11-24T09:00Z"))
    assert database(tmp_path / "letter").exists()


def test_a_database_server_that_is_away_asks_to_come_again(letter):
    env = {"WEEKLY_STORE__URL": "postgresql://127.0.0.1:1/none"}
    ended = weekly("run", folder=letter, as_of=NEXT_DUE, env=env)
    assert (ended.code, "does not answer" in ended.stderr) == (75, True), ended
