"""Reads HTML as the engine writes it with the calls that html.parser makes, in half the time. Pure.

Anything unusual, such as a mistake of an author, is left to html.parser.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_TOKEN = re.compile(
    r"""
    ([^<]+)                                                           # 1: text
    |<([a-z][a-z0-9:-]*)                                              # 2: a start tag
      ((?:[ \t\n\r\f]+[a-z][a-z0-9:_-]*="[^"]*")*)[ \t\n\r\f]*(/?)>   # 3: its attributes, 4: ended at once
    |</([a-z][a-z0-9:-]*)[ \t\n\r\f]*>                                # 5: an end tag
    |<!--(?!-?>)(.*?)-->                                              # 6: a comment
    |<!((?i:doctype)[ ][^<>]*)>                                       # 7: the declaration
    """,
    re.DOTALL | re.VERBOSE,
)
_TEXT, _START, _END, _COMMENT = 1, 4, 5, 6
_ATTRIBUTE = re.compile(r'([a-z][a-z0-9:_-]*)="([^"]*)"')
_REFERENCE_OPEN = re.compile(r"&(?!#?\w+;)")
"""A reference without its semicolon, which versions of html.parser read differently in attributes."""
_RAW = frozenset(
    ["iframe", "noembed", "noframes", "noscript", "plaintext", "script", "svg", "math", "textarea", "xmp"]
)
"""Elements other than `style` whose text is not parsed as markup."""


def feed_plain(parser: HTMLParser, html: str) -> bool:
    """Call a parser's handlers as its `feed` and `close` do; return False, at any point, for other HTML."""
    position, line, style = 0, 1, ""
    for token in _TOKEN.finditer(html):
        kind, raw = token.lastindex, token[0]
        if token.start() != position or (style and kind != _TEXT and token[_END] != style):
            return False
        position, parser.lineno = token.end(), line
        if kind == _TEXT:
            parser.handle_data(raw if style else unescape(raw))
        elif kind == _START:
            if not _start(parser, token):
                return False
            style = "style" if token[2] == "style" and not token[_START] else ""
        elif kind == _END:
            style = ""
            parser.handle_endtag(token[_END])
        elif kind == _COMMENT:
            if "--" in token[_COMMENT]:
                return False
            parser.handle_comment(token[_COMMENT])
        else:
            parser.handle_decl(token[7])
        line += raw.count("\n")
    return position == len(html) and not style and "\0" not in html


def _start(parser: HTMLParser, token: re.Match[str]) -> bool:
    name, marks = token[2], token[3]
    if name in _RAW or ("&" in marks and _REFERENCE_OPEN.search(marks)):
        return False
    attributes: list[tuple[str, str | None]] = [
        (key, unescape(value)) for key, value in _ATTRIBUTE.findall(marks)
    ]
    if token[_START]:
        parser.handle_startendtag(name, attributes)
    else:
        parser.handle_starttag(name, attributes)
    return True
