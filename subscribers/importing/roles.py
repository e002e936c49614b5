"""What the columns of a list are by their names, by the tool and by what a person says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from subscribers.errors import UnreadableImport
from subscribers.importing import column_names as names
from subscribers.importing.dates import DateOrder
from subscribers.importing.exporters import Exporter
from subscribers.importing.meanings import GRANTS, TRIGGERS, Meanings, extend, status
from subscribers.importing.words import compact
from subscribers.sheets.table import Table

PER_ROW = "per-row"
"""What `--state` says of a file whose name suggests a state, and whose columns say it of each person."""
HEAD_CHARS = 500
"""How much of a header line an error repeats: the columns of a wide table, and not a file without lines."""


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a person says about the lists that they import."""

    maps: Sequence[tuple[str, str]] = ()
    """Columns and what they are: `("Business Email", "email")`, `("Gone", "opted-out:yes")`."""
    ignored: Sequence[str] = ()
    state: str = ""
    """The state of everybody in the lists, one of WHOLE_FILE; or PER_ROW."""
    order: DateOrder | None = None
    exporters: Sequence[Exporter] = ()


@dataclass
class Roles:
    """What is known of the columns before their cells are looked at."""

    fields: dict[str, int] = field(default_factory=dict)
    consent: dict[int, Meanings] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)
    flags: dict[int, str] = field(default_factory=dict)
    smells: set[int] = field(default_factory=set)
    unused: set[int] = field(default_factory=set)
    """Columns that are said not to be about consent."""
    certain: set[int] = field(default_factory=set)
    """Columns that a person named."""


def column_names(table: Table) -> tuple[str, ...]:
    """Return the names of a table's columns; those without a name are numbered from 1."""
    return table.header or tuple(f"column {number}" for number in range(1, table.width + 1))


def choose_options(table: Table, tables: Sequence[Table], options: ListOptions) -> ListOptions:
    """Leave out the options about columns that only other lists of the import have."""
    own = set(map(compact, column_names(table)))
    others = {compact(name) for each in tables for name in column_names(each)} - own
    return replace(
        options,
        maps=tuple(pair for pair in options.maps if compact(pair[0]) not in others),
        ignored=tuple(name for name in options.ignored if compact(name) not in others),
    )


def find_roles(header: Sequence[str], table: Table, exporter: Exporter | None, options: ListOptions) -> Roles:
    """Decide what can be known of the columns from their names, the tool and the options.

    Raises UnreadableImport when no column holds addresses.
    """
    roles = Roles()
    for column, target in options.maps:
        place = place_of(header, column)
        _apply_map(roles, place, header[place], target)
    for column in options.ignored:
        place = place_of(header, column)
        roles.unused.add(place)
        roles.certain.add(place)
    if exporter:
        _apply_exporter(roles, header, exporter)
    _name_fields(roles, header, exporter)
    if "email" not in roles.fields:
        if table.address_column is None or table.address_column in {*roles.consent, *roles.unused}:
            raise UnreadableImport(_no_addresses(header))
        roles.fields["email"] = table.address_column
    taken = {*roles.fields.values(), *roles.consent, *roles.unused}
    for place, name in enumerate(header):
        if place not in taken and not names.is_other_channel(name):
            _name_consent(roles, place, name)
    return roles


def _name_consent(roles: Roles, place: int, name: str) -> None:
    if names.is_status_name(name):
        roles.statuses.add(place)
    elif names.find_flag(name):
        roles.flags[place] = names.find_flag(name)
    elif names.smells_of_consent(name):
        roles.smells.add(place)


def _apply_map(roles: Roles, place: int, name: str, target: str) -> None:
    kind, _, value = target.partition(":")
    kind = " ".join(kind.lower().replace("_", "-").split())
    roles.certain.add(place)
    if kind.replace("-", " ") in names.FIELDS and not value:
        roles.fields[kind.replace("-", " ")] = place
    elif kind == "status":
        roles.consent[place] = status()
    elif kind in TRIGGERS or kind in GRANTS:
        base = roles.consent.get(place) or (status() if names.is_status_name(name) else None)
        try:
            roles.consent[place] = extend(base, kind, value.strip() or "yes")
        except ValueError as error:
            raise UnreadableImport(f"{name!r}: {error}") from error
    else:
        known = (*names.FIELDS, "status", *(f"{each}:VALUE" for each in (*GRANTS, *TRIGGERS)))
        raise UnreadableImport(f"a column can be mapped to {', '.join(known)}; not to {target!r}")


def _apply_exporter(roles: Roles, header: Sequence[str], exporter: Exporter) -> None:
    for place, name in enumerate(header):
        key = compact(name)
        if place in roles.certain:
            continue
        if key in exporter.fields and exporter.fields[key] not in roles.fields:
            roles.fields[exporter.fields[key]] = place
        if key in exporter.consent:
            roles.consent[place] = exporter.consent[key]
        if key in exporter.unused:
            roles.unused.add(place)


def _name_fields(roles: Roles, header: Sequence[str], exporter: Exporter | None) -> None:
    found: dict[str, list[int]] = {}
    taken = {*roles.fields.values(), *roles.unused}
    for place, name in enumerate(header):
        wanted = names.find_field(name)
        if wanted and place not in taken and wanted not in roles.fields:
            found.setdefault(wanted, []).append(place)
    for wanted, places in found.items():
        roles.fields[wanted] = min(places, key=lambda place: (names.rank_in_field(header[place]), place))
    if (
        exporter is None
        and "name" not in roles.fields
        and {"first name", "last name"} & set(roles.fields) == {"last name"}
    ):
        roles.fields["name"] = roles.fields.pop("last name")


def place_of(header: Sequence[str], column: str) -> int:
    """Return the place of a column that an option names: as it is written, or else but for case and signs."""
    for same in (str.strip, compact):
        for place, name in enumerate(header):
            if same(name) == same(column):
                return place
    raise UnreadableImport(
        f"the list has no column {column!r}; its columns are: {', '.join(header)[:HEAD_CHARS]}"
    )


def _no_addresses(header: Sequence[str]) -> str:
    if any("@" in cell for cell in header):
        return "the first line must name the columns, and it holds an address"
    return (
        "no column is known to hold addresses; name it with --map 'COLUMN=email'. The columns are: "
        f"{', '.join(header)[:HEAD_CHARS]}"
    )
