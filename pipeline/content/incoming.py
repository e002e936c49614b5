"""Read somebody's glossary: JSON, CSV or a folder of Markdown files, entry by entry.

An entry is what stands there, by key; what cannot be read is told with its place and stops nothing else.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.content.document import Document, Problems, Section, parse_document
from pipeline.content.mistakes import parse_mistakes
from pipeline.content.model import Problem
from pipeline.content.values import read_value
from pipeline.errors import AuthorError, FileError

LISTS = ("related_terms", "related_links", "aliases", "prerequisites", "sources")
_JSON_CELLS = (*LISTS, "common_mistakes", "faqs", "seasons")
_SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "term": ("title", "name"),
    "slug": (),
    "category": (),
    "prerequisites": (),
    "seasons": (),
    "full_name": ("full_form", "long_name", "expansion"),
    "definition": ("short_definition", "summary", "description", "what_is_it", "what_it_is"),
    "example": ("examples", "an_example", "for_example", "practical_example"),
    "why_it_matters": ("why_this_matters", "why_does_it_matter", "why_is_it_important", "importance"),
    "in_depth": ("how_it_works", "how_does_it_work", "in_detail", "deep_dive", "explanation"),
    "common_mistakes": ("mistakes", "common_pitfalls", "pitfalls", "common_errors"),
    "career_relevance": ("career", "careers", "for_your_career", "career_impact"),
    "related_terms": ("related", "see_also"),
    "related_links": ("links", "related_pages"),
    "faqs": ("faq", "frequently_asked_questions"),
    "difficulty": ("level",),
    "aliases": ("synonyms", "also_known_as", "aka"),
    "sources": ("references",),
}
_PROPER = {name: key for key, names in _SYNONYMS.items() for name in (key, *names)}
_SECTIONS = frozenset(
    ("definition", "example", "why_it_matters", "in_depth", "common_mistakes", "career_relevance")
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One term as it came: values by proper key, and the keys that were called otherwise.

    `place` says where for people, such as `glossary.json[3]`. `is_exact` says that an export gives it back.
    """

    place: str
    values: Mapping[str, Any]
    names: Mapping[str, str]
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that is no entry, and why."""

    place: str
    reason: str


def read_entries(source: Path) -> Iterator[Entry | Unread]:
    """Read a file or folder, in its order; a folder's files by name.

    Raises:
        FileError: it cannot be opened.
        AuthorError: it is no glossary at all.
    """
    if source.is_dir():
        yield from _read_folder(source)
        return
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise FileError(source, error, "give a JSON or CSV file, or a folder of Markdown files") from error
    except UnicodeDecodeError as error:
        raise _refuse(source, 0, "the file is not UTF-8", "save it as UTF-8") from error
    kind = source.suffix.lower()
    if kind == ".md":
        yield _read_markdown(source.name, source.stem, text)
    elif kind in (".csv", ".tsv"):
        yield from _read_csv(source, text)
    else:
        yield from _read_json(source, text)


def proper_key(name: str) -> str:
    """Make a key of a name in whatever spelling: of `whyItMatters`, and of `Why it matters?`."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return "_".join(re.findall(r"[^\W_]+", snake.casefold()))


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
    for number, each in enumerate(terms):
        place = f"{source.name}[{number}]"
        key = next(filter(None, (twice.get(id(inner)) for inner in _objects(each))), "")
        if not isinstance(each, dict):
            yield Unread(place, "this is no object with a term's keys")
        elif key:
            yield Unread(place, f"the key `{key[:40]}` is given twice")
        else:
            yield _entry(place, each, is_exact=True)


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


def _entry(place: str, given: Mapping[str, Any], *, is_exact: bool = False) -> Entry:
    """Give every value its proper key; of two that mean the same, the one with the proper name counts."""
    proper: dict[str, str] = {}
    for name in sorted(given, key=lambda name: name not in _SYNONYMS):
        key = _PROPER.get(proper_key(name), "")
        if key and key not in proper.values():
            proper[name] = key
    values = {proper.get(name, name): value for name, value in given.items() if name in proper}
    others = {name: value for name, value in given.items() if name not in proper}
    names = {key: name for name, key in proper.items() if key != name}
    return Entry(place, others | values, names, is_exact)


