"""The lock file: the same bytes for the same choice, and a helpful word about any others."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.locks import LOCK, NAME

from pipeline.errors import AuthorError, FileError
from pipeline.issue.lock import read_lock, write_lock


def test_no_file_is_no_lock(tmp_path):
    assert read_lock(tmp_path, "2026-W48") is None


def test_a_lock_is_written_once(tmp_path):
    assert write_lock(tmp_path, LOCK) is True
    path = tmp_path / NAME
    before = path.stat()
    assert write_lock(tmp_path, LOCK) is False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert read_lock(tmp_path, "2026-W48") == LOCK
    assert write_lock(tmp_path, replace(LOCK, number=8)) is True
    assert read_lock(tmp_path, "2026-W48").number == 8
    assert list(path.parent.iterdir()) == [path]


def test_the_lock_of_another_week_is_refused(tmp_path):
    write_lock(tmp_path, LOCK)
    (tmp_path / NAME).rename(tmp_path / NAME.replace("W48", "W49"))
    with pytest.raises(AuthorError, match=r"2026-W49\.lock\.json: .* this is the lock of 2026-W48"):
        read_lock(tmp_path, "2026-W49")


def test_a_lock_that_cannot_be_read_or_written_is_the_operators(tmp_path):
    (tmp_path / NAME).mkdir(parents=True)
    with pytest.raises(FileError, match=r"lock\.json"):
        read_lock(tmp_path, "2026-W48")
    with pytest.raises(FileError, match=r"lock\.json"):
        write_lock(tmp_path, LOCK)


def test_bytes_that_are_no_text_are_the_authors(tmp_path):
    write_lock(tmp_path, LOCK)
    (tmp_path / NAME).write_bytes(b"\xff")
    with pytest.raises(AuthorError, match="not UTF-8"):
        read_lock(tmp_path, "2026-W48")
