"""What an import did, or would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from subscribers.importing.words import ConsentVerdict


class VerdictCount(NamedTuple):
    """How many rows of a list say something about consent; the column is empty for the whole file."""

    file: str
    verdict: ConsentVerdict
    column: str
    word: str
    rows: int


class SampleRow(NamedTuple):
    """One row as it is read; the address is shortened."""

    line: int
    email: str
    name: str
    verdict: ConsentVerdict


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be imported: the line it starts on and why. Never its content."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did; `rows` is the sum of the seven counts that follow."""

    rows: int
    added: int
    updated: int
    unchanged: int
    lowered: int
    duplicates: int
    kept_out: int
    rejected_rows: int
    rejected: tuple[RejectedRow, ...]
    ignored_columns: tuple[str, ...]
    tags: tuple[str, ...]
    """Every tag that the good rows bring, each once."""
    dry_run: bool
    act_id: int
    """The id by which the import is listed and undone; 0 for a dry run."""
    verdicts: tuple[VerdictCount, ...]
    """What the lists say of their people, and by which column and word."""
    kept_out_reasons: Mapping[str, int]
    samples: tuple[SampleRow, ...] = ()
    """One row of each verdict."""

    @property
    def unknown_rows(self) -> int:
        """How many rows have a word of consent that is not understood."""
        return sum(each.rows for each in self.verdicts if each.verdict is ConsentVerdict.UNKNOWN)

    @property
    def suppressed_rows(self) -> int:
        """How many rows name an address that must not be written to."""
        return sum(each.rows for each in self.verdicts if each.verdict is ConsentVerdict.SUPPRESSED)


NOTHING_IMPORTED = ImportReport(
    rows=0,
    added=0,
    updated=0,
    unchanged=0,
    lowered=0,
    duplicates=0,
    kept_out=0,
    rejected_rows=0,
    rejected=(),
    ignored_columns=(),
    tags=(),
    dry_run=True,
    act_id=0,
    verdicts=(),
    kept_out_reasons={},
)
"""The report of an import that has to ask first."""
