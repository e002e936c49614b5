"""What a week's news came to, kept while all that it depends on is the same: in memory, and below `var/`.

The file may be deleted at any moment; one that is damaged, foreign or of another version is ignored, and one
that cannot be written does no harm. Of two processes that write it at once the last one's stays.
"""

from __future__ import annotations

import hashlib
import sys
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.feeds.snapshot import Brought, parse_snapshot
from pipeline.files import read_if_there, read_sealed, write_sealed
from pipeline.issue.lock_inputs import digest_news
from pipeline.json_values import Form
from pipeline.model.content import Catalogue
from pipeline.model.locations import snapshot_path
from pipeline.model.news import Item, Snapshot
from pipeline.model.past import Past
from pipeline.model.wishes import Wishes
from pipeline.news.filters import Harm, find_harm
from pipeline.pick.news import ReadNews, read_news
from pipeline.pick.selection import Selection
from pipeline.plugins.installed import find_version
from pipeline.plugins.sections import find_section, news_sections

FILE = "var/cache/news"
LARGEST_BYTES = 16 * 1024 * 1024
"""A larger file is not read. What one week came to is some 20 kB (measured), whatever its feeds brought."""
KEPT = 8
"""So many weeks are kept; of the nine that the studio plans, those far ahead have no news yet."""

_FORM = Form(ReadNews)
_LIBRARIES = ("idna", "rapidfuzz", "url_normalize")

_Value = TypeVar("_Value")


class _Recent(Generic[_Value]):
    """The values that were asked for last, by their keys; read and changed under the lock of their cache."""

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self.values: dict[str, _Value] = {}

    def find(self, key: str) -> _Value | None:
        """Find a value, which is then kept longest."""
        with self._lock:
            value = self.values.pop(key, None)
            return value if value is None else self.keep(key, value)

    def keep(self, key: str, value: _Value) -> _Value:
        """Keep a value, and forget the one that was not asked for longest when they are too many."""
        with self._lock:
            self.values[key] = value
            if len(self.values) > KEPT:
                self.values.pop(next(iter(self.values)))
        return value


class NewsCache:
    """The news of one newsletter folder: snapshots as they were read, and what was chosen of them.

    The threads of the studio share it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._brought: _Recent[Brought] = _Recent(self._lock)
        self._digests: _Recent[tuple[Snapshot, str]] = _Recent(self._lock)
        self._harms: _Recent[tuple[tuple[Item, ...], Mapping[str, Harm]]] = _Recent(self._lock)
        self._read: _Recent[ReadNews] = _Recent(self._lock)
        self._stored: dict[str, str] | None = None

    def read_week(self, week: str) -> Brought:
        """Return what `read_brought` does; the file is parsed only when its bytes are others."""
        path = snapshot_path(week)
        raw = read_if_there(self._folder / path) or b""
        if not raw:
            return Brought()
        key = f"{path} {hashlib.blake2b(raw).hexdigest()}"
        return self._brought.find(key) or self._brought.keep(key, parse_snapshot(raw, path))

    def digest(self, snapshot: Snapshot) -> str:
        """Return what `digest_news` does."""
        known = self._digests.find(str(snapshot.at))
        if known is None or not _is_same(known[0], snapshot):
            known = self._digests.keep(str(snapshot.at), (snapshot, digest_news(snapshot)))
        return known[1]

    def find_harms(self, week: str, items: tuple[Item, ...]) -> Mapping[str, Harm]:
        """Return what `find_harm` finds in the items of a week, by their ids."""
        known = self._harms.find(week)
        if known is None or known[0] != items:
            harms = {item.id: harm for item in items if (harm := find_harm(item))}
            known = self._harms.keep(week, (items, harms))
        return known[1]

    def read(
        self,
        catalogue: Catalogue,
        past: Sequence[Past],
        wishes: Wishes,
        rules: Selection,
        snapshot: Snapshot,
    ) -> ReadNews:
        """Return what `read_news` does."""
        if not snapshot.items and not snapshot.jobs:
            return read_news(catalogue, past, wishes, rules, snapshot)
        # All that `read_news` depends on; the names of terms are all of them that it reads.
        seen = (
            self.digest(snapshot),
            snapshot.feeds,
            sorted(snapshot.closed.items()),
            [(term.slug, term.title, term.full_name, term.aliases) for term in catalogue.terms],
            [(one.stories, one.mentions, one.items) for one in past],
            wishes.items,
            rules.news,
            [find_section(name) for name in news_sections()],
        )
        key = hashlib.blake2b(repr(seen).encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
        known = self._read.find(key) or self._load(key)
        return known or self._read.keep(key, read_news(catalogue, past, wishes, rules, snapshot))

    def save(self) -> None:
        """Write what was read if it is new and the folder has a `var/`."""
        with self._lock:
            self._save()

    def _save(self) -> None:
        path = self._folder / FILE
        if self._read.values.keys() <= (self._stored or {}).keys() or not path.parent.parent.is_dir():
            return
        lines = dict(list((self._stored or {}).items())[-KEPT:])
        for key, value in self._read.values.items():
            lines.pop(key, None)
            with suppress(ValueError):  # half of a character, which JSON cannot hold
                lines[key] = _FORM.write(value)
        self._stored = dict(list(lines.items())[-KEPT:])
        body = "".join(f"{key} {line}\n" for key, line in self._stored.items())
        write_sealed(path, _version(), body.encode())

    def _load(self, key: str) -> ReadNews | None:
        with self._lock:
            if self._stored is None:
                lines = read_sealed(self._folder / FILE, _version(), LARGEST_BYTES).decode().split("\n")[:-1]
                self._stored = dict(line.split(" ", 1) for line in lines)
            line = self._stored.get(key)
        if line is None:
            return None
        with suppress(ValueError):
            return self._read.keep(key, _FORM.read_line(line))
        return None


def _is_same(one: Snapshot, other: Snapshot) -> bool:
    """Check whether two snapshots have one digest; 90000 equals 90000.0, but is written differently."""
    return one == other and repr((one.jobs, one.feeds)) == repr((other.jobs, other.feeds))


@cache
def _version() -> bytes:
    """Fingerprint what decides how news are read: this code, its values, libraries and Unicode tables."""
    found = hashlib.blake2b(digest_size=32)
    here = Path(__file__).parent
    for pattern in ("news/*.py*", "pick/*.py*", "model/*.py*", "plugins/*.py*", "json_values.py*"):
        for source in sorted(here.parent.glob(pattern)):
            found.update(source.read_bytes())
    libraries = [find_version(name) for name in _LIBRARIES]
    found.update(repr((libraries, sys.version, unicodedata.unidata_version)).encode())
    return found.digest()
