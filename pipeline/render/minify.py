"""Removes the white space of e-mail HTML that no reader sees, and nothing else.

Pure. Conditional comments, `<pre>` and quoted values stay; a minifier would break Outlook.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PIECE = re.compile(
    r"""(?P<keep><(?P<kept>pre|textarea|script)\b.*?</(?P=kept)\s*>)
    | (?P<style><style\b[^>]*>)(?P<css>.*?)(?P<style_end></style\s*>)
    | (?P<if><!--\[if\b[^\]]*\]>)(?P<inside>.*?)(?P<endif><!\[endif\]-->)
    | (?P<comment><!--.*?-->)
    | (?P<tag></?[a-z!](?:"[^"]*"|'[^']*'|[^"'<>])*>)
    | (?P<text>[^<]+|<)""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_CSS = re.compile(
    r"""(?P<keep>"[^"\n]*"|'[^'\n]*'|/\*.*?\*/)|(?P<gap>[ \t\r\n\f]*[{};][ \t\r\n\f]*|[ \t\r\n\f]+)""",
    re.DOTALL,
)
_TAG = re.compile(r"""("[^"]*"|'[^']*')|([ \t\r\n\f]+)(/?>)?""")
_GAP = re.compile(r"[ \t\r\n\f]+")


def minify(page: str) -> str:
    """Collapse white space outside of `<pre>` and quoted values; doing it twice changes nothing more."""
    return "".join(_minify_piece(piece) for piece in _PIECE.finditer(page))


def _minify_piece(piece: re.Match[str]) -> str:
    kind = piece.lastgroup
    if kind == "style_end":
        return (
            _tag(piece["style"]) + _CSS.sub(_css_piece, piece["css"]).strip(" \t\r\n\f") + piece["style_end"]
        )
    if kind == "endif":
        return piece["if"] + minify(piece["inside"]) + piece["endif"]
    if kind == "tag":
        return _tag(piece["tag"])
    if kind == "text":
        return _GAP.sub(_one, piece["text"])
    return piece[0]


def _one(gap: re.Match[str]) -> str:
    """Keep a line break as one: lines stay short, and both show as one space."""
    return "\n" if "\n" in gap[0] else " "


@lru_cache(maxsize=4096)
def _tag(tag: str) -> str:
    return _TAG.sub(lambda found: found[1] or (found[3] or " "), tag)


def _css_piece(found: re.Match[str]) -> str:
    if found["keep"]:
        return found["keep"]
    mark = found["gap"].strip(" \t\r\n\f")
    return "}\n" if mark == "}" else mark or " "
