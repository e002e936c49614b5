"""All sections that a letter can have: those of the table, and those of installed packages."""

from __future__ import annotations

from functools import cache
from typing import Final

from pipeline.model.sections import SECTIONS, SectionSpec
from pipeline.plugins.entry_points import find_plugins, load_plugin, refuse_plugin

_GROUP: Final = "weekly_insights.sections"
_TAKEN = frozenset({"also", "minutes", "skills", "order", "variants", "thin", "languages"})
"""Keys of `[news]` in the strings file and of `[sections]` in weekly.toml, which a section cannot have."""


@cache
def section_names() -> tuple[str, ...]:
    """List every section in the order of the letter; those of packages come after the other news."""
    ours = [spec.name for spec in SECTIONS]
    after = max(place for place, spec in enumerate(SECTIONS, 1) if spec.is_news)
    more = [name for name in find_plugins(_GROUP) if name not in ours]
    return (*ours[:after], *more, *ours[after:])


@cache
def news_sections() -> tuple[str, ...]:
    """List the sections that feeds can fill, in the order of the letter."""
    others = {spec.name for spec in SECTIONS if not spec.is_news}
    return tuple(name for name in section_names() if name not in others)


@cache
def find_section(name: str) -> SectionSpec:
    """Find a section; KeyError when there is none. Imports the package that adds it."""
    known = {spec.name: spec for spec in SECTIONS}
    if name in known:
        return known[name]
    spec = load_plugin(_GROUP, name, SectionSpec)
    if spec.content != "news":
        raise refuse_plugin(_GROUP, name, 'a package can only add sections with content="news"')
    if name in _TAKEN:
        raise refuse_plugin(_GROUP, name, f"{name!r} is the name of something else in the settings")
    if not spec.heading.strip():
        raise refuse_plugin(_GROUP, name, "its `heading` is empty")
    return spec
