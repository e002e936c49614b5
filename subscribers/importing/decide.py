"""What one row of a list does to a reader: it can lower consent and never raise it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from subscribers.addresses import Address
from subscribers.lifecycle import LEFT, has_less_consent, imported_state
from subscribers.model import SubscriberState


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One good row. `given_at` is the row's own consent date, if it has one."""

    line: int
    address: Address
    name: str
    state: SubscriberState
    tags: frozenset[str]
    given_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownReader:
    """A reader as far as an import needs it; `added` when this very import brought them."""

    id: int
    state: SubscriberState
    name: str
    tags: frozenset[str]
    added: bool


class RowOutcome(StrEnum):
    """What became of one good row."""

    ADDED = "added"
    UPDATED = "updated"
    """A name or tags were filled in."""
    UNCHANGED = "unchanged"
    LOWERED = "lowered"
    """The list says that the reader left, bounced, complained or pauses, and they did not yet."""
    DUPLICATE = "duplicate"
    """An earlier row of the same list brought this reader."""
    KEPT_OUT = "kept out"
    """Suppressed, or would have been raised from leaving or waiting."""


def decide(
    known: KnownReader | None, row: ImportRow, *, suppressed: bool
) -> tuple[RowOutcome, KnownReader | None]:
    """Return what a row does to a reader, and the reader afterwards (None: no reader is added)."""
    if known is None:
        if suppressed:
            return RowOutcome.KEPT_OUT, None
        return RowOutcome.ADDED, KnownReader(0, row.state, row.name, row.tags, added=True)
    imported = imported_state(known.state, row.state)
    state = known.state if imported is None else imported
    lowered = state is not known.state
    if not lowered and not known.added and has_less_consent(known.state, row.state):
        return RowOutcome.KEPT_OUT, known
    after = _filled_in(known, state, row)
    if lowered:
        return RowOutcome.LOWERED, after
    if known.added:
        return RowOutcome.DUPLICATE, after
    return RowOutcome.UNCHANGED if after is known else RowOutcome.UPDATED, after


def _filled_in(known: KnownReader, state: SubscriberState, row: ImportRow) -> KnownReader:
    # Also from a duplicate: or else importing the same list again would still change something.
    if state in LEFT:
        return known if state is known.state else replace(known, state=state)
    name, tags = known.name or row.name, known.tags | row.tags
    if (state, name, tags) == (known.state, known.name, known.tags):
        return known
    return replace(known, state=state, name=name, tags=tags)
