"""The documents of acts on many readers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from typing_extensions import TypedDict


class ReaderActRow(TypedDict):
    """One act on many readers, such as an import; `undo` takes its id."""

    id: int
    kind: str
    """`import`, `undo`, or the name of the command that acted."""
    started_at: datetime
    finished_at: datetime | None
    """Null while it is under way, and for good if it was cut off."""
    undone_at: datetime | None
    source: str | None
    wording: str | None
    given_at: datetime | None
    files: list[str]
    counts: Mapping[str, int]
    """Rows, or readers, by what became of them."""
    waiting: int
    """Readers of an unfinished import: they receive nothing until it is finished."""


class ImportsListed(TypedDict):
    """The imports, or with `--all` the acts of all kinds, the oldest first."""

    imports: list[ReaderActRow]


class KeptRow(TypedDict):
    """A reader whom an undo leaves as they are."""

    email: str | None
    """Null when the reader was erased."""
    reason: str


class ActUndone(TypedDict):
    """What undoing an act did, or would do."""

    id: int
    dry_run: bool
    removed: int
    """Readers whom the act had added."""
    restored: int
    """Readers who have their earlier name, tags or attributes again."""
    kept: list[KeptRow]
    """Readers who stay as they are, each with the reason; a reader can have two."""
