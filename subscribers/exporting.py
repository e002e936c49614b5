"""Exports every reader who has an address, one line or object at a time."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Protocol, TextIO

from subscribers.formulas import guard
from subscribers.instants import format_instant
from subscribers.model import Subscriber, SubscriberState
from subscribers.selection.model import EVERYONE, Selection

ROWS_AT_ONCE = 500
"""Rows that are written in one call, which costs less than one by one."""
_WORDS = {state: state.word for state in SubscriberState}
FIELDS = ("email", "state", "name", "tags", "source", "created_at", "confirmed_at")


class Readers(Protocol):
    """What an export needs of the store."""

    def iterate(self, where: Selection) -> Iterator[Subscriber]:
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
    readers = _with_address(people, where)
    while rows := [
        _to_cells(reader, guard if excel_safe else str) for reader in islice(readers, ROWS_AT_ONCE)
    ]:
        writer.writerows(rows)
        count += len(rows)
    return count


def _to_cells(reader: Subscriber, make_safe: Callable[[str], str]) -> tuple[str, ...]:
    return (
        make_safe(reader.email),
        _WORDS[reader.state],
        make_safe(reader.name),
        make_safe(";".join(reader.tags)),
        make_safe(reader.source),
        format_instant(reader.created_at),
        format_instant(reader.confirmed_at) if reader.confirmed_at else "",
    )


def export_json(people: Readers, out: TextIO, *, where: Selection = EVERYONE) -> int:
    """Write a JSON array of one object per reader, one on each line; returns how many it holds."""
    count = 0
    write = json.JSONEncoder(ensure_ascii=False).encode
    for reader in _with_address(people, where):
        out.write(("[\n" if count == 0 else ",\n") + write(as_object(reader)))
        count += 1
    out.write("\n]\n" if count else "[]\n")
    return count


def as_object(reader: Subscriber) -> dict[str, Any]:
    """Return a reader as a JSON object: state as a word, instants as RFC 3339 in UTC, tags as a list."""
    return {
        "email": reader.email,
        "state": _WORDS[reader.state],
        "name": reader.name,
        "tags": list(reader.tags),
        "source": reader.source,
        "created_at": format_instant(reader.created_at),
        "confirmed_at": format_instant(reader.confirmed_at) if reader.confirmed_at else None,
    }


def _with_address(people: Readers, where: Selection) -> Iterator[Subscriber]:
    return (reader for reader in people.iterate(where) if reader.state is not SubscriberState.ERASED)
