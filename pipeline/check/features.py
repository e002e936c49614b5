"""Which features of HTML and CSS a letter uses, by the names of caniemail.com, and who shows them. Pure.

The data of caniemail.com is reduced by tools/client_support.py.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from pipeline.check.css import Reading, read_declarations
from pipeline.check.page import HtmlPage, Tag, split_url
from pipeline.check.styles import Styles
from pipeline.model.frozen import dataclass


def support() -> Mapping[str, str]:
    """Return the answers for each feature, a letter for each program in the order of `CLIENTS`.

    y it is shown, a almost, n not at all, u not tested.
    """
    answers: Mapping[str, str] = _read()["support"]
    return answers


def baseline() -> frozenset[str]:
    """Return the features that the engine uses in every letter, with its own fall-backs."""
    return frozenset(_read()["baseline"])


@cache
def _read() -> Mapping[str, Any]:
    # Part of the program as its code is: the same bytes wherever it runs.
    document: Mapping[str, Any] = json.loads(Path(__file__).with_name("support.json").read_bytes())
    return document


@dataclass(frozen=True, slots=True)
class Used:
    """One use of a feature; `within` is the media feature around it, without which it does nothing."""

    slug: str
    shown: str
    line: int
    tag: Tag | None = None
    within: str = ""

    @property
    def selector(self) -> str:
        """A CSS selector of the element; empty for a use in a style sheet."""
        return self.tag.selector if self.tag else ""


_PLACES = frozenset({"bottom", "left", "right", "top"})
_UNITS = re.compile(r"(?<![\w#.-])-?\d*\.?\d+(%|[a-z]+)\b|(?<=\d)%")
_FUNCTIONS: Mapping[str, str] = {
    "calc": "css-unit-calc",
    "clamp": "css-function-clamp",
    "max": "css-function-max",
    "min": "css-function-min",
    "light-dark": "css-function-light-dark",
    "var": "css-variables",
    "linear-gradient": "css-linear-gradient",
    "radial-gradient": "css-radial-gradient",
    "conic-gradient": "css-conic-gradient",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    "oklch": "css-modern-color",
    "hsl": "css-modern-color",
}
_CALL = re.compile(r"(?<![\w-])([a-z-]+)\(")
_DISPLAYS = {f"{line}{kind}": f"css-display-{kind}" for kind in ("flex", "grid") for line in ("", "inline-")}
_DISPLAYS["none"] = "css-display-none"
_TAGS: Mapping[str, str] = {
    **{f"h{level}": "html-h1-h6" for level in range(1, 7)},
    **dict.fromkeys(("ul", "ol", "li", "dl", "dt", "dd"), "html-lists"),
    **dict.fromkeys(("b", "em", "i", "strong"), "html-strong"),
    **dict.fromkeys(("s", "strike"), "html-strike"),
    **dict.fromkeys(("table", "tbody", "td", "th", "thead", "tfoot", "tr"), "html-table"),
    **dict.fromkeys(
        (
            *("article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark"),
            *("nav", "section", "summary", "time"),
        ),
        "html-semantics",
    ),
    "map": "html-image-maps",
    "area": "html-image-maps",
}
_ATTRIBUTES = {"loading": "html-loading-attribute"}
_SELECTORS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("css-selector-attribute", re.compile(r"\[")),
    ("css-selector-child", re.compile(r">")),
    ("css-selector-adjacent-sibling", re.compile(r"\+")),
    ("css-selector-general-sibling", re.compile(r"~(?!=)")),
    ("css-selector-id", re.compile(r"#[a-zA-Z]")),
    ("css-selector-class", re.compile(r"\.[a-zA-Z_-]")),
    ("css-selector-universal", re.compile(r"(?<![\w\]])\*(?!=)")),
    ("css-selector-chaining", re.compile(r"\.[\w-]+\.[\w-]+")),
    ("css-selector-descendant", re.compile(r"[\w\])]\s+[\w.#\[*]")),
)
_PSEUDO = re.compile(r"(::?)([a-z-]+)")
_CONDITION = re.compile(
    r"prefers-color-scheme|prefers-reduced-motion|orientation|device-pixel-ratio|hover(?=\s*[:)])"
)
_MEDIA = "css-at-media"
_OUTLOOK_COM = re.compile(r"\[data-ogs[cb]\]")
"""Attributes that only Outlook.com sets, on what it recolours: no other program applies such a rule."""


def list_features(page: HtmlPage, styles: Styles) -> Iterator[Used]:
    """List the features that the table knows in the order of the page, each with its first use.

    Another form of the same feature, such as another value, is a use of its own.
    """
    known, met = support(), set[tuple[str, ...]]()
    for tag in page.tags:
        for slug, shown in _list_of_tag(tag, met):
            if slug in known and (slug, shown) not in met:
                met.add((slug, shown))
                yield Used(slug, shown, tag.line, tag)
    for sheet in styles.readings:
        for used in _list_sheet(sheet):
            if used.slug in known:
                yield used


def _list_of_tag(tag: Tag, met: set[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """List the features of an element; the attributes in `met` have been read before."""
    yield _TAGS.get(tag.name, f"html-{tag.name}"), f"<{tag.name}>"
    for name, value in tag.attributes.items():
        key = tag.name, name, value
        if key not in met:
            met.add(key)
            yield from _of_declarations(value) if name == "style" else _of_attribute(tag, name, value)


def _of_attribute(tag: Tag, name: str, value: str) -> Iterator[tuple[str, str]]:
    yield _ATTRIBUTES.get(name, f"html-{name}"), f"{name}="
    if tag.name == "a" and name == "href":
        kinds = {"mailto:": "html-mailto-links", "#": "html-anchor-links"}
        for begin, slug in kinds.items():
            if value.startswith(begin):
                yield slug, f'href="{begin}…"'
    elif name in ("src", "background") and tag.name in ("img", "source", "td", "table", "body"):
        kind = split_url(value).path.lower().rpartition(".")[2].replace("jpeg", "jpg")
        slug = "image-base64" if value.startswith("data:") else f"image-{kind}"
        yield slug, f".{kind}"
    elif tag.name == "input" and name == "type":
        yield f"html-input-{value}", f'<input type="{value}">'
    elif tag.name == "meta" and name == "name" and value == "color-scheme":
        yield "html-meta-color-scheme", '<meta name="color-scheme">'


def _list_sheet(reading: Reading) -> Iterator[Used]:
    for name, line in reading.at_rules:
        yield Used(_name_at_rule(name), name[:40], line)
    for rule in reading.rules:
        if _OUTLOOK_COM.search(rule.selectors):
            continue
        within = _name_condition(rule.media) if rule.media else ""
        for slug, shown in (*_of_selectors(rule.selectors), *_of_block(rule.declarations)):
            yield Used(slug, shown, rule.line, None, within)


def _name_at_rule(name: str) -> str:
    word = name.removeprefix("@").split("(")[0].split()[0]
    return _name_condition(name) if word == "media" else f"css-at-{word}"


def _name_condition(media: str) -> str:
    condition = _CONDITION.search(media)
    return f"{_MEDIA}-{condition[0]}" if condition else _MEDIA


@lru_cache(maxsize=1024)
def _of_selectors(selectors: str) -> tuple[tuple[str, str], ...]:
    found = [(slug, selectors[:40]) for slug, pattern in _SELECTORS if pattern.search(selectors)]
    for colons, name in _PSEUDO.findall(re.sub(r"\[[^\]]*\]", "", selectors)):
        kind = "element" if colons == "::" or name in ("before", "after") else "class"
        found.append((f"css-pseudo-{kind}-{name}", f":{name}"))
    return tuple(found)


@lru_cache(maxsize=4096)
def _of_declarations(css: str) -> tuple[tuple[str, str], ...]:
    return tuple(_of_block(read_declarations(css)))


def _of_block(declarations: tuple[tuple[str, str, bool], ...]) -> Iterator[tuple[str, str]]:
    for name, value, is_important in declarations:
        yield from _of_declaration(name, value.lower())
        if is_important:
            yield "css-important", "!important"


@lru_cache(maxsize=4096)
def _of_declaration(name: str, value: str) -> tuple[tuple[str, str], ...]:
    if name.startswith(("-", "mso-")):
        return ()
    shown = f"{name}: {value}"[:40]
    found = [(_name_property(name, value), shown)]
    found += [(_FUNCTIONS[call], shown) for call in _CALL.findall(value) if call in _FUNCTIONS]
    for unit in _UNITS.findall(value):
        found.append((f"css-unit-{'percent' if unit in ('%', '') else unit}", shown))
    if value == "initial":
        found.append(("css-unit-initial", shown))
    return tuple(found)


def _name_property(name: str, value: str) -> str:
    if name == "display":
        return _DISPLAYS.get(value, "css-display")
    if name in _PLACES:
        return "css-left-right-top-bottom"
    known, words = support(), name.split("-")
    names = (f"css-{'-'.join(words[:count])}" for count in range(len(words), 0, -1))
    return next((each for each in names if each in known), "")
