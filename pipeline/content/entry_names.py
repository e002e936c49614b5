"""What names a term or a tip: its file. Reads only the file that is named, whatever is wrong in others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pipeline.content.read import GLOSSARY, TIPS, parse_file
from pipeline.content.slugs import SLUG, EntryKind
from pipeline.errors import FileError
from pipeline.files import read_if_there

_FOLDERS: Mapping[EntryKind, str] = {"term": GLOSSARY, "tip": TIPS}


def list_slugs(root: Path, kind: EntryKind) -> tuple[str, ...]:
    """List the slugs of a kind by the names of the files; a missing folder has none."""
    files = (root / _FOLDERS[kind]).glob("*.md")
    return tuple(sorted(file.stem for file in files if SLUG.fullmatch(file.stem)))


def read_title(root: Path, kind: EntryKind, slug: str) -> str:
    """Read the title of a term or tip; empty when its file has an error."""
    path = f"{_FOLDERS[kind]}/{slug}.md"
    try:
        entry, _ = parse_file(path, read_if_there(root / path) or b"")
    except FileError:
        return ""
    return entry.title if entry is not None else ""
