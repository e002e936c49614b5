"""The short answer that a run has nothing to do is the long one: nothing done, nothing printed."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from support.cli import snapshot

from pipeline.errors import PipelineError
from pipeline.project.scaffold import make_folder
from pipeline.run.idle import CronLine, is_idle, parse_cron_line
from pipeline.run.plan import find_work
from pipeline.run.weekly import weekly_run
from pipeline.weeks import Week
from pipeline.wiring import Newsletter
from subscribers.importing.rows import import_rows
from subscribers.model import Proof
from subscribers.sheets.opening import open_table

DUE = datetime(2026, 11, 24, 9, tzinfo=UTC)
SENT_AT = DUE + timedelta(minutes=5)
LATER = SENT_AT + timedelta(hours=3)


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
    """Run properly: the exit code and what was said."""
    newsletter = Newsletter(folder=folder, config=None, as_of=now, environ=os.environ)
    words = Words()
    try:
        code, _ = weekly_run(newsletter, words, **asked)
    except PipelineError as error:
        return 1, [str(error)]
    finally:
        newsletter.close()
    return code, words.said


def trusts(folder, now):
    return is_idle(CronLine(folder, folder / "weekly.toml"), now)


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """A newsletter that has sent this week's letter."""
    place = tmp_path_factory.mktemp("sent") / "letter"
    make_folder(place, example=True)
    newsletter = Newsletter(folder=place, config=None, as_of=SENT_AT, environ=os.environ)
    rows = ["email,name\n", "ada@example.org,Ada\n", "bo@example.org,Bo\n"]
    import_rows(
        newsletter.people,
        [open_table(io.BytesIO("".join(rows).encode()))],
        proof=Proof("a test", SENT_AT, "yes"),
        now=SENT_AT,
    )
    newsletter.close()
    assert look(place, SENT_AT) == (0, [])
    # A run that finds nothing to do reads none of it, and every test copies the folder.
    for name in ("glossary", "tips"):
        shutil.rmtree(place / "content" / name)
    return place


@pytest.fixture
def folder(sent, tmp_path):
    return shutil.copytree(sent, tmp_path / "letter")


def is_nothing(folder, now):
    """Return whether a run that looks would find nothing to do, without running."""
    newsletter = Newsletter(folder=folder, config=None, as_of=now, environ=os.environ)
    try:
        return find_work(newsletter).is_nothing
    finally:
        newsletter.close()


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

IDLE = {
    "nothing changed",
    "a delivery is deferred",
    "an issue is cancelled",
    "the history lost its end",
    "the history has an older week",
}
"""What leaves nothing to do; of a deferred delivery until it is due."""
OLDER = ("2026-W48", "2026-W40")


def append(*changes, line=""):
    """Add a line to the history: a copy of the first with changes, or another one."""

    def work(folder):
        path = folder / "content/issues/history.jsonl"
        first = path.read_text(encoding="utf-8").splitlines()[0]
        added = line or first
        for old, new in changes:
            assert old in added
            added = added.replace(old, new)
        path.write_text(f"{first}\n{added}\n", encoding="utf-8")

    return work


