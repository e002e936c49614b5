"""Reads files that may be missing; replaces files atomically and durably."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.errors import FileError


def read_if_there(path: Path) -> bytes | None:
    """Return the bytes of a file, None if it is missing; raises FileError if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(path, error, "check its permissions") from error


def replace_file(path: Path, text: str, *, is_durable: bool = True) -> None:
    """Replace a file atomically, making its folder; raises FileError.

    A reader sees the old text or the new one, also after a power cut unless `is_durable` is false, which
    saves waiting for the disk.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
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


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
