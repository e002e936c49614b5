"""Signed envelope senders, one for each delivery (VERP): a bounce to one proves which letter. Pure.

A token is 20 bytes, written as 32 characters of lower-case base32, which servers may fold to any case: key id
1, week 2 (64 for each year since 2000), public id 8, truncated HMAC-SHA256 9.
"""

from __future__ import annotations

import base64
import hmac
import re

from pipeline.weeks import Week
from subscribers.tokens import PUBLIC_ID_MAX, Keyring

TOKEN_CHARS = 32
"""20 bytes in base32, which has five bits in a character: half of what RFC 5321 allows before the @."""
_MAC_BYTES = 9
"""What the 32 characters leave: 72 bits. Each guess at one costs a forger a mail."""
_FIRST_YEAR = 2000
_WEEKS = 64
"""The power of two above the 53 weeks of a year; two bytes of them reach from 2000 to 3023."""
_LABEL = b"weekly-insights return address 1\0"
_TOKEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{32}(?![a-z2-7])", re.IGNORECASE)
_TEMPLATE = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`|~{}-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_LOCAL_MAX = 64
"""RFC 5321, 4.5.3.1.1."""


def check_template(value: str) -> str:
    """Return a usable `return_address` unchanged; raises ValueError with what to write."""
    if not value:
        return value
    filled = value.replace("{token}", "a" * TOKEN_CHARS, 1)
    if not _TEMPLATE.fullmatch(filled) or "{" in filled or "}" in filled:
        raise ValueError("write an address such as bounces+{token}@news.example.org")
    if len(filled.partition("@")[0]) > _LOCAL_MAX:
        raise ValueError(f"the part before the @ is longer than {_LOCAL_MAX} characters with its token")
    if re.search(r"[A-Za-z0-9]\{token\}|\{token\}[A-Za-z0-9]", value):
        raise ValueError("separate the token from other letters, as in bounces-{token}@news.example.org")
    if "{token}" in value.partition("@")[2]:
        raise ValueError("the token belongs before the @, as in {token}@bounces.example.org")
    return value


def make_return_address(template: str, keyring: Keyring, week: str, public_id: int) -> str:
    """Return the envelope sender of one delivery; a template without `{token}` is the same for all."""
    if "{token}" not in template:
        return template
    return template.replace("{token}", make_return_token(keyring, week, public_id))


def make_return_token(keyring: Keyring, week: str, public_id: int) -> str:
    """Sign the name of one delivery: 32 characters of lower-case base32."""
    key_id, secret = keyring.keys[0]
    parsed = Week.parse(week)
    packed = (parsed.year - _FIRST_YEAR) * _WEEKS + parsed.number
    body = bytes((key_id,)) + packed.to_bytes(2, "big") + public_id.to_bytes(8, "big")
    return base64.b32encode(body + _mac(secret, body)).decode("ascii").lower()


def read_return_tokens(keyring: Keyring, text: str) -> list[tuple[str, int]]:
    """Find the genuine tokens in a text, as `(week, public id)`; forged ones are left out."""
    found = [_verify(keyring, match[0]) for match in _TOKEN.finditer(text)]
    return [each for each in found if each is not None]


def _verify(keyring: Keyring, token: str) -> tuple[str, int] | None:
    raw = base64.b32decode(token.upper())
    body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    secret = keyring.secret(body[0])
    if secret is None or not hmac.compare_digest(_mac(secret, body), mac):
        return None
    year, number = divmod(int.from_bytes(body[1:3], "big"), _WEEKS)
    public_id = int.from_bytes(body[3:], "big")
    return (f"{year + _FIRST_YEAR}-W{number:02}", public_id) if 0 < public_id <= PUBLIC_ID_MAX else None


def _mac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, _LABEL + body, "sha256")[:_MAC_BYTES]
