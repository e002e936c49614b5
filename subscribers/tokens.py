"""Signed links to unsubscribe, confirm and see preferences: derived from the reader, never stored. Pure.

A token is 24 bytes, written as 32 characters of base64url: purpose 1, key id 1, public id 8, expiry in hours
since 1970 3 (0 = never), truncated HMAC-SHA256 11. The HMAC also covers the reader's token epoch, which is
not in the token; so reading takes two steps: `open_token` tells whose it claims to be, and `verify_token`
checks that claim with the epoch that was looked up. Until then the public id must not be trusted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache

from subscribers.errors import TokenError

TOKEN_CHARS = 32
"""24 bytes in base64url, which has six bits in a character: whole groups, so without padding."""
KEY_MIN_BYTES = 32
"""As long as the hash: RFC 2104, 3, advises against shorter keys."""
CONFIRM_LIFETIME = timedelta(days=7)
"""How long the button of a confirmation mail works: also for someone who reads mail once a week."""

PUBLIC_ID_MAX = 2**63 - 1
"""The largest number of a signed column of 64 bits."""
SAMPLE_ID = 1
"""A public id that no reader has: it is in the links of test copies and previews."""

_MAC_BYTES = 11
"""What the 24 bytes leave: 88 bits, more than the 80 that RFC 2104, 5, sets as the least."""
_REF_BYTES = 10
"""80 bits, the least of RFC 2104, 5: a Message-ID should stay short."""
_BLOCK_BYTES = 64
"""The block of SHA-256 (FIPS 180-4), to which HMAC pads its key."""
_HOURS_MAX = 2**24 - 1
"""Three bytes of the token: hours until the year 3883."""
_EPOCH_MAX = 2**32 - 1
"""Four bytes of what is signed; the column holds far less."""
_HOUR = timedelta(hours=1)
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_SHAPE = re.compile(r"[A-Za-z0-9_-]{32}")
# Each use of a key signs under its own label, so that one kind of text can never pass for another.
_TOKEN_LABEL = b"weekly-insights token 1\0"
_REF_LABEL = b"weekly-insights mail reference 1\0"


class Purpose(IntEnum):
    """What a token may be used for; one byte of it."""

    UNSUBSCRIBE = 1
    """Unsubscribe; never expires, because letters are kept for ever."""
    CONFIRM = 2
    """Confirm a sign-up; always expires."""
    PREFERENCES = 3
    """See and change one's own choices."""


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The signing keys as `(key id, secret)`, newest first: the first signs, all of them are read.

    Key ids are 0 to 255 and distinct, secrets at least 32 bytes; ValueError otherwise.
    """

    keys: tuple[tuple[int, bytes], ...]

    def __post_init__(self) -> None:
        """Refuse a keyring that could not sign safely."""
        ids = [key_id for key_id, _ in self.keys]
        if not ids or len(set(ids)) != len(ids) or not all(0 <= key_id <= 255 for key_id in ids):  # noqa: PLR2004 - one byte
            raise ValueError("a keyring needs at least one key, with distinct ids from 0 to 255")
        if any(len(secret) < KEY_MIN_BYTES for _, secret in self.keys):
            raise ValueError(f"a signing key needs at least {KEY_MIN_BYTES} bytes")

    def __repr__(self) -> str:
        """Return the ids and never a secret."""
        return f"Keyring(ids={[key_id for key_id, _ in self.keys]})"

    def secret(self, key_id: int) -> bytes | None:
        """Find the secret of a key id."""
        return next((secret for known, secret in self.keys if known == key_id), None)


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token claims; only to be used for a look-up."""

    purpose: Purpose
    public_id: int
    body: bytes
    mac: bytes


def make_token(
    keyring: Keyring, purpose: Purpose, public_id: int, epoch: int, expires_at: datetime | None = None
) -> str:
    """Sign a token of 32 characters; its expiry is rounded up to the full hour.

    Raises ValueError for an unsubscribe token that expires and a confirm token that does not.
    """
    if (purpose is Purpose.UNSUBSCRIBE and expires_at) or (purpose is Purpose.CONFIRM and not expires_at):
        raise ValueError("an unsubscribe token never ends and a confirm token always does")
    if not 0 < public_id <= PUBLIC_ID_MAX:
        raise ValueError("a public id is a positive 63-bit number")
    key_id, secret = keyring.keys[0]
    body = bytes((purpose, key_id)) + public_id.to_bytes(8, "big") + _hours(expires_at).to_bytes(3, "big")
    return base64.urlsafe_b64encode(body + _mac(secret, body, epoch)).decode("ascii")


def open_token(purpose: Purpose, token: str) -> Unverified:
    """Parse a token without verifying it; TokenError if it is not a token of that purpose."""
    if not _SHAPE.fullmatch(token):
        raise TokenError("the link is damaged")
    # 32 characters are 24 bytes exactly: there is one way to write them, and no padding to play with.
    raw = base64.urlsafe_b64decode(token)
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    public_id = int.from_bytes(body[2:10], "big")
    if body[0] != purpose or not 0 < public_id <= PUBLIC_ID_MAX:
        raise TokenError("the link is for something else")
    return Unverified(purpose, public_id, body, mac)


def verify_token(keyring: Keyring, unverified: Unverified, epoch: int, now: datetime) -> int:
    """Check a claim with the reader's epoch and return the public id.

    TokenError if it is forged, revoked or signed by a removed key; with `expired` set if it was genuine and
    is too old.
    """
    body = unverified.body
    secret = keyring.secret(body[1])
    if secret is None or not hmac.compare_digest(_mac(secret, body, epoch), unverified.mac):
        raise TokenError("the link is not valid")
    hours = int.from_bytes(body[10:13], "big")
    if hours and now >= _1970 + hours * _HOUR:
        raise TokenError("the link is too old", expired=True)
    return unverified.public_id


def mail_ref(key: Keyring | bytes, week: str, public_id: int) -> str:
    """Return an id of one reader's copy of one issue: 20 lower-case hex digits, for Message-IDs, files, logs.

    The same key, week and reader always give the same id, and the id reveals nothing about the reader.
    With a keyring the oldest key is used, so that a new key does not change an id that may be used again.
    """
    secret = key if isinstance(key, bytes) else key.keys[-1][1]
    return _sign(secret, _REF_LABEL, public_id.to_bytes(8, "big") + week.encode())[:_REF_BYTES].hex()


def _mac(secret: bytes, body: bytes, epoch: int) -> bytes:
    if not 0 <= epoch <= _EPOCH_MAX:
        raise ValueError("a token epoch is a small positive number")
    return _sign(secret, _TOKEN_LABEL, body + epoch.to_bytes(4, "big"))[:_MAC_BYTES]


def _sign(secret: bytes, label: bytes, text: bytes) -> bytes:
    """Return the HMAC-SHA256 of label and text, which are signed for every letter of a run."""
    begun_inner, begun_outer = _begin_hmac(secret, label)
    inner, outer = begun_inner.copy(), begun_outer.copy()
    inner.update(text)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=16)
def _begin_hmac(secret: bytes, label: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    """Return the two hashes of an HMAC (RFC 2104, 2) after what is the same for all texts of a label."""
    key = hashlib.sha256(secret).digest() if len(secret) > _BLOCK_BYTES else secret
    key = key.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key) + label)
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in key))


def _hours(expires_at: datetime | None) -> int:
    if expires_at is None:
        return 0
    hours = -((_1970 - expires_at) // _HOUR)
    if not 0 < hours <= _HOURS_MAX:
        raise ValueError("a token can end between 1970 and the year 3883")
    return hours
