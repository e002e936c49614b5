"""Remembers that a run had nothing to do, so that the next one need not find it out again.

Cron calls `weekly run` every few minutes and nearly always there is nothing to do. A run that found so, and
printed nothing, notes how long that is true, with a digest of everything it depends on: settings,
environment, history, issues and program. The next run compares, before anything heavy is imported; whatever
differs, or cannot be read, is a reason to look properly. The note may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline import __version__
from pipeline.model.issue_state import IssueState
from pipeline.model.locations import HISTORY
from pipeline.resources import find_user_cache

ENDED = (IssueState.SENT, IssueState.SENT_WITH_PROBLEMS, IssueState.CANCELLED)
"""The states in which nothing of an issue is owed whatever the time; any other is looked at properly."""

_MIGRATIONS = Path(__file__).parent.parent / "store" / "migrations" / "versions"
_LIBRARIES = tuple(Path(place) for place in sys.path if place.endswith("-packages"))
"""Where the libraries are: installing or removing one changes the folder."""


@dataclass(frozen=True, slots=True)
class IdlePlace:
    """The newsletter that a note is about: its folder and its settings; the environment is the process's."""

    folder: Path
    config: Path

    @property
    def note(self) -> Path:
        """The file of the note, in the user's cache: an idle run changes nothing in the newsletter."""
        name = hashlib.sha256(os.fsencode(self.folder.absolute())).hexdigest()[:32]
        return find_user_cache() / f"idle-{name}.json"

    def read_inputs(self, database: str) -> str:
        """Return a digest of everything that the decision depends on, besides the time.

        `database` is the path of the SQLite file, which may be missing. Empty when an issue has not ended,
        or something cannot be read.
        """
        digest = hashlib.sha256()
        try:
            for part in (*self._facts(), *_issues(Path(database))):
                digest.update(f"{len(part)}:".encode() + part)
        except (OSError, ValueError, sqlite3.Error):
            return ""
        return digest.hexdigest()

    def _facts(self) -> Iterator[bytes]:
        libraries = [(place, place.stat().st_mtime_ns) for place in _LIBRARIES if place.exists()]
        migrations = sorted(path.name for path in _MIGRATIONS.iterdir())
        yield repr(
            (__version__, sys.version, libraries, migrations, self.folder.absolute(), self.config.absolute())
        ).encode()
        for name, value in sorted(os.environ.items()):
            if name.lower().startswith("weekly_"):
                yield f"{name}={value}".encode("utf-8", "surrogateescape")
                if name.lower().endswith("_file"):
                    yield _read(Path(value))
        for path in (self.config, self.folder / ".secrets", self.folder / HISTORY):
            yield _read(path)


def is_idle(place: IdlePlace, now: datetime) -> bool:
    """Return whether the note of an earlier run still holds: a run would do nothing and print nothing."""
    try:
        note = json.loads(place.note.read_bytes())
        if not note["from"] <= now.timestamp() < note["until"]:
            return False
        return bool(note["inputs"]) and place.read_inputs(note["database"]) == note["inputs"]
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        return False


def write_note(database: str, inputs: str, span: tuple[datetime, datetime]) -> str:
    """Return the note that there is nothing to do from one instant until another."""
    start, end = (at.timestamp() for at in span)
    return json.dumps({"from": start, "until": end, "database": database, "inputs": inputs}) + "\n"


def _read(path: Path) -> bytes:
    try:
        return b"+" + path.read_bytes()
    except FileNotFoundError:
        return b"-"


def _issues(database: Path) -> Iterator[bytes]:
    """Yield the schema and the issues of a database; raises ValueError when one of them has not ended."""
    yield os.fsencode(database)
    if not database.exists():
        return
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield repr(connection.execute("SELECT version_num FROM alembic_version").fetchall()).encode()
        for week, state, past in connection.execute("SELECT week, state, past FROM issue ORDER BY id"):
            if state not in ENDED:
                raise ValueError(f"{week} has not ended")
            yield repr((week, state, past)).encode()
