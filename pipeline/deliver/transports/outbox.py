"""A folder of `.eml` files instead of a relay: every message appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.deliver.transport import BeforeHandover, Stage, TransportContext, TransportError, TransportSpec
from pipeline.files import resolve
from pipeline.model.delivery import AttemptOutcome, Envelope, Verdict

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]|\A[.-]")
_MAX_NAME_CHARS = 120
"""Of a file's name: half of the 255 bytes that common file systems allow, endings left out."""
_TEMPORARY = {errno.ENOSPC, errno.EDQUOT}


class Outbox:
    """Writes `<ref>.eml` into `folder`, which is made when needed; sending again replaces the file.

    Files are readable by their owner only, for they hold addresses. They are not synced to the disk
    one by one: a killed process loses none, a power failure may lose the last.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def open(self) -> OutboxSession:
        """Create the folder; TransportError at stage `write` when that fails."""
        with _as_transport_error(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        return OutboxSession(self._folder)

    def find_file(self, ref: str) -> Path:
        """Return the file of a message."""
        return self._folder / file_name(ref)

    async def recall(self, ref: str) -> Verdict | None:
        """Look for the file: `.eml` was sent, `.part` was not and is removed; None without either.

        An empty `.eml` is what a power failure leaves of a file, so it was not sent.
        """
        with _as_transport_error(self._folder):
            return _recall(*(Path(path) for path in _paths(os.fspath(self._folder), ref)))


class OutboxSession:
    """Writes one file at a time; the dot is the rename."""

    usable = True

    def __init__(self, folder: Path) -> None:
        self._folder = os.fspath(folder)

    async def send(
        self, envelope: Envelope, message: bytes, before_handover: BeforeHandover
    ) -> AttemptOutcome:
        """Write the message to a temporary file, then rename it."""
        part, place = _paths(self._folder, envelope.ref)
        try:
            with _as_transport_error(self._folder):
                _write(part, message)
            await before_handover()
            with _as_transport_error(self._folder):
                os.replace(part, place)  # noqa: PTH105 - Path costs as much as the rename, and this runs per reader
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)  # noqa: PTH108 - as above
            raise
        return AttemptOutcome(Verdict.SENT)

    async def close(self) -> None:
        """Nothing is held open."""


def file_name(ref: str) -> str:
    """Return the file name of a message; a ref that is not a safe name is cleaned and gets a digest."""
    safe = _UNSAFE.sub("_", ref)[:_MAX_NAME_CHARS]
    if ref and safe == ref:
        return f"{ref}.eml"
    digest = hashlib.blake2b(ref.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return f"{safe or '_'}-{digest}.eml"


def _paths(folder: str, ref: str) -> tuple[str, str]:
    """Return where a message is written, and where it is once it was sent."""
    name = file_name(ref)
    return f"{folder}/.{name}.part", f"{folder}/{name}"


def _recall(part: Path, place: Path) -> Verdict | None:
    is_known = part.exists() or place.exists()
    part.unlink(missing_ok=True)
    if place.exists() and place.stat().st_size:
        return Verdict.SENT
    place.unlink(missing_ok=True)
    return Verdict.NOT_SENT if is_known else None


def _write(path: str, message: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    try:
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(file, rest) :]
    finally:
        os.close(file)


@contextlib.contextmanager
def _as_transport_error(folder: Path | str) -> Iterator[None]:
    """Turn an error of the file system into a TransportError."""
    try:
        yield
    except OSError as error:
        raise TransportError(
            f"the outbox {folder} cannot be written: {(error.strerror or str(error)).lower()}",
            stage=Stage.WRITE,
            temporary=error.errno in _TEMPORARY,
        ) from error


FILES_AT_ONCE = 32
"""How many letters are written at a time: many at once make few, large transactions of the ledger."""


def _build(folder: str, context: TransportContext) -> Outbox:
    return Outbox(resolve(context.folder, folder))


TRANSPORT = TransportSpec("outbox", _build, is_public=False, connections=FILES_AT_ONCE)
