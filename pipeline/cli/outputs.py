"""Outputs for programs: JSON on stdout, annotations of GitHub, and files.

JSON is one document with instants in UTC and null for what is not there. Files never replace content,
templates, settings or files that something else wrote.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.files import read_if_there
from pipeline.model.absence import ABSENT_WHEN_ZERO
from pipeline.model.problem import Problem
from subscribers.instants import format_instant

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter

SCHEMA = 1
"""Version of every JSON document; a key that goes, or changes its meaning, raises it."""


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document on stdout, `schema` first; its form is declared in `pipeline.cli.documents`."""
    click.echo(json.dumps({"schema": SCHEMA, **to_json(document)}, ensure_ascii=False, indent=2))


LINES_AT_ONCE = 500
"""Lines that are printed in one call, which costs as much as making fifty of them."""


def echo_lines(lines: Iterable[str], head: str = "") -> None:
    """Print lines in bounded memory; `head` comes first if there are any."""
    each = iter(lines)
    while some := list(islice(each, LINES_AT_ONCE)):
        click.echo("\n".join([head, *some] if head else some))
        head = ""


def print_json_rows(name: str, rows: Iterable[object], **more: Iterable[object]) -> None:
    """Print a document of one long list, or of several, a line for each row, in bounded memory."""
    click.echo(f'{{"schema": {SCHEMA}', nl=False)
    for key, each in {name: rows, **more}.items():
        click.echo(f', "{key}": [', nl=False)
        start = "\n"
        written = (json.dumps(to_json(row), ensure_ascii=False) for row in each)
        while some := ",\n".join(islice(written, LINES_AT_ONCE)):
            click.echo(start + some, nl=False)
            start = ",\n"
        click.echo("\n]", nl=False)
    click.echo("}")


def to_json(value: Any) -> Any:  # noqa: ANN401 - values of JSON
    """Convert a value for JSON: instants in UTC, days as dates, and null for what is not there.

    That is an empty text, and a 0 in a field that is declared as `ABSENT_WHEN_ZERO`. A mapping under the key
    `extra` belongs to another program and stays as it is.
    """
    if isinstance(value, str | int | float | None):
        return None if value == "" else value
    if isinstance(value, Problem):
        value = value.as_json()
    elif is_dataclass(value) and not isinstance(value, type):
        absent = {field.name for field in fields(value) if field.metadata == ABSENT_WHEN_ZERO}
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        value = {name: None if name in absent and each == 0 else each for name, each in found.items()}
    if isinstance(value, Mapping):
        return {str(key): each if key == "extra" else to_json(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(each) for each in value]
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def document(form: type, *sources: object, **values: object) -> dict[str, object]:
    """Build a document, or a row of one, with the keys of its type in `pipeline.cli.documents`.

    A key has the value that is given for it, else the attribute of that name of the first source that has it.
    Raises AttributeError for a key that nothing has a value for.
    """
    made: dict[str, object] = {}
    for key in form.__annotations__:
        owner = next((each for each in sources if hasattr(each, key)), None)
        made[key] = values[key] if key in values else getattr(owner, key)
    return made


def annotation(severity: str, *, title: str, message: str, path: str = "", line: int = 0) -> str:
    """Write a workflow command, about a file or, without a path, the whole run; `line` 0 is a whole file.

    Escapes as https://github.com/actions/toolkit does in packages/core/src/command.ts.
    """
    place = {"file": path, "line": str(max(line, 1))} if path else {}
    properties = {**place, "title": title}
    listed = ",".join(f"{key}={_escape_property(value)}" for key, value in properties.items())
    return f"::{severity} {listed}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")


PAGE_MARK = b'<meta name="generator" content="weekly-insights">'
"""Marks a page as written by this program."""
PICTURE_MARK = b"<!-- weekly-insights: "
"""Marks a picture as drawn by this program."""

_KEPT_FOLDERS = ("content", "templates")


def check_page(newsletter: Newsletter, page: Path | None) -> None:
    """Check that a page may be written to a path.

    Raises:
        click.UsageError: something else is there.
        FileError: what is there cannot be read.
    """
    if page is not None:
        _check(newsletter, page, "--html", "a page of this program", lambda raw: PAGE_MARK in raw)


def check_picture(newsletter: Newsletter, picture: Path | None) -> None:
    """Check that a picture may be written to a path; raises as `check_page` does."""
    if picture is not None:
        _check(newsletter, picture, "--svg", "a picture of this program", lambda raw: PICTURE_MARK in raw)


def check_export(newsletter: Newsletter, out: Path) -> None:
    """Check that an export may be written to a path; raises as `check_page` does."""
    _check(newsletter, out, "--out", "an export", _is_export)


def _check(
    newsletter: Newsletter, out: Path, option: str, kind: str, is_ours: Callable[[bytes], bool]
) -> None:
    place = out.resolve()
    for name in _KEPT_FOLDERS:
        if place.is_relative_to((newsletter.folder / name).resolve()):
            raise click.UsageError(
                f"{out} is in {name}/, which is yours to write; give {option} a file elsewhere."
            )
    if place == newsletter.config.resolve():
        raise click.UsageError(f"{out} is the settings file; give {option} another name.")
    if not place.exists():
        return
    if not place.is_file() or not is_ours(read_if_there(place) or b""):
        raise click.UsageError(
            f"{out} is there already and is not {kind}; give {option} another name, or delete the file first."
        )


def _is_export(raw: bytes) -> bool:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, list) and all(isinstance(each, dict) and "term" in each for each in found)
