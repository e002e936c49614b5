"""Read another glossary: JSON, CSV or a folder of Markdown files, entry by entry.

An entry holds the values by key; what cannot be read is reported with its place and stops nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.content.common_mistakes import parse_mistakes
from pipeline.content.document import Document, DocumentSection, parse_document
from pipeline.content.exchange.source_entry import (
    LISTS,
    PROPER,
    Skipped,
    SourceEntry,
    Unread,
    decode_source,
    make_source_entry,
    name_entry,
    name_kind,
    parse_json,
    proper_key,
    quote_name,
    refuse_source,
)
from pipeline.content.front_matter import read_value
from pipeline.errors import FileError
from pipeline.model.problem import Problems

_JSON_CELLS = (*LISTS, "common_mistakes", "faqs", "seasons")
_BOOKS = (".xlsx", ".xls", ".ods", ".numbers")
_READ = "give a JSON or CSV file, or a folder of Markdown files"
_QUOTE = "put a text with the separator in it into quotes"
_NAMES_OF_FOREIGN = ".docx .doc .odt .pdf .html .htm .xml .yaml .yml .toml .db .zip"
_FOREIGN = (*_BOOKS, *_NAMES_OF_FOREIGN.split())


def read_entries(source: Path) -> Iterator[SourceEntry | Unread | Skipped]:
    """Read a file or folder, in its order; a folder's files by name.

    Raises:
        FileError: it cannot be opened.
        AuthorError: it is not a glossary.
    """
    if source.is_dir():
        yield from read_folder(source)
        return
    _refuse_foreign(source)
    try:
        text = decode_source(source.read_bytes(), source)
    except OSError as error:
        raise FileError(source, error, _READ) from error
    kind = source.suffix.lower()
    if kind in ENDINGS:
        yield read_markdown(source.name, source.stem, text)
    elif kind in (".csv", ".tsv"):
        yield from _read_csv(source, text)
    else:
        yield from _read_json(source, text)


def _refuse_foreign(source: Path) -> None:
    """Refuse a file of a kind that is not read, with the way to convert it."""
    kind = source.suffix.lower()
    if kind in _FOREIGN and source.is_file():
        fix = "save it as CSV (UTF-8) there, and import that" if kind in _BOOKS else _READ
        raise refuse_source(source, 0, f"a file `*{kind}` cannot be read", fix)


def _read_json(source: Path, text: str) -> Iterator[SourceEntry | Unread]:
    twice: dict[int, str] = {}
    tree = parse_json(text, source, twice)
    terms = tree.get("terms") if isinstance(tree, dict) else tree
    if not isinstance(terms, list):
        fix = 'give a list of terms, or `{"terms": […]}`'
        raise refuse_source(source, 0, "the file does not hold a list of terms", fix)
    for number, each in enumerate(terms, 1):
        place = name_entry(number, each)
        key = next(filter(None, (twice.get(id(inner)) for inner in _objects(each))), "")
        if not isinstance(each, dict):
            yield Unread(place, f"it is {name_kind(each)}, not an object with a `term` and a `definition`")
        elif key:
            yield Unread(place, f"the key `{key[:40]}` is given twice: delete one of the two")
        else:
            yield make_source_entry(place, each, is_exact=True)


def _objects(value: object) -> Iterator[object]:
    """Yield a value and the objects in it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _objects(each)


def _read_csv(source: Path, text: str) -> Iterator[SourceEntry | Unread]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip() for name in next(rows, [])]
    term = next((n for n, name in enumerate(columns) if PROPER.get(proper_key(name)) == "term"), None)
    if term is None:
        raise refuse_source(
            str(source), 1, "no column is called `term`", "name the columns in the first line"
        )
    if len(set(columns)) < len(columns):
        raise refuse_source(source, 1, "two columns have the same name", "rename one of the two")
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


def _read_row(place: str, row: Mapping[str, str]) -> SourceEntry | Unread:
    values: dict[str, Any] = {}
    for name, cell in row.items():
        key = PROPER.get(proper_key(name), name)
        if not name or not cell.strip():
            continue
        try:
            values[name] = _read_cell(key, cell)
        except ValueError:
            return Unread(
                place,
                f"the cell `{name}` begins like JSON and is not valid: fix it, or write a list as one; two",
            )
    return make_source_entry(place, values)


def _read_cell(key: str, cell: str) -> object:
    if key not in _JSON_CELLS:
        return cell
    if cell.lstrip().startswith(("[", "{")):
        return json.loads(cell)
    return [part.strip() for part in cell.split(";") if part.strip()]


ENDINGS = (".md", ".markdown")

_SECTIONS = frozenset(
    ("definition", "example", "why_it_matters", "in_depth", "common_mistakes", "career_relevance")
)
_TITLE = re.compile(
    r"\s*(?:#[ \t]+(?P<hash>.+?)[ \t]*#*|(?P<line>[^\s#>*+-][^\n]*?)[ \t]*\n=+[ \t]*)(?:\n|\Z)"
)
"""The heading that a file begins with: behind `#`, or above a line of `=`."""


