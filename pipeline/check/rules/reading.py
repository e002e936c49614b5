"""Rules for every way of reading: by ear, by keyboard, with weak eyes, on a phone, at night. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from pipeline.check.colours import Colour, contrast
from pipeline.check.context import LetterContext
from pipeline.check.page import Tag, Text, one_line
from pipeline.check.registry import CONTENT, Findings, rule
from pipeline.model.frozen import dataclass

LEAST_CONTRAST = 4.5
LEAST_CONTRAST_LARGE = 3.0
LARGE_PX, LARGE_BOLD_PX = 24.0, 18.66
"""Contrast and large letters are those of WCAG 2.2, 1.4.3: large means 18 points, or 14 in bold."""
LEAST_PX = 14.0
LEAST_LINE_HEIGHT = 1.4
"""The letter's own floor for body text on a phone, as its templates keep it: WCAG names no least size.

WCAG 2.2, 1.4.12 asks only that a line height of 1.5 be possible.
"""
LEAST_BUTTON_PX = 44.0
"""WCAG 2.2, 2.5.5: the least height of a target for a thumb."""
HIDDEN_LETTERS = 250
"""Room for a preheader of 130 letters and its filler; spam filters count hidden words."""

_FILLER = re.compile("[\\s\u00a0\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_WORD = re.compile(r"\w")
_SHOUT = re.compile(r"\b[A-Z]{2,}(?:[\s,;:!-]+[A-Z]{2,}){3,}\b")
_EMOJI = re.compile("(?:[\U0001f300-\U0001faff\u2600-\u27bf][\ufe0f\U0001f3fb-\U0001f3ff]?\\s*){3,}")
_FAKE_ITEM = re.compile(r"[•‣◦∙]\s*\S|[-*–]\s+\S")
_TWO_BREAKS = re.compile(r"<br[ /]*>\s*<br[ /]*>")
_LENGTH = re.compile(r"(\d*\.?\d+)(?:px)?")


@rule(
    "table-roles", "warning", why="Screen readers announce rows and columns of tables that are only layout."
)
def table_roles(letter: LetterContext) -> Findings:
    """Check that every table is marked: as layout, or with the headings of its data."""
    heads: dict[Tag, list[Tag]] = {}
    for tag in letter.page.tags:
        if tag.name == "th":
            table = next((up for up in tag.lineage() if up.name == "table"), None)
            if table is not None:
                heads.setdefault(table, []).append(tag)
    for table in letter.page.tags:
        if table.name == "table":
            is_layout, its_heads = (
                table.attributes.get("role") in ("none", "presentation"),
                heads.get(table, []),
            )
            if not its_heads and not is_layout:
                fix = 'write role="presentation", or give it <th>'
                yield table_roles.found("a table for layout is not marked as such", fix, at=table)
            if its_heads and is_layout:
                fix = 'remove role="presentation"'
                yield table_roles.found("a table with headings is marked as layout", fix, at=table)
            if any("scope" not in head.attributes for head in its_heads) and not is_layout:
                fix = 'write <th scope="col"> or scope="row"'
                yield table_roles.found("a heading of a table has no scope", fix, at=table)


@rule("headings", "error", why="Screen readers jump from heading to heading.")
def headings(letter: LetterContext) -> Findings:
    """Check for one h1 and no level left out below it."""
    levels = [int(heading.tag.name[1]) for heading in letter.page.headings]
    if levels.count(1) != 1:
        message = f"there are {levels.count(1)} h1 headings; a letter has one"
        yield headings.found(message, "use h1 for the letter's name and h2 for sections")
    for before, heading in zip([0, *levels], letter.page.headings, strict=False):
        if int(heading.tag.name[1]) > before + 1:
            message = f"<{heading.tag.name}> `{one_line(heading.words)}` follows level {before}"
            yield headings.found(message, "leave no level out", at=heading.tag, severity="warning")


@dataclass(frozen=True, slots=True)
class _Pair:
    palette: str
    ink: Colour
    ground: Colour
    least: float


@rule("contrast", "error", why="Pale words are lost in sunlight and to weak eyes, in light and in dark.")
def contrasts(letter: LetterContext) -> Findings:
    """Measure every colour of words against what is behind it, in each palette; each pair once."""
    first: dict[_Pair, Text] = {}
    for text in _list_holders(letter):
        for pair in _list_pairs(letter, text.tag):
            first.setdefault(pair, text)
    first = {pair: text for pair, text in first.items() if contrast(pair.ink, pair.ground) < pair.least}
    for pair, text in first.items():
        ratio = int(contrast(pair.ink, pair.ground) * 100) / 100
        message = (
            f"`{one_line(text.words)[:30]}` is {pair.ink} on {pair.ground} in the {pair.palette} palette: "
            f"{ratio:g} to 1, and {pair.least:g} is the least"
        )
        fix = "take a darker colour" if pair.palette == "light" else "take a lighter colour"
        yield contrasts.found(message, fix, at=text)
    yield from _find_unreadable(letter)


def _find_unreadable(letter: LetterContext) -> Findings:
    """Find each colour that cannot be measured; mail programs may or may not understand it."""
    first: dict[str, Text] = {}
    for text in _list_holders(letter):
        for dark in letter.looks.palettes:
            colours = letter.looks.ink(text.tag, dark=dark), letter.looks.ground(text.tag, dark=dark)
            if None in colours and (value := letter.looks.find_unreadable(text.tag, dark=dark)):
                first.setdefault(value, text)
    for value, text in first.items():
        message = f"`{value[:30]}` of `{one_line(text.words)[:30]}` is not a colour that can be measured"
        yield contrasts.found(message, "write the colour as #rrggbb", at=text, severity="warning")


def _list_pairs(letter: LetterContext, tag: Tag) -> Iterator[_Pair]:
    looks = letter.looks
    size = looks.size_px(tag)
    is_large = size >= LARGE_PX or (size >= LARGE_BOLD_PX and looks.is_bold(tag))
    least = LEAST_CONTRAST_LARGE if is_large else LEAST_CONTRAST
    for dark in looks.palettes:
        ink, ground = looks.ink(tag, dark=dark), looks.ground(tag, dark=dark)
        if ink and ground:
            yield _Pair("dark" if dark else "light", ink, ground, least)


def _list_holders(letter: LetterContext) -> Iterable[Text]:
    """List the first words of each element that shows any: the others look the same."""
    first: dict[Tag, Text] = {}
    for text in _list_shown(letter):
        first.setdefault(text.tag, text)
    return first.values()


def _list_shown(letter: LetterContext) -> Iterator[Text]:
    """List the words that readers see."""
    for text in letter.page.texts:
        if not text.is_hidden and not _FILLER.fullmatch(text.words):
            yield text


@rule("type-size", "warning", why="Small or tight letters and small buttons are hard on a phone.")
def type_size(letter: LetterContext) -> Findings:
    """Check the size of letters, lines and buttons; each size once."""
    first: dict[str, tuple[Text, str]] = {}
    for text in _list_shown(letter):
        size, height = letter.looks.size_px(text.tag), letter.looks.line_height(text.tag)
        if size < LEAST_PX:
            message = f"letters of {size:g} px; {LEAST_PX:g} is the least"
            first.setdefault(message, (text, f"set font-size to {LEAST_PX:g}px or more"))
        if size < LARGE_BOLD_PX and height < LEAST_LINE_HEIGHT and not _is_in_button(letter, text.tag):
            message = f"lines {height:g} times their letters apart; {LEAST_LINE_HEIGHT:g} is the least"
            first.setdefault(message, (text, f"set line-height to {LEAST_LINE_HEIGHT:g} or more"))
    for message, (text, fix) in first.items():
        yield type_size.found(f"`{one_line(text.words)[:30]}` has {message}", fix, at=text)
    for link in letter.page.links:
        if letter.looks.is_button(link.tag) and link.words.strip():
            height = _measure_button(letter, link.tag)
            if height < LEAST_BUTTON_PX:
                message = f"the button `{one_line(link.words)[:30]}` is {height:.0f} px high"
                fix = f"give it padding until it has {LEAST_BUTTON_PX:g} px"
                yield type_size.found(message, fix, at=link.tag)


def _is_in_button(letter: LetterContext, tag: Tag) -> bool:
    return any(up.name == "a" and letter.looks.is_button(up) for up in tag.lineage())


def _measure_button(letter: LetterContext, tag: Tag) -> float:
    own = letter.looks.styles.own(tag)
    sides = [float(found[1]) for word in own["padding"].split() if (found := _LENGTH.fullmatch(word))]
    padding = sum((sides * 4)[:3:2]) if len(sides) < 3 else sides[0] + sides[2]  # noqa: PLR2004 - CSS's four sides
    return letter.looks.size_px(tag) * letter.looks.line_height(tag) + padding


@rule(
    "text-structure",
    "warning",
    why="Lists and paragraphs that only look like it are read as one lump.",
    fix_in=CONTENT,
)
def text_structure(letter: LetterContext) -> Findings:
    """Find what only looks like paragraphs, lists and emphasis."""
    lines = letter.rendered.html.split("\n")
    for before, tag in pairwise(letter.page.tags):
        is_pair = (
            before.name == tag.name == "br" and before.parent is tag.parent and tag.nth == before.nth + 1
        )
        if is_pair and _TWO_BREAKS.search("\n".join(lines[before.line - 1 : tag.line])):
            fix = "write <p> for each paragraph"
            yield text_structure.found("two <br> stand for a paragraph", fix, at=tag)
        if letter.looks.styles.own(tag).get("text-align") == "justify":
            message = "the words are justified, which tears holes into short lines"
            yield text_structure.found(message, "align them at one side", at=tag)
    for text in _list_shown(letter):
        for message, fix in () if text.is_code else _list_imitations(text.words):
            yield text_structure.found(message, fix, at=text, source=letter.find_place(text.words))


def _list_imitations(words: str) -> Iterator[tuple[str, str]]:
    if found := _SHOUT.search(words):
        fix = "write it in small letters; text-transform can make them large"
        yield f"`{one_line(found[0])[:40]}` is all in capitals", fix
    if found := _EMOJI.search(words):
        yield f"`{one_line(found[0])[:20]}` is a row of emoji, each of which is read aloud", "keep one"
    if _FAKE_ITEM.match(words.strip()) and "•" in words[:3]:
        yield f"`{one_line(words)[:30]}` only looks like an item of a list", "write <ul> and <li>"


@rule(
    "hidden-text",
    "error",
    why="Only ornament may be hidden from screen readers; hidden words look like spam.",
)
def hidden_text(letter: LetterContext) -> Findings:
    """Check that only ornament is hidden from screen readers, and no more words than a preheader has."""
    known: dict[Tag, Tag | None] = {}
    for link in letter.page.links:
        if hider := _find_hider(link.tag, known):
            words = one_line(link.words)[:30]
            message = f"the link `{words}` is hidden from screen readers, but not from the keyboard"
            yield hidden_text.found(message, "remove aria-hidden", at=hider)
    for text in _list_shown(letter):
        if (hider := _find_hider(text.tag, known)) and re.search(r"\w{3}", text.words):
            message = f"`{one_line(text.words)[:30]}` is hidden from screen readers"
            fix = "remove aria-hidden; it is for ornament"
            yield hidden_text.found(message, fix, at=hider, severity="warning")
    yield from _find_hidden_words(letter)
    hidden = "".join(_FILLER.sub(" ", text.words) for text in letter.page.texts if text.is_hidden)
    if len(hidden) > HIDDEN_LETTERS:
        message = f"{len(hidden)} letters are hidden; spam filters look for that"
        yield hidden_text.found(message, "hide the preheader and nothing else", severity="warning")


def _find_hidden_words(letter: LetterContext) -> Findings:
    """Find each element that shows its words to no reader; a preheader, which comes first, may do so."""
    met: set[Tag] = set()
    known: dict[Tag, Tag | None] = {}
    is_first = True
    for text in letter.page.texts:
        if not _WORD.search(text.words):
            continue
        hider = _find_hidden(letter, text.tag, known)
        is_preheader, is_first = is_first, False
        if hider is None or hider in met:
            continue
        met.add(hider)
        if not is_preheader:
            words = one_line(_FILLER.sub(" ", text.words))
            message = f"`{words[:30]}` is hidden from all readers; spam filters look for that"
            yield hidden_text.found(message, "show the words, or delete them", at=hider, severity="warning")


def _find_hidden(letter: LetterContext, tag: Tag, known: dict[Tag, Tag | None]) -> Tag | None:
    """Find the innermost element around that shows nothing; `known` remembers what was found."""
    if tag not in known:
        outer = _find_hidden(letter, tag.parent, known) if tag.parent else None
        known[tag] = tag if _is_hidden(letter, tag) else outer
    return known[tag]


def _is_hidden(letter: LetterContext, tag: Tag) -> bool:
    """Whether an element itself is hidden in both palettes."""
    palettes = (letter.looks.styles.own(tag, dark=dark) for dark in letter.looks.palettes)
    return "hidden" in tag.attributes or all(
        own.get("display", "").lower() == "none"
        or own.get("visibility", "").lower() in ("hidden", "collapse")
        for own in palettes
    )


def _find_hider(tag: Tag, known: dict[Tag, Tag | None]) -> Tag | None:
    """Find the innermost element around that is hidden from screen readers; `known` as in `_find_hidden`."""
    if tag not in known:
        is_hider = tag.attributes.get("aria-hidden") == "true"
        known[tag] = tag if is_hider else _find_hider(tag.parent, known) if tag.parent else None
    return known[tag]
