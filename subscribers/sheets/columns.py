"""Finds the columns of a table by their names. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from subscribers.errors import UnreadableImport
from subscribers.sheets.header import plain
from subscribers.sheets.table import Table

HEAD_CHARS = 500
"""How much of the column names an error repeats."""


def find_columns(
    table: Table, column_map: Mapping[str, str], known: Mapping[str, tuple[str, ...]]
) -> dict[str, int]:
    """Return the place of each of the `known` columns that a table has, by their names, the preferred first.

    `column_map` names columns outright: `{"Business Email": "email"}`. A table without column names has
    "email" alone, by its content. Raises UnreadableImport when no column holds addresses.
    """
    places: dict[str, int] = {}
    for place, cell in enumerate(table.header):
        places.setdefault(plain(cell), place)
    found = {}
    for column, target in column_map.items():
        if plain(target) not in known:
            raise UnreadableImport(f"a column can be mapped to {', '.join(known)}; not to {target!r}")
        if plain(column) not in places:
            raise UnreadableImport(f"the list has no column {column!r}")
        found[plain(target)] = places[plain(column)]
    for target, names in known.items():
        free = [places[name] for name in names if name in places and places[name] not in found.values()]
        if free:
            found.setdefault(target, free[0])
    if "email" not in found and not table.header and table.address_column is not None:
        found["email"] = table.address_column
    if "email" not in found:
        raise UnreadableImport(
            "no column is known to hold addresses; name it with --map 'COLUMN=email'. "
            f"The columns are: {', '.join(table.header)[:HEAD_CHARS]}"
        )
    return found