def reencode(folder, encoding):
    """Write the last line of the history anew: a line of its own in another encoding."""
    path = folder / "content/issues/history.jsonl"
    line = path.read_text(encoding="utf-8").replace(*OLDER).rstrip("\n")
    path.write_bytes(path.read_bytes() + line.encode(encoding))


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
    "the keys are gone": lambda place: (place / ".secrets").unlink(),
    "the keys are damaged": lambda place: (place / ".secrets").write_text("signing_keys = 1\n"),
    "the history lost its end": lambda place: rewrite(place / "content/issues/history.jsonl", "}\n", "}"),
    "the history has a line twice": append(),
    "the history has the week twice": append(('"number": 1', '"number": 2')),
    "the history has an older week": append(OLDER),
    "the history has a week to come": append(("2026-W48", "2026-W50")),
    "the history has a count below 0": append(OLDER, ('"number": 1', '"number": -1')),
    "the history has null": append(line='{"week": "2026-W40", "number": 1, "term": null}'),
    "the history is no object": append(line="[]"),
    "the history has half a character": append(OLDER, ('"number": 1', '"note": "\\ud800", "number": 1')),
    "the history is nested": append(OLDER, ('"number": 1', f'"note": {"[" * 300 + "]" * 300}, "number": 1')),
    "the history is nested too deeply": append(line="[" * 100_000),
    "the history has a mark in the middle": append(OLDER, ('{"', '\ufeff{"')),
    "the history is UTF-16": lambda place: reencode(place, "utf-16-le"),
    "both histories are incomplete": lambda place: [
        (place / "content/issues/history.jsonl").write_text('{"week": "2026-W48"}\n'),
        sql(place, """UPDATE issue SET past = '{"week": "2026-W48"}'"""),
    ],
    "the readers' table is gone": lambda place: sql(place, "DROP TABLE subscriber"),
    "an issue was never written down": lambda place: (place / "content/issues/history.jsonl").write_text(""),
    "a delivery is gone": lambda place: [
        sql(place, statement) for statement in (DEFER[0], "DELETE FROM delivery WHERE subscriber_id = 1")
    ],
    "bounces are read": lambda place: rewrite(place / "weekly.toml", 'mailbox = ""', 'mailbox = "var/b"'),
    "placeholders would go out": lambda place: rewrite(place / "weekly.toml", '"outbox"', '"smtp"'),
}
"""What may have become of a newsletter since the last look."""

ENVIRONMENT = {
    "WEEKLY_SCHEDULE__DAY": "monday",
    "WEEKLY_SCHEDULE__TIME": "09:06",
    "WEEKLY_SCHEDULE__TIMEZONE": "x",
    "WEEKLY_SCHEDULE.DAY": "sunday",
    "weekly_schedule.time": "23:59",
    "weekly_delivery__connections": "none",
    "WEEKLY_STORE__URL": "postgresql://127.0.0.1:1/none",
    "WEEKLY_SMTP__PASSWORD_FILE": "/nowhere/at/all",
    "WEEKLY_BOUNCES__MAILBOX": "var/bounces",
    "WEEKLY_IMAP__HOST": "127.0.0.1",
    "WEEKLY_TRANSPORT__KIND": "smtp",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "now", [LATER + timedelta(minutes=15), LATER + timedelta(hours=2)], ids=["soon", "later"]
)
def test_nothing_is_decided_in_short_where_looking_gives_another_answer(folder, state, now):
    STATES[state](folder)
    if trusts(folder, now):
        assert state in IDLE
        assert look(folder, now) == (0, [])
    elif now < LATER + timedelta(hours=1):
        assert state not in IDLE


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_variable_changes_the_short_answer_as_it_changes_the_long_one(folder, name, monkeypatch):
    monkeypatch.setenv(name, ENVIRONMENT[name])
    now = LATER + timedelta(minutes=15)
    assert not trusts(folder, now) or look(folder, now) == (0, [])
    assert trusts(folder, now) is (name in ("WEEKLY_SCHEDULE__DAY", "WEEKLY_SCHEDULE__TIME"))


HEX = "ab" * 32
KEYS = {
    "both": ({"SIGNING_KEYS": f"1:{HEX}", "SUPPRESSION_KEY": HEX}, True),
    "both in files": ({"SIGNING_KEYS_FILE": f"1:{HEX}", "SUPPRESSION_KEY_FILE": HEX}, True),
    "one": ({"SUPPRESSION_KEY": HEX}, False),
    "a short one": ({"SIGNING_KEYS": f"1:{HEX}", "SUPPRESSION_KEY": "zz"}, False),
    "a damaged one": ({"SIGNING_KEYS": "x:y", "SUPPRESSION_KEY": HEX}, False),
    "a lost file": ({"SIGNING_KEYS_FILE": "", "SUPPRESSION_KEY": HEX}, False),
}


@pytest.mark.parametrize("case", KEYS)
def test_keys_of_the_environment_are_read_as_a_run_that_looks_reads_them(folder, case, monkeypatch):
    given, is_enough = KEYS[case]
    (folder / ".secrets").unlink()
    for name, text in given.items():
        path = folder / name
        if text:
            path.write_text(text)
        monkeypatch.setenv(f"WEEKLY_SECRETS__{name}", str(path) if name.endswith("_FILE") else text)
    before = snapshot(folder)
    assert trusts(folder, LATER) is is_enough
    assert snapshot(folder) == before
    assert not is_enough or look(folder, LATER) == (0, [])


