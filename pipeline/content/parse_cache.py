"""Parsed content files, kept below `var/` so that only what has changed is parsed again.

Every reading uses the cache, and what writes a lock writes it. It may be deleted at any moment; a cache that
is damaged, foreign or of another version is ignored, and one that cannot be written does no harm.
"""

from __future__ import annotations

import hashlib
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import markdown_it
import yaml

from pipeline.files import read_sealed, write_sealed
from pipeline.json_values import Form
from pipeline.model.content import Term, Tip
from pipeline.model.problem import Problem

FILE = "var/cache/content"
LARGEST_BYTES = 64 * 1024 * 1024
"""A larger cache is neither read nor written; ten thousand files of 5 kB come to about 50 MB."""

Entry = TypeVar("Entry", Term, Tip)
Parse = Callable[[str, bytes], tuple[Entry | None, tuple[Problem, ...]]]
"""Parse the bytes of a file as if it stood at a path: its value, None after an error, and its problems."""


class EntryVisitor(Protocol):
    """Looks at entries as soon as they are read."""

    def __call__(self, entry: Entry, raw: bytes) -> Entry:
        """Return what to keep of an entry; `raw` are the bytes of its file."""


_FORMS: Mapping[type, Form[Any]] = {kind: Form(kind) for kind in (Term, Tip)}


class ParseCache:
    """The values of the files of one newsletter folder that were parsed without a problem.

    It holds what the last reading asked for and nothing else, so that it never outgrows the content.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known: Mapping[str, str | Term | Tip] = dict(_read_lines(self._path))
        self._stored = frozenset(self._known)
        self._used: dict[str, Term | Tip] = {}

    def start(self) -> None:
        """Start a reading of everything: forget what the one before did not ask for."""
        self._known, self._used = self._used or self._known, {}

    def wrap(self, kind: type[Entry], parse: Parse[Entry], seen: EntryVisitor | None = None) -> Parse[Entry]:
        """Return a function that returns what `parse` does, from the cache if these bytes are known.

        With `seen` it returns what that makes of an entry, and nothing is kept for the cache.
        """

        def parse_once(path: str, raw: bytes) -> tuple[Entry | None, tuple[Problem, ...]]:
            key = hashlib.blake2b(b"%b\0%b" % (path.encode(), raw), digest_size=16).hexdigest()
            known = self._known.get(key)
            value = _load(kind, known) if isinstance(known, str) else known
            problems: tuple[Problem, ...] = ()
            if not isinstance(value, kind):
                value, problems = parse(path, raw)
            if value is not None and seen is not None:
                return seen(value, raw), problems
            if value is not None and not problems:
                self._used[key] = value
            return value, problems

        return parse_once

    def save(self) -> None:
        """Write the cache if it has changed and the folder has a `var/`, all at once or not at all."""
        entries = dict(self._used)
        if entries.keys() == self._stored or not self._path.parent.parent.is_dir():
            return
        body = "".join(f"{key} {line}\n" for key, value in entries.items() for line in _dump(value))
        if len(body) <= LARGEST_BYTES:
            write_sealed(self._path, _version(), body.encode())
            self._stored = frozenset(entries)


def _dump(value: Term | Tip) -> Iterator[str]:
    """Write a value as one line; nothing if JSON cannot hold it, as half of a character."""
    with suppress(ValueError):
        yield _FORMS[type(value)].write(value)


def _load(kind: type[Entry], line: str) -> Entry | None:
    """Build a value again; None where that fails, as for a number of more than 4,300 digits."""
    with suppress(ValueError):
        value: Entry = _FORMS[kind].read_line(line)
        return value
    return None


def _read_lines(path: Path) -> dict[str, str]:
    """Read the stored values by key; none unless the file is whole and of this version."""
    body = read_sealed(path, _version(), LARGEST_BYTES)
    return dict(line.split(" ", 1) for line in body.decode().split("\n")[:-1])


@cache
def _version() -> bytes:
    """Fingerprint all that decides how a file is read: this code, its values, parsers and Unicode tables."""
    found = hashlib.blake2b(digest_size=32)
    here = Path(__file__).parent
    package = here.parent
    ours = (*here.glob("*.py*"), *(package / "model").glob("content.py*"), *package.glob("json_values.py*"))
    for source in sorted(ours):
        found.update(source.read_bytes())
    parsers = (yaml.__version__, yaml.__with_libyaml__, markdown_it.__version__)
    found.update(repr((parsers, sys.version, unicodedata.unidata_version)).encode())
    return found.digest()
