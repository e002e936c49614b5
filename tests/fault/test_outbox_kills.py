"""Runs into the outbox that die: the folder shows what became of every letter, so none stays unknown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from support.cli import CONSENT, must, run_program, weekly
from support.environment import REPO
from support.killable_run import STEPS
from support.patience import PATIENCE_S

from pipeline.project.scaffold import make_folder

AS_OF = "2026-11-24T09:00:00+00:00"


@pytest.fixture
def folder(tmp_path):
    make_folder(tmp_path / "letter", example=True)
    return tmp_path / "letter"


def add_readers(folder, db_url, count):
    rows = ["email,name", *(f"r{n:04}@example.org,Reader {n}" for n in range(count))]
    (folder / "readers.csv").write_text("\n".join(rows))
    must(ask(folder, db_url, "subscribers", "import", folder / "readers.csv", *CONSENT))


def ask(folder, db_url, *words, **settings):
    return weekly(*words, folder=folder, env={"WEEKLY_STORE__URL": db_url, **settings}, as_of=AS_OF)


def environment(db_url, **more):
    return {"PATH": os.environ["PATH"], "LANG": "C", "WEEKLY_STORE__URL": db_url, **more}


def die(folder, db_url, step, **settings):
    env = environment(db_url, **settings)
    dead = run_program("support.killable_run", step, "1", folder, AS_OF, env=env)
    assert dead.code == -signal.SIGKILL, (step, dead.stderr)


def identify(folder):
    """Return each letter of the outbox with what would change if it were written again."""
    stats = {path.name: path.stat() for path in (folder / "var" / "outbox").glob("[!.]*.eml")}
    return {name: (stat.st_ino, stat.st_mtime_ns) for name, stat in stats.items()}


def counts_of(folder, db_url):
    counts = must(ask(folder, db_url, "status", "--json")).json["counts"]
    return {state: count for state, count in counts.items() if count}


def test_a_run_killed_at_every_step_leaves_nothing_unknown_and_writes_no_letter_twice(folder, db_url):
    add_readers(folder, db_url, 600)
    # Where unknown letters are sent again without asking, a known one must not be.
    settings = {"WEEKLY_DELIVERY__ON_UNKNOWN": "resend"}
    before = {}
    for step in [step for step in STEPS if "freeze" not in step]:
        die(folder, db_url, step, **settings)
        after = identify(folder)
        assert before.items() <= after.items(), f"a letter was written again after a death {step}"
        assert counts_of(folder, db_url).keys() <= {"queued", "claimed", "handed", "sent"}
        before = after
    must(ask(folder, db_url, "run", **settings))
    assert before.items() <= identify(folder).items()
    assert counts_of(folder, db_url) == {"sent": 600}
    assert len(identify(folder)) == 600
    assert list((folder / "var" / "outbox").glob(".*")) == []


def test_a_letter_that_a_script_took_out_of_the_folder_may_have_gone_and_stays_unknown(folder, db_url):
    add_readers(folder, db_url, 100)
    die(folder, db_url, "before settled")
    for path in (folder / "var" / "outbox").glob("*.eml"):
        path.unlink()
    ask(folder, db_url, "run")
    counts = counts_of(folder, db_url)
    assert counts["unknown"] > 0
    assert counts["sent"] + counts["unknown"] == 100


def test_a_cancelled_issue_counts_as_sent_what_the_folder_holds(folder, db_url):
    add_readers(folder, db_url, 100)
    die(folder, db_url, "before settled")
    letters = identify(folder)
    must(ask(folder, db_url, "cancel", "--yes"))
    assert counts_of(folder, db_url) == {"sent": len(letters), "skipped": 100 - len(letters)}


def test_an_outbox_that_cannot_be_read_changes_nothing_and_the_next_run_asks_again(folder, db_url):
    add_readers(folder, db_url, 100)
    die(folder, db_url, "before settled")
    before = counts_of(folder, db_url)
    outbox = folder / "var" / "outbox"
    outbox.rename(folder / "var" / "aside")
    outbox.write_text("in the way")
    refused = ask(folder, db_url, "run")
    assert (refused.code, "the outbox" in refused.stderr) == (1, True)
    assert counts_of(folder, db_url) == before
    outbox.unlink()
    (folder / "var" / "aside").rename(outbox)
    must(ask(folder, db_url, "run"))
    assert counts_of(folder, db_url) == {"sent": 100}


@pytest.mark.long
def test_random_kills_leave_nothing_unknown(folder, db_url):
    """Kills after 0.05 to 0.3 s of writing until the list is done."""
    add_readers(folder, db_url, 4_000)
    kills, before = 0, {}
    while True:
        running = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "-C", str(folder), "--as-of", AS_OF, "run"],
            env=environment(db_url),
            cwd=REPO,
        )
        began = time.monotonic()
        while running.poll() is None and len(identify(folder)) == len(before):
            time.sleep(0.005)
            assert time.monotonic() - began < PATIENCE_S
        try:
            running.wait(0.05 + 0.25 * ((kills * 37) % 101) / 101)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            kills += 1
        else:
            break
        after = identify(folder)
        assert before.items() <= after.items(), "a letter was written twice"
        before = after
    assert kills >= 3, "the run was too fast to be killed"
    assert running.returncode == 0
    assert counts_of(folder, db_url) == {"sent": 4_000}
    assert before.items() <= identify(folder).items()
    assert len(identify(folder)) == 4_000
