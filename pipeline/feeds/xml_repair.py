"""Prepare the bytes of a feed for the parser: declarations, invalid references, item cap. Pure."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

ITEM_CAP = 500
"""How many items of a feed are read; a letter needs those of the last weeks only."""

_NAME = re.compile(r"\w+")
_XML_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(item|entry)[\s>/]", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,10})|([0-9]{1,10}));?")
_ITEM_END = re.compile(rb"</(?:\w{1,20}:)?(?:item|entry)\s*>", re.IGNORECASE)


def find_declaration(body: bytes, content_type: str = "") -> str:
    """Return why a document may not be parsed because of its prolog; empty when it has no declaration.

    Searches it in every encoding that a parser could assume.
    """
    for text in _readings(body, content_type):
        for words in _prolog(text):
            if words in ("doctype html", "html"):
                return "this is a web page, not a feed"
            if words.startswith(("doctype", "entity", "declaration")):
                return "it declares a document type or entities, which no feed needs"
    return ""


def cut_items(body: bytes) -> tuple[bytes, int]:
    """Remove the items beyond the cap, and count them; what follows the last item stays."""
    starts = [match.start() for match in _ITEM.finditer(body)]
    if len(starts) <= ITEM_CAP:
        return body, 0
    ends = [match.end() for match in _ITEM_END.finditer(body, starts[ITEM_CAP])]
    tail = body[ends[-1] :] if ends else b""
    return body[: starts[ITEM_CAP]] + tail, len(starts) - ITEM_CAP


def drop_impossible(body: bytes) -> bytes:
    """Remove references to code points that are not characters, on which parsers fail."""
    return _REFERENCE.sub(lambda found: found[0] if _is_possible(found) else b"", body)


def _is_possible(found: re.Match[bytes]) -> bool:
    number = int(found[1], 16) if found[1] else int(found[2])
    return number <= sys.maxunicode and not 0xD800 <= number <= 0xDFFF  # noqa: PLR2004 - the surrogates


def _prolog(text: str) -> Iterator[str]:
    """Yield the words of every declaration before the root element, then the root's name; in linear time."""
    at = text.find("<")
    while at >= 0:
        if text.startswith("<!--", at):
            at = _after(text, "-->", at)
        elif text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!", at):
            yield " ".join(_NAME.findall(text[at : at + 100])[:2]).lower() or "declaration"
            at += 1
        elif root := _NAME.match(text, at + 1):
            yield root[0].lower()
            return
        else:
            at += 1
        at = text.find("<", at)


def _after(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    return found + len(end) if found >= 0 else len(text)


def _readings(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the text in every encoding that it may have."""
    # UTF-16 and UTF-32 are ASCII with zeros between, as far as markup goes.
    yield body.replace(b"\0", b"").decode("latin-1")
    declared = _XML_ENCODING.search(body[:1000])
    names = [declared[1].decode("ascii")] if declared else []
    served = _CHARSET.search(content_type)
    for name in (*names, *([served[1]] if served else [])):
        try:
            yield body.decode(name, "replace")
        except (LookupError, ValueError):
            continue
