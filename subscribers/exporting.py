"""Exports every reader who has an address, one line or object at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, Protocol, TextIO

from subscribers.formulas import guard
from subscribers.instants import format_instant
from subscribers.model import Subscriber, SubscriberState
from subscribers.selection.model import EVERYONE, Selection

FIELDS = ("email", "state", "name", "tags", "source", "created_at", "confirmed_at")


class Readers(Protocol):
    """What an export needs of the store."""

    def iterate(self, where: Selection = EVERYONE) -> Iterator[Subscriber]:
        """Yield readers in bounded memory."""


def export_csv(
    people: Readers,
    out: TextIO,
    *,
    where: Selection = EVERYONE,
    excel_safe: bool = True,
) -> int:
    """Write RFC 4180 CSV with a line of names first, tags joined by `;`; returns how many readers it holds.

    `out` must not translate line ends (open it with `newline=""`). `excel_safe` puts an apostrophe before
    cells that a spreadsheet would run as formulas; importing takes it off again.
    """
    writer = csv.writer(out)
    writer.writerow(FIELDS)
    count = 0
    for reader in _with_address(people, where):
        cells = {**as_object(reader), "tags": ";".join(reader.tags)}
        row = [cells[name] or "" for name in FIELDS]
        writer.writerow([guard(cell) for cell in row] if excel_safe else row)
        count += 1
    return count


def export_json(people: Readers, out: TextIO, *, where: Selection = EVERYONE) -> int:
    """Write a JSON array of one object per reader, one on each line; returns how many it holds."""
    count = 0
    for reader in _with_address(people, where):
        out.write("[\n" if count == 0 else ",\n")
        out.write(json.dumps(as_object(reader), ensure_ascii=False))
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def as_object(reader: Subscriber) -> dict[str, Any]:
    """Return a reader as a JSON object: state as a word, instants as RFC 3339 in UTC, tags as a list."""
    return {
        "email": reader.email,
        "state": reader.state.word,
        "name": reader.name,
        "tags": list(reader.tags),
        "source": reader.source,
        "created_at": format_instant(reader.created_at),
        "confirmed_at": format_instant(reader.confirmed_at) if reader.confirmed_at else None,
    }


def _with_address(people: Readers, where: Selection) -> Iterator[Subscriber]:
    return (reader for reader in people.iterate(where) if reader.state is not SubscriberState.ERASED)
