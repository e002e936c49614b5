"""Rules of how large things are: the HTML, its style sheets, its lines. Pure."""

from __future__ import annotations

import re

from pipeline.check.context import CheckedLetter
from pipeline.model.finding import Finding, Findings
from pipeline.model.problem import Severity
from pipeline.render.slots import TOKEN

HTML_WARNING_BYTES = 80_000
HTML_LIMIT_BYTES = 100_000
CSS_LIMIT_BYTES = 16_384
LINE_LIMIT_BYTES = 998
"""RFC 5322, 2.1.1."""

_FILLER = re.compile("(?:&nbsp;|&zwnj;|&#847;|[\u00a0\u00ad\u034f\u200c])+")
"""Blanks of other kinds, as they follow a preheader."""
_UNBROKEN = re.compile(rf"\S{{{LINE_LIMIT_BYTES // 4},}}")


def html_size(letter: CheckedLetter) -> Findings:
    """Measure the HTML with every slot filled as long as values get."""
    size = letter.rendered.html_bytes + _growth(letter, letter.rendered.html)
    if size > HTML_WARNING_BYTES:
        severity: Severity = "error" if size > HTML_LIMIT_BYTES else "warning"
        message = (
            f"the HTML may be {size:,} bytes with a reader's values in; the limit is {HTML_LIMIT_BYTES:,}"
        )
        yield Finding("html-size", severity, "html", message, "shorten the longest section")


def _growth(letter: CheckedLetter, part: str) -> int:
    return sum(
        letter.allowance.get(letter.rendered.slots[token], 0) - len(token)
        for token in TOKEN.findall(part)
        if token in letter.rendered.slots
    )


def css_size(letter: CheckedLetter) -> Findings:
    """Measure all style sheets together."""
    size = sum(len(sheet.css.encode()) for sheet in letter.page.sheets)
    if size > CSS_LIMIT_BYTES:
        message = f"the style sheets have {size:,} bytes; the limit is {CSS_LIMIT_BYTES:,}"
        yield Finding("css-size", "error", "html", message, "remove rules the letter does not use")


def css_valid(letter: CheckedLetter) -> Findings:
    """Read the style sheets as Gmail does: one mistake, or one at-rule inside another, and all is dropped."""
    for reading in letter.looks.styles.readings:
        for line, mistake in reading.mistakes:
            fix = "mend the rule in the theme; write at-rules one after the other"
            yield Finding("css-valid", "error", f"html:{line}", mistake, fix)


def line_length(letter: CheckedLetter) -> Findings:
    """Find what no server could wrap. We send quoted-printable, but some unpack a letter on its way."""
    for part, words in (("html", letter.rendered.html), ("text", letter.rendered.text)):
        for number, line in enumerate(words.split("\n"), start=1):
            for piece in _UNBROKEN.findall(_FILLER.sub(" ", line)):
                size = len(piece.encode()) + _growth(letter, piece)
                if size > LINE_LIMIT_BYTES:
                    message = (
                        f"`{piece[:30]}…` has {size:,} bytes without a blank; {LINE_LIMIT_BYTES} fit a line"
                    )
                    fix = "shorten the address, or put a blank into it"
                    place = letter.find_place(piece)
                    yield Finding("line-length", "warning", f"{part}:{number}", message, fix, "", *place)
