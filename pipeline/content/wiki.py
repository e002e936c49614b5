"""Read a folder of somebody's Markdown files: titles, front matter and headings as people write them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.content.document import Document, Problems, Section, parse_document
from pipeline.content.entries import PROPER, Entry, Skipped, Unread, make_entry, proper_key
from pipeline.content.mistakes import parse_mistakes
from pipeline.content.values import read_value

ENDINGS = (".md", ".markdown")

_SECTIONS = frozenset(
    ("definition", "example", "why_it_matters", "in_depth", "common_mistakes", "career_relevance")
)
_TITLE = re.compile(
    r"\s*(?:#[ \t]+(?P<hash>.+?)[ \t]*#*|(?P<line>[^\s#>*+-][^\n]*?)[ \t]*\n=+[ \t]*)(?:\n|\Z)"
)
"""The heading that a file begins with: behind `#`, or above a line of `=`."""


def read_folder(folder: Path) -> Iterator[Entry | Unread | Skipped]:
    """Read the Markdown files below a folder, by name, and say what is left out."""
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
        yield Skipped(folder.name or str(folder), f"files that are no Markdown, left out: {others}")


def read_markdown(place: str, stem: str, text: str) -> Entry | Unread:
    """Read one file's text, whose name without its ending is the slug unless it gives another."""
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
    return make_entry(place, front | sections)


def _walk(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Go through files and the folders that are not entered, by name; tells which is which."""
    for here, folders, files in os.walk(folder):
        folders.sort()
        entered = [name for name in folders if not (name.startswith(".") or (Path(here) / name).is_symlink())]
        found = [(name, False) for name in files] + [(name, True) for name in folders if name not in entered]
        folders[:] = entered
        for name, is_folder in sorted(found):
            yield Path(here) / name, is_folder


def _find_reason_to_skip(path: Path, inside: Path, *, is_folder: bool) -> str:
    """Say why something is none of the glossary's files; empty when it may be one."""
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


def _read_file(place: str, path: Path) -> Entry | Unread:
    try:
        return read_markdown(place, path.stem, path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        return Unread(place, f"the file cannot be read: {(error.strerror or str(error)).lower()}")
    except UnicodeDecodeError:
        return Unread(place, "the file is not UTF-8: save it as UTF-8")


def _is_missing(without: object, sections: Mapping[str, Any]) -> bool:
    """Whether this is a list of headings that the file does not have."""
    names = without if isinstance(without, list) and without else [None]
    keys = {PROPER.get(proper_key(name), "") if isinstance(name, str) else "" for name in names}
    return keys <= _SECTIONS - sections.keys()


def _read_sections(document: Document) -> dict[str, Any]:
    """Give every section its key; what stands under another heading goes to the end of how it works."""
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


def _read_mistakes(section: Section) -> dict[str, Any]:
    """Take the pairs; a list with something else in it is kept as it is, too."""
    found = Problems("")
    pairs = parse_mistakes(section, found)
    mistakes = [{"mistake": pair.mistake, "correction": pair.fix} for pair in pairs]
    return {"common_mistakes": mistakes} | (
        {"common_mistakes_as_written": section.text} if found.found else {}
    )