@pytest.mark.parametrize(
    ("environ", "has_login"),
    [
        ({}, True),
        ({"WEEKLY_SMTP__PASSWORD": "x"}, True),
        ({"WEEKLY_SMTP__PASSWORD": ""}, False),
        ({"weekly_smtp__password": ""}, False),
        ({"WEEKLY_SMTP__PASSWORD": "x", "weekly_smtp__password": ""}, False),
    ],
)
def test_an_empty_password_of_the_environment_wins_over_the_secrets(folder, environ, has_login, monkeypatch):
    rewrite(folder / ".secrets", "suppression_key", 'smtp_password = "x"\nsuppression_key')
    given = {
        "TRANSPORT__KIND": "smtp",
        "SMTP__USERNAME": "ada",
        "SMTP__HOST": "mail.example.net",
        "NEWSLETTER__FROM": "Ada <ada@example.net>",
        "NEWSLETTER__BASE_URL": "https://news.example.net",
        "NEWSLETTER__POSTAL_ADDRESS": "Way 1, Town",
    }
    for name, text in ({f"WEEKLY_{key}": text for key, text in given.items()} | environ).items():
        monkeypatch.setenv(name, text)
    assert trusts(folder, LATER) is has_login
    code, said = look(folder, LATER)
    assert code == (0 if has_login else 1)
    assert has_login or f"{list(environ)[-1]} is empty" in said[0]


def test_what_breaks_the_short_answer_does_not_break_the_long_one(folder, monkeypatch):
    monkeypatch.setenv("WEEKLY_SCHEDULE__DRAFT_LEAD", "800000 days")
    assert trusts(folder, LATER)
    monkeypatch.setenv("WEEKLY_SCHEDULE__APPROVAL", "true")
    assert not trusts(folder, LATER)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland"])
@pytest.mark.parametrize("max_age", ["0h", "3d", "20d"])
@pytest.mark.parametrize("approval", ["true", "false"])
def test_the_short_answer_of_every_hour_is_the_long_one(folder, zone, max_age, approval, monkeypatch):
    monkeypatch.setenv("WEEKLY_NEWSLETTER__TIMEZONE", zone)
    monkeypatch.setenv("WEEKLY_SCHEDULE__MAX_AGE", max_age)
    monkeypatch.setenv("WEEKLY_SCHEDULE__APPROVAL", approval)
    for hours in range(-30, 24 * 12, 17):
        now = DUE + timedelta(hours=hours)
        if Week.of(now.date()) >= Week.of(DUE.date()):
            assert trusts(folder, now) is is_nothing(folder, now), now


def test_before_the_first_reader_and_before_the_first_letter_there_is_a_short_answer(tmp_path):
    place = tmp_path / "new"
    make_folder(place, example=True)
    early = DUE - timedelta(days=1, hours=1)
    assert trusts(place, early)
    assert not trusts(place, DUE)
    newsletter = Newsletter(folder=place, config=None, as_of=early, environ=os.environ)
    assert newsletter.people
    newsletter.close()
    assert trusts(place, early)
    assert not trusts(place, DUE)


def test_the_short_answer_changes_nothing(folder):
    before = snapshot(folder)
    assert trusts(folder, LATER + timedelta(hours=1))
    assert snapshot(folder) == before


@pytest.mark.parametrize(
    ("words", "is_line"),
    [
        ("run", True),
        ("-q -C letter run", True),
        ("run -C letter --as-of 2026-11-24T09:00Z", True),
        ("run --now", False),
        ("run --week 2026-W48", False),
        ("run --json", False),
        ("run --help", False),
        ("-v run", False),
        ("run run", False),
        ("-C run status", False),
        ("--as-of 1926-11-24 run", False),
        ("--as-of yesterday run", False),
        ("run -C", False),
        ("run --", False),
    ],
)
def test_the_cron_line_is_told_from_other_calls(words, is_line):
    assert (parse_cron_line(words.split()) is not None) is is_line
