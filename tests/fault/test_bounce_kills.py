"""An ingest that is killed anywhere loses nothing and counts nothing twice."""

from __future__ import annotations

import signal

import pytest
from support.bounces import SERVERS, Bounced
from support.cli import run_program
from support.databases import make_tables
from support.killable_ingest import STEPS
from support.stores import KEY, Newsroom, people_of

from pipeline.bounces.ingest import BATCH
from subscribers.store.engine import open_engine
from subscribers.tokens import Keyring, mail_ref

READERS = BATCH + 10

pytestmark = pytest.mark.slow


def ingest(step: str, nth: int, folder) -> int:
    words = (step, str(nth), folder / "weekly.db", folder / "Maildir")
    return run_program("support.killable_ingest", *words, env={}).code


def fill_maildir(folder, public_ids) -> None:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    makers = list(SERVERS.values())
    for number, public_id in enumerate(public_ids):
        ref = mail_ref(Keyring(((1, KEY),)), "2026-W48", public_id)
        one = Bounced(
            f"2026-w48.{ref}@news.example.org", f"r{number}@example.org", report_id=f"r{number}@relay"
        )
        (folder / "new" / f"{1700000000 + number}.M1.host").write_bytes(makers[number % len(makers)](one))


def test_killed_anywhere_every_bounce_counts_exactly_once(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    make_tables(engine, tmp_path)
    room = Newsroom(engine, READERS).open_sent()
    engine.dispose()
    fill_maildir(tmp_path / "Maildir", room.public_ids)
    for step, nth in zip(STEPS, (READERS // 2, BATCH // 2, 1, 1), strict=True):
        assert ingest(step, nth, tmp_path) == -signal.SIGKILL
    assert ingest("never", 1, tmp_path) == 0
    people = people_of(engine)
    assert {people.find(each).state.word for each in room.public_ids} == {"bounced"}
    events = [[one.event.word for one in people.events(each)] for each in room.public_ids]
    assert events == [["confirmed", "bounced"]] * READERS
    assert room.issues.returned(room.issue.id) == {"hard": READERS}
    assert list((tmp_path / "Maildir" / "new").iterdir()) == []
    engine.dispose()
