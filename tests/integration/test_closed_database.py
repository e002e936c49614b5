"""A database that may not be written, and what each refusal of a database means."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from support.environment import NOW

from pipeline.errors import StoreError, StoreUnusable, TryLater
from pipeline.project.scaffold import make_folder
from pipeline.store.errors import describe_store_error, find_cause
from pipeline.store.lease import lease
from pipeline.store.lost import refuse_lost, require_store
from pipeline.wiring import Newsletter
from subscribers.addresses import parse_address
from subscribers.model import Proof
from subscribers.store.people import People

NOBODY = 65534


@pytest.fixture(scope="module")
def folder():
    """A newsletter with a database, which belongs to a user whom permissions bind."""
    with tempfile.TemporaryDirectory(prefix="weekly-closed-") as place:
        Path(place).chmod(0o755)  # pytest's own folders are closed to other users
        folder = Path(place) / "letter"
        make_folder(folder, example=True)
        use(folder)
        (folder / "var/weekly.db.lease").unlink()  # is made by every use
        for path in (folder, *folder.rglob("*")):
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        yield folder


def use(folder):
    """Open the database as a run does, which will write."""
    newsletter = Newsletter(folder=folder, config=None, as_of=NOW, environ={})
    try:
        people = newsletter.people
        with lease(newsletter.engine):
            people.check()
    except DBAPIError as error:
        raise describe_store_error(error, "var/weekly.db") from error
    finally:
        newsletter.close()


@contextmanager
def bound_by_permissions():
    """Be another user than root for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize(
    ("path", "mode"), [("var/weekly.db", 0o444), ("var/weekly.db", 0), ("var", 0o555), ("var", 0)]
)
def test_a_database_that_may_not_be_written_asks_for_permission(folder, path, mode):
    place = folder / path
    before = place.stat().st_mode
    place.chmod(mode)
    try:
        with bound_by_permissions(), pytest.raises(StoreUnusable, match=r"weekly\.db.*permission") as caught:
            use(folder)
    finally:
        place.chmod(before)
    assert find_cause(caught.value) in {"read-only", "closed"}


def test_both_databases_are_known_to_be_empty_or_older(engine, tmp_path):
    refuse_lost(engine, tmp_path)
    history = tmp_path / "content/issues/history.jsonl"
    history.parent.mkdir(parents=True)
    history.write_text('{"number": 1, "readers": 9, "week": "2026-W47"}\n')
    for check in (refuse_lost, require_store):
        with pytest.raises(StoreUnusable, match=r"has no readers, but .* 1 letter to readers") as caught:
            check(engine, tmp_path)
        assert caught.value.cause == "empty"
    address = parse_address("ada@example.org")
    people = People(engine, suppression_key=b"s" * 32)
    people.add_with_proof(address, name="", proof=Proof("a form", NOW, "yes"), now=NOW)
    for check in (refuse_lost, require_store):
        check(engine, tmp_path)  # moved here: the database has no letter of its own yet
    people.check()


@pytest.mark.parametrize(
    ("words", "kind", "cause"),
    [
        ("database is locked", TryLater, "busy"),
        ("database or disk is full", StoreUnusable, "full"),
        ('could not extend file "base/5/1": No space left on device (DiskFull)', StoreUnusable, "full"),
        ("attempt to write a readonly database", StoreUnusable, "read-only"),
        ("cannot execute INSERT in a read-only transaction", StoreUnusable, "read-only"),
        ("unable to open database file", StoreUnusable, "closed"),
        ("disk I/O error", StoreUnusable, "disk"),
        ("database disk image is malformed", StoreError, "damaged"),
        ("connection failed: FATAL: password authentication failed for user", StoreUnusable, "closed"),
        ('connection failed: FATAL: database "x" does not exist', StoreUnusable, "closed"),
        ("connection failed: Connection refused", TryLater, "unreachable"),
        ("connection failed: FATAL: the database system is starting up", TryLater, "unreachable"),
        ("failed to resolve host 'nowhere.invalid'", TryLater, "unreachable"),
        ("something new", StoreError, "refused"),
    ],
)
def test_every_refusal_of_a_database_has_a_kind_and_one_word(words, kind, cause):
    explained = describe_store_error(RuntimeError(words), "the place")
    assert type(explained) is kind
    assert str(explained).startswith("the place: ")
    assert find_cause(explained) == find_cause(RuntimeError(words)) == cause
