"""What names a term or a tip: its file. Reads only the file that is named, whatever is wrong in others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from pipeline.content.document import parse_document
from pipeline.content.read import GLOSSARY, TIPS
from pipeline.content.slugs import SLUG, EntryKind
from pipeline.errors import FileError
from pipeline.files import read_if_there
from pipeline.model.problem import Problems

_FOLDERS: Mapping[EntryKind, str] = {"term": GLOSSARY, "tip": TIPS}


def list_slugs(root: Path, kind: EntryKind) -> tuple[str, ...]:
    """List the slugs of a kind by the names of the files; a missing folder has none."""
    files = (root / _FOLDERS[kind]).glob("*.md")
    return tuple(sorted(file.stem for file in files if SLUG.fullmatch(file.stem)))


def read_title(root: Path, kind: EntryKind, slug: str) -> str:
    """Read the title of a term or tip; empty when its front matter cannot be read or has none."""
    path = f"{_FOLDERS[kind]}/{slug}.md"
    try:
        text = (read_if_there(root / path) or b"").decode("utf-8-sig").replace("\r\n", "\n")
    except (FileError, UnicodeDecodeError):
        return ""
    document = parse_document(text, Problems(path))
    _, title = document.keys.get("title", (0, None)) if document is not None else (0, None)
    return " ".join(str(title.value).split()) if isinstance(title, yaml.ScalarNode) else ""
