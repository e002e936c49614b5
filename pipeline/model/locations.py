"""Paths of the files of a newsletter, relative to its folder."""

from __future__ import annotations

ISSUES = "content/issues"
HISTORY = f"{ISSUES}/history.jsonl"


def wishes_path(week: str) -> str:
    """Return the path of a week's wishes."""
    return f"{ISSUES}/{week}.toml"


def lock_path(week: str) -> str:
    """Return the path of a week's lock."""
    return f"{ISSUES}/{week}.lock.json"


def snapshot_path(week: str) -> str:
    """Return the path of a week's news items."""
    return f"{ISSUES}/{week}.items.jsonl"


def journal_path(week: str) -> str:
    """Return the path of a week's journal of acts."""
    return f"{ISSUES}/{week}.journal.jsonl"
