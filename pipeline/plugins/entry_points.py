"""Finds what installed packages offer to this program, and imports it when it is needed.

Names cost a look at the metadata of the installed packages; nothing of a package is imported for them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal, TypeVar

from pipeline.errors import PluginError
from pipeline.plugins.installed import has_plugins

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Group = Literal[
    "weekly_insights.sections",
    "weekly_insights.sources",
    "weekly_insights.transports",
    "weekly_insights.webhooks",
]

_NAME = re.compile(r"[a-z][a-z0-9]*")
"""One word: names become parts of environment variables, addresses and tags of readers."""

_Offer = TypeVar("_Offer")


@cache
def find_plugins(group: Group) -> Mapping[str, EntryPoint]:
    """Find the entry points of a group by name, sorted.

    Raises PluginError for a name that is not usable, or that two packages claim.
    """
    found: dict[str, EntryPoint] = {}
    if not has_plugins():
        return found
    from importlib.metadata import entry_points  # noqa: PLC0415 - few have any, and it imports much

    for point in sorted(entry_points(group=group), key=lambda each: (each.name, each.value)):
        if not _NAME.fullmatch(point.name):
            raise _fail(point, "its name must be one word of small letters and digits", "rename it")
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise _fail(point, f"{_package(other)} offers the same name", "uninstall one of the two")
    return found


def load_plugin(group: Group, name: str, kind: type[_Offer]) -> _Offer:
    """Import what a package offers. Raises PluginError when that fails or the value is of another type."""
    point = find_plugins(group)[name]
    try:
        offer = point.load()
    except Exception as error:  # code of somebody else: it can raise anything
        cause = f"importing {point.value} failed: {type(error).__name__}: {error}"
        raise _fail(point, cause) from error
    if not isinstance(offer, kind):
        cause = f"{point.value} must be a {kind.__name__}, and is a {type(offer).__name__}"
        raise _fail(point, cause)
    if getattr(offer, "name", name) != name:
        raise _fail(point, f"{point.value} calls itself {getattr(offer, 'name', '')!r}")
    return offer


def refuse_plugin(group: Group, name: str, cause: str) -> PluginError:
    """Build the error for an offer that was imported and cannot be used."""
    return _fail(find_plugins(group)[name], cause)


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an installed package"


def _fail(point: EntryPoint, cause: str, step: str = "") -> PluginError:
    name = point.dist.name if point.dist else "the package"
    return PluginError(
        f"the entry point {point.name!r} ({point.group}) of {_package(point)} cannot be used: {cause}; "
        f"{step or f'update {name}, or uninstall it'}"
    )
