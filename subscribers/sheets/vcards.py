"""Reads vCards: names, addresses, categories and organizations (RFC 2426, RFC 6350, and vCard 2.1)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from subscribers.sheets.decoding import Decoding, read_chunks
from subscribers.sheets.header import ADDRESS
from subscribers.sheets.separated import find_fault
from subscribers.sheets.table import CUT_OFF, SheetRow, Table

HEADER = ("Name", "First Name", "Last Name", "Email", "Tags", "Company")
_ADDRESS_COLUMN = HEADER.index("Email")
_PROPERTY = re.compile(r'(?:[\w-]+\.)?([\w-]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)', re.DOTALL)
_KEPT_CHARS = 100_000
"""Longer than any name or address; what a folded picture has beyond is not kept."""
_WANTED = frozenset({"BEGIN", "END", "FN", "N", "EMAIL", "CATEGORIES", "ORG"})
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PREFERRED = re.compile(r"(^|[;,=\"])pref($|[;,\"])|;pref=\"?1\"?($|;)", re.IGNORECASE)


def is_vcard(beginning: str) -> bool:
    """Return whether a text begins like vCards; `beginning` has no blanks at its start."""
    return beginning[:11].upper() == "BEGIN:VCARD"


def open_vcards(stream: BinaryIO, decoding: Decoding) -> Table:
    """Open a file of vCards as a table with the columns HEADER, and a row for each card.

    Of several addresses the preferred one counts; without one, all of them stand in the cell.
    """

    def read() -> Iterator[SheetRow]:
        return _read_cards(_properties(_lines(stream, decoding)))

    return Table("", HEADER, len(HEADER), _ADDRESS_COLUMN, decoding.notes, ",", read)


@dataclass
class _Card:
    line: int
    name: str = ""
    parts: list[str] = field(default_factory=list)
    emails: list[tuple[str, bool]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    company: str = ""

    def to_row(self, fault: str = "") -> SheetRow:
        preferred = [email for email, is_preferred in self.emails if is_preferred][:1]
        emails = preferred or dict.fromkeys(email for email, _ in self.emails)
        last, first, *_ = (*self.parts, "", "")
        # A card without a name may show its address instead.
        name = "" if ADDRESS.search(self.name) else self.name
        cells = [name, first, last, ", ".join(emails), ";".join(self.tags), self.company]
        fault = fault or find_fault("".join(cells))
        return SheetRow(self.line, cells, fault, ",".join(cells) if fault else "")


def _read_cards(properties: Iterator[tuple[int, str, str, str]]) -> Iterator[SheetRow]:
    card: _Card | None = None
    for line, name, parameters, value in properties:
        if name == "BEGIN":
            if card is not None:
                yield card.to_row(CUT_OFF)
            card = _Card(line)
        elif name == "END" and card is not None:
            yield card.to_row()
            card = None
        elif card is not None:
            _add(card, name, parameters, value)
    if card is not None:
        yield card.to_row(CUT_OFF)


def _add(card: _Card, name: str, parameters: str, value: str) -> None:
    if name == "FN":
        card.name = card.name or _plain(value)
    elif name == "N":
        card.parts = card.parts or [_plain(part) for part in _split(value, ";")]
    elif name == "EMAIL" and _plain(value):
        card.emails.append((_plain(value), bool(_PREFERRED.search(parameters))))
    elif name == "CATEGORIES":
        card.tags += filter(None, map(_plain, _split(value, ",")))
    elif name == "ORG":
        card.company = card.company or ", ".join(filter(None, map(_plain, _split(value, ";"))))


def _lines(stream: BinaryIO, decoding: Decoding) -> Iterator[str]:
    for chunk in read_chunks(stream, decoding):
        yield from chunk.removesuffix("\n").split("\n")


def _properties(lines: Iterator[str]) -> Iterator[tuple[int, str, str, str]]:
    # The line, the name in capitals, the parameters and the value, unfolded and decoded.
    for number, line in _unfolded(lines):
        found = _PROPERTY.fullmatch(line)
        if found is None or found[1].upper() not in _WANTED:
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if _is_quoted_printable(parameters):
            value = _decoded(value, parameters)
        if name not in {"BEGIN", "END"} or value.strip().upper() == "VCARD":
            yield number, name, parameters, value


def _unfolded(lines: Iterator[str]) -> Iterator[tuple[int, str]]:
    start, text, is_soft = 1, "", False
    for number, line in enumerate(lines, 1):
        if is_soft:
            text = f"{text[:-1]}{line}"
        elif line[:1] in {" ", "\t"} and text:
            # What is not wanted, such as a picture, need not be kept.
            text += line[1:] if len(text) < _KEPT_CHARS else ""
        else:
            if text:
                yield start, text
            start, text = number, line
        is_soft = text.endswith("=") and _is_quoted_printable(text.partition(":")[0])
    if text:
        yield start, text


def _is_quoted_printable(parameters: str) -> bool:
    return "QUOTED-PRINTABLE" in parameters.upper()


def _decoded(value: str, parameters: str) -> str:
    charset = re.search(r"CHARSET=\"?([\w.:-]+)", parameters, re.IGNORECASE)
    data = binascii.a2b_qp(value.encode("utf-8", "surrogateescape"))
    try:
        return data.decode(charset[1] if charset else "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("cp1252", "replace")


def _split(value: str, mark: str) -> list[str]:
    return re.split(rf"(?<!\\){mark}", value)


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()
