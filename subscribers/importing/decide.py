"""What one row of a list does to a reader: it can lower consent and never raise it. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from subscribers.addresses import Address
from subscribers.attributes import merge_attributes
from subscribers.lifecycle import LEFT, has_less_consent, imported_state
from subscribers.model import SubscriberState


class ImportRow(NamedTuple):
    """One good row. `given_at` is the row's own consent date, if it has one."""

    line: int
    address: Address
    name: str
    state: SubscriberState
    tags: frozenset[str]
    given_at: datetime | None
    first_name: str = ""
    attributes: str = ""
    """A JSON object of texts, or empty; see `write_attributes`."""
    kept_out: str = ""
    """Why the address must not become active, such as the unknown word of its status; empty if it may.

    A known reader is lowered nevertheless if `state` says that they left.
    """
    settles: frozenset[str] = frozenset()
    """Reasons of earlier lists that a person has answered for this row: its word is a consent."""


class KnownReader(NamedTuple):
    """A reader as far as an import needs it; `added` when this very import brought them."""

    id: int
    state: SubscriberState
    name: str
    tags: frozenset[str]
    added: bool
    first_name: str = ""
    attributes: str = ""
    adopted: bool = False
    """Whether an import that never finished brought them: this one adopts them."""


class RowOutcome(StrEnum):
    """What became of one good row."""

    ADDED = "added"
    UPDATED = "updated"
    """A name, tags or attributes were filled in."""
    UNCHANGED = "unchanged"
    LOWERED = "lowered"
    """The list says that the reader left, bounced, complained or pauses, and they did not yet."""
    DUPLICATE = "duplicate"
    """An earlier row of the same list brought this reader."""
    KEPT_OUT = "kept out"
    """Suppressed, kept out by a list, or would have been raised from leaving or waiting."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did: the rows by outcome, and those kept out by reason."""

    counts: Counter[RowOutcome] = field(default_factory=Counter)
    kept_out: Counter[str] = field(default_factory=Counter)
    """How many rows were kept out by `SUPPRESSED`, by `NOT_RAISED`, or by the word of a list."""
    act_id: int = 0
    """The id by which the import is listed and undone; 0 for a dry run."""


SUPPRESSED = "suppressed"
NOT_RAISED = "left or waits for confirmation"
"""Reasons to keep a row out, in addition to the words of lists."""

_MEMORY_ALLOWS = {SubscriberState.PENDING.word: {SubscriberState.PENDING}}
_MEMORY_ALLOWS[SubscriberState.PAUSED.word] = {SubscriberState.PENDING, SubscriberState.PAUSED}


def is_held_back(memory: str, row: ImportRow) -> bool:
    """Return whether an address that is remembered as kept out (`memory`, empty if not) may not be added.

    Those who left may be recorded as such. An import that is undone remembers its pending and paused readers
    by these words, and they may return as what they were. A person's answer about a word lets in those whom
    exactly that word kept out.
    """
    if not memory or memory in row.settles:
        return False
    return row.state not in LEFT and row.state not in _MEMORY_ALLOWS.get(memory, ())


def decide(
    known: KnownReader | None, row: ImportRow, *, suppressed: bool, memory: str = ""
) -> tuple[RowOutcome, KnownReader | None]:
    """Return what a row does to a reader, and the reader afterwards (None: no reader is added).

    `memory` is why an earlier list kept the address out, or empty.
    """
    if known is None:
        if suppressed or row.kept_out or is_held_back(memory, row):
            return RowOutcome.KEPT_OUT, None
        return RowOutcome.ADDED, KnownReader(
            0, row.state, row.name, row.tags, True, row.first_name, row.attributes
        )
    if row.kept_out and row.state not in LEFT:
        return _deny(known)
    imported = imported_state(known.state, row.state)
    state = known.state if imported is None else imported
    lowered = state is not known.state
    if not lowered and not known.added and has_less_consent(known.state, row.state):
        return RowOutcome.KEPT_OUT, known
    after = _filled_in(known, state, row)
    if lowered:
        return RowOutcome.LOWERED, after
    unchanged = RowOutcome.UNCHANGED if after is known else RowOutcome.UPDATED
    return RowOutcome.DUPLICATE if known.added else unchanged, after


def explain_kept_out(known: KnownReader | None, row: ImportRow, *, suppressed: bool, memory: str) -> str:
    """Return why a row was kept out."""
    if known is None and suppressed:
        return SUPPRESSED
    return row.kept_out or (memory if known is None else NOT_RAISED)


def _deny(known: KnownReader) -> tuple[RowOutcome, KnownReader]:
    # A reader whose consent is known here stays; one whom only this list brought leaves again.
    if known.state in LEFT or not (known.added or known.adopted):
        return RowOutcome.KEPT_OUT, known
    return RowOutcome.LOWERED, known._replace(state=SubscriberState.UNSUBSCRIBED)


def _filled_in(known: KnownReader, state: SubscriberState, row: ImportRow) -> KnownReader:
    # Also from a duplicate: or else importing the same list again would still change something.
    if state in LEFT:
        return known if state is known.state else known._replace(state=state)
    after = known._replace(
        state=state,
        name=known.name or row.name,
        tags=known.tags | row.tags,
        first_name=known.first_name or row.first_name,
        attributes=merge_attributes(known.attributes, row.attributes),
    )
    return known if after == known else after
