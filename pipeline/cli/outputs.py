"""Files that an editor has written for her: never over content, templates, settings or anybody's own file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.files import read_if_there

if TYPE_CHECKING:
    from pipeline.wiring import Newsletter

PAGE_MARK = b'<meta name="generator" content="weekly-insights">'
"""By this a page of ours is known again."""

_KEPT_FOLDERS = ("content", "templates")


def check_page(newsletter: Newsletter, page: Path | None) -> None:
    """Refuse a place for a page that holds something else.

    Raises:
        click.UsageError: it does.
        FileError: what is there cannot be read.
    """
    if page is not None:
        _check(newsletter, page, "--html", "a page of ours", lambda raw: PAGE_MARK in raw)


def check_export(newsletter: Newsletter, out: Path) -> None:
    """Refuse a place for an export that holds something else.

    Raises:
        click.UsageError: it does.
        FileError: what is there cannot be read.
    """
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
