"""Finds from its letters in which direction code or a prompt is read, independent of its context. Pure."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Literal

from markupsafe import Markup

_PRE = re.compile(r"<pre>(.*?)</pre>", re.DOTALL)
_INLINE = re.compile(r"(?<!<pre>)<code>(.*?)</code>", re.DOTALL)
_TAG = re.compile("<[^>]*>")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def of_words(words: str) -> Literal["ltr", "rtl"]:
    """Return the direction of the first letter that has one, as browsers do; `ltr` without any."""
    for letter in words:
        kind = unicodedata.bidirectional(letter)
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def direct_inline_code(html: Markup) -> Markup:
    """Set the direction of code within a line: in Hebrew words, the end of `f()` would go to its front."""
    return _direct(html, "code", _INLINE)


def direct_code(html: Markup) -> Markup:
    """Set the direction of every block of code in HTML."""
    return _direct(html, "pre", _PRE)


def _direct(html: Markup, tag: str, element: re.Pattern[str]) -> Markup:
    def directed(found: re.Match[str]) -> str:
        return f'<{tag} dir="{of_words(unescape(_TAG.sub("", found[1])))}">{found[1]}</{tag}>'

    return Markup(element.sub(directed, str(html)))  # noqa: S704 - it was marked up, and ltr or rtl came in
