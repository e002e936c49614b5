"""Wrong input is answered with what, why and what next, the right exit code, and nothing half done."""

from __future__ import annotations

import re
import shutil

import pytest
from sqlalchemy.exc import OperationalError
from support.cli import CONSENT, DUE, make_example, must, outbox, query, snapshot, weekly
from support.spoiled import (
    CONTENT,
    DATABASE,
    ISSUES,
    READERS,
    SETTINGS,
    USAGE,
    write,
)

from pipeline.store.errors import describe_store_error
from pipeline.store.lease import lease
from subscribers.store.engine import open_engine


@pytest.fixture(scope="module")
def locked_example(tmp_path_factory):
    folder = make_example(tmp_path_factory.mktemp("locked") / "letter")
    must(weekly("issue", "build", "--week", "2026-W48", folder=folder, as_of=DUE))
    return folder


@pytest.fixture
def letter(tmp_path):
    return make_example(tmp_path / "letter")


CASES = CONTENT | SETTINGS | USAGE


def refused(ended, code, says):
    """Whether a command ended as bad input should end it: in words, on stderr, with its code."""
    assert ended.code == code, ended
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    for words in says:
        assert words in ended.stderr, ended.stderr


def untouched(folder, before):
    """Whether nothing was written but what a look into the database leaves."""
    after = {path: value for path, value in snapshot(folder).items() if path not in DATABASE}
    assert after == {path: value for path, value in before.items() if path not in DATABASE}
    if (folder / "var" / "weekly.db").exists():
        assert query(folder, "SELECT count(*) FROM issue") == [(0,)]
        assert query(folder, "SELECT count(*) FROM subscriber") == [(READERS,)]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bad_input_is_named_with_its_cure_and_nothing_is_half_done(case, letter):
    case.spoil(letter)
    before = snapshot(letter)
    as_of = "" if "--as-of" in case.args or case.args[0] in {"init", "runn"} else DUE
    ended = weekly(*case.args, *(("--as-of", as_of) if as_of else ()), cwd=letter, env=case.env)
    refused(ended, case.code, case.says)
    untouched(letter, before)
    assert "p4ss" not in ended.stderr


LOCK = f"{ISSUES}/2026-W48.lock.json"

LOCKS = {
    "that is no JSON": (write(LOCK, "{"), (LOCK, "the lock cannot be read", "restore it from git")),
    "cut off in the middle": (
        lambda folder: (folder / LOCK).write_bytes((folder / LOCK).read_bytes()[:700]),
        (LOCK, "the lock cannot be read", "restore it from git"),
    ),
    "that names a term which is gone": (
        lambda folder: (folder / LOCK).write_text(
            re.sub(r'(?m)^ {6}"ref": ".+"', '      "ref": "gone"', (folder / LOCK).read_text(), count=1)
        ),
        (LOCK, "the term `gone` was chosen and is not in the catalogue", "--refresh"),
    ),
}


@pytest.mark.parametrize(("spoil", "says"), LOCKS.values(), ids=LOCKS)
def test_a_lock_is_refused(spoil, says, locked_example, tmp_path):
    folder = shutil.copytree(locked_example, tmp_path / "letter")
    spoil(folder)
    before = snapshot(folder)
    refused(weekly("run", folder=folder, as_of=DUE), 4, says)
    untouched(folder, before)


def test_a_database_of_a_newer_version_is_left_alone(letter):
    query(letter, "UPDATE alembic_version SET version_num = '9999'")
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 4, ("9999", "install the newer weekly-insights"))
    refused(weekly("subscribers", "count", folder=letter), 4, ("9999",))
    assert snapshot(letter) == before


def test_a_database_that_is_none_is_named(letter):
    (letter / "var" / "weekly.db").write_bytes(b"not a database" * 100)
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 1, ("database", "weekly.toml"))
    assert snapshot(letter) == before


