"""Style sheets as a mail program reads them: rules and selectors. Pure.

Knows the selectors that letters use; one it does not know matches nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.check.page import StyleSheet, Tag
from pipeline.model.frozen import dataclass

_PIECE = re.compile(r"""/\*.*?(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'|[{};]|[^{};"'/]+|.""", re.DOTALL)
_APART = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|[^;"'(])+""")
_COMPOUND = re.compile(r"(?P<gap>\s*[>+~]\s*|\s+)|(?P<compound>(?:\[[^\]]*\]|\([^)]*\)|[^\s>+~\[(])+)")
_SIMPLE = re.compile(
    r"(?P<class>\.[\w-]+)|(?P<id>\#[\w-]+)|(?P<attribute>\[[^\]]*\])"
    r"|(?P<pseudo>::?[\w-]+(?:\([^)]*\))?)|(?P<tag>\*|[\w-]+)"
)
_ATTRIBUTE = re.compile(r"""\[\s*([\w-]+)\s*(?:([~^$*|]?)=\s*["']?([^"'\]]*)["']?\s*)?\]""")
_NESTING = ("@media", "@supports", "@layer", "@container")

Declarations = tuple[tuple[str, str, bool], ...]
"""Property, value, and whether it is `!important`."""


@lru_cache(maxsize=4096)
def read_declarations(css: str) -> Declarations:
    """Parse what is between braces or in a style attribute; pieces without a colon are left out."""
    found: list[tuple[str, str, bool]] = []
    for piece in css.split(";") if not any(mark in css for mark in "\"'(") else _APART.findall(css):
        name, colon, value = piece.partition(":")
        if colon:
            plain = value.strip()
            is_important = plain.lower().endswith("!important")
            plain = plain[: -len("!important")].rstrip() if is_important else plain
            found.append((name.strip().lower(), plain, is_important))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class CssRule:
    """One selector list with its declarations; `media` is the condition around it, empty without one."""

    selectors: str
    declarations: Declarations
    media: str
    line: int


@dataclass(frozen=True, slots=True)
class Reading:
    """A style sheet: its rules, its at-rules with their lines, and its mistakes with their lines."""

    rules: tuple[CssRule, ...]
    at_rules: tuple[tuple[str, int], ...]
    mistakes: tuple[tuple[int, str], ...]


def read_sheet(sheet: StyleSheet) -> Reading:
    """Parse a style sheet."""
    return _read_css(sheet.css, sheet.media, sheet.line)


@lru_cache(maxsize=64)
def _read_css(css: str, media: str, line: int) -> Reading:
    reader = _SheetReader(StyleSheet(media, line, css))
    reader.read()
    return Reading(tuple(reader.rules), tuple(reader.at_rules), tuple(reader.mistakes))


class _SheetReader:
    """Walks the pieces of a sheet and keeps track of the open blocks."""

    def __init__(self, sheet: StyleSheet) -> None:
        self.rules: list[CssRule] = []
        self.at_rules: list[tuple[str, int]] = []
        self.mistakes: list[tuple[int, str]] = []
        self._sheet = sheet
        self._line = sheet.line
        self._text = ""
        self._blocks: list[tuple[str, int]] = []

    def read(self) -> None:
        for piece in _PIECE.findall(self._sheet.css):
            if piece == "{":
                self._begin()
            elif piece == "}":
                self._end()
            elif piece == ";" and not self._in_rule():
                self._note_at_rule()
                self._text = ""
            elif not piece.startswith("/*"):
                self._text += piece
            self._line += piece.count("\n")
        if self._blocks:
            self.mistakes.append((self._blocks[-1][1], f"`{self._blocks[-1][0][:40]}` is never closed"))

    def _in_rule(self) -> bool:
        return bool(self._blocks) and not self._blocks[-1][0].startswith(_NESTING)

    def _begin(self) -> None:
        prelude = self._text.strip()
        if self._in_rule():
            self.mistakes.append((self._line, f"`{prelude[-40:]}` is inside another rule"))
        if prelude.startswith("@"):
            if self._blocks:
                message = f"`{prelude[:40]}` is inside `{self._blocks[-1][0][:40]}`"
                self.mistakes.append((self._line, message))
            self._note_at_rule()
        self._blocks.append((prelude, self._line))
        self._text = ""

    def _note_at_rule(self) -> None:
        if self._text.strip().startswith("@"):
            self.at_rules.append((" ".join(self._text.split()), self._line))

    def _end(self) -> None:
        if not self._blocks:
            self.mistakes.append((self._line, "a `}` closes nothing"))
            return
        prelude, line = self._blocks.pop()
        text, self._text = self._text, ""
        if prelude.startswith("@"):
            return
        for piece in _APART.findall(text):
            if piece.strip() and ":" not in piece:
                self.mistakes.append((line, f"`{' '.join(piece.split())[:40]}` is not a declaration"))
        around = [self._sheet.media, *(name for name, _ in self._blocks if name.startswith("@"))]
        media = " and ".join(name.partition(" ")[2] or name for name in around if name)
        self.rules.append(CssRule(prelude, read_declarations(text), media, line))


