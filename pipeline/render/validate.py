"""Refuses MJML that the engine, which checks nothing itself, would render wrongly and in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pipeline.model.problem import TEMPLATE_RULES, Problem, Rule
from pipeline.render.scan import Attribute, Piece, is_mj, scan
from pipeline.render.tags import (
    BUILT_IN_FONTS,
    CHILDREN,
    FORBIDDEN,
    HOLDS_HTML,
    HOLDS_TEXT,
    VOID,
    attribute_type,
    known_tags,
    pattern_of,
)

MJML_ROOT = TEMPLATE_RULES.error("mjml-root", "A letter is one <mjml> with one <mj-body>.")
MJML_UNCLOSED = TEMPLATE_RULES.error(
    "mjml-unclosed", "The engine would end the tag at another place than the author meant."
)
MJML_SYNTAX = TEMPLATE_RULES.error(
    "mjml-syntax", "Markup that cannot be read would be lost or shown as it was typed."
)
MJML_NESTING = TEMPLATE_RULES.error(
    "mjml-nesting", "The engine silently drops tags and text that stand in the wrong place."
)
MJML_STYLE = TEMPLATE_RULES.error(
    "mjml-style", "The engine escapes style sheets, which changes their selectors."
)
MJML_FORBIDDEN = TEMPLATE_RULES.error(
    "mjml-forbidden", "Some components read files, break Outlook or are far too large."
)
MJML_TAG = TEMPLATE_RULES.error(
    "mjml-tag", "The engine writes tags that it does not know into the letter as they are."
)
MJML_REPEATED = TEMPLATE_RULES.error("mjml-repeated", "The engine takes one of the two and drops the other.")
MJML_ATTRIBUTE = TEMPLATE_RULES.error(
    "mjml-attribute", "The engine ignores attributes that it does not know."
)
MJML_QUOTES = TEMPLATE_RULES.error(
    "mjml-quotes", "The engine reads attributes without double quotes in another way than HTML does."
)
MJML_VALUE = TEMPLATE_RULES.error(
    "mjml-value", "The engine writes wrong values into the letter without a warning."
)
MJML_LANG = TEMPLATE_RULES.error(
    "mjml-lang", "Screen readers choose their voice by `lang` and the reading direction by `dir`."
)


_HERO_SIZES = ("height", "background-width", "background-height")
_NUMBER_PX = re.compile(r"[0-9]+(?:\.[0-9]+)?px")


def validate(source: str, template: str, pieces: Iterable[Piece] | None = None) -> tuple[Problem, ...]:
    """Find everything wrong with the MJML; lines count in the MJML as Jinja rendered it.

    `pieces` are those of the source where it was scanned before.
    """
    return _Walk(source, template).problems(scan(source) if pieces is None else pieces)


class _Walk:
    """One pass over the source with the tags that are open."""

    def __init__(self, source: str, template: str) -> None:
        self._source = source
        self._template = template
        self._open: list[Piece] = []
        self._seen: set[tuple[str, str]] = set()
        self._found: list[Problem] = []

    def problems(self, pieces: Iterable[Piece]) -> tuple[Problem, ...]:
        for piece in pieces:
            getattr(self, f"_on_{piece.kind}")(piece)
        for piece in self._open:
            self._report_unclosed(piece)
        for name in ("mjml", "mj-body"):
            if (name, "") not in self._seen:
                self._report(
                    0, f"there is no <{name}>", "a letter is one <mjml> with one <mj-body>", MJML_ROOT
                )
        return tuple(sorted(self._found))

    def _report(self, position: int, message: str, fix: str, rule: Rule) -> None:
        line = self._source.count("\n", 0, position) + 1
        self._found.append(rule.problem(message, fix, path=self._template, line=line))

    def _report_unclosed(self, piece: Piece) -> None:
        fix = f"write </{piece.name}> where it ends, or end the tag with />"
        self._report(piece.start, f"<{piece.name}> is never closed", fix, MJML_UNCLOSED)

    @property
    def _parent(self) -> str:
        return self._open[-1].name if self._open else ""

    @property
    def _mj_parent(self) -> str:
        return next((piece.name for piece in reversed(self._open) if is_mj(piece.name)), "")

    def _on_broken(self, piece: Piece) -> None:
        shown = self._source[piece.start : piece.start + 30].split("\n")[0]
        fix = 'write tags as <name attribute="value"> and comments as <!-- words without two hyphens -->'
        self._report(piece.start, f"cannot read the markup at `{shown}`", fix, MJML_SYNTAX)

    def _on_comment(self, piece: Piece) -> None:
        """Comments may stand anywhere."""

    def _on_text(self, piece: Piece) -> None:
        text = self._source[piece.start : piece.end]
        holder = self._mj_parent
        if text.strip() and holder not in HOLDS_HTML | HOLDS_TEXT:
            shown = text.split(maxsplit=1)[0][:30]
            where = f"in <{holder}>" if holder else "outside of <mjml>"
            self._report(
                piece.start + len(text) - len(text.lstrip()),
                f"text `{shown}` {where} would be lost",
                "put it into <mj-text>",
                MJML_NESTING,
            )
        if holder == "mj-style" and "&" in text:
            self._report(
                piece.start + text.index("&"),
                "the engine writes `&` in <mj-style> as `&amp;`",
                "do without it",
                MJML_STYLE,
            )

    def _on_empty(self, piece: Piece) -> None:
        self._check_place(piece)
        if is_mj(piece.name):
            self._check_mj(piece)

    def _on_open(self, piece: Piece) -> None:
        self._on_empty(piece)
        if is_mj(piece.name) or (self._mj_parent != "mj-raw" and piece.name.lower() not in VOID):
            self._open.append(piece)

    def _check_place(self, piece: Piece) -> None:
        if is_mj(piece.name):
            self._close_forgotten(piece)
            allowed = (
                self._may_hold(self._parent, piece.name) or not _exists(piece.name) or piece.name in FORBIDDEN
            )
            may_stand = ", ".join(sorted(CHILDREN.get(self._parent, ()))) or "no MJML tag"
            fix = f"there may stand: {may_stand}"
        else:
            allowed = self._mj_parent in HOLDS_HTML
            fix = "put HTML into <mj-text>, <mj-table> or <mj-raw>; titles and previews are plain words"
        if not allowed:
            parent = f"<{self._parent}>" if self._parent else "the top level"
            self._report(piece.start, f"<{piece.name}> cannot stand in {parent}", fix, MJML_NESTING)

    def _close_forgotten(self, piece: Piece) -> None:
        """Report the open tag as never closed where this one can only follow it, and go on behind it."""
        mj_open = [index for index, open_piece in enumerate(self._open) if is_mj(open_piece.name)]
        if len(mj_open) < 2 or self._mj_parent in CHILDREN:  # noqa: PLR2004 - the open one and the one above
            return
        if self._may_hold(self._open[mj_open[-2]].name, piece.name):
            for unclosed in self._open[mj_open[-1] :]:
                self._report_unclosed(unclosed)
            del self._open[mj_open[-1] :]

    @staticmethod
    def _may_hold(parent: str, child: str) -> bool:
        if parent == "mj-attributes":
            return _exists(child)
        return child in CHILDREN.get(parent, ())

    def _on_close(self, piece: Piece) -> None:
        if not is_mj(piece.name) and self._mj_parent == "mj-raw":
            return
        depth = self._depth_of(piece)
        if depth is None:
            self._report(piece.start, f"</{piece.name}> closes nothing", "remove it", MJML_UNCLOSED)
            return
        for unclosed in self._open[depth + 1 :]:
            self._report_unclosed(unclosed)
        del self._open[depth:]

    def _depth_of(self, piece: Piece) -> int | None:
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth].name == piece.name:
                return depth
            if is_mj(self._open[depth].name) and not is_mj(piece.name):
                return None
        return None

    def _check_mj(self, piece: Piece) -> None:
        if piece.name in FORBIDDEN:
            self._report(piece.start, f"<{piece.name}> is not allowed", FORBIDDEN[piece.name], MJML_FORBIDDEN)
            return
        if not _exists(piece.name):
            fix = "check the spelling; tags are lower case"
            self._report(piece.start, f"there is no tag <{piece.name}>", fix, MJML_TAG)
            return
        for rule, message, fix in _once(piece, self._mj_parent, self._seen):
            self._report(piece.start, message, fix, rule)
        for rule, message, fix in _attribute_mistakes(piece):
            self._report(piece.start, f"<{piece.name}>: {message}", fix, rule)


def _exists(tag: str) -> bool:
    return tag in known_tags() or tag in {"mj-all", "mj-class"}


_Mistakes = Iterator[tuple[Rule, str, str]]


def _once(piece: Piece, parent: str, seen: set[tuple[str, str]]) -> _Mistakes:
    """Find the second of what the engine takes only once."""
    name = _value(piece, "name") if piece.name in {"mj-class", "mj-font"} else ""
    alone = piece.name in {"mjml", "mj-head", "mj-body", "mj-title", "mj-preview"}
    if not (name or alone or parent == "mj-attributes"):
        return
    key = (piece.name, name if not alone else "")
    if parent == "mj-attributes" and not name:
        key = (piece.name, "defaults")
    if key in seen:
        what = f'<{piece.name} name="{name}">' if name else f"<{piece.name}>"
        yield MJML_REPEATED, f"{what} stands here a second time", "keep one and merge the other into it"
    seen.add(key)
    if piece.name == "mj-font" and name in BUILT_IN_FONTS:
        yield (
            MJML_REPEATED,
            f"the font {name} is built in",
            "do not declare it; better, use a web-safe font",
        )


def _attribute_mistakes(piece: Piece) -> _Mistakes:
    names: set[str] = set()
    for attribute in piece.attributes:
        if attribute.name in names:
            yield MJML_ATTRIBUTE, f"{attribute.name} is given twice", "keep one"
        names.add(attribute.name)
        yield from _value_mistakes(piece.name, attribute)
    yield from _missing_attributes(piece)


def _value_mistakes(tag: str, attribute: Attribute) -> _Mistakes:
    name, value = attribute.name, attribute.value
    if value is None or attribute.quote != '"':
        yield MJML_QUOTES, f"the value of {name} has no double quotes", f'write {name}="…"'
        return
    wanted = attribute_type(tag, name)
    if wanted is None:
        yield MJML_ATTRIBUTE, f"there is no attribute {name}", "the engine would ignore it; remove it"
    elif value and not pattern_of(wanted).fullmatch(value):
        yield MJML_VALUE, f'{name}="{value[:40]}" is not what it takes', f"it takes {wanted}"


def _missing_attributes(piece: Piece) -> _Mistakes:
    if piece.name == "mjml":
        for name in ("lang", "dir"):
            if not _value(piece, name):
                yield MJML_LANG, f"{name} is missing", "screen readers need both lang and dir"
    if piece.name == "mj-hero":
        for name in _HERO_SIZES:
            if not _NUMBER_PX.fullmatch(_value(piece, name)):
                yield (
                    MJML_VALUE,
                    f"{name} is missing or not in px",
                    "the engine needs the three sizes in px",
                )
    if piece.name == "mj-social-element" and not _value(piece, "src"):
        yield MJML_VALUE, "src is missing", "without it the icon comes from a third party's server"


def _value(piece: Piece, name: str) -> str:
    return next((attribute.value or "" for attribute in piece.attributes if attribute.name == name), "")
