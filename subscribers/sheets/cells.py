"""Reads a cell that holds an address the way people and programs write it. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

SEVERAL = "its cell holds several addresses; leave the one to write to"
"""Why a row is rejected whose cell names more than one address: no program can tell which one consented."""


class AddressCell(NamedTuple):
    """What a cell holds: its different addresses as typed, and the name that stands with a single one."""

    addresses: tuple[str, ...]
    name: str


_PLAIN = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
# Format characters that spreadsheets and web pages leave in copied text: zero-width spaces and joiners,
# direction marks, the soft hyphen, the word joiner and the byte order mark.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BLANK = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_HYPERLINK = re.compile(r"^=HYPERLINK\(\s*\"([^\"]*)\".*\)$", re.IGNORECASE)
_MAILTO = re.compile(r"\bmailto:\s*([^\s<>?,;]+)(?:\?[^\s<>,;)\]]*)?", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\[\]]*)\]\(([^()]*)\)")
_AFTER_DOMAIN = re.compile(r"(@[^\s/@]+)/")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:|\"]+@[^\s<>()\[\],;:|\"@]+")
_LABEL = re.compile(r"e-?mail(?:[ -]?address|[ -]?adresse)?|mail", re.IGNORECASE)
_AROUND_NAME = " \t,;:|/.'\"<>()[]`*!?“”„«»‘’"


def read_address_cell(cell: str) -> AddressCell:
    """Return the addresses of a cell, each once in the order they stand in, and the name that goes with them.

    Understands `Name <address>`, `address (Name)`, `mailto:`, invisible characters, all kinds of blanks,
    dots and commas after an address, and several addresses separated by commas, semicolons, bars, slashes,
    blanks, or ` ::: ` as Google Contacts writes them. The addresses are not validated: a cell without an
    address, or with a blank in one, is returned as one, for the validator to refuse; an empty cell as none.
    The name is empty for several addresses.
    """
    if _PLAIN.fullmatch(cell):
        return AddressCell((cell,), "")
    text = _BLANK.sub(" ", _INVISIBLE.sub("", cell)).strip()
    if not text:
        return AddressCell((), "")
    text = _MARKDOWN.sub(r"<\2>", _HYPERLINK.sub(r"\1", text))
    text = _MAILTO.sub(lambda link: link[1].replace("%40", "@"), text)
    found: dict[str, str] = {}
    for piece in _ADDRESS.findall(_AFTER_DOMAIN.sub(r"\1 ", text)):
        address = piece.rstrip(".'`*!?/").lstrip("'`*/=")
        found.setdefault(address.casefold(), address)
    if len(found) != 1:
        return AddressCell(tuple(found.values()) or (text,), "")
    return _single(text, *found.values())


def _single(text: str, address: str) -> AddressCell:
    before, _, after = text.partition(address)
    start, end = before.rstrip(" '`*"), after.lstrip(" '`*.!?/")
    # `jane doe@example.org` is a mistake and not Jane's name before the address of doe.
    has_mark = not start or start[-1] in '<(,;:|"' or start.endswith("-")
    if not has_mark or not (not end or end[0] in '>()[,;:|"-' or address.casefold() in end.casefold()):
        return AddressCell((text,), "")
    rest = re.sub(re.escape(address), " ", text, flags=re.IGNORECASE).replace('\\"', '"')
    name = _BLANK.sub(" ", rest).strip(_AROUND_NAME).rstrip(" -–")
    return AddressCell((address,), "" if "@" in name or _LABEL.fullmatch(name) else name)