def _read_csv(source: Path, text: str) -> Iterator[Entry | Unread]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip() for name in next(rows, [])]
    if not any(_PROPER.get(proper_key(name)) == "term" for name in columns):
        raise _refuse(source, 1, "no column is called `term`", "name the columns in the first line")
    if len(set(columns)) < len(columns):
        raise _refuse(source, 1, "two columns have the same name", "rename one of the two")
    line = 2
    try:
        for cells in rows:
            place, line = f"{source.name}:{line}", rows.line_num + 1
            if len(cells) > len(columns):
                yield Unread(place, f"the row has {len(cells)} cells and the file {len(columns)} columns")
            elif any(map(str.strip, cells)):
                yield _read_row(place, dict(zip(columns, cells, strict=False)))
    except csv.Error as error:
        yield Unread(f"{source.name}:{line}", f"the rest of the file cannot be read: {error}")


def _read_row(place: str, row: Mapping[str, str]) -> Entry | Unread:
    values: dict[str, Any] = {}
    for name, cell in row.items():
        key = _PROPER.get(proper_key(name), name)
        if not name or not cell.strip():
            continue
        try:
            values[name] = _read_cell(key, cell)
        except ValueError:
            return Unread(place, f"the cell `{name}` begins like JSON and is none")
    return _entry(place, values)


def _read_cell(key: str, cell: str) -> object:
    if key not in _JSON_CELLS:
        return cell
    if cell.lstrip().startswith(("[", "{")):
        return json.loads(cell)
    return [part.strip() for part in cell.split(";") if part.strip()]


def _read_folder(folder: Path) -> Iterator[Entry | Unread]:
    names = sorted(path for path in folder.rglob("*.md") if path.is_file())
    for path in names:
        place = path.relative_to(folder).as_posix()
        if path.name.startswith((".", "_")) or path.name == "README.md":
            continue
        try:
            yield _read_markdown(place, path.stem, path.read_bytes().decode("utf-8-sig"))
        except OSError as error:
            yield Unread(place, f"the file cannot be read: {(error.strerror or str(error)).lower()}")
        except UnicodeDecodeError:
            yield Unread(place, "the file is not UTF-8")


def _read_markdown(place: str, stem: str, text: str) -> Entry | Unread:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    title = re.match(r"\s*#[ \t]+(.+?)[ \t]*#*\n", text)
    if not text.startswith("---\n") and title:
        text = f"---\nterm: {json.dumps(title[1])}\n---\n{text[title.end() :]}"
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
    return _entry(place, front | sections)


def _is_missing(without: object, sections: Mapping[str, Any]) -> bool:
    """Whether this is a list of headings that the file does not have."""
    names = without if isinstance(without, list) and without else [None]
    keys = {_PROPER.get(proper_key(name), "") if isinstance(name, str) else "" for name in names}
    return keys <= _SECTIONS - sections.keys()


def _read_sections(document: Document) -> dict[str, Any]:
    """Give every section its key; what stands under another heading goes to the end of how it works."""
    texts: dict[str, list[str]] = {"definition": [document.lead.text]}
    values: dict[str, Any] = {}
    for section in document.sections:
        key = _PROPER.get(proper_key(section.heading), "")
        if key == "common_mistakes" and key not in values:
            values |= _read_mistakes(section)
        elif key in _SECTIONS and key != "common_mistakes":
            texts.setdefault(key, []).append(section.text)
        else:
            texts.setdefault("in_depth", []).append(f"### {section.heading}\n\n{section.text}")
    return values | {key: "\n\n".join(filter(None, parts)) for key, parts in texts.items() if any(parts)}


def _read_mistakes(section: Section) -> dict[str, Any]:
    """Take the pairs; a list with something else in it is kept as it is, too."""
    found = Problems("")
    pairs = parse_mistakes(section, found)
    mistakes = [{"mistake": pair.mistake, "correction": pair.fix} for pair in pairs]
    return {"common_mistakes": mistakes} | (
        {"common_mistakes_as_written": section.text} if found.found else {}
    )
