"""Fills a letter for a sample reader: for previews and test copies only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pipeline.deliver.mime.compile import compile_letter
from pipeline.deliver.mime.message import Context, escape_for
from pipeline.deliver.personal import reader_values
from pipeline.errors import FileError
from pipeline.model.delivery import Claim
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered
from subscribers.selecting import floor_count
from subscribers.tokens import SAMPLE_ID, Keyring

SAMPLE_KEYS = Keyring(((0, bytes(32)),))
"""Signs links that open nothing: the same on every machine, and not a secret."""

SAMPLE_ADDRESS = "reader@example.org"
SAMPLE_NAME = "Ada"


@dataclass(frozen=True, slots=True)
class Sample:
    """One filled letter. `eml` is the whole message as it would be sent."""

    html: str
    text: str
    eml: bytes


def readers_phrase(count: int, audience: str) -> str:
    """Return the number of readers, rounded down: `1,300+ prompt engineers`; no number when it is small."""
    number = floor_count(count)
    return f"{number} {audience}" if number else f"other {audience}"


def fill_sample(
    rendered: Rendered,
    letterhead: Letterhead,
    *,
    phrase: str,
    at: datetime,
    address: str = SAMPLE_ADDRESS,
    text_only: bool = False,
) -> Sample:
    """Fill a letter for a sample reader, who may want text alone."""
    values = sample_values(rendered.week, letterhead, address=address)
    message = compile_letter(rendered, letterhead, frozen_at=at, readers_phrase=phrase, text_only=text_only)
    html, text = fill_parts(rendered, letterhead, phrase=phrase, address=address)
    return Sample(html, text, message.fill(values))


def fill_parts(
    rendered: Rendered, letterhead: Letterhead, *, phrase: str, address: str = SAMPLE_ADDRESS
) -> tuple[str, str]:
    """Fill HTML and text alone, for showing a letter without sending it."""
    values = {**sample_values(rendered.week, letterhead, address=address), PersonalSlot.READERS.value: phrase}
    return (
        _fill(rendered.html, rendered.slots, values, Context.ATTRIBUTE),
        _fill(rendered.text, rendered.slots, values, Context.PLAIN),
    )


def sample_values(week: str, letterhead: Letterhead, *, address: str) -> dict[str, str]:
    """Return the personal values of a test copy."""
    name = SAMPLE_NAME if address == SAMPLE_ADDRESS else ""
    claim = Claim(0, SAMPLE_ID, 0, address, name, 0, 1)
    return reader_values(
        claim, week=week, host=letterhead.host, unsubscribe_base=letterhead.base_url, keyring=SAMPLE_KEYS
    )


def write_sample(folder: Path, sample: Sample) -> Path:
    """Write `index.html`, `issue.txt` and `issue.eml`; returns the path of the first."""
    files = {
        "index.html": sample.html.encode(),
        "issue.txt": sample.text.encode(),
        "issue.eml": sample.eml,
    }
    return _write(folder, files)


def write_text(folder: Path, sample: Sample) -> Path:
    """Write `issue.txt` and `issue.eml`, as a reader gets them without HTML; returns the first's path.

    The `index.html` of an earlier render is removed: it would be taken for this letter's.
    """
    path = _write(folder, {"issue.txt": sample.text.encode(), "issue.eml": sample.eml})
    try:
        (folder / "index.html").unlink(missing_ok=True)
    except OSError as error:
        raise FileError(folder / "index.html", error, "delete it: it is an earlier letter") from error
    return path


def _write(folder: Path, files: Mapping[str, bytes]) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise FileError(folder, error, "the letter is written there") from error
    return folder / next(iter(files))


def _fill(text: str, slots: Mapping[str, PersonalSlot], values: Mapping[str, str], context: Context) -> str:
    for token, slot in slots.items():
        text = text.replace(token, escape_for(context, values[slot.value]))
    return text
