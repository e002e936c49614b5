"""Reads files that may be missing; replaces files atomically and durably."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import FileError


def resolve(folder: Path, given: str) -> Path:
    """Return a path of the settings: a relative one starts at `folder`, `~` is the user's home."""
    try:
        return folder / Path(given).expanduser()
    except RuntimeError:  # there is no home
        return folder / given


def read_if_there(path: Path) -> bytes | None:
    """Return the bytes of a file, None if it is missing; raises FileError if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(path, error, "check its permissions") from error


def replace_file(path: Path, text: str | bytes, *, is_durable: bool = True) -> None:
    """Replace a file atomically, making its folder; raises FileError.

    A reader sees the old text or the new one, also after a power cut unless `is_durable` is false, which
    saves waiting for the disk.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("wb") as file:
                file.write(text.encode() if isinstance(text, str) else text)
                if is_durable:
                    file.flush()
                    os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if is_durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise FileError(path, error, "check the folder's permissions and the free space") from error


def replace_if_changed(path: Path, text: str) -> bool:
    """Replace a file if its content differs; returns whether it did. Raises FileError."""
    if read_if_there(path) == text.encode():
        return False
    replace_file(path, text)
    return True


def read_sealed(path: Path, version: bytes, most_bytes: int) -> bytes:
    """Return what `write_sealed` wrote; empty unless the file is whole, no larger, and of this version."""
    try:
        if not path.is_file() or path.stat().st_size > most_bytes:
            return b""
        seal, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return b""
    return body if seal == _seal(body, version) else b""


def write_sealed(path: Path, version: bytes, body: bytes) -> None:
    """Write a cache file all at once or not at all, under a checksum that depends on the version, too.

    One that cannot be written does no harm. `version` has 64 bytes at most.
    """
    with suppress(FileError):
        replace_file(path, _seal(body, version) + b"\n" + body, is_durable=False)


def _seal(body: bytes, version: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=32, key=version).hexdigest().encode()


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep other processes that hold the same folder waiting while the block runs; makes the folder.

    Network file systems that cannot lock a folder are not waited for; the writer compares before it writes.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise FileError(folder, error, "check that it is a folder you may read") from error
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def remove_file(path: Path) -> None:
    """Remove a file if it is there; raises FileError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise FileError(path, error, "check the folder's permissions") from error


def _sync_folder(folder: Path) -> None:
    """Sync a folder, so that the new name of a file survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
