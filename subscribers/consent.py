"""The proof of consent: an append-only record per reader, each line hashed together with the line before.

A change in the middle is detected; the loss of the newest lines is not, unless their hash was
noted elsewhere. Pure.
"""

from __future__ import annotations

import hashlib
import ipaddress
import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from subscribers.model import ConsentEvent, Event

FIRST = bytes(32)
"""The hash that precedes the first line: as many zero bytes as SHA-256 has."""

_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HEAD = struct.Struct(">Bq?qII")
_ID = struct.Struct(">q")


def chain_hash(
    previous: bytes,
    *,
    subscriber_id: int,
    event: Event,
    at: datetime,
    source: str,
    wording: str,
    given_at: datetime | None = None,
) -> bytes:
    """Hash one line with the hash of the line before: SHA-256, 32 bytes."""
    return hash_line(previous, subscriber_id, line_tail(event, at, source, wording, given_at))


def line_tail(event: Event, at: datetime, source: str, wording: str, given_at: datetime | None) -> bytes:
    """Return what is hashed of a line after its reader's id: the same for all readers of an import.

    Lengths are hashed before texts, so that no two different lines read as the same bytes.
    """
    source_bytes, wording_bytes = source.encode(), wording.encode()
    head = _HEAD.pack(
        event,
        to_micros(at),
        given_at is not None,
        0 if given_at is None else to_micros(given_at),
        len(source_bytes),
        len(wording_bytes),
    )
    return head + source_bytes + wording_bytes


def hash_line(previous: bytes, subscriber_id: int, tail: bytes) -> bytes:
    """Hash a line whose tail is known; see `chain_hash`."""
    return hashlib.sha256(previous + _ID.pack(subscriber_id) + tail).digest()


def find_break(events: Iterable[ConsentEvent]) -> int | None:
    """Return the index (from 0) of the first altered line of a reader's record; None if none was altered."""
    previous = FIRST
    for place, event in enumerate(events):
        expected = chain_hash(
            previous,
            subscriber_id=event.subscriber_id,
            event=event.event,
            at=event.at,
            source=event.source,
            wording=event.wording,
            given_at=event.given_at,
        )
        if event.previous_hash != previous.hex() or event.row_hash != expected.hex():
            return place
        previous = expected
    return None


def shorten_ip(ip: str) -> str:
    """Cut an IP address to its network (/24, IPv6 /48), enough for a proof; empty if it is not valid."""
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits = 24 if address.version == 4 else 48  # noqa: PLR2004 - the IP version
    return str(ipaddress.ip_network((address.packed, bits), strict=False))


@lru_cache(maxsize=1024)  # an import asks for the same few instants again and again
def to_micros(at: datetime) -> int:
    """Return the microseconds from 1970 to an instant, as the database stores it; refuses a naive one."""
    if at.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored: give it a time zone")
    return (at - _1970) // _MICROSECOND
