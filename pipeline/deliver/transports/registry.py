"""Every way in which letters can leave: our own and those of installed packages, imported when used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

from pipeline.deliver.transport import TransportSpec
from pipeline.plugins.entry_points import find_plugins, load_plugin

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "outbox": "pipeline.deliver.transports.outbox",
        "smtp": "pipeline.deliver.transports.smtp",
    }
)
"""The module of each transport of our own, by name; its spec is called `TRANSPORT` there."""

_GROUP: Final = "weekly_insights.transports"


def transport_names() -> tuple[str, ...]:
    """List what `[transport] kind` can be, our own first."""
    return (*BUILT_IN, *(name for name in find_plugins(_GROUP) if name not in BUILT_IN))


def find_transport(name: str) -> TransportSpec:
    """Import a transport; raises PluginError when an installed package has a broken one."""
    if name in BUILT_IN:
        return cast("TransportSpec", import_module(BUILT_IN[name]).TRANSPORT)
    return load_plugin(_GROUP, name, TransportSpec)
