"""The values of one reader's copy."""

from __future__ import annotations

from pipeline.deliver.personal import reader_values
from subscribers.tokens import Keyring

KEYRING = Keyring(((7, b"k" * 32),))


def values_of(claim):
    """The values that the copy of a claim is filled with."""
    return reader_values(
        claim,
        week="2026-W48",
        host="news.example.org",
        unsubscribe_base="https://news.example.org",
        keyring=KEYRING,
    )
