"""JSON on stdout: one document, instants in UTC, null for what is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, is_dataclass
from datetime import date, datetime
from typing import Any

import click

from subscribers.instants import format_instant

SCHEMA = 1
"""Version of every JSON document; a key that goes, or changes its meaning, raises it."""


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document on stdout, `schema` first; its form is declared in `pipeline.cli.documents`."""
    click.echo(json.dumps({"schema": SCHEMA, **to_json(document)}, ensure_ascii=False, indent=2))


def print_json_rows(name: str, rows: Iterable[object]) -> None:
    """Print a document of one long list, a line for each row, in bounded memory."""
    click.echo(f'{{"schema": {SCHEMA}, "{name}": [', nl=False)
    start = "\n"
    for row in rows:
        click.echo(start + json.dumps(to_json(row), ensure_ascii=False), nl=False)
        start = ",\n"
    click.echo("\n]}")


def to_json(value: Any) -> Any:  # noqa: ANN401 - values of JSON
    """Make a value of JSON: instants in UTC, days as dates, and null for what is not there.

    That is an empty text, and a field whose default is 0 when it has it. A mapping under the key `extra`
    belongs to another program and stays as it is.
    """
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: _read_field(value, field) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): each if key == "extra" else to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def _read_field(value: object, field: Field[Any]) -> object:
    found = getattr(value, field.name)
    is_zero = isinstance(found, int | float) and not isinstance(found, bool) and found == 0
    return None if is_zero and field.default == 0 else found
