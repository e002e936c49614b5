"""Output files, which never replace content, templates, settings or files that something else wrote."""

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
"""Marks a page as written by this program."""

_KEPT_FOLDERS = ("content", "templates")


def check_page(newsletter: Newsletter, page: Path | None) -> None:
    """Check that a page may be written to a path.

    Raises:
        click.UsageError: something else is there.
        FileError: what is there cannot be read.
    """
    if page is not None:
        _check(newsletter, page, "--html", "a page of this program", lambda raw: PAGE_MARK in raw)


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
