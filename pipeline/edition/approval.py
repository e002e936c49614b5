"""Approves a letter as it is now, and keeps its words, to show later what has changed since."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.files import read_if_there, replace_file
from pipeline.issue.wishes_file import write_approval

if TYPE_CHECKING:
    from pipeline.edition.draft import Draft, Edition

KEPT = "var/approved"


@dataclass(frozen=True, slots=True)
class Approved:
    """A letter as somebody approved it; each open slot is there by its name, `[name]`."""

    digest: str
    subject: str
    preheader: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed since: lines of a unified diff, of what readers read and of the HTML."""

    words: tuple[str, ...]
    html: tuple[str, ...]


def approve(edition: Edition, draft: Draft) -> None:
    """Lock a draft and write its digest into the week's wishes; any later change of the letter voids it.

    Raises AuthorError or FileError when a file cannot be changed.
    """
    edition.save_lock(draft)
    kept = remember(draft)
    replace_file(_path(edition.folder, draft.rendered.week), json.dumps(asdict(kept), ensure_ascii=False))
    write_approval(edition.folder, draft.rendered.week, kept.digest)


def remember(draft: Draft) -> Approved:
    """Take down a letter as it is; of its variants, the digest alone."""
    rendered = draft.rendered
    html, text = rendered.html, rendered.text
    for token, slot in rendered.slots.items():
        html, text = (part.replace(token, f"[{slot}]") for part in (html, text))
    return Approved(draft.digest, rendered.subject, rendered.preheader, text, html)


def find_approved(folder: Path, week: str, digest: str) -> Approved | None:
    """Find the letter with this digest as it was approved on this machine; None when it was elsewhere."""
    raw = read_if_there(_path(folder, week))
    try:
        kept = Approved(**json.loads(raw)) if raw else None
    except (ValueError, TypeError):
        return None  # written by another version: the diff is a help and not the proof
    return kept if kept is not None and kept.digest == digest else None


def compare(before: Approved, now: Approved) -> Difference:
    """Tell what changed between two letters."""
    return Difference(
        tuple(_diff(_words(before), _words(now))), tuple(_diff(before.html.split("\n"), now.html.split("\n")))
    )


def _words(letter: Approved) -> list[str]:
    return [f"Subject: {letter.subject}", f"Preheader: {letter.preheader}", "", *letter.text.split("\n")]


def _diff(before: list[str], now: list[str]) -> Iterator[str]:
    lines = difflib.unified_diff(before, now, "approved", "now", lineterm="", n=2)
    yield from list(lines)[2:]


def _path(folder: Path, week: str) -> Path:
    return folder / KEPT / f"{week}.json"
