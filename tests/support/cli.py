"""The real command `weekly`, in a process and an environment of its own, and folders to run it on."""

from __future__ import annotations

import atexit
import fcntl
import functools
import hashlib
import json
import os
import pty
import select
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import termios
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from support.patience import PATIENCE_S

WEEKLY = Path(sys.executable).with_name("weekly")
READERS = Path(__file__).resolve().parents[2] / "docs" / "example-readers.csv"
CONSENT = ("--source", "a test", "--consent-date", "2026-01-01", "--consent-text", "Send me the letter")

DUE = "2026-11-24T09:00Z"
"""The example schedule's slot in 2026-W48, a Tuesday."""

_ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C"}

TO_RELAY = {
    "WEEKLY_TRANSPORT__KIND": "smtp",
    "WEEKLY_SMTP__HOST": "127.0.0.1",
    "WEEKLY_SMTP__SECURITY": "none",
    "WEEKLY_NEWSLETTER__BASE_URL": "https://news.example.org",
    "WEEKLY_NEWSLETTER__POSTAL_ADDRESS": "1 Test Street, 12345 Testville",
    "WEEKLY_NEWSLETTER__FROM": "Weekly <letter@news.example.org>",
}
"""Everything that sending by SMTP asks for, but the port."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self):
        return json.loads(self.stdout)


class _Warm:
    """A process that has loaded everything and forks one of its own for each command: ten times as fast."""

    def __init__(self) -> None:
        from support.warm import pages_folder

        self._folder = tempfile.TemporaryDirectory(prefix="weekly-command-")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.warm_weekly", pages_folder()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self._folder.name,
            env={
                "PATH": os.environ["PATH"],
                "HOME": self._folder.name,
                "LANG": "C",
                "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            },
        )
        self._answers = b""

    def start(self, job: dict[str, object], stdout: str = "") -> Started:
        """Begin a job; the one before has ended."""
        said = [Path(self._folder.name) / name for name in ("stdout", "stderr")]
        for path in said:
            # What goes to a terminal goes to no file.
            path.touch()
        streams = {"stdout": stdout or str(said[0]), "stderr": str(said[1])}
        self._process.stdin.write(json.dumps({**job, **streams}).encode() + b"\n")
        self._process.stdin.flush()
        return Started(self, self.answer(), said)

    def answer(self, terminal: int | None = None, written: list[bytes] | None = None) -> int:
        """Read the next answer; what comes on a terminal meanwhile is `written`."""
        answers = self._process.stdout.fileno()
        while b"\n" not in self._answers:
            ready, _, _ = select.select(
                [answers, *([] if terminal is None else [terminal])], [], [], PATIENCE_S
            )
            assert ready, "a command does not end"
            if terminal in ready:
                written.append(os.read(terminal, 65536))
                continue
            read = os.read(answers, 65536)
            assert read, "the process that runs commands has ended"
            self._answers += read
        line, _, self._answers = self._answers.partition(b"\n")
        return int(line)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._folder.cleanup()


class Started:
    """A command that runs: it can be killed, and waited for from more than one thread."""

    def __init__(self, warm: _Warm, pid: int, said: Sequence[Path]) -> None:
        self._warm, self.pid, self._said = warm, pid, said
        self._code: int | None = None
        self._waiting = threading.Lock()

    def wait(self, *terminal: object) -> int:
        """Wait until it has ended; returns its exit code, minus the number of the signal that ended it."""
        with self._waiting:
            if self._code is None:
                self._code = self._warm.answer(*terminal)
            return self._code

    def ended(self) -> Ended:
        """Wait until it has ended, and read what it wrote."""
        return Ended(self.wait(), *(path.read_text("utf-8") for path in self._said))


@functools.cache
def _warm() -> _Warm:
    warm = _Warm()
    atexit.register(warm.close)
    return warm


def weekly(
    *args: str | Path,
    folder: Path | None = None,
    as_of: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    largest_file: int = 0,
    site: Sequence[Path] = (),
) -> Ended:
    """Run `weekly ARGS` as cron would: no terminal, nobody's settings, nobody's home.

    `largest_file` bounds every file it writes, as a full disk does. Modules in the folders of `site` go
    before all others, and the program is imported from nothing, as where these folders were installed.
    """
    more = {"largest_file": largest_file, "site": [str(path) for path in site]}
    return _warm().start(_job(_words(args, folder, as_of), env or {}, cwd, **more)).ended()


def weekly_on_terminal(columns: int, *args: str | Path, folder: Path, as_of: str = "") -> Ended:
    """Run `weekly ARGS` with its standard output on a terminal that is so wide; control codes are kept."""
    ours, theirs = pty.openpty()
    written: list[bytes] = []
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        started = _warm().start(_job(_words(args, folder, as_of), {"TERM": "xterm"}), os.ttyname(theirs))
        started.wait(ours, written)
    finally:
        os.close(ours)
        os.close(theirs)
    return replace(started.ended(), stdout=b"".join(written).decode().replace("\r\n", "\n"))


def begin_weekly(*args: str | Path, folder: Path, as_of: str, env: Mapping[str, str]) -> Started:
    """Begin `weekly ARGS`, to be killed while it runs; no other command runs until it has ended."""
    return _warm().start(_job(_words(args, folder, as_of), env))


def run_program(module: str, *args: str | Path, env: Mapping[str, str]) -> Ended:
    """Run the `main` of a module of the tests with arguments, as `python -m MODULE ARGS` does."""
    return _warm().start(_job(_words(args, None, ""), env, program=module)).ended()


def _job(
    words: list[str], env: Mapping[str, str], cwd: Path = Path("/"), **more: object
) -> dict[str, object]:
    usual = {"program": "pipeline.cli", "largest_file": 0, "site": []}
    return {**usual, **more, "args": words, "cwd": str(cwd), "env": {**_ENVIRONMENT, **env}}


def start_weekly(
    *args: str | Path,
    folder: Path | None = None,
    as_of: str = "",
    env: Mapping[str, str] | None = None,
    cwd: Path = Path("/"),
    command: Sequence[str | Path] = (WEEKLY,),
) -> Ended:
    """Run `weekly ARGS` from nothing: a new interpreter, whose start `env` decides too."""
    return run(*command, *_words(args, folder, as_of), cwd=cwd, env={**_ENVIRONMENT, **(env or {})})


def run(*words: str | Path, cwd: Path, env: Mapping[str, str]) -> Ended:
    """Run a program in a process of its own, with nothing to read."""
    done = subprocess.run(
        words,
        check=False,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        timeout=PATIENCE_S,
        env=env,
    )
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


def _words(args: Sequence[str | Path], folder: Path | None, as_of: str) -> list[str]:
    words = [*(("-C", folder) if folder else ()), *(("--as-of", as_of) if as_of else ()), *args]
    return [str(word) for word in words]


def must(ended: Ended) -> Ended:
    """Go on only when a command of a test's preparation went well."""
    assert ended.code == 0, ended
    return ended