def read_folder(folder: Path) -> Iterator[SourceEntry | Unread | Skipped]:
    """Read the Markdown files below a folder, by name, and report what is left out."""
    inside = folder.resolve()
    others = 0
    for path, is_folder in _walk(folder):
        place = path.relative_to(folder).as_posix()
        reason = _find_reason_to_skip(path, inside, is_folder=is_folder)
        if reason:
            yield Skipped(place, reason)
        elif path.suffix.lower() in ENDINGS:
            yield _read_file(place, path)
        else:
            others += 1
    if others:
        yield Skipped(folder.name or str(folder), f"files that are not Markdown, left out: {others}")


def read_markdown(place: str, stem: str, text: str) -> SourceEntry | Unread:
    """Read one file's text, whose name without its ending is the slug unless the text has another."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    title = _TITLE.match(text)
    if text.startswith("+++\n"):
        return Unread(place, "its front matter is TOML (`+++`): write it as YAML between two lines `---`")
    if not text.startswith("---\n"):
        if not title:
            return Unread(place, "it has no front matter and no heading: begin it with `# The term`")
        text = f"---\nterm: {json.dumps(title['hash'] or title['line'])}\n---\n{text[title.end() :]}"
    problems = Problems(place)
    document = parse_document(text, problems)
    if document is None:
        return Unread(place, problems.found[-1].message)
    try:
        front = {name: read_value(node) for name, (_, node) in document.keys.items()}
    except ValueError as error:
        return Unread(place, f"the front matter cannot be kept: {error}")
    extra = front.pop("extra", None)
    sections = _read_sections(document)
    if _is_missing(front.get("without"), sections):
        del front["without"]  # a term of ours says so by having none
    front = (extra if isinstance(extra, dict) else {}) | {"slug": stem} | front
    return make_source_entry(place, front | sections)


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield files and the folders that are not entered, by name, and whether each is a folder."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        entered = [name for name in folders if not (name.startswith(".") or (Path(here) / name).is_symlink())]
        found = [(name, False) for name in files] + [(name, True) for name in folders if name not in entered]
        folders[:] = entered
        for name, is_folder in sorted(found):
            yield Path(here) / name, is_folder


def _find_reason_to_skip(path: Path, inside: Path, *, is_folder: bool) -> str:
    """Return why something is not a file of the glossary; empty when it may be one."""
    if is_folder:
        return "a link to a folder, left out" if path.is_symlink() else "a hidden folder, left out"
    if path.suffix.lower() not in ENDINGS:
        return ""
    if path.name.startswith((".", "_")):
        return "its name begins with `.` or `_`: left out"
    if path.stem.casefold() == "readme":
        return "it is about the folder: left out"
    if path.is_symlink() and path.exists() and not path.resolve().is_relative_to(inside):
        return "a link that leads out of the folder: left out; import that file by itself"
    return ""


def _read_file(place: str, path: Path) -> SourceEntry | Unread:
    try:
        return read_markdown(place, path.stem, path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return Unread(place, f"the file cannot be read: {(error.strerror or str(error)).lower()}")
    except UnicodeDecodeError:
        return Unread(place, "the file is not UTF-8: save it as UTF-8")


def _is_missing(without: object, sections: Mapping[str, Any]) -> bool:
    """Return whether this is a list of headings that the file does not have."""
    names = without if isinstance(without, list) and without else [None]
    keys = {PROPER.get(proper_key(name), "") if isinstance(name, str) else "" for name in names}
    return keys <= _SECTIONS - sections.keys()


def _read_sections(document: Document) -> dict[str, Any]:
    """Map every section to its key; text under another heading goes to the end of How It Works."""
    texts: dict[str, list[str]] = {"definition": [document.lead.text]}
    values: dict[str, Any] = {}
    for section in document.sections:
        key = PROPER.get(proper_key(section.heading), "")
        if key == "common_mistakes" and key not in values:
            values |= _read_mistakes(section)
        elif key in _SECTIONS and key != "common_mistakes":
            texts.setdefault(key, []).append(section.text)
        else:
            texts.setdefault("in_depth", []).append(f"### {section.heading}\n\n{section.text}")
    return values | {key: "\n\n".join(filter(None, parts)) for key, parts in texts.items() if any(parts)}


def _read_mistakes(section: DocumentSection) -> dict[str, Any]:
    """Take the pairs; a list with something else in it is kept as it is, too."""
    found = Problems("")
    pairs = parse_mistakes(section, found)
    mistakes = [{"mistake": pair.mistake, "correction": pair.fix} for pair in pairs]
    return {"common_mistakes": mistakes} | (
        {"common_mistakes_as_written": section.text} if found.found else {}
    )
