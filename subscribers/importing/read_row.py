"""Reads one row of a list that is understood: the address, the name, and what it says about consent. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from subscribers.addresses import NAME_MAX_CHARS, Address, clean_name, mask, parse_address
from subscribers.attributes import write_attributes
from subscribers.errors import AddressError, UnreadableImport
from subscribers.formulas import unguard
from subscribers.importing.dates import is_zero_date, parse_date
from subscribers.importing.decide import ImportRow
from subscribers.importing.questions import hide
from subscribers.importing.report import SampleRow, VerdictCount
from subscribers.importing.understanding import ConsentColumn, ListReading
from subscribers.importing.words import KEPT_OUT, ConsentVerdict, answers, compact, state_words
from subscribers.selecting import tag_slugs
from subscribers.sheets.cells import SEVERAL, read_address_cell
from subscribers.sheets.table import SheetRow

TAG_SEPARATORS = ",;|"
"""What separates the tags of a cell, in addition to line breaks."""
WORDS_REMEMBERED = 1_000
"""So many different words of a column are counted one by one; a column of states has a few."""
ATTRIBUTE_MAX_CHARS = 1_000
"""An attribute is a fact about a reader; a longer text is cut."""
ALL_ATTRIBUTES = "all"

BAD_DATE = "its consent date cannot be read; write 2025-01-31"
FUTURE_DATE = "its consent date lies in the future"

_NOTHING_SETTLED: frozenset[str] = frozenset()
_BETWEEN_TAGS = re.compile(f"[{re.escape(TAG_SEPARATORS)}\\n\\r]")
_BETWEEN_CELLS = re.compile(r"[,;|\t\n\"]+")
_AT = re.compile(r"\s+(?:at|\(at\)|\[at\])\s+|\s*(?:\(at\)|\[at\])\s*", re.IGNORECASE)
_QUOTED_TAG = re.compile(r'"((?:[^"]|"")*)"')


@dataclass(frozen=True, slots=True)
class RowWishes:
    """What a person wants of the rows in addition to address, name, tags and consent."""

    choices: frozenset[str] = frozenset()
    """Tags that are choices: words with blanks between them are several tags if all of them are here."""
    attributes: Sequence[str] = ()
    """Columns that become attributes; ALL_ATTRIBUTES for every one that is not used otherwise."""


class Judgement(NamedTuple):
    """What a row says about consent, and by which column and word; the column is empty for the whole file."""

    verdict: ConsentVerdict
    column: str = ""
    word: str = ""


class UnusableRow(Exception):
    """A row that cannot be imported; `reason` never repeats its content."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass
