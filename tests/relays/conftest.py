"""The real servers, started once for all their tests, and newsletters to send through them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.cli import CONSENT, Ended, must, weekly
from support.environment import REPO, missing
from support.patience import PATIENCE_S
from support.relay_box import REFUSED, Box, CannotBoxError, find_obstacle
from support.relays import Exim, OpenSmtpd, Postfix, Relay

from pipeline.project.scaffold import make_folder

AT = "2026-11-24T09:00+00:00"


@dataclass
class Newsletter:
    """A newsletter whose relay is the one server of a box."""

    folder: Path
    relay: Relay
    readers: int

    def start(self, *words: str, at: str = AT, **settings: object) -> subprocess.Popen[str]:
        """Begin `weekly WORDS` on this machine, in the network of the relay."""
        env = {
            "PATH": os.environ["PATH"],
            "LANG": "C",
            "WEEKLY_TRANSPORT__KIND": "smtp",
            "WEEKLY_SMTP__HOST": "127.0.0.1",
            "WEEKLY_SMTP__PORT": "25",
            "WEEKLY_SMTP__SECURITY": "none",
            "WEEKLY_NEWSLETTER__FROM": "Test Weekly <letter@news.letter.test>",
            "WEEKLY_NEWSLETTER__BASE_URL": "https://news.letter.test",
            "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Test Street, 12345 Testville",
            **{f"WEEKLY_{name}": str(value) for name, value in settings.items()},
        }
        program = [sys.executable, "-m", "pipeline", "-C", str(self.folder), "--as-of", at]
        return subprocess.Popen(
            [*self.relay.box.beside(), *program, *words],
            cwd=REPO,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, *words: str, at: str = AT, **settings: object) -> Ended:
        """Run `weekly WORDS` to its end."""
        running = self.start(*words, at=at, **settings)
        return self.wait(running)

    def wait(self, running: subprocess.Popen[str]) -> Ended:
        """Wait for the end of a command."""
        stdout, stderr = running.communicate(timeout=PATIENCE_S)
        return Ended(running.returncode, stdout, stderr)

    def counts(self) -> dict[str, int]:
        """What the ledger says, without states that nobody is in."""
        counts = must(weekly("status", "--json", folder=self.folder, as_of=AT)).json["counts"]
        return {state: count for state, count in counts.items() if count}

    def add_up(self) -> dict[str, int]:
        """Compare the ledger with the mailboxes: nobody twice, nobody lost; return the counts of states."""
        self.relay.drain()
        letters = self.relay.letters()
        assert [id_ for id_, count in Counter(each.message_id for each in letters).items() if count > 1] == []
        assert [to for to, count in Counter(each.to for each in letters).items() if count > 1] == []
        counts = self.counts()
        assert sum(counts.values()) == self.readers
        assert not counts.keys() & {"claimed", "handed"}
        lines = must(weekly("status", "--list", "1000", folder=self.folder, as_of=AT)).stdout.splitlines()
        unknown = {line.split()[0] for line in lines if " unknown " in line and "@" in line}
        assert len(unknown) == counts.get("unknown", 0)
        arrived = {each.to for each in letters}
        assert len(arrived - unknown) == counts.get("sent", 0)
        return counts


@pytest.fixture(scope="session")
def boxes(tmp_path_factory):
    """Make the boxes side by side: installing takes longer than anything else."""
    if why := find_obstacle():
        if REFUSED in why:
            # Only where the kernel forbids namespaces, which nothing can install; all else fails in CI.
            pytest.skip(f"this machine does not allow real relays: {why}")
        missing(f"a machine for real relays ({why})")
    kinds = (Postfix, Exim, OpenSmtpd)
    made: list[Box] = []
    try:
        made += [Box(tmp_path_factory.mktemp(kind.__name__.lower()), *kind.packages) for kind in kinds]
        yield {kind: kind(box.wait()) for kind, box in zip(kinds, made, strict=True)}
    except CannotBoxError as error:
        missing(f"a real relay ({error})")
    finally:
        for box in made:
            box.close()


@pytest.fixture
def postfix(boxes):
    """Postfix, to be started."""
    return boxes[Postfix]


@pytest.fixture
def exim(boxes):
    """Exim, to be started."""
    return boxes[Exim]


@pytest.fixture
def opensmtpd(boxes):
    """OpenSMTPD, to be started."""
    return boxes[OpenSmtpd]


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """Newsletter folders by the number of their readers, made once each."""
    made: dict[int, Path] = {}

    def folder(readers: int) -> Path:
        if readers not in made:
            made[readers] = tmp_path_factory.mktemp("folders") / "letter"
            make_folder(made[readers], example=True)
            rows = ["email,name", *(f"r{n:03}@example.org,Reader {n}" for n in range(readers))]
            (made[readers] / "readers.csv").write_text("\n".join(rows))
            words = ("subscribers", "import", made[readers] / "readers.csv", *CONSENT)
            must(weekly(*words, folder=made[readers], as_of="2026-11-20T08:00Z"))
        return made[readers]

    return folder


@pytest.fixture
def newsletter(folders, tmp_path):
    """Make a newsletter with so many readers, r000@example.org and so on, and a relay."""

    def make(relay: Relay, readers: int) -> Newsletter:
        return Newsletter(shutil.copytree(folders(readers), tmp_path / "letter"), relay, readers)

    return make
