"""Thousands of deliveries, killed at random on both databases: nobody twice, nobody lost in silence."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from support.environment import REPO
from support.patience import PATIENCE_S
from support.stores import PROOF

from pipeline.project.scaffold import make_folder
from pipeline.wiring import Newsletter
from subscribers.importing.rows import import_rows
from subscribers.sheets.opening import open_table

READERS = 3_000
CONNECTIONS = 5
AS_OF = "2026-11-24T09:00:00+00:00"

pytestmark = pytest.mark.long


def environment(url: str, port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "WEEKLY_STORE__URL": url,
        "WEEKLY_TRANSPORT__KIND": "smtp",
        "WEEKLY_SMTP__HOST": "127.0.0.1",
        "WEEKLY_SMTP__PORT": str(port),
        "WEEKLY_SMTP__SECURITY": "none",
        "WEEKLY_DELIVERY__CONNECTIONS": str(CONNECTIONS),
        "WEEKLY_NEWSLETTER__FROM": "letter@news.example.org",
        "WEEKLY_NEWSLETTER__BASE_URL": "https://news.example.org",
        "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Test Street",
    }


@pytest.fixture
def sink(tmp_path):
    """A relay in a process of its own that logs every letter it takes."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "support.smtp_sink",
            "--port-file",
            tmp_path / "port",
            "--log",
            tmp_path / "log",
        ],
        cwd=REPO / "tests",
    )
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "port").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield int((tmp_path / "port").read_text()), tmp_path / "log"
    process.terminate()
    process.wait()


def accepted(log: Path) -> Counter[str]:
    return Counter(line.split("\t")[0] for line in log.read_text().splitlines())


def test_random_kills_give_nobody_two_and_lose_nobody_in_silence(
    db_url, sink, tmp_path, monkeypatch, request
):
    """Kills after 0.1 to 0.9 s of sending until the list is done; then everything has to add up."""
    port, log = sink
    folder = tmp_path / "letter"
    make_folder(folder, example=True)
    for name, value in environment(db_url, port).items():
        monkeypatch.setenv(name, value)
    newsletter = Newsletter(folder=folder, config=None, as_of=None, environ=os.environ)
    lines = ["email,name\n", *(f"r{n:04}@example.org,Reader {n}\n" for n in range(READERS))]
    import_rows(
        newsletter.people, [open_table(io.BytesIO("".join(lines).encode()))], proof=PROOF, now=PROOF.given_at
    )

    kills = 0
    while True:
        before = sum(accepted(log).values()) if log.exists() else 0
        running = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "-C", str(folder), "--as-of", AS_OF, "run"],
            cwd=REPO,
            stderr=subprocess.PIPE,
        )
        began = time.monotonic()
        while running.poll() is None and (sum(accepted(log).values()) if log.exists() else 0) == before:
            time.sleep(0.005)
            assert time.monotonic() - began < PATIENCE_S
        try:
            running.wait(0.1 + 0.8 * ((kills * 37) % 101) / 101)
        except subprocess.TimeoutExpired:
            running.send_signal(signal.SIGKILL)
            running.wait()
            kills += 1
            continue
        finally:
            running.stderr.close()
        break

    assert kills >= 3, "the run was too fast to be killed"
    assert running.returncode in (0, 6)
    letters = accepted(log)
    request.addfinalizer(newsletter.close)
    assert [address for address, count in letters.items() if count > 1] == []
    ledger = newsletter.issues.ledger(newsletter.issues.all()[-1].id)
    counts = {state.word: count for state, count in ledger.counts().items() if count}
    unknown = {stuck.email for stuck in ledger.stuck(READERS)}
    assert sum(counts.values()) == READERS
    assert set(counts) <= {"sent", "unknown"}
    assert len(unknown) == counts.get("unknown", 0) <= kills * CONNECTIONS
    assert {f"r{n:04}@example.org" for n in range(READERS)} - set(letters) <= unknown
    assert len(set(letters) - unknown) == counts["sent"]
