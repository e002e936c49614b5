"""A run that trusts its predecessor's note answers as one that looks: nothing to do, nothing to print."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from support.cli import snapshot

from pipeline.errors import PipelineError
from pipeline.project.scaffold import make_folder
from pipeline.run.idle import IdlePlace, is_idle
from pipeline.run.weekly import weekly_run
from pipeline.weeks import Week
from pipeline.wiring import Newsletter
from subscribers.importing import import_rows
from subscribers.model import Proof

DUE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SENT_AT = DUE + timedelta(minutes=5)
LATER = SENT_AT + timedelta(hours=3)
NEXT_DUE = DUE + timedelta(days=7)


class Words:
    """Keeps what a run must say."""

    def __init__(self):
        self.said = []

    def tell(self, message):
        """Forget what is for a terminal only."""

    def say(self, message):
        self.said.append(message)

    def watch(self, _week, _total):
        return lambda _progress: None


def look(folder, now, **asked):
    """Run without the note: the exit code and what was said."""
    newsletter = Newsletter(folder=folder, config=None, as_of=now, environ=os.environ)
    words = Words()
    try:
        code, _ = weekly_run(newsletter, words, **asked)
    except PipelineError as error:
        return 1, [str(error)]
    finally:
        newsletter.close()
    return code, words.said


def place_of(folder):
    return IdlePlace(folder, folder / "weekly.toml")


def note_of(folder):
    return place_of(folder).note


def trusts(folder, now):
    return is_idle(place_of(folder), now)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """A cache of this file's own."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A newsletter that has sent this week's letter."""
    place = tmp_path_factory.mktemp("sent") / "letter"
    make_folder(place, example=True)
    newsletter = Newsletter(folder=place, config=None, as_of=SENT_AT, environ=os.environ)
    rows = ["email,name\n", "ada@example.org,Ada\n", "bo@example.org,Bo\n"]
    import_rows(newsletter.people, rows, proof=Proof("a test", SENT_AT, "yes"), now=SENT_AT)
    newsletter.close()
    assert look(place, SENT_AT) == (0, [])
    return place


@pytest.fixture
def folder(sent, tmp_path):
    """The same, after a run that found nothing to do."""
    place = shutil.copytree(sent, tmp_path / "letter")
    assert look(place, LATER) == (0, [])
    return place


def sql(folder, statement):
    with closing(sqlite3.connect(folder / "var/weekly.db")) as connection, connection:
        connection.execute(statement)


def rewrite(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


DEFERRED_UNTIL = int((LATER + timedelta(hours=1)).timestamp() * 1_000_000)
DEFER = (
    "UPDATE issue SET state = 4, ended_at = NULL",
    f"UPDATE delivery SET state = 3, next_at = {DEFERRED_UNTIL} WHERE subscriber_id = 1",
)

STATES = {
    "nothing changed": lambda _: None,
    "an issue is paused": lambda place: sql(place, "UPDATE issue SET state = 5, paused_reason = 'wait'"),
    "a delivery is deferred": lambda place: [sql(place, statement) for statement in DEFER],
    "an issue is reopened": lambda place: sql(place, "UPDATE issue SET state = 4, ended_at = NULL"),
    "an issue is cancelled": lambda place: sql(place, "UPDATE issue SET state = 8"),
    "the issue is gone from the database": lambda place: sql(place, "UPDATE issue SET past = '{}'"),
    "the database is older": lambda place: sql(place, "UPDATE alembic_version SET version_num = '0001'"),
    "the database is newer": lambda place: sql(place, "UPDATE alembic_version SET version_num = '9999'"),
    "the database is gone": lambda place: (place / "var/weekly.db").unlink(),
    "the database is damaged": lambda place: (place / "var/weekly.db").write_bytes(b"no database" * 99),
    "the history is gone": lambda place: (place / "content/issues/history.jsonl").unlink(),
    "the history is broken": lambda place: (place / "content/issues/history.jsonl").write_text("{"),
    "the settings are gone": lambda place: (place / "weekly.toml").unlink(),
    "the settings are no TOML": lambda place: (place / "weekly.toml").write_text("[["),
    "a setting is wrong": lambda place: rewrite(place / "weekly.toml", "approval = false", "approval = 3"),
    "the keys are damaged": lambda place: (place / ".secrets").write_text("signing_keys = 1\n"),
    "the note is damaged": lambda place: note_of(place).write_text("{"),
    "the note is of another form": lambda place: note_of(place).write_text('{"from": "x"}'),
    "the note is gone": lambda place: note_of(place).unlink(),
}
"""What may have become of a newsletter since the last look."""

ENVIRONMENT = {
    "WEEKLY_SCHEDULE__DAY": "monday",
    "WEEKLY_SCHEDULE__TIME": "09:06",
    "WEEKLY_SCHEDULE__TIMEZONE": "x",
    "weekly_delivery__connections": "none",
    "WEEKLY_STORE__URL": "postgresql://127.0.0.1:1/none",
    "WEEKLY_SMTP__PASSWORD_FILE": "/nowhere/at/all",
    "WEEKLY_BOUNCES__MAILBOX": "var/bounces",
    "WEEKLY_TRANSPORT__KIND": "smtp",
}

HELD = (DUE, LATER - timedelta(seconds=1), LATER + timedelta(days=2), DUE + timedelta(days=3, seconds=-1))
"""Times at which the schedule gives the answer that it gave to the last look."""
PASSED = (
    DUE - timedelta(seconds=1),
    DUE + timedelta(days=3),
    datetime(2026, 11, 30, tzinfo=UTC),
    NEXT_DUE,
    NEXT_DUE + timedelta(days=30),
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "now", [LATER + timedelta(minutes=15), LATER + timedelta(hours=2)], ids=["soon", "later"]
)
def test_a_note_is_trusted_only_where_looking_gives_the_same_answer(folder, state, now):
    STATES[state](folder)
    if trusts(folder, now):
        assert state == "nothing changed"
        assert look(folder, now) == (0, [])


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_variable_that_was_not_there_makes_a_run_look(folder, name, monkeypatch):
    monkeypatch.setenv(name, ENVIRONMENT[name])
    assert not trusts(folder, LATER + timedelta(minutes=15))


def test_a_run_that_names_a_week_notes_nothing_about_the_week_that_is_due(folder):
    note_of(folder).unlink()
    due_at = NEXT_DUE + timedelta(minutes=1)
    assert look(folder, due_at, week=Week.parse("2026-W48")) == (0, [])
    assert not trusts(folder, due_at)
    assert look(folder, SENT_AT, at_once=True) == (0, [])
    assert not trusts(folder, SENT_AT)


@pytest.mark.parametrize("now", HELD, ids=str)
def test_a_note_holds_while_the_schedule_changes_nothing(folder, now):
    assert trusts(folder, now)
    assert look(folder, now) == (0, [])


@pytest.mark.parametrize("now", PASSED, ids=str)
def test_a_note_ends_when_the_schedule_may_change_the_answer(folder, now):
    assert not trusts(folder, now)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland"])
@pytest.mark.parametrize("max_age", ["0h", "3d", "20d"])
def test_where_a_note_holds_a_run_that_looks_finds_nothing(folder, zone, max_age, monkeypatch):
    monkeypatch.setenv("WEEKLY_NEWSLETTER__TIMEZONE", zone)
    monkeypatch.setenv("WEEKLY_SCHEDULE__MAX_AGE", max_age)
    for hours in range(4, 24 * 6, 11):
        now = DUE + timedelta(hours=hours)
        assert look(folder, now) == (0, [])
        assert trusts(folder, now)


def test_with_approval_a_note_ends_when_the_draft_is_due(folder):
    rewrite(folder / "weekly.toml", "approval = false", "approval = true")
    draft_at = NEXT_DUE - timedelta(days=2)
    assert look(folder, draft_at - timedelta(hours=3)) == (0, [])
    assert trusts(folder, draft_at - timedelta(seconds=1))
    assert not trusts(folder, draft_at)


def test_before_the_first_reader_a_note_is_written_too_and_ends_with_the_database(tmp_path):
    place = tmp_path / "new"
    make_folder(place, example=True)
    early = DUE - timedelta(days=1, hours=1)
    assert look(place, early) == (0, [])
    assert trusts(place, early + timedelta(minutes=1))
    newsletter = Newsletter(folder=place, config=None, as_of=early, environ=os.environ)
    assert newsletter.people
    newsletter.close()
    assert not trusts(place, early + timedelta(minutes=1))


@pytest.mark.parametrize("variable", ["WEEKLY_BOUNCES__MAILBOX", "WEEKLY_IMAP__HOST"])
def test_where_bounces_are_read_there_is_always_something_to_do(folder, variable, monkeypatch):
    note_of(folder).unlink()
    monkeypatch.setenv(variable, "127.0.0.1")
    look(folder, LATER)
    assert not note_of(folder).exists()


def test_a_note_says_nothing_about_readers(folder):
    assert set(json.loads(note_of(folder).read_text())) == {"from", "until", "database", "inputs"}


def test_an_idle_run_changes_nothing_in_the_newsletters_folder(folder):
    before = snapshot(folder)
    assert look(folder, LATER + timedelta(hours=1)) == (0, [])
    assert snapshot(folder) == before


def test_without_a_cache_a_run_looks(folder, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    assert look(folder, LATER) == (0, [])
    assert not trusts(folder, LATER)


def test_notes_of_newsletters_that_are_gone_are_removed(folder):
    old = note_of(folder).with_name("idle-0.json")
    old.write_text("{}")
    past = (LATER - timedelta(days=31)).timestamp()
    os.utime(old, (past, past))
    look(folder, LATER)
    assert not old.exists()
    assert note_of(folder).exists()
