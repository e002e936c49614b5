"""Looks at the installed packages without `importlib.metadata`, which takes longer to import than to look."""

from __future__ import annotations

import os
import sys
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path


def has_plugins() -> bool:
    """Return whether an installed package adds something, or may: where packages are not folders of files."""
    if any(hasattr(finder, "find_distributions") and finder is not PathFinder for finder in sys.meta_path):
        return True
    if any(place and not Path(place).is_dir() and Path(place).exists() for place in sys.path):
        return True
    return _look_for_plugins(tuple(sys.path))


def find_version(package: str) -> str:
    """Return the version of an installed package, by its name with underscores."""
    for path in _list_metadata(tuple(sys.path)):
        name, dash, version = os.path.basename(path).removesuffix(".dist-info").partition("-")  # noqa: PTH119
        if dash and name.lower() == package:
            return version
    from importlib.metadata import version as look_up  # noqa: PLC0415 - see above

    return look_up(package)


@cache
def _look_for_plugins(places: tuple[str, ...]) -> bool:
    for path in _list_metadata(places):
        try:
            # A hundred paths as objects would cost five milliseconds.
            with open(f"{path}/entry_points.txt", "rb") as points:  # noqa: PTH123 - as above
                if b"[weekly_insights." in points.read():
                    return True
        except (FileNotFoundError, NotADirectoryError):
            continue
    return False


@cache
def _list_metadata(places: tuple[str, ...]) -> tuple[str, ...]:
    """List the folders with what is known of each installed package."""
    found: list[str] = []
    for place in places:
        if Path(place).is_dir():
            with os.scandir(place or ".") as entries:
                found += [
                    each.path for each in entries if each.name.lower().endswith((".dist-info", "egg-info"))
                ]
    return tuple(found)