class RowReader:
    """Reads the rows of a list. Cells that repeat are judged once."""

    reading: ListReading
    wishes: RowWishes
    now: datetime
    samples: dict[ConsentVerdict, SampleRow] = field(default_factory=dict)
    """The first row of each verdict."""
    _counts: Counter[Judgement] = field(default_factory=Counter)
    _judged: dict[int, dict[str, Judgement]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        places = self.reading.fields
        self._email = places["email"]
        self._name, self._first, self._last = (
            places.get(name) for name in ("name", "first name", "last name")
        )
        self._tags, self._date = places.get("tags"), places.get("consent date")
        self._file = Judgement(self.reading.state)
        self._answered = [column for column in self.reading.consent if column.meanings.granted]
        self._attributes = list(_find_attributes(self.reading, self.wishes.attributes))
        self._latest = self.now + timedelta(days=1)

    def judge(self, cells: Sequence[str]) -> Judgement:
        """Return the lowest consent that the file and the columns of a row speak of."""
        found = self._file
        for column in self.reading.consent:
            cell = cells[column.place]
            known = self._judged.setdefault(column.place, {})
            one = known.get(cell) or self._judge_cell(column, cell, known)
            if one.verdict > found.verdict:
                found = one
        return found

    def _judge_cell(self, column: ConsentColumn, cell: str, known: dict[str, Judgement]) -> Judgement:
        verdict = column.meanings.read(unguard(cell))
        word = hide(cell) if len(known) < WORDS_REMEMBERED else "…"
        found = Judgement(verdict, column.name, word)
        if len(known) < WORDS_REMEMBERED:
            known[cell] = found
        return found

    def read(self, record: SheetRow, judged: Judgement) -> ImportRow:
        """Return a row for the store. Raises UnusableRow, and AddressError for an address."""
        cells = record.cells
        address, said_name = self.read_address(cells)
        first = _clean(cells, self._first)
        name = _clean(cells, self._name) or _join(first, _clean(cells, self._last)) or said_name
        row = ImportRow(
            record.line,
            address,
            name,
            judged.verdict.state,
            self._read_tags(cells[self._tags]) if self._tags is not None else frozenset(),
            self._read_date(cells[self._date], judged) if self._date is not None else None,
            first,
            self._read_attributes(cells) if self._attributes else "",
            _explain(judged) if judged.verdict in KEPT_OUT else "",
            self._find_settled(cells, judged) if self._answered else _NOTHING_SETTLED,
        )
        self._counts[judged] += 1
        if judged.verdict not in self.samples:
            shown = SampleRow(record.line, mask(address.email), name, judged.verdict)
            self.samples[judged.verdict] = shown
        return row

    def _find_settled(self, cells: Sequence[str], judged: Judgement) -> frozenset[str]:
        """Return the reasons by which the answered words of an active row kept its address out earlier."""
        if judged.verdict is not ConsentVerdict.ACTIVE:
            return _NOTHING_SETTLED
        return frozenset(
            _explain(Judgement(ConsentVerdict.UNKNOWN, column.name, hide(cell)))
            for column in self._answered
            # A word that is hidden or shortened stands for several: no answer is about all of them.
            if column.meanings.is_granted(unguard(cell := cells[column.place]))
            and hide(cell) == " ".join(cell.split())
        )

    def read_address(self, cells: Sequence[str]) -> tuple[Address, str]:
        """Return the address of a row, and a name that stands with it."""
        cell = unguard(cells[self._email])
        try:
            # Characters that cannot be seen would become part of an address.
            if cell.isascii():
                return parse_address(cell), ""
        except AddressError:
            pass
        found = read_address_cell(cell)
        if len(found.addresses) > 1:
            raise UnusableRow(SEVERAL)
        return parse_address(found.addresses[0] if found.addresses else ""), clean_name(found.name)

    def read_denied(self, record: SheetRow, judged: Judgement) -> Iterator[ImportRow]:
        """Yield a row for every address of a record that cannot be used and denies consent.

        It may name several addresses, or have cells that cannot be told apart: a later list must not make
        its people active.
        """
        text = record.raw or "\n".join(record.cells)
        if record.fault:
            words = map(compact, _BETWEEN_CELLS.split(text))
            denials = (state_words().get(word, ConsentVerdict.ACTIVE) for word in words)
            if max(self._file.verdict, *denials) <= ConsentVerdict.PAUSED:
                return
            judged = Judgement(ConsentVerdict.UNKNOWN, "a row that cannot be read", "")
        elif judged.verdict <= ConsentVerdict.PAUSED:
            return
        else:
            text = _AT.sub("@", record.cells[self._email])
            if "@" not in text:
                # Whom the row denies stands in another column; of several it is not known who.
                text = ", ".join(cell for cell in record.cells if "@" in cell)
                if len(read_address_cell(text).addresses) > 1:
                    judged = Judgement(ConsentVerdict.UNKNOWN, "a row that cannot be read", "")
        for found in read_address_cell(text).addresses:
            try:
                address = parse_address(found)
            except AddressError:
                continue
            kept_out = _explain(judged) if judged.verdict in KEPT_OUT else ""
            self._counts[judged] += 1
            yield ImportRow(
                record.line, address, "", judged.verdict.state, frozenset(), None, kept_out=kept_out
            )

    def count_verdicts(self) -> Iterator[VerdictCount]:
        """Yield what the rows that were read say about consent, the most consent first."""
        for judged, rows in sorted(
            self._counts.items(), key=lambda each: (each[0].verdict, -each[1], each[0][1:])
        ):
            yield VerdictCount(self.reading.table.name, *judged, rows)

    def _read_tags(self, cell: str) -> frozenset[str]:
        text = unguard(cell)
        if not text:
            return frozenset()
        if self.reading.several:
            text = text.replace(self.reading.several, "\n")
        parts = [*_QUOTED_TAG.findall(text), *_BETWEEN_TAGS.split(_QUOTED_TAG.sub("", text))]
        tags: list[str] = []
        for part in parts:
            words = tag_slugs(part.split())
            tags += words if self.wishes.choices.issuperset(words) else (part,)
        return frozenset(tag_slugs(tags))

    def _read_date(self, cell: str, judged: Judgement) -> datetime | None:
        text = unguard(cell).strip()
        if not text:
            return None
        try:
            given_at = parse_date(text, self.reading.order)
        except ValueError:
            if compact(text) in answers("nothing") or is_zero_date(text):
                return None
            given_at = None
        if given_at is not None and given_at <= self._latest:
            # A day's grace: the list's days may be those of a zone ahead of ours.
            return min(given_at, self.now)
        if judged.verdict > ConsentVerdict.PAUSED:
            # What denies consent holds without its date.
            return None
        raise UnusableRow(BAD_DATE if given_at is None else FUTURE_DATE)

    def _read_attributes(self, cells: Sequence[str]) -> str:
        return write_attributes(
            {
                name: " ".join(unguard(cells[place]).split())[:ATTRIBUTE_MAX_CHARS]
                for name, place in self._attributes
            }
        )


def check_attributes(readings: Sequence[ListReading], wanted: Sequence[str]) -> None:
    """Raise UnreadableImport when no list has a column that shall become an attribute."""
    found = {attribute_name(name) for reading in readings for name in reading.header}
    for name in wanted:
        if name != ALL_ATTRIBUTES and attribute_name(name) not in found:
            raise UnreadableImport(f"no list has a column {name!r} to keep as an attribute")


def attribute_name(column: str) -> str:
    """Return the name of the attribute that a column becomes: `job_title` for `Job Title`."""
    return re.sub(r"\W+", "_", column.casefold()).strip("_")


def _find_attributes(reading: ListReading, wanted: Sequence[str]) -> Iterator[tuple[str, int]]:
    names = {attribute_name(name): place for place, name in reversed(list(enumerate(reading.header))) if name}
    if ALL_ATTRIBUTES in wanted:
        yield from ((attribute_name(name), names[attribute_name(name)]) for name in reading.unused)
        return
    for name in map(attribute_name, wanted):
        if name in names:
            yield name, names[name]


def _explain(judged: Judgement) -> str:
    if judged.verdict is ConsentVerdict.NO_CONSENT:
        return f"{judged.column}: no consent"
    return f"{judged.column}: {judged.word}" if judged.word else judged.column


def _clean(cells: Sequence[str], place: int | None) -> str:
    return _clean_cell(cells[place]) if place is not None and cells[place] else ""


@lru_cache(maxsize=4096)  # first names and family names repeat
def _clean_cell(cell: str) -> str:
    return clean_name(unguard(cell)).strip('"')


def _join(first: str, last: str) -> str:
    return f"{first} {last}".strip()[:NAME_MAX_CHARS]