def test_a_folder_that_cannot_be_made_is_named(letter):
    shutil.rmtree(letter / "var")
    (letter / "var").write_text("a file in the folder's place")
    before = snapshot(letter)
    refused(weekly("run", folder=letter, as_of=DUE), 1, (str(letter / "var"),))
    assert snapshot(letter) == before


def test_a_place_where_nothing_can_be_written_is_named():
    ended = weekly("init", "/proc/letter", "--example")
    refused(ended, 1, ("/proc/letter", "choose a folder you may write to"))


def test_an_outbox_that_cannot_be_written_to_costs_nobody_the_letter(letter):
    (letter / "var" / "outbox").write_text("a file in the folder's place")
    ended = weekly("run", folder=letter, as_of=DUE)
    assert ended.code in {1, 75}, ended
    assert "Traceback" not in ended.stderr
    assert "outbox" in ended.stderr
    (letter / "var" / "outbox").unlink()
    must(weekly("run", folder=letter, as_of="2026-11-24T09:15Z"))
    assert len(outbox(letter)) == READERS


def test_what_a_full_disk_cut_short_can_be_begun_again(tmp_path):
    ended = weekly("init", tmp_path / "letter", "--example", largest_file=4000)
    assert ended.code == 1, ended
    assert str(tmp_path / "letter") in ended.stderr
    assert "Traceback" not in ended.stderr
    must(weekly("init", tmp_path / "letter", "--example"))
    must(weekly("content", "check", folder=tmp_path / "letter"))


def test_a_disk_that_is_full_is_called_so(tmp_path):
    (tmp_path / "small.db").touch()
    engine = open_engine(f"sqlite:///{tmp_path / 'small.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
        connection.exec_driver_sql("PRAGMA max_page_count = 3")
        with pytest.raises(OperationalError) as caught:
            connection.exec_driver_sql("INSERT INTO t VALUES (zeroblob(100000))")
    engine.dispose()
    assert "the disk is full" in str(describe_store_error(caught.value))


def test_a_letter_that_breaks_a_rule_is_not_sent(letter):
    write(f"{ISSUES}/2026-W48.toml", f'intro = "{"Many words. " * 12_000}"')(letter)
    before = snapshot(letter)
    ended = weekly("run", folder=letter, as_of=DUE)
    refused(ended, 5, ("100,000", "shorten", "2026-W48 is not sent"))
    assert "Finding(" not in ended.stderr
    untouched(letter, before)


def test_rejected_rows_of_an_import_are_named_by_line_and_the_rest_comes_in(letter):
    rows = 'email,name\nnew@example.org,Nia\nnobody,No\n"",Empty\nalso@example.org,Al\n'
    write("list.csv", rows)(letter)
    ended = weekly("subscribers", "import", "list.csv", *CONSENT, cwd=letter, as_of=DUE)
    assert (ended.code, ended.stdout) == (6, "")
    assert "line 3:" in ended.stderr
    assert "line 4:" in ended.stderr
    assert query(letter, "SELECT count(*) FROM subscriber") == [(READERS + 2,)]


def test_a_disk_that_is_full_stops_the_run_with_nothing_lost(letter):
    # No file may grow beyond what a letter takes, and a freeze writes the letter twice: it cannot be written.
    ended = weekly("run", folder=letter, as_of=DUE, largest_file=80_000)
    assert ended.code == 6, ended
    assert "Traceback" not in ended.stderr
    assert "disk" in ended.stderr
    assert outbox(letter) == []
    must(weekly("run", folder=letter, as_of="2026-11-24T09:15Z"))
    assert len(outbox(letter)) == READERS


def test_a_second_run_at_the_same_time_does_nothing_and_is_told_to_come_back(letter):
    before = snapshot(letter)
    engine = open_engine(f"sqlite:///{letter / 'var' / 'weekly.db'}")
    with lease(engine):
        ended = weekly("run", folder=letter, as_of=DUE)
    engine.dispose()
    refused(ended, 75, ("another run is working", "nothing was done"))
    untouched(letter, before)
