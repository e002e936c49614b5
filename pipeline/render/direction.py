"""Tells from its letters in which direction code or a prompt is read, whatever is around it. Pure."""

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
    """Go by the first letter that has a direction, as browsers do; without any it is left to right."""
    for letter in words:
        kind = unicodedata.bidirectional(letter)
        if kind in _RIGHT_TO_LEFT:
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def direct_inline_code(html: Markup) -> Markup:
    """Give code within a line its own direction: in Hebrew words, the end of `f()` would go to its front."""

    def directed(found: re.Match[str]) -> str:
        return f'<code dir="{of_words(unescape(_TAG.sub("", found[1])))}">{found[1]}</code>'

    return Markup(_INLINE.sub(directed, str(html)))  # noqa: S704 - it was marked up, and ltr or rtl came in


def direct_code(html: Markup) -> Markup:
    """Give every block of code in HTML its own direction."""

    def directed(found: re.Match[str]) -> str:
        return f'<pre dir="{of_words(unescape(_TAG.sub("", found[1])))}">{found[1]}</pre>'

    return Markup(_PRE.sub(directed, str(html)))  # noqa: S704 - it was marked up, and ltr or rtl came in
