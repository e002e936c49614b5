"""The fetch cache in `var/feeds/`: validators, bodies by digest, first-seen times, health.

A broken or missing file costs one more fetch and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b
from pathlib import Path

from pydantic import TypeAdapter

from pipeline.errors import FileError
from pipeline.feeds.entries import Parsed, dump_parsed, load_parsed
from pipeline.feeds.state import FeedState
from pipeline.files import replace_file

FOLDER = "var/feeds"
PARSER = "1"
"""Part of every body's digest; raised with other parsing, so that known bodies are parsed again."""

_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
_STATE = TypeAdapter(FeedState)


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
            return _STATE.validate_json((self._folder / f"{slug}.json").read_bytes())
        except _BROKEN:
            return FeedState()

    def save(self, slug: str, state: FeedState) -> None:
        """Write the state of a feed."""
        self._write(f"{slug}.json", _STATE.dump_json(state))

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