def init_example(folder: Path) -> Path:
    """Make the example newsletter as its user would; its content has been parsed before."""
    return _copy("new", folder)


def make_example(folder: Path) -> Path:
    """Make the example newsletter as its user would, with the twelve example readers."""
    return _copy("with readers", folder)


def make_sent_example(folder: Path) -> Path:
    """Make the example newsletter with its readers, and send them 2026-W48 when it is due."""
    return _copy("sent", folder)


def make_owed_example(folder: Path) -> Path:
    """Make the example newsletter with 2026-W48 frozen for its readers, and nothing of it sent."""
    make_sent_example(folder)
    query(folder, "UPDATE delivery SET state = 0, attempts = 0")
    query(folder, "UPDATE issue SET state = 4, ended_at = NULL")
    shutil.rmtree(folder / "var" / "outbox")
    return folder


def _copy(stage: str, folder: Path) -> Path:
    return shutil.copytree(_original(stage), folder, dirs_exist_ok=True)


@functools.cache
def _original(stage: str) -> Path:
    """Return a folder to copy, made once in this process by the commands of its user."""
    from support.warm import give_parse_cache

    kept = tempfile.TemporaryDirectory(prefix="weekly-original-")
    atexit.register(kept.cleanup)
    folder = Path(kept.name) / "letter"
    if stage == "new":
        must(weekly("init", folder, "--example"))
        give_parse_cache(folder)
    elif stage == "with readers":
        init_example(folder)
        must(weekly("subscribers", "import", READERS, *CONSENT, folder=folder, as_of="2026-11-20T08:00Z"))
    else:
        make_example(folder)
        ended = weekly("run", folder=folder, as_of=DUE)
        assert (ended.code, ended.stdout, ended.stderr) == (0, "", ""), ended
    return folder


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Digest and time of change of every file below a folder; folders are there by name.

    SQLite makes and removes an empty `-wal` and a `-shm` even to read, so a folder's own time says nothing.
    """
    return {
        str(path.relative_to(folder)): ("", 0)
        if path.is_dir()
        else (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
    }


def outbox(folder: Path) -> list[str]:
    """Names of the letters that were delivered into the outbox."""
    return sorted(path.name for path in (folder / "var" / "outbox").glob("*.eml"))


def query(folder: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Ask the newsletter's database, past the program."""
    connection = sqlite3.connect(folder / "var" / "weekly.db")
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def edit(path: Path, old: str, new: str) -> None:
    """Change the first place where a file says `old`."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} does not say {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
