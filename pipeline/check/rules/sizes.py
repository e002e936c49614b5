"""Rules of how large things are: the HTML, its style sheets, its lines. Pure."""

from __future__ import annotations

import re

from pipeline.check.context import LetterContext
from pipeline.check.registry import CONTENT, Findings, rule
from pipeline.model.problem import Severity
from pipeline.render.slots import TOKEN

HTML_WARNING_BYTES = 80_000
HTML_LIMIT_BYTES = 100_000
"""Gmail cuts a letter off at 102 KB, as senders have measured; Google publishes no number."""
CSS_LIMIT_BYTES = 16_384
"""Gmail drops a letter's styles beyond 16 KB (github.com/hteumeuleu/email-bugs, issue 90)."""
LINE_LIMIT_BYTES = 998
"""RFC 5322, 2.1.1."""

_FILLER = re.compile("(?:&nbsp;|&zwnj;|&#847;|[\u00a0\u00ad\u034f\u200c])+")
"""Invisible characters, as they follow a preheader."""
_UNBROKEN = re.compile(rf"\S{{{LINE_LIMIT_BYTES // 4},}}")


@rule(
    "html-size",
    "error",
    why="Gmail cuts a letter off at 102 KB, and the way to unsubscribe goes first.",
    fix_in=CONTENT,
    is_required=True,
)
def html_size(letter: LetterContext) -> Findings:
    """Measure the HTML with every slot filled as long as values get."""
    size = letter.rendered.html_bytes + _measure_growth(letter, letter.rendered.html)
    if size > HTML_WARNING_BYTES:
        severity: Severity = "error" if size > HTML_LIMIT_BYTES else "warning"
        message = f"the HTML may be {size:,} bytes with a reader's values; the limit is {HTML_LIMIT_BYTES:,}"
        yield html_size.found(message, "shorten the longest section", severity=severity)


def _measure_growth(letter: LetterContext, part: str) -> int:
    return sum(
        letter.allowance.get(letter.rendered.slots[token], 0) - len(token)
        for token in TOKEN.findall(part)
        if token in letter.rendered.slots
    )


@rule("css-size", "error", why="Gmail drops all styles when there are more than 16 KB of them.")
def css_size(letter: LetterContext) -> Findings:
    """Measure all style sheets together."""
    size = sum(len(sheet.css.encode()) for sheet in letter.page.sheets)
    if size > CSS_LIMIT_BYTES:
        message = f"the style sheets have {size:,} bytes; the limit is {CSS_LIMIT_BYTES:,}"
        yield css_size.found(message, "remove rules the letter does not use")


@rule("css-valid", "error", why="Gmail drops a style sheet with a mistake in it as a whole.")
def css_valid(letter: LetterContext) -> Findings:
    """Read the style sheets as Gmail does: one mistake, or one at-rule inside another, and all is dropped."""
    for reading in letter.looks.styles.readings:
        for line, mistake in reading.mistakes:
            fix = "correct the rule in the theme; write at-rules one after the other"
            yield css_valid.found(mistake, fix, where=f"html:{line}")


@rule("line-length", "warning", why="Servers that wrap lines break a line without a space in 998 bytes.")
def line_length(letter: LetterContext) -> Findings:
    """Find what no server could wrap. We send quoted-printable, but some unpack a letter on its way."""
    for part, words in (("html", letter.rendered.html), ("text", letter.rendered.text)):
        for number, line in enumerate(words.split("\n"), start=1):
            if len(line.encode()) <= LINE_LIMIT_BYTES and not TOKEN.search(line):
                continue
            for piece in _UNBROKEN.findall(_FILLER.sub(" ", line)):
                size = len(piece.encode()) + _measure_growth(letter, piece)
                if size > LINE_LIMIT_BYTES:
                    message = (
                        f"`{piece[:30]}…` has {size:,} bytes without a space; a line has {LINE_LIMIT_BYTES}"
                    )
                    fix = "shorten the address, or put a space into it"
                    place = letter.find_place(piece)
                    yield line_length.found(message, fix, where=f"{part}:{number}", source=place)
