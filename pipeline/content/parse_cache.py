"""Parsed content files, kept below `var/` so that only what has changed is parsed again.

The cache may be deleted at any moment. One that is damaged, foreign or of another version is ignored, and one
that cannot be written does no harm.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TypeVar

import markdown_it
import yaml

from pipeline.errors import FileError
from pipeline.files import replace_file
from pipeline.model.content import Faq, Mistake, Season, Term, Tip
from pipeline.model.problem import Problem

FILE = "var/cache/content"
LARGEST_BYTES = 64 * 1024 * 1024
"""A larger cache is neither read nor written; ten thousand files of 5 kB come to about 50 MB."""

_PARTS: Mapping[str, type] = {"mistakes": Mistake, "seasons": Season, "faqs": Faq}

Entry = TypeVar("Entry", Term, Tip)
Parse = Callable[[str, bytes], tuple[Entry | None, tuple[Problem, ...]]]
"""Parse the bytes of a file as if it stood at a path: its value, None after an error, and its problems."""


class ParseCache:
    """The files of one newsletter folder that were parsed without a problem.

    `save` writes what was asked for since it was opened and nothing else, so that the cache never grows
    beyond the content itself.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._is_kept = (folder / "var").is_dir()
        self._stored = _read_lines(self._path)
        self._used: dict[str, str] = {}

    def wrap(self, kind: type[Entry], parse: Parse[Entry]) -> Parse[Entry]:
        """Return a function that returns what `parse` does, from the cache if these bytes are known."""

        def parse_once(path: str, raw: bytes) -> tuple[Entry | None, tuple[Problem, ...]]:
            key = hashlib.blake2b(b"%b\0%b" % (path.encode(), raw), digest_size=16).hexdigest()
            if key in self._stored:
                self._used[key] = self._stored[key]
                return _load(kind, self._stored[key]), ()
            value, problems = parse(path, raw)
            if self._is_kept and value is not None and not problems:
                with suppress(ValueError):  # an endlessly long number, written in hexadecimal
                    self._used[key] = json.dumps(value, default=_list_fields)
            return value, problems

        return parse_once

    def save(self) -> None:
        """Write the cache if it has changed and the folder has a `var/`, all at once or not at all."""
        if not self._is_kept or self._used.keys() == self._stored.keys():
            return
        body = "".join(f"{key} {line}\n" for key, line in self._used.items())
        if len(body) <= LARGEST_BYTES:
            with suppress(FileError):  # a folder that cannot be written to is read without a cache
                replace_file(self._path, f"{_seal(body.encode())}\n{body}", is_durable=False)


def _list_fields(value: object) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value)}  # type: ignore[arg-type]


def _load(kind: type[Entry], line: str) -> Entry:
    """Make the value again whose fields were written as JSON, where tuples are lists."""
    values = json.loads(line)
    for name, value in values.items():
        if isinstance(value, list):
            part = _PARTS.get(name)
            values[name] = tuple(part(**each) if part else each for each in value)
    return kind(**values)


def _read_lines(path: Path) -> dict[str, str]:
    """Read the stored values by key; none unless the file is whole and of this version."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_BYTES:
            return {}
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return {}
    if seal != _seal(body).encode():
        return {}
    return dict(line.split(" ", 1) for line in body.decode().split("\n")[:-1])


def _seal(body: bytes) -> str:
    """Compute a checksum that depends on the version, too."""
    return hashlib.blake2b(body, digest_size=32, key=_version()).hexdigest()


@cache
def _version() -> bytes:
    """Fingerprint all that decides how a file is read: this code, its values, parsers and Unicode tables."""
    found = hashlib.blake2b(digest_size=32)
    here = Path(__file__).parent
    for source in sorted((*here.glob("*.py*"), *(here.parent / "model").glob("content.py*"))):
        found.update(source.read_bytes())
    parsers = (yaml.__version__, yaml.__with_libyaml__, markdown_it.__version__)
    found.update(repr((parsers, sys.version, unicodedata.unidata_version)).encode())
    return found.digest()