_PSEUDOS = frozenset({":root", ":first-child"})


@dataclass(frozen=True, slots=True)
class _Compound:
    """What one element must be, and how it is related to the one before."""

    combinator: str
    tag: str
    id: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str, str], ...]
    pseudos: frozenset[str]

    @property
    def is_plain(self) -> bool:
        """Whether only name and classes count."""
        return not (self.id or self.attributes or self.pseudos)

    def may_fit(self, name: str, classes: frozenset[str]) -> bool:
        """Whether an element of this name with these classes may fit."""
        return self.tag in ("", "*", name) and self.classes <= classes and self.pseudos <= _PSEUDOS

    def fits(self, tag: Tag) -> bool:
        if not self.may_fit(tag.name, tag.classes):
            return False
        if (":root" in self.pseudos and tag.parent) or (":first-child" in self.pseudos and tag.nth != 1):
            return False
        if self.id and tag.attributes.get("id") != self.id:
            return False
        return not self.attributes or all(_has(tag, *wanted) for wanted in self.attributes)


def _has(tag: Tag, name: str, how: str, value: str) -> bool:
    held = tag.attributes.get(name)
    if held is None:
        return False
    tests = {
        "": not value or held == value,
        "~": value in held.split(),
        "^": held.startswith(value),
        "$": held.endswith(value),
        "*": value in held,
        "|": held == value or held.startswith(f"{value}-"),
    }
    return tests[how]


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector, from left to right, and its weight (Selectors 4, section 16)."""

    compounds: tuple[_Compound, ...]
    weight: tuple[int, int, int]
    above: frozenset[str]
    """The classes that ancestors must have: checked first, because few elements pass."""
    needs: frozenset[str]
    """The names, classes (`.x`) and attributes (`[x`) that a page must have for any match."""

    @property
    def key(self) -> str:
        """What an element must have at least: a class, a name, or anything (`*`)."""
        last = self.compounds[-1]
        return f".{min(last.classes)}" if last.classes else last.tag or "*"

    def matches(self, tag: Tag) -> bool:
        """Whether the selector matches an element."""
        return self.above <= tag.above and self._matches(tag, len(self.compounds) - 1)

    def _matches(self, tag: Tag, place: int) -> bool:
        if place < 0 or not self.compounds[place].fits(tag):
            return False
        if place == 0:
            return True
        if self.compounds[place].combinator == ">":
            return tag.parent is not None and self._matches(tag.parent, place - 1)
        if self.compounds[place].combinator in "+~":
            return False
        above = tag.parent
        while above is not None and not self._matches(above, place - 1):
            above = above.parent
        return above is not None


@lru_cache(maxsize=1024)
def read_selectors(text: str) -> tuple[Selector, ...]:
    """Parse a list of selectors."""
    read = (_read_selector(one) for one in text.split(",") if one.strip())
    return tuple(selector for selector in read if selector.compounds)


def _read_selector(text: str) -> Selector:
    compounds: list[_Compound] = []
    combinator = " "
    for piece in _COMPOUND.finditer(text.strip()):
        if piece["gap"]:
            combinator = piece["gap"].strip() or " "
        else:
            compounds.append(_read_compound(piece["compound"], combinator))
    weight = (
        sum(bool(one.id) for one in compounds),
        sum(len(one.classes) + len(one.attributes) + len(one.pseudos) for one in compounds),
        sum(one.tag not in ("", "*") for one in compounds),
    )
    above = frozenset(name for one in compounds[:-1] for name in one.classes)
    needs = {one.tag for one in compounds if one.tag not in ("", "*")}
    needs.update(f".{name}" for one in compounds for name in one.classes)
    needs.update(f"[{name}" for one in compounds for name, _, _ in one.attributes)
    return Selector(tuple(compounds), weight, above, frozenset(needs))


def _read_compound(text: str, combinator: str) -> _Compound:
    found: dict[str, list[str]] = {}
    for simple in _SIMPLE.finditer(text):
        found.setdefault(simple.lastgroup or "", []).append(simple[0])
    attributes = [match.groups("") for raw in found.get("attribute", ()) if (match := _ATTRIBUTE.match(raw))]
    return _Compound(
        combinator,
        found.get("tag", [""])[0].lower(),
        found.get("id", [""])[0].lstrip("#"),
        frozenset(name.lstrip(".") for name in found.get("class", ())),
        tuple((name.lower(), how, value) for name, how, value in attributes),
        frozenset(found.get("pseudo", ())),
    )
