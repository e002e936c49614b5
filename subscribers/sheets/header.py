"""Finds where the data of a table begin and end: title rows, column names, total rows. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

from subscribers.sheets.table import SheetRow

HEAD_ROWS = 30
"""The column names are looked for in so many rows; what stands above them is a title."""
SAMPLE_ROWS = 200
"""So many rows show which column holds addresses."""
TAIL_ROWS = 20
"""So many rows after the data may be totals and footnotes."""

ADDRESS = re.compile(r"[^\s@<>,;]@[^\s@<>,;]+\.\w")
_SMELLS_OF_ADDRESS = re.compile(
    r"\b(e ?mails?|e ?mail ?(address|adresse?)\w*|mail|mails|mail ?adresse?|courriel|correo|posta elettronica"
    r"|emailadres|e ?mailadres|e ?post|e ?postadresse?|epostadress|indirizzo e ?mail|emailaddress)\b"
)
_ADDRESS_NAMES = frozenset(
    {
        *("email", "e mail", "emails", "mail", "email address", "e mail address", "emailaddress"),
        *(
            "e mail adresse",
            "email adresse",
            "mailadresse",
            "mail adresse",
            "adresse e mail",
            "adresse email",
        ),
        *("adresse mail", "courriel", "adresse courriel", "adresse électronique", "adresse de courriel"),
        *("correo", "correo electrónico", "correo electronico", "dirección de correo electrónico"),
        *(
            "endereço de e mail",
            "endereço de email",
            "indirizzo e mail",
            "indirizzo email",
            "posta elettronica",
        ),
        *("e mailadres", "emailadres", "e postadress", "e post", "epost", "epostadress", "business email"),
        *("work email", "primary email", "subscriber email", "contact email", "user email", "e mail 1 value"),
    }
)
"""What a column of addresses is called, as `plain` writes it, in the languages of the exports we know."""
_TOTAL = re.compile(
    r"\W*(grand |sub)?(total|totals|sum|summe|gesamt|gesamtsumme|insgesamt|anzahl|count|somme|suma|totale"
    r"|totaal|aantal|totalt|antal|nombre|número|records|rows|contacts|subscribers|members)\b",
    re.IGNORECASE,
)
_ROW_COUNT = re.compile(
    r"\W*\d+ (rows?|records?|lines?|entries|contacts|subscribers|members)\W*", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Head:
    """What the first rows show. `titles` rows stand above the column names, `rows` are no data in all."""

    names: tuple[str, ...]
    titles: int
    rows: int
    width: int
    address_column: int | None


def plain(name: str) -> str:
    """Return a column name as it is compared: without case, hyphens, underscores and blanks around it."""
    return " ".join(re.sub(r"[_\-‐-―.:*\ufeff\u200b]", " ", name.casefold()).split())


def is_address_name(name: str, others: Collection[str] = ()) -> bool:
    """Return whether a cell is what a column of addresses is called; `others` are further names."""
    found = plain(name)
    return found in _ADDRESS_NAMES or found in others


def find_head(sample: Sequence[SheetRow], names: Collection[str] = ()) -> Head:
    """Find the column names among the first rows, of which none is blank; `names` are further ones, plain.

    The names are empty for a list that begins with its data. An empty sample has a width of 0.
    """
    filled = [sum(bool(cell.strip()) for cell in row.cells) for row in sample]
    has_address = [any(map(ADDRESS.search, row.cells)) for row in sample]
    place = _find_names(sample, filled, has_address, names)
    rest = sample[0 if place is None else place + 1 :][:SAMPLE_ROWS]
    if place is None:
        width = Counter(len(row.cells) for row in rest).most_common(1)[0][0] if rest else 0
        return Head((), 0, 0, width, find_address_column(rest))
    header = tuple(cell.strip().strip("\ufeff\u200b") for cell in sample[place].cells)
    column = find_address_column(rest)
    return Head(header, place, place + 1, len(header), column if (column or 0) < len(header) else None)


def _find_names(
    sample: Sequence[SheetRow], filled: Sequence[int], has_address: Sequence[bool], names: Collection[str]
) -> int | None:
    typical = median(
        [filled[place] for place in range(len(sample)) if has_address[place]] or [max(filled, default=0)]
    )
    # A title may hold an address; rows of people stand below the names.
    people = [
        place for place in range(len(sample)) if has_address[place] and (filled[place] > 1 or typical <= 1)
    ]
    above = range(min(people[0] if people else len(sample), HEAD_ROWS, len(sample)))
    above_names = [place for place in above if not has_address[place]]
    for place in above_names:
        if any(is_address_name(cell, names) for cell in sample[place].cells):
            return place
    likely = [place for place in above_names if filled[place] * 2 >= typical]
    for place in likely:
        if any(_SMELLS_OF_ADDRESS.search(plain(cell)) for cell in sample[place].cells):
            return place
    return max(likely, key=lambda place: filled[place], default=None)


def find_address_column(rows: Sequence[SheetRow]) -> int | None:
    """Return the column that holds most addresses; None if there is none, or another holds as many."""
    counts = Counter(
        place for row in rows for place, cell in enumerate(row.cells) if "@" in cell and ADDRESS.search(cell)
    )
    best = counts.most_common(2)
    if not best or (len(best) > 1 and best[0][1] == best[1][1]):
        return None
    return best[0][0]


def count_footers(rows: Sequence[SheetRow], width: int, address_column: int | None) -> int:
    """Return how many rows at the end of a table are totals and footnotes, not people."""
    count = 0
    for row in reversed(rows[-TAIL_ROWS:]):
        if not _is_footer(row, width, address_column):
            break
        count += 1
    return count


def is_total(cells: Sequence[str]) -> bool:
    """Return whether a row begins as totals do, or counts the rows above."""
    first = next(filter(str.strip, cells), "")
    return bool(_TOTAL.match(first) or _ROW_COUNT.fullmatch(first))


def _is_footer(row: SheetRow, width: int, address_column: int | None) -> bool:
    filled = {place: cell for place, cell in enumerate(row.cells) if cell.strip()}
    if not filled or any("@" in cell for cell in filled.values()):
        return False
    if is_total(row.cells):
        return len(filled) <= max(2, width // 2)
    return width > 1 and len(filled) == 1 and address_column not in filled
