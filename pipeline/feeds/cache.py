"""What fetching remembers, in `var/feeds/`: validators, bodies by digest, first-seen times, health.

Only a cache: a file that is broken or lost costs one more fetch and nothing else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from pipeline.errors import FileError
from pipeline.feeds.entries import Parsed, iso_instant, parsed_from_json, parsed_to_json
from pipeline.feeds.state import FeedState, Seen

FOLDER = "var/feeds"
PARSER = "1"
"""Part of every digest: a change of what parsing gives makes known bodies unknown."""

_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Cache:
    """The files of `var/feeds/` below a newsletter folder; made at the first write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def load(self, slug: str) -> FeedState:
        """Read what is known of a feed; an empty state when that is nothing, or broken."""
        try:
            return _state_from_json(json.loads((self._folder / f"{slug}.json").read_bytes()))
        except _BROKEN:
            return FeedState()

    def save(self, slug: str, state: FeedState) -> None:
        """Remember a feed; raises FileError."""
        self._put(f"{slug}.json", json.dumps(_state_to_json(state), ensure_ascii=False).encode())

    def parsed(self, digest: str) -> Parsed | None:
        """Read what a body was parsed to; None when it has to be fetched and parsed again."""
        try:
            return parsed_from_json(json.loads((self._folder / "parsed" / f"{digest}.json").read_bytes()))
        except _BROKEN:
            return None

    def keep(self, digest: str, body: bytes, parsed: Parsed) -> None:
        """Remember a body and what it was parsed to; raises FileError."""
        self._put(f"bodies/{digest}", body)
        self._put(f"parsed/{digest}.json", json.dumps(parsed_to_json(parsed), ensure_ascii=False).encode())

    def prune(self, slugs: Collection[str]) -> None:
        """Forget the feeds that are not among these, and every body that no feed has any more.

        Raises FileError, but not before everything was tried.
        """
        needed = {self.load(slug).digest for slug in slugs}
        kept = [*self._folder.glob("bodies/*"), *self._folder.glob("parsed/*")]
        useless = [path for path in self._folder.glob("*.json") if path.stem not in slugs]
        useless += [path for path in kept if path.stem not in needed]
        failed: FileError | None = None
        for path in useless:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                failed = FileError(path, error, "it is no longer needed; delete it")
        if failed is not None:
            raise failed

    def _put(self, name: str, content: bytes) -> None:
        """Write at once; not for good, because what a power cut takes is fetched again."""
        path = self._folder / name
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(content)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise FileError(path, error, "check the folder's permissions and the free space") from error


def digest_of(body: bytes, base: str) -> str:
    """Tell one body from another; `base` is where its links start."""
    return blake2b(base.encode() + b"\0" + body, digest_size=20, person=f"feed{PARSER}".encode()).hexdigest()


def _state_to_json(state: FeedState) -> dict[str, Any]:
    return {
        "url": state.url,
        "etag": state.etag,
        "last_modified": state.last_modified,
        "digest": state.digest,
        "moved_to": state.moved_to,
        "checked_at": _iso(state.checked_at),
        "succeeded_at": _iso(state.succeeded_at),
        "failures": state.failures,
        "reason": state.reason,
        "try_at": _iso(state.try_at),
        "seen": {
            key: [_iso(one.first_seen_at), _iso(one.published_at), one.is_new]
            for key, one in state.seen.items()
        },
    }


def _state_from_json(tree: Mapping[str, Any]) -> FeedState:
    return FeedState(
        url=str(tree["url"]),
        etag=str(tree["etag"]),
        last_modified=str(tree["last_modified"]),
        digest=str(tree["digest"]),
        moved_to=str(tree["moved_to"]),
        checked_at=iso_instant(tree["checked_at"]),
        succeeded_at=iso_instant(tree["succeeded_at"]),
        failures=int(tree["failures"]),
        reason=str(tree["reason"]),
        try_at=iso_instant(tree["try_at"]),
        seen={
            str(key): Seen(_instant(first), iso_instant(published), bool(is_new))
            for key, (first, published, is_new) in tree["seen"].items()
        },
    )


def _instant(value: object) -> datetime:
    at = iso_instant(value)
    if at is None:
        raise ValueError(f"{value!r} is no instant")
    return at


def _iso(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""
