"""The MJML tags, where they may stand, and the attributes that the engine's registry lets them take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from pipeline.render.engine import list_components

_BLOCKS = frozenset(
    [
        "mj-accordion",
        "mj-button",
        "mj-divider",
        "mj-image",
        "mj-raw",
        "mj-social",
        "mj-spacer",
        "mj-table",
        "mj-text",
    ]
)
CHILDREN: Mapping[str, frozenset[str]] = {
    "": frozenset({"mjml"}),
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset(
        [
            "mj-attributes",
            "mj-breakpoint",
            "mj-font",
            "mj-html-attributes",
            "mj-preview",
            "mj-raw",
            "mj-style",
            "mj-title",
        ]
    ),
    "mj-html-attributes": frozenset({"mj-selector"}),
    "mj-selector": frozenset({"mj-html-attribute"}),
    "mj-body": frozenset({"mj-hero", "mj-raw", "mj-section", "mj-wrapper"}),
    "mj-wrapper": frozenset({"mj-hero", "mj-raw", "mj-section"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _BLOCKS,
    "mj-hero": _BLOCKS,
    "mj-accordion": frozenset({"mj-accordion-element", "mj-raw"}),
    "mj-accordion-element": frozenset({"mj-accordion-text", "mj-accordion-title", "mj-raw"}),
    "mj-social": frozenset({"mj-raw", "mj-social-element"}),
}
HOLDS_HTML = frozenset(
    [
        "mj-accordion-text",
        "mj-accordion-title",
        "mj-button",
        "mj-raw",
        "mj-social-element",
        "mj-table",
        "mj-text",
    ]
)
HOLDS_TEXT = frozenset({"mj-html-attribute", "mj-preview", "mj-style", "mj-title"})
VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
FORBIDDEN = {
    "mj-include": "it reads any file of the machine; use a Jinja include or macro",
    "mj-carousel": "it breaks Outlook and is far too large; use images one below the other",
    "mj-carousel-image": "it belongs to mj-carousel; use mj-image",
    "mj-navbar": "it breaks Outlook; use links in mj-text",
    "mj-navbar-link": "it belongs to mj-navbar; use links in mj-text",
}
BUILT_IN_FONTS = frozenset({"Open Sans", "Droid Sans", "Lato", "Roboto", "Ubuntu"})

_MORE_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "mjml": {"lang": "string", "dir": "enum(ltr,rtl)"},
    "mj-body": {"background-color": "color", "width": "unit(px)"},
    "mj-group": {
        "background-color": "color",
        "direction": "enum(ltr,rtl)",
        "vertical-align": "enum(top,bottom,middle)",
        "width": "unit(px,%)",
    },
    "mj-style": {"inline": "enum(inline)"},
    "mj-selector": {"path": "string"},
    "mj-html-attribute": {"name": "attribute"},
    "mj-image": {"fluid-on-mobile": "enum(true)"},
}
"""Attributes the engine reads without declaring them, or declares too widely."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_TYPES = {
    "color": r"#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})|(?:rgb|hsl)a?\([0-9.,%\s/]+\)|[a-z]+",
    "boolean": r"true|false",
    "integer": r"[0-9]+",
    "attribute": r"(?!on)[a-z][a-z0-9-]*",
}


def attribute_type(tag: str, name: str) -> str | None:
    """Find the type of an attribute; None when the tag has no such attribute."""
    if tag in {"mj-all", "mj-class"}:
        known = name == "name" or any(name in attributes for attributes in known_tags().values())
        return "string" if known else None
    return known_tags()[tag].get(name)


@cache
def known_tags() -> Mapping[str, Mapping[str, str]]:
    """List every tag with the attributes it takes and their types, from the engine's own registry."""
    known: dict[str, dict[str, str]] = {}
    for tag, component in list_components().items():
        common = {"css-class": "string", "mj-class": "string"} if tag not in CHILDREN["mj-head"] else {}
        declared = {name: kind or "string" for name, kind in component.allowed_attrs().items()}
        known[tag] = common | declared
    for tag, attributes in _MORE_ATTRIBUTES.items():
        known[tag] = known.get(tag, {}) | dict(attributes)
    return known


@cache
def pattern_of(kind: str) -> re.Pattern[str]:
    """Build the pattern of a type as the registry writes it: `unit(px,%){1,4}`, `enum(left,right)`."""
    found = re.fullmatch(r"(\w+)\(([^)]*)\)(\{1,4\})?", kind)
    if found is None:
        return re.compile(_TYPES.get(kind, ".*"), re.DOTALL)
    name, choices = found[1], found[2].split(",")
    if name == "enum":
        return re.compile("|".join(map(re.escape, choices)))
    units = "|".join(re.escape(unit) for unit in choices if unit != "auto")
    sign = "-?" if name == "unitWithNegative" else ""
    one = rf"(?:0|{sign}{_NUMBER}(?:{units})" + ("|auto)" if "auto" in choices else ")")
    return re.compile(rf"{one}(?:\s+{one}){{0,3}}" if found[3] else one)
