"""What a report names: our letters by their signed references, readers by their addresses. Pure.

The references are HMACs over issue and reader that only the letter itself carries, so a report that quotes
one had the letter; which reader it belongs to is checked by the store, which knows the readers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import islice

from pipeline.model.returned import Returned, ReturnKind
from subscribers.addresses import parse_address
from subscribers.errors import AddressError

REFERENCES_MAX = 20
"""References of one report that are looked up; a real one has two or three, of one letter."""
DETAIL_CHARS = 200
"""What is kept of a reply: its first sentence and its codes, in two lines of a terminal."""
STATUS_CHARS = 16
"""The width of the column; an enhanced code has nine characters at most (RFC 3463, 2)."""

_REF = re.compile(r"(?<![0-9])([0-9]{4}-w[0-9]{2})\.([0-9a-f]{20})(?![0-9a-f])", re.IGNORECASE | re.ASCII)
_CONFIRMATION = re.compile(r"(?<![\w.])confirm\.[0-9a-f]{20}@", re.ASCII)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UNICODE = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_TYPE = re.compile(r"^\s*(?:rfc822|utf-8|smtp|x400|unknown)\s*;", re.IGNORECASE)


def find_references(returned: Returned) -> tuple[tuple[str, str], ...]:
    """Return the letters that a report names, as `(week, reference)`, each once; none of them is verified."""
    found = dict.fromkeys(
        (match[1].upper(), match[2].lower()) for text in returned.references for match in _REF.finditer(text)
    )
    return tuple(found)[:REFERENCES_MAX]


def find_reference_texts(texts: Iterable[str]) -> Iterator[str]:
    """Yield every text that looks like one of our references, each once, in the order of the texts."""
    found = dict.fromkeys(match[0] for text in texts for match in _REF.finditer(text))
    yield from islice(found, REFERENCES_MAX)


def names_confirmation(texts: Iterable[str]) -> bool:
    """Return whether a text has the Message-ID of a confirmation mail, which belongs to no issue."""
    return any(_CONFIRMATION.search(text) for text in texts)


def comparison_keys(returned: Returned) -> frozenset[str]:
    """Return the addresses that a report names as `email_key` has them, without what no reader can have.

    Anyone can write a report: only what is a usable address may reach the database.
    """
    return frozenset(key for each in _named(returned) if (key := _key(each)))


def names_reader(returned: Returned, email_key: str) -> bool:
    """Return whether a report names this reader, or no address at all.

    Feedback loops hide the local part (RFC 6590), so of a complaint the domain is enough.
    """
    named = _named(returned)
    # What is not a usable address still names someone: not this reader.
    if not named or email_key in comparison_keys(returned):
        return True
    if returned.kind is not ReturnKind.COMPLAINED:
        return False
    domain = email_key.rpartition("@")[2]
    return any((_key(each) or each.lower()).rpartition("@")[2] == domain for each in named)


def clean_detail(text: str) -> str:
    """Return the words of a server in one line of at most 200 characters, without addresses and links."""
    words = "".join(char if char.isprintable() else " " for char in text).split()
    shown = ("<address>" if "@" in word or "%40" in word or "://" in word else word for word in words)
    return " ".join(shown)[:DETAIL_CHARS].strip()


def clean_status(text: str) -> str:
    """Return an enhanced status code in at most 16 characters of printable ASCII."""
    return "".join(char for char in text if "!" <= char <= "~")[:STATUS_CHARS]


def _named(returned: Returned) -> set[str]:
    """Return what a report names as its recipients, as it is written there."""
    named: set[str] = set()
    for raw in returned.recipients:
        text = _TYPE.sub("", raw).strip().strip("<>").strip()
        # Original-Recipient may be written in xtext (RFC 3461, 4): `+2B` for a plus.
        # … and addresses in any script as `\x{E4}` (RFC 6533, 3).
        for form in (_XTEXT, _UNICODE):
            named |= {text, form.sub(lambda match: _char(match[1]), text)}
    return named - {""}


def _char(code: str) -> str:
    number = int(code, 16)
    return chr(number) if number <= sys.maxunicode else ""


def _key(address: str) -> str:
    try:
        return parse_address(address).key
    except AddressError:
        return ""
