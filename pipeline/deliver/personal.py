"""The values of one reader that fill a compiled message; none comes from another reader."""

from __future__ import annotations

import re
import unicodedata

from pipeline.deliver.mime.message import MESSAGE_ID, REF, TO
from pipeline.model.delivery import Claim
from pipeline.model.rendered import PersonalSlot
from subscribers.tokens import Keyring, Purpose, mail_ref, make_token

LONGEST_NAME = 80
"""Characters of a name that a greeting shows: it stays on one line of a phone."""
FALLBACK_NAME = "there"
"""The name in a greeting without one: "Hi there,"."""

_NAME, _URL = PersonalSlot.NAME.value, PersonalSlot.UNSUBSCRIBE_URL.value

# White space of every kind, controls, and the marks that turn the writing direction of what follows.
_GAP = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


def reader_values(
    claim: Claim,
    *,
    week: str,
    host: str,
    unsubscribe_base: str,
    keyring: Keyring,
    fallback_name: str = FALLBACK_NAME,
) -> dict[str, str]:
    """Return what fills one reader's copy; the same claim, week and keys always give the same values.

    `unsubscribe_base` is the site's address without a path (`https://news.example.org`); the link is
    `/u/<token>` on it.
    """
    ref = mail_ref(keyring, week, claim.public_id)
    token = make_token(keyring, Purpose.UNSUBSCRIBE, claim.public_id, claim.token_epoch)
    return {
        TO: claim.email,
        REF: ref,
        MESSAGE_ID: f"{week.lower()}.{ref}@{host}",
        _NAME: tidy_name(claim.name) or fallback_name,
        _URL: f"{unsubscribe_base.rstrip('/')}/u/{token}",
    }


def tidy_name(name: str) -> str:
    """Return a name as one line of a greeting: NFC, single spaces, at most 80 characters, perhaps empty."""
    if name.isascii() and name.isprintable() and "  " not in name:
        return name[:LONGEST_NAME].strip(" ")
    whole = unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", name))
    return _GAP.sub(" ", whole).strip(" ")[:LONGEST_NAME].rstrip(" ")
