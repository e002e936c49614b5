"""Imports that are killed at random on both databases: none is taken by halves, and the next has it all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from support.environment import REPO
from support.patience import PATIENCE_S

from pipeline.project.scaffold import make_folder
from pipeline.store.audience import IN_AN_AUDIENCE
from pipeline.wiring import Newsletter
from subscribers.store.undo import ReaderActs

READERS = 20_000
KILLS = 4

pytestmark = pytest.mark.long


def test_an_import_that_is_killed_at_random_is_hidden_until_it_is_whole(
    db_url, tmp_path, monkeypatch, request
):
    """Kills after 0 to 0.5 s of writing until the import ends; then everybody is there, and can be undone."""
    folder = tmp_path / "letter"
    make_folder(folder, example=True)
    monkeypatch.setenv("WEEKLY_STORE__URL", db_url)
    newsletter = Newsletter(folder=folder, config=None, as_of=None, environ=os.environ)
    request.addfinalizer(newsletter.close)
    people = newsletter.people
    lines = ["email,name\n", *(f"r{number:05}@example.org,Reader {number}\n" for number in range(READERS))]
    (folder / "list.csv").write_text("".join(lines))
    words = ["--source", "list", "--consent-date", "2026-01-01", "--consent-text", "yes"]
    command = [sys.executable, "-m", "pipeline", "-C", str(folder), "subscribers", "import"]
    kills = 0
    while True:
        before = sum(people.count_by_state().values())
        running = subprocess.Popen(
            [*command, str(folder / "list.csv"), *words], cwd=REPO, stderr=subprocess.DEVNULL
        )
        began = time.monotonic()
        while running.poll() is None and sum(people.count_by_state().values()) == before < READERS:
            assert time.monotonic() - began < PATIENCE_S
        try:
            running.wait(0.5 * ((kills * 37) % 101) / 101 if kills < KILLS else PATIENCE_S)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            kills += 1
            assert people.count_deliverable() in (0, READERS)
            continue
        break
    assert running.returncode == 0
    assert kills >= 1, "the import was too fast to be killed"
    assert (people.count_deliverable(), people.waiting_acts()) == (READERS, ())
    acts = ReaderActs(newsletter.engine, mailed=IN_AN_AUDIENCE)
    # A kill may come after an import was whole: then the last one has nothing left to add.
    undone = [acts.undo(act.id, newsletter.clock.now()) for act in reversed(acts.list())]
    assert sum(each.removed for each in undone) == READERS
    assert sum(people.count_by_state().values()) == 0
