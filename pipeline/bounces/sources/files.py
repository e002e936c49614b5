"""Mails in files: a Maildir, an mbox, a single mail, or a stream."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from pipeline.bounces.ingest import MailSource, StoredMail
from pipeline.bounces.parse.parts import MAX_BYTES
from pipeline.errors import FileError, PipelineError
from pipeline.files import replace_file

STRAYS = "var/strays"
"""Mails from standard input that are for a person, by a hash of what they hold."""
_SEEN = "S"


def open_path(path: Path) -> MailSource:
    """Open a Maildir (a folder with `new` and `cur`), or a file that is an mbox or one mail."""
    if path.is_dir():
        if not (path / "new").is_dir() or not (path / "cur").is_dir():
            raise PipelineError(f"{path}: is not a Maildir, which has the folders `new` and `cur`")
        return Maildir(path)
    return MailFile(path)


class Maildir:
    """A Maildir (https://cr.yp.to/proto/maildir.html); what is done moves to `cur` as seen."""

    name = "maildir"
    waiting = 0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self) -> Iterator[StoredMail]:
        """Yield the mails that are not seen, by their names, which begin with the time."""
        found = [
            path
            for place in ("new", "cur")
            for path in (self._folder / place).iterdir()
            if not path.name.startswith(".") and _SEEN not in path.name.partition(":2,")[2]
        ]
        for path in sorted(found, key=lambda each: each.name):
            try:
                with path.open("rb") as file:
                    raw = file.read(MAX_BYTES)
            except FileNotFoundError:
                continue  # another program has moved it
            except OSError as error:
                raise FileError(path, error, "make it readable for the user that runs weekly") from error
            yield StoredMail(str(path), raw, str(path))

    def finish(self, done: Sequence[str], left: Sequence[str]) -> None:  # noqa: ARG002 - the port's name
        """Move what is done to `cur`, with the flag S."""
        for key in done:
            path = Path(key)
            base, _, flags = path.name.partition(":2,")
            try:
                path.rename(self._folder / "cur" / f"{base}:2,{''.join(sorted({*flags, _SEEN}))}")
            except FileNotFoundError:
                continue
            except OSError as error:
                raise FileError(path, error, "the mails are counted; let weekly move them") from error

    def close(self) -> None:
        """Close nothing."""


class MailFile:
    """An mbox or a single mail; it is never changed: what it holds counts once however often it is read."""

    name = "file"
    waiting = 0

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Iterator[StoredMail]:
        """Yield the mails of the file in their order."""
        try:
            with self._path.open("rb") as file:
                yield from split_mails(file, str(self._path))
        except OSError as error:
            raise FileError(self._path, error, "give a Maildir, an mbox file or one mail") from error

    def finish(self, done: Sequence[str], left: Sequence[str]) -> None:
        """Change nothing."""

    def close(self) -> None:
        """Close nothing."""


class MailStream:
    """What another program pipes in: one mail, or an mbox. What stays for a person is kept in a folder."""

    name = "stdin"
    waiting = 0

    def __init__(self, stream: BinaryIO, strays: Path) -> None:
        self._stream = stream
        self._strays = strays
        self._mails: dict[str, bytes] = {}

    def read(self) -> Iterator[StoredMail]:
        """Yield the mails of the stream."""
        for mail in split_mails(self._stream, "stdin"):
            self._mails[mail.key] = mail.raw
            yield mail

    def finish(self, done: Sequence[str], left: Sequence[str]) -> None:
        """Keep what is left, which nobody else has: the program that piped it in deletes what was taken."""
        for key in left:
            raw = self._mails[key]
            replace_file(self._strays / f"{hashlib.sha256(raw).hexdigest()[:16]}.eml", raw)
        for key in (*done, *left):
            del self._mails[key]

    def close(self) -> None:
        """Close nothing."""


def split_mails(lines: Iterable[bytes], name: str) -> Iterator[StoredMail]:
    """Split an mbox at the lines that begin with `From ` after an empty one; anything else is one mail.

    Of each mail no more is kept than is read of it.
    """
    mail, number, is_empty = bytearray(), 0, True
    is_mbox = False
    for line in lines:
        if is_empty and line.startswith(b"From ") and (is_mbox or not mail):
            if is_mbox:
                yield StoredMail(str(number), bytes(mail), f"{name}, mail {number}")
            mail, number, is_mbox = bytearray(), number + 1, True
        elif len(mail) < MAX_BYTES:
            mail += line
        is_empty = not line.strip()
    if is_mbox or mail.strip():
        yield StoredMail(str(number), bytes(mail), f"{name}, mail {number}" if is_mbox else name)
