"""Rules for everybody who reads: by ear, by keyboard, with weak eyes, on a phone, at night. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pipeline.check.colours import Colour, contrast
from pipeline.check.context import CheckedLetter, at
from pipeline.check.page import Tag, Text, one_line
from pipeline.check.registry import CONTENT, Findings, rule

LEAST_CONTRAST = 4.5
LEAST_CONTRAST_LARGE = 3.0
LARGE_PX, LARGE_BOLD_PX = 24.0, 18.66
"""From here on letters are large (WCAG 2.2, 1.4.3: 18 points, or 14 in bold)."""
LEAST_PX = 14.0
LEAST_LINE_HEIGHT = 1.4
LEAST_BUTTON_PX = 44.0
HIDDEN_LETTERS = 250

_FILLER = re.compile("[\\s\u00a0\u00ad\u034f\u200b-\u200f\u2060\ufeff]+")
_SHOUT = re.compile(r"\b[A-Z]{2,}(?:[\s,;:!-]+[A-Z]{2,}){3,}\b")
_EMOJI = re.compile("(?:[\U0001f300-\U0001faff\u2600-\u27bf][\ufe0f\U0001f3fb-\U0001f3ff]?\\s*){3,}")
_FAKE_ITEM = re.compile(r"[•‣◦∙]\s*\S|[-*–]\s+\S")
_LENGTH = re.compile(r"(\d*\.?\d+)(?:px)?")


@rule("table-roles", "warning", why="Screen readers announce rows and columns of tables that only lay out.")
def table_roles(letter: CheckedLetter) -> Findings:
    """Want every table to say what it is: one that lays out, or one with data and headings."""
    heads: dict[Tag, list[Tag]] = {}
    for tag in letter.page.tags:
        if tag.name == "th":
            table = next((up for up in tag.lineage() if up.name == "table"), None)
            if table is not None:
                heads.setdefault(table, []).append(tag)
    for tag in letter.page.tags:
        if tag.name == "table":
            where, selector = at(tag)
            for message, fix in _table_mistakes(tag, heads.get(tag, [])):
                yield table_roles.found(message, fix, where=where, selector=selector)


def _table_mistakes(table: Tag, heads: list[Tag]) -> Iterator[tuple[str, str]]:
    lays_out = table.attributes.get("role") in ("none", "presentation")
    if not heads and not lays_out:
        yield "a table that lays out does not say so", 'write role="presentation", or give it <th>'
    if heads and lays_out:
        yield "a table with headings says that it only lays out", 'remove role="presentation"'
    if any("scope" not in head.attributes for head in heads) and not lays_out:
        yield "a heading of a table has no scope", 'write <th scope="col"> or scope="row"'


@rule("headings", "error", why="Screen readers jump from heading to heading.")
def headings(letter: CheckedLetter) -> Findings:
    """Want one h1 and no level left out below it."""
    levels = [int(heading.tag.name[1]) for heading in letter.page.headings]
    if levels.count(1) != 1:
        message = f"there are {levels.count(1)} h1 headings; a letter has one"
        fix = "use h1 for the letter's name and h2 for sections"
        yield headings.found(message, fix)
    for before, heading in zip([0, *levels], letter.page.headings, strict=False):
        if int(heading.tag.name[1]) > before + 1:
            message = f"<{heading.tag.name}> `{one_line(heading.words)}` follows level {before}"
            where, selector = at(heading.tag)
            yield headings.found(
                message, "leave no level out", where=where, selector=selector, severity="warning"
            )


@dataclass(frozen=True, slots=True)
class _Pair:
    palette: str
    ink: Colour
    ground: Colour
    least: float


@rule("contrast", "error", why="Pale words are lost in sunlight and to weak eyes, in light and in dark.")
def contrasts(letter: CheckedLetter) -> Findings:
    """Measure every colour of words against what is behind it, in each palette; each pair once."""
    first: dict[_Pair, Text] = {}
    for text in _list_shown(letter):
        for pair in _list_pairs(letter, text.tag):
            if contrast(pair.ink, pair.ground) < pair.least:
                first.setdefault(pair, text)
    for pair, text in first.items():
        ratio = int(contrast(pair.ink, pair.ground) * 100) / 100
        message = (
            f"`{one_line(text.words)[:30]}` is {pair.ink} on {pair.ground} in the {pair.palette} palette: "
            f"{ratio:g} to 1, and {pair.least:g} is the least"
        )
        fix = "take a darker colour" if pair.palette == "light" else "take a lighter colour"
        yield contrasts.found(message, fix, where=f"html:{text.line}", selector=text.tag.selector)
    yield from _unreadable(letter)


def _unreadable(letter: CheckedLetter) -> Findings:
    """Name each colour that nobody can measure; what a mail program makes of it is its own affair."""
    first: dict[str, Text] = {}
    for text in _list_shown(letter):
        for dark in (False, True) if letter.looks.styles.has_dark else (False,):
            looks = letter.looks.ink(text.tag, dark=dark), letter.looks.ground(text.tag, dark=dark)
            if None in looks and (said := letter.looks.find_unreadable(text.tag, dark=dark)):
                first.setdefault(said, text)
    for said, text in first.items():
        message = f"`{said[:30]}` of `{one_line(text.words)[:30]}` is no colour that can be measured"
        fix = "write the colour as #rrggbb"
        yield contrasts.found(
            message, fix, where=f"html:{text.line}", selector=text.tag.selector, severity="warning"
        )


def _list_pairs(letter: CheckedLetter, tag: Tag) -> Iterator[_Pair]:
    looks = letter.looks
    size = looks.size_px(tag)
    is_large = size >= LARGE_PX or (size >= LARGE_BOLD_PX and looks.is_bold(tag))
    least = LEAST_CONTRAST_LARGE if is_large else LEAST_CONTRAST
    for dark in (False, True) if looks.styles.has_dark else (False,):
        ink, ground = looks.ink(tag, dark=dark), looks.ground(tag, dark=dark)
        if ink and ground:
            yield _Pair("dark" if dark else "light", ink, ground, least)


def _list_shown(letter: CheckedLetter) -> Iterator[Text]:
    """List the words that readers see."""
    for text in letter.page.texts:
        if not text.is_hidden and _FILLER.sub("", text.words):
            yield text


@rule("type-size", "warning", why="Small or tight letters and small buttons are hard on a phone.")
def type_size(letter: CheckedLetter) -> Findings:
    """Want letters, lines and buttons that a thumb and an eye can hit; each size once."""
    first: dict[str, tuple[Text, str]] = {}
    for text in _list_shown(letter):
        size, height = letter.looks.size_px(text.tag), letter.looks.line_height(text.tag)
        if size < LEAST_PX:
            message = f"letters of {size:g} px; {LEAST_PX:g} is the least"
            first.setdefault(message, (text, f"set font-size to {LEAST_PX:g}px or more"))
        if size < LARGE_BOLD_PX and height < LEAST_LINE_HEIGHT and not _is_button(letter, text.tag):
            message = f"lines {height:g} times their letters apart; {LEAST_LINE_HEIGHT:g} is the least"
            first.setdefault(message, (text, f"set line-height to {LEAST_LINE_HEIGHT:g} or more"))
    for message, (text, fix) in first.items():
        said = f"`{one_line(text.words)[:30]}` has {message}"
        yield type_size.found(said, fix, where=f"html:{text.line}", selector=text.tag.selector)
    yield from _small_buttons(letter)


def _is_button(letter: CheckedLetter, tag: Tag) -> bool:
    return any(up.name == "a" and letter.looks.is_button(up) for up in tag.lineage())


def _small_buttons(letter: CheckedLetter) -> Findings:
    for link in letter.page.links:
        if letter.looks.is_button(link.tag) and link.words.strip():
            height = _button_px(letter, link.tag)
            if height < LEAST_BUTTON_PX:
                where, selector = at(link.tag)
                message = f"the button `{one_line(link.words)[:30]}` is {height:.0f} px high"
                fix = f"give it padding until it has {LEAST_BUTTON_PX:g} px"
                yield type_size.found(message, fix, where=where, selector=selector)


def _button_px(letter: CheckedLetter, tag: Tag) -> float:
    own = letter.looks.styles.own(tag)
    sides = [float(found[1]) for word in own["padding"].split() if (found := _LENGTH.fullmatch(word))]
    padding = sum((sides * 4)[:3:2]) if len(sides) < 3 else sides[0] + sides[2]  # noqa: PLR2004 - CSS's four sides
    return letter.looks.size_px(tag) * letter.looks.line_height(tag) + padding


@rule(
    "text-structure",
    "warning",
    why="Lists and paragraphs that only look so are read as one lump.",
    fix_in=CONTENT,
)
def text_structure(letter: CheckedLetter) -> Findings:
    """Find what only looks like paragraphs, lists and emphasis."""
    for tag, message, fix in _tag_mistakes(letter):
        where, selector = at(tag)
        yield text_structure.found(message, fix, where=where, selector=selector)
    for text in _list_shown(letter):
        for message, fix in () if text.is_code else _text_mistakes(text.words):
            where = f"html:{text.line}"
            place = letter.find_place(text.words)
            yield text_structure.found(message, fix, where=where, selector=text.tag.selector, source=place)


def _tag_mistakes(letter: CheckedLetter) -> Iterator[tuple[Tag, str, str]]:
    tags = letter.page.tags
    for before, tag in pairwise(tags):
        is_pair = (
            before.name == tag.name == "br" and before.parent is tag.parent and tag.nth == before.nth + 1
        )
        if is_pair and re.search(r"<br[ /]*>\s*<br[ /]*>", "\n".join(_lines(letter, before, tag))):
            yield tag, "two <br> stand for a paragraph", "write <p> for each paragraph"
        if letter.looks.styles.own(tag).get("text-align") == "justify":
            yield tag, "the words are justified, which tears holes into short lines", "align them at one side"


def _lines(letter: CheckedLetter, first: Tag, last: Tag) -> list[str]:
    return letter.rendered.html.split("\n")[first.line - 1 : last.line]


def _text_mistakes(words: str) -> Iterator[tuple[str, str]]:
    if found := _SHOUT.search(words):
        fix = "write it in small letters; text-transform can make them large"
        yield f"`{one_line(found[0])[:40]}` is all in capitals", fix
    if found := _EMOJI.search(words):
        yield f"`{one_line(found[0])[:20]}` is a row of emoji, each of which is read aloud", "keep one"
    if _FAKE_ITEM.match(words.strip()) and "•" in words[:3]:
        yield f"`{one_line(words)[:30]}` only looks like an item of a list", "write <ul> and <li>"


@rule("hidden-text", "error", why="What screen readers skip must be ornament; hidden words look like spam.")
def hidden_text(letter: CheckedLetter) -> Findings:
    """Want only ornament hidden from screen readers, and no more hidden words than a preheader has."""
    for link in letter.page.links:
        if hider := _find_hider(link.tag):
            where, selector = at(hider)
            message = (
                f"the link `{one_line(link.words)[:30]}` is hidden from screen readers, not from the keyboard"
            )
            yield hidden_text.found(message, "remove aria-hidden", where=where, selector=selector)
    for text in _list_shown(letter):
        if re.search(r"\w{3}", text.words) and (hider := _find_hider(text.tag)):
            where, selector = at(hider)
            message = f"`{one_line(text.words)[:30]}` is hidden from screen readers"
            fix = "remove aria-hidden; it is for ornament"
            yield hidden_text.found(message, fix, where=where, selector=selector, severity="warning")
    yield from _hidden_words(letter)
    hidden = "".join(_FILLER.sub(" ", text.words) for text in letter.page.texts if text.is_hidden)
    if len(hidden) > HIDDEN_LETTERS:
        message = f"{len(hidden)} letters are hidden; filters of spam look for that"
        yield hidden_text.found(message, "hide the preheader and nothing else", severity="warning")


def _hidden_words(letter: CheckedLetter) -> Findings:
    """Name each element that shows nobody its words; a preheader, which comes first, is hidden rightly."""
    met: set[Tag] = set()
    known: dict[Tag, Tag | None] = {}
    is_first = True
    for text in letter.page.texts:
        words = one_line(_FILLER.sub(" ", text.words))
        if not re.search(r"\w", words):
            continue
        hider = _find_hidden(letter, text.tag, known)
        is_preheader, is_first = is_first, False
        if hider is None or hider in met:
            continue
        met.add(hider)
        if not is_preheader:
            where, selector = at(hider)
            message = f"`{words[:30]}` is hidden from everybody; filters of spam look for that"
            yield hidden_text.found(
                message, "show the words, or delete them", where=where, selector=selector, severity="warning"
            )


def _find_hidden(letter: CheckedLetter, tag: Tag, known: dict[Tag, Tag | None]) -> Tag | None:
    """Find the innermost element around that shows nothing; `known` are those that were looked at."""
    if tag not in known:
        outer = _find_hidden(letter, tag.parent, known) if tag.parent else None
        known[tag] = tag if _hides(letter, tag) else outer
    return known[tag]


def _hides(letter: CheckedLetter, tag: Tag) -> bool:
    """Tell whether an element shows nothing, by day nor by night."""
    styles = letter.looks.styles
    palettes = [styles.own(tag, dark=dark) for dark in ((False, True) if styles.has_dark else (False,))]
    return "hidden" in tag.attributes or all(
        own.get("display", "").lower() == "none"
        or own.get("visibility", "").lower() in ("hidden", "collapse")
        for own in palettes
    )


def _find_hider(tag: Tag) -> Tag | None:
    return next((up for up in tag.lineage() if up.attributes.get("aria-hidden") == "true"), None)
