"""What one reader's copy is filled with: a name made tidy, a copy's own names, a way out for nobody else."""

from __future__ import annotations

from datetime import UTC, datetime

from support.reader_values import KEYRING, values_of

from pipeline.model.delivery import Claim
from subscribers.tokens import Purpose, open_token, verify_token

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NEEDED = {"to", "ref", "message_id", "name", "unsubscribe_url"}


def test_a_readers_values_name_the_copy_and_open_only_their_own_door():
    values = values_of(Claim(1, 42, 3, "jane@example.com", "Jane", 0, 1))
    assert values.keys() == NEEDED
    assert values["to"] == "jane@example.com"
    assert values["message_id"] == f"2026-w48.{values['ref']}@news.example.org"
    base, _, token = values["unsubscribe_url"].rpartition("/")
    assert base == "https://news.example.org/u"
    assert verify_token(KEYRING, open_token(Purpose.UNSUBSCRIBE, token), 3, AT) == 42


def test_a_second_attempt_gives_the_same_values_and_another_reader_shares_none():
    first = values_of(Claim(1, 42, 3, "jane@example.com", "Jane", 0, 1))
    assert first == values_of(Claim(1, 42, 3, "jane@example.com", "Jane", 0, 2))
    other = values_of(Claim(2, 43, 3, "joe@example.com", "Joe", 0, 1))
    assert not set(first.values()) & set(other.values())
