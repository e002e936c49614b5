"""Masks what a relay repeats in its replies: addresses, the login, the links of a reader. Pure."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterator
from urllib.parse import quote

_SHOWN_CHARS = 200
"""Of an answer: two lines of a terminal, enough for a code, a reason and the address of a help page."""
_WINDOW = 12
"""So many characters of a secret in a row are masked: a reply is cut anywhere. A token has 32."""

_ADDRESS, _SECRET = "\x00", "\x01"
"""Marks that no printable text has."""

_LEAST = 4
"""Shorter secrets are not masked: they would be found in every second word."""

_TOKEN = re.compile(rb"[A-Za-z0-9_-]{24,}")
_SOFT_BREAK = re.compile(rb"=\r\n|\r\n[ \t]")


def find_tokens(message: bytes) -> Collection[str]:
    """Return what could be a token of a link in a message: long runs of base64url, soft breaks undone."""
    text = _SOFT_BREAK.sub(b"", message).replace(b"=3D", b"=")
    return {found.decode("ascii") for found in _TOKEN.findall(text) if not found.isalpha()}


def mask(text: str, secrets: Collection[str] = ()) -> str:
    """Cut `text` to 200 printable characters; put `<secret>` for secrets, `<address>` for addresses.

    A secret is found as it is, percent-encoded, in hexadecimal or in base64, split by white space, and in
    part when the part is long. Masking comes before cutting: no half of an address is left at the end.
    """
    shown = "".join(char if char.isprintable() else " " for char in text)
    words = _hide(shown, secrets).split() if secrets else shown.split()
    return " ".join(_show(word) for word in words)[:_SHOWN_CHARS]


def _show(word: str) -> str:
    if any(mark in word for mark in ("@", "%40", _ADDRESS)):
        return "<address>"
    return word.replace(_SECRET, "<secret>")


def _hide(text: str, secrets: Collection[str]) -> str:
    """Put a mark for every place where a secret is written, whatever white space is in it."""
    places = [place for place, char in enumerate(text) if not char.isspace()]
    compact = "".join(text[place] for place in places).casefold()
    hidden: dict[int, str] = {}
    for secret in secrets:
        mark = _ADDRESS if "@" in secret else _SECRET
        for needle in set(_write(secret)) if len(secret) >= _LEAST else ():
            start = compact.find(needle)
            while start >= 0:
                hidden |= dict.fromkeys(range(places[start], places[start + len(needle) - 1] + 1), mark)
                start = compact.find(needle, start + 1)
    shown: list[str] = []
    for place, char in enumerate(text):
        if place not in hidden:
            shown.append(char)
        elif place - 1 not in hidden:
            shown.append(hidden[place])
    return "".join(shown)


def _write(secret: str) -> Iterator[str]:
    """Yield how a secret can be written, in small letters; long ones in overlapping parts."""
    data = secret.encode()
    encoded = b64encode(data).decode().rstrip("=")
    for form in (secret, quote(secret, safe=""), data.hex(), encoded):
        written = "".join(form.split()).casefold()
        if len(written) <= _WINDOW or "@" in written or "%40" in written:
            yield written
        else:
            yield from (written[start : start + _WINDOW] for start in range(len(written) - _WINDOW + 1))
