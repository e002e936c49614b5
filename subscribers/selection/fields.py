"""The fields of a selection: which operators they take, and how their values are read. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, tzinfo

from subscribers.model import SubscriberState
from subscribers.selecting import tag_slug
from subscribers.selection.dates import parse_period
from subscribers.selection.model import Period

SAMENESS = ("=", ":", "!=")
TEXTS = (*SAMENESS, "~", "!~")
ORDER = (*SAMENESS, "<", "<=", ">", ">=")
ANY = (*TEXTS, "<", "<=", ">", ">=")

FIELDS: dict[str, tuple[str, ...]] = {
    "state": SAMENESS,
    "tag": TEXTS,
    "source": TEXTS,
    "email": TEXTS,
    "domain": TEXTS,
    "name": TEXTS,
    "first_name": TEXTS,
    "joined": ORDER,
    "confirmed": ORDER,
    "left": ORDER,
    "import": SAMENESS,
    "received": SAMENESS,
}
"""The operators of each field; every other name is an attribute, which takes all of them."""

DATES = ("joined", "confirmed", "left")
STATES = tuple(state.word for state in SubscriberState)
NEVER = "never"
NOT_KNOWN = ("opened", "clicked", "open", "opens", "clicks")
"""What other tools select by; nothing of it is recorded here."""

_WEEK = re.compile(r"\d{4}-W\d{2}", re.IGNORECASE)
_MARKS = re.compile(r"[\u0300-\u036f]")


def fold_text(text: str) -> str:
    """Return a text as it is compared: without accents, in lower case. Both databases do the same."""
    return text.lower() if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFD", text)).lower()


def fold_domain(text: str) -> str:
    """Return a domain, or a part of one, as it is stored: ASCII and in lower case."""
    bare = text.strip().lstrip("@").lower()
    if bare.isascii():
        return bare
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return bare


def read_value(field: str, raw: str, *, now: datetime, zone: tzinfo) -> str | int | Period | None:
    """Read the value of a field of ours; raises ValueError with the reason and what can be written."""
    if field in DATES:
        return None if raw.lower() == NEVER else parse_period(raw, now, zone)
    if field == "state":
        if raw.lower() not in STATES:
            raise ValueError(f"states are {', '.join(STATES)}")
        return raw.lower()
    if field == "import":
        if not (raw.isascii() and raw.isdigit() and len(raw) <= 18):  # noqa: PLR2004 - fits 64 bits
            raise ValueError("write the id of an import; `weekly subscribers imports` lists them")
        return int(raw)
    if field == "received":
        if not _WEEK.fullmatch(raw):
            raise ValueError("write the week of a letter, such as 2026-W48")
        return raw.upper()
    if field == "tag":
        slug = tag_slug(raw)
        if not slug:
            raise ValueError("write a tag, such as tag:early-birds")
        return slug
    return fold_domain(raw) if field == "domain" else fold_text(raw)
