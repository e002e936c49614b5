"""Addresses that must not be written to again, known only by a keyed hash. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from enum import StrEnum

HMAC_BYTES = 16
"""128 bits: two addresses of a list never collide, and RFC 2104, 5, asks for half of the hash at least."""

_LABEL = b"weekly-insights suppression 1\0"
_BLOCK_BYTES = 64
"""The block of SHA-256 (FIPS 180-4), to which HMAC pads its key."""


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


def email_hmacs(key: bytes, email_keys: Iterable[str]) -> list[bytes]:
    """Hash many comparison keys as `email_hmac` does, at a third of the cost."""
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(_BLOCK_BYTES, b"\0")
    # The two hashes of RFC 2104, 2, after what is the same for every address.
    inner_begun = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + _LABEL)
    outer_begun = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    found = []
    for email_key in email_keys:
        inner, outer = inner_begun.copy(), outer_begun.copy()
        inner.update(email_key.encode())
        outer.update(inner.digest())
        found.append(outer.digest()[:HMAC_BYTES])
    return found


def email_hmac(key: bytes, email_key: str) -> bytes:
    """Hash a comparison key (`Address.key`) with the suppression key: 16 bytes, the same for ever."""
    return hmac.digest(key, _LABEL + email_key.encode(), "sha256")[:HMAC_BYTES]
