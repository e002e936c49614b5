"""Addresses that must not be written to again, known only by a keyed hash. Pure."""

from __future__ import annotations

import hmac
from enum import StrEnum

HMAC_BYTES = 16
"""128 bits: two addresses of a list never collide, and RFC 2104, 5, asks for half of the hash at least."""

_LABEL = b"weekly-insights suppression 1\0"


class SuppressionReason(StrEnum):
    """Why an address is suppressed."""

    BOUNCED = "bounced"
    """The address does not exist."""
    COMPLAINED = "complained"
    """Its owner reported the letter as spam."""
    BY_HAND = "by hand"
    """The operator suppressed it."""
    ERASED = "erased"
    """Its owner asked to be forgotten; only their own, confirmed sign-up brings them back."""
    KEPT_OUT = "kept out"
    """An imported list denied the consent, or it was not understood: no other list makes the address active.
    Softer than the others: it is in a table of its own, and a confirmed sign-up ends it."""


def email_hmac(key: bytes, email_key: str) -> bytes:
    """Hash a comparison key (`Address.key`) with the suppression key: 16 bytes, the same for ever."""
    return hmac.digest(key, _LABEL + email_key.encode(), "sha256")[:HMAC_BYTES]
