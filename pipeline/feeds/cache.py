"""The fetch cache in `var/feeds/`: validators, bodies by digest, first-seen times, health.

A broken or missing file costs one more fetch and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import fields
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline.errors import FileError
from pipeline.feeds.entries import Parsed, dump_parsed, iso_instant, load_parsed
from pipeline.feeds.state import FeedState, Seen
from pipeline.files import replace_file

FOLDER = "var/feeds"
PARSER = "1"
"""Part of every body's digest; raised when parsing gives other values: known bodies are then parsed again."""

_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_TEXTS = ("url", "etag", "last_modified", "digest", "moved_to", "reason")
_INSTANTS = ("checked_at", "succeeded_at", "try_at")


class Cache:
    """The files of `var/feeds/` below a newsletter folder; the folder is created at the first write.

    A write that fails is not an error: `error` keeps why the first one did, empty while all succeeded.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self.error = ""

    def load(self, slug: str) -> FeedState:
        """Return the state of a feed; an empty one when the file is missing or broken."""
        try:
            return _state_from_json(json.loads((self._folder / f"{slug}.json").read_bytes()))
        except _BROKEN:
            return FeedState()

    def save(self, slug: str, state: FeedState) -> None:
        """Write the state of a feed."""
        self._write(f"{slug}.json", json.dumps(_state_to_json(state), ensure_ascii=False).encode())

    def parsed(self, digest: str) -> Parsed | None:
        """Return what a body was parsed to; None when it has to be fetched and parsed again."""
        try:
            return load_parsed((self._folder / "parsed" / f"{digest}.json").read_bytes())
        except _BROKEN:
            return None

    def keep(self, digest: str, body: bytes, parsed: Parsed) -> None:
        """Write a body and what it was parsed to."""
        self._write(f"bodies/{digest}", body)
        self._write(f"parsed/{digest}.json", dump_parsed(parsed))

    def prune(self, slugs: Collection[str]) -> None:
        """Delete the state of every other feed, and every body that no remaining feed refers to."""
        needed = {self.load(slug).digest for slug in slugs}
        kept = [*self._folder.glob("bodies/*"), *self._folder.glob("parsed/*")]
        useless = [path for path in self._folder.glob("*.json") if path.stem not in slugs]
        useless += [path for path in kept if path.stem not in needed]
        for path in useless:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                self._note(FileError(path, error, "it is no longer needed; delete it"))

    def _write(self, name: str, content: bytes) -> None:
        """Replace a file atomically; without fsync, because what a power cut takes is fetched again."""
        try:
            replace_file(self._folder / name, content, is_durable=False)
        except FileError as error:
            self._note(error)

    def _note(self, error: FileError) -> None:
        self.error = self.error or str(error)


def make_body_digest(body: bytes, base: str) -> str:
    """Return the digest of a body; `base` is the URL that its relative links start from."""
    return blake2b(base.encode() + b"\0" + body, digest_size=20, person=f"feed{PARSER}".encode()).hexdigest()


def _state_to_json(state: FeedState) -> dict[str, Any]:
    seen = {
        key: [_iso(one.first_seen_at), _iso(one.published_at), one.is_new] for key, one in state.seen.items()
    }
    instants = {name: _iso(getattr(state, name)) for name in _INSTANTS}
    values = {field.name: getattr(state, field.name) for field in fields(state)}
    return values | instants | {"seen": seen}


def _state_from_json(tree: Mapping[str, Any]) -> FeedState:
    values: dict[str, Any] = {name: str(tree[name]) for name in _TEXTS}
    values |= {name: iso_instant(tree[name]) for name in _INSTANTS}
    seen = {
        str(key): Seen(_get_instant(first), iso_instant(published), bool(is_new))
        for key, (first, published, is_new) in tree["seen"].items()
    }
    return FeedState(**values, failures=int(tree["failures"]), seen=seen)


def _get_instant(value: object) -> datetime:
    at = iso_instant(value)
    if at is None:
        raise ValueError(f"{value!r} is not a date with a time")
    return at


def _iso(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
