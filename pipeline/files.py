"""Writes a file so that whoever reads it sees all of it or the old one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.errors import FileError


def replace_file(path: Path, text: str) -> None:
    """Put a text in a file's place at once and for good, making its folder; raises FileError.

    Whoever reads meanwhile sees the old text or the new one, also after a power cut.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                shutil.copymode(path, temporary)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise FileError(path, error, "check the folder's permissions and the free space") from error


def _sync_folder(folder: Path) -> None:
    """Make the new name of a file survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
