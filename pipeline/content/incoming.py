"""Read somebody's glossary: JSON, CSV or a folder of Markdown files, entry by entry.

An entry is what stands there, by key; what cannot be read is told with its place and stops nothing else.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.content.entries import (
    LISTS,
    PROPER,
    Entry,
    Skipped,
    Unread,
    make_entry,
    name_entry,
    name_kind,
    proper_key,
    quote_name,
)
from pipeline.content.model import Problem
from pipeline.content.wiki import ENDINGS, read_folder, read_markdown
from pipeline.errors import AuthorError, FileError

_JSON_CELLS = (*LISTS, "common_mistakes", "faqs", "seasons")
_BOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_READ = "give a JSON or CSV file, or a folder of Markdown files"
_QUOTE = "put a text with the separator in it into quotes"
_NAMES_OF_FOREIGN = ".docx .doc .odt .pdf .html .htm .xml .yaml .yml .toml .db .zip"
_FOREIGN = (*_BOOKS, *_NAMES_OF_FOREIGN.split())


def read_entries(source: Path) -> Iterator[Entry | Unread | Skipped]:
    """Read a file or folder, in its order; a folder's files by name.

    Raises:
        FileError: it cannot be opened.
        AuthorError: it is no glossary at all.
    """
    if source.is_dir():
        yield from read_folder(source)
        return
    _refuse_foreign(source)
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileError(source, error, _READ) from error
    except UnicodeDecodeError as error:
        raise _refuse(source, 0, "the file is not UTF-8", "save it as UTF-8") from error
    kind = source.suffix.lower()
    if kind in ENDINGS:
        yield read_markdown(source.name, source.stem, text)
    elif kind in (".csv", ".tsv"):
        yield from _read_csv(source, text)
    else:
        yield from _read_json(source, text)


def _refuse_foreign(source: Path) -> None:
    """Say how to get at a glossary in a file that this program does not read."""
    kind = source.suffix.lower()
    if kind in _FOREIGN and source.is_file():
        fix = "save it as CSV (UTF-8) there, and import that" if kind in _BOOKS else _READ
        raise _refuse(source, 0, f"a file `*{kind}` cannot be read", fix)


def _refuse(source: Path, line: int, message: str, fix: str) -> AuthorError:
    return AuthorError([Problem(str(source), line, message, fix, "import-unreadable")])


def _read_json(source: Path, text: str) -> Iterator[Entry | Unread]:
    twice: dict[int, str] = {}
    try:
        tree = json.loads(text, object_pairs_hook=lambda pairs: _take_pairs(pairs, twice))
    except json.JSONDecodeError as error:
        raise _refuse(source, error.lineno, f"the file is no JSON: {error.msg}", "mend it there") from error
    except RecursionError as error:
        raise _refuse(source, 0, "the file is nested too deeply", "take the inner levels out") from error
    except ValueError as error:  # Python reads no number of more than 4,300 digits
        raise _refuse(source, 0, "a number in it is endlessly long", "write it as text, in quotes") from error
    terms = tree.get("terms") if isinstance(tree, dict) else tree
    if not isinstance(terms, list):
        fix = 'give a list of terms, or `{"terms": […]}`'
        raise _refuse(source, 0, "the file holds no list of terms", fix)
    for number, each in enumerate(terms, 1):
        place = name_entry(number, each)
        key = next(filter(None, (twice.get(id(inner)) for inner in _objects(each))), "")
        if not isinstance(each, dict):
            yield Unread(place, f"it is {name_kind(each)}, not an object with a `term` and a `definition`")
        elif key:
            yield Unread(place, f"the key `{key[:40]}` is given twice: delete one of the two")
        else:
            yield make_entry(place, each, is_exact=True)


def _take_pairs(pairs: list[tuple[str, Any]], twice: dict[int, str]) -> dict[str, Any]:
    """Make an object, and note the one that has a key twice, whose first value would be lost."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice[id(made)] = next(name for name in names if names.count(name) > 1)
    return made


def _objects(value: object) -> Iterator[object]:
    """Go through a value and the objects in it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _objects(each)


def _read_csv(source: Path, text: str) -> Iterator[Entry | Unread]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip() for name in next(rows, [])]
    term = next((n for n, name in enumerate(columns) if PROPER.get(proper_key(name)) == "term"), None)
    if term is None:
        raise _refuse(source, 1, "no column is called `term`", "name the columns in the first line")
    if len(set(columns)) < len(columns):
        raise _refuse(source, 1, "two columns have the same name", "rename one of the two")
    line = 2
    try:
        for cells in rows:
            name = cells[term] if term < len(cells) else ""
            place, line = f"{source.name}:{line}{quote_name(name)}", rows.line_num + 1
            if len(cells) > len(columns):
                yield Unread(
                    place, f"the row has {len(cells)} cells and the file {len(columns)} columns: {_QUOTE}"
                )
            elif any(map(str.strip, cells)):
                yield _read_row(place, dict(zip(columns, cells, strict=False)))
    except csv.Error as error:
        yield Unread(f"{source.name}:{line}", f"the rest of the file cannot be read: {error}")


def _read_row(place: str, row: Mapping[str, str]) -> Entry | Unread:
    values: dict[str, Any] = {}
    for name, cell in row.items():
        key = PROPER.get(proper_key(name), name)
        if not name or not cell.strip():
            continue
        try:
            values[name] = _read_cell(key, cell)
        except ValueError:
            return Unread(
                place, f"the cell `{name}` begins like JSON and is none: mend it, or write a list as one; two"
            )
    return make_entry(place, values)


def _read_cell(key: str, cell: str) -> object:
    if key not in _JSON_CELLS:
        return cell
    if cell.lstrip().startswith(("[", "{")):
        return json.loads(cell)
    return [part.strip() for part in cell.split(";") if part.strip()]
