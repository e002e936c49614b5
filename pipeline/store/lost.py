"""Recognises a database that is not the one of the newsletter's history: missing, empty, or older."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, text

from pipeline.errors import AuthorError, StoreUnusable
from pipeline.issue.history import read_history
from pipeline.model.locations import HISTORY
from pipeline.model.plurals import count_noun
from pipeline.store.reading import HISTORY_ACCEPTED
from pipeline.store.remedies import note
from pipeline.store.schema import check_schema, has_schema, upgrade
from pipeline.weeks import Week

KEPT_LETTERS = "var/letters"
_ACCEPTED = "SELECT max(detail) FROM event WHERE issue_id IS NULL AND kind = :kind"
_READER = "SELECT 1 FROM subscriber LIMIT 1"
_AGAIN = "restore the latest backup of the database"


@dataclass(frozen=True, slots=True)
class SentLetters:
    """The letters that went to readers, by the files of a newsletter: the weeks, oldest first."""

    history: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def words(self) -> str:
        """Where these letters are written down, for a message; empty without any."""
        for place, weeks in ((HISTORY, self.history), (KEPT_LETTERS, self.kept)):
            if weeks:
                return f"{place} has {count_noun(len(weeks), 'letter')} to readers, the latest of {weeks[-1]}"
        return ""


def read_sent(folder: Path) -> SentLetters:
    """Read which letters went to readers; raises AuthorError for a history that cannot be read."""
    history = (past.week for past in read_history(folder) if past.readers and not past.skipped)
    return SentLetters(tuple(history), list_kept_letters(folder))


def list_kept_letters(folder: Path) -> tuple[str, ...]:
    """List the weeks whose letter was kept as readers got it, oldest first."""
    place = folder / KEPT_LETTERS
    names = (path.name for path in place.iterdir()) if place.is_dir() else ()
    return tuple(sorted(name for name in names if _is_week(name)))


def find_newer(sent: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the weeks of letters that are newer than the newest one that a database knows.

    Nothing for a database that knows none: it belongs to another host, or its readers have just been moved.
    """
    newest = max(known, default="")
    return sorted(week for week in sent if newest and week > newest)


def refuse_new(folder: Path, place: str, cause: str = "missing") -> None:
    """Raise StoreUnusable where letters went to readers: no new database may take the place of a lost one."""
    if words := read_sent(folder).words:
        what = "is not there" if cause == "missing" else "has no tables"
        raise StoreUnusable(
            f"{place}: the database {what}, but {words}; {_AGAIN}, or begin without readers by "
            "`weekly db create --new`",
            cause,
        )


def refuse_lost(engine: Engine, folder: Path) -> None:
    """Raise StoreUnusable when the database is not the one that the history of a newsletter speaks of."""
    place = engine.url.render_as_string()
    if check_schema(engine) is None:
        refuse_new(folder, place, "empty" if _is_there(engine) else "missing")
        return
    has_readers, known, accepted = _look(engine)
    is_empty = not (has_readers or known)
    try:
        sent = read_sent(folder)
    except AuthorError:
        if is_empty:
            raise
        return  # a history that cannot be read keeps the next letter back, and nothing that is owed
    if is_empty and sent.words:
        raise StoreUnusable(
            f"{place}: the database has no readers, but {sent.words}; {_AGAIN}, or import the readers with "
            "`weekly subscribers import`",
            "empty",
        )
    newer = [week for week in find_newer(sent.history, known) if week > accepted]
    if newer:
        raise StoreUnusable(
            f"{place}: the database is older than {HISTORY}: it lacks {count_noun(len(newer), 'letter')} "
            f"({', '.join(newer[-3:])}), and readers who left since would get the next; {_AGAIN}, or go on "
            "with this one by `weekly db accept`",
            "outdated",
        )


def upgrade_known(engine: Engine, folder: Path, now: datetime, *, is_new: bool = False) -> Path | None:
    """Make or upgrade the database of a newsletter; returns as `upgrade` the copy of the old one.

    Without `is_new` it raises StoreUnusable where there is no database and letters went to readers.
    """
    if not is_new and check_schema(engine) is None:
        refuse_lost(engine, folder)
    return upgrade(engine, backups=folder / "var" / "backups", now=now)


def has_had_readers(engine: Engine, folder: Path) -> bool:
    """Return whether there are readers in the database, or letters to readers where there is none."""
    if not has_schema(engine):
        return bool(read_sent(folder).words)
    with engine.connect().execution_options(reading=True) as connection:
        return connection.execute(text(_READER)).first() is not None


def require_store(engine: Engine, folder: Path) -> None:
    """Raise StoreUnusable when there is no database with the readers of a newsletter; never make one."""
    if check_schema(engine) is None:
        refuse_lost(engine, folder)
        cause = "empty" if _is_there(engine) else "missing"
        raise StoreUnusable(
            f"{engine.url.render_as_string()}: the database is {cause}; `weekly db create` makes it, and so "
            "does the first import of readers",
            cause,
        )
    with engine.connect().execution_options(reading=True) as connection:
        has_readers = connection.execute(text(_READER)).first() is not None
    if not has_readers:
        refuse_lost(engine, folder)


def list_unknown(engine: Engine, folder: Path) -> Sequence[str]:
    """List the weeks of letters that are newer than the database, without those that were accepted."""
    _, known, accepted = _look(engine)
    return [week for week in find_newer(read_sent(folder).history, known) if week > accepted]


def accept_older(engine: Engine, week: str, now: datetime) -> None:
    """Record that a person goes on with a database that lacks the letters until that of `week`."""
    with engine.begin() as connection:
        note(connection, now, HISTORY_ACCEPTED, None, week)


def _look(engine: Engine) -> tuple[bool, list[str], str]:
    """Return whether there are readers, the weeks of all issues, and the latest week that was accepted."""
    with engine.connect().execution_options(reading=True) as connection:
        has_readers = connection.execute(text(_READER)).first() is not None
        known = [row[0] for row in connection.execute(text("SELECT week FROM issue"))]
        accepted = connection.execute(text(_ACCEPTED), {"kind": HISTORY_ACCEPTED}).scalar()
    return has_readers, known, accepted or ""


def _is_there(engine: Engine) -> bool:
    return engine.dialect.name != "sqlite" or Path(str(engine.url.database)).exists()


def _is_week(name: str) -> bool:
    try:
        return str(Week.parse(name)) == name
    except ValueError:
        return False
