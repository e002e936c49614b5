from datetime import UTC, datetime, timedelta

import pytest

from subscribers.errors import TokenError
from subscribers.tokens import (
    CONFIRM_LIFETIME,
    Keyring,
    Purpose,
    mail_ref,
    make_token,
    open_token,
    verify_token,
)

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
RING = Keyring(((2, NEW), (1, OLD)))
READER = 0x0123456789ABCDEF


def read(token, *, purpose=Purpose.UNSUBSCRIBE, ring=RING, epoch=0, now):
    return verify_token(ring, open_token(purpose, token), epoch, now)


def test_a_token_is_what_it_was_in_every_letter_already_sent():
    assert make_token(RING, Purpose.UNSUBSCRIBE, READER, 0) == "AQIBI0VniavN7wAAADDjhaMEdu9sl2ny"
    assert mail_ref(NEW, "2026-W48", READER) == "41a42013da6808fee4e5"


def test_an_unsubscribe_link_works_in_a_hundred_years(now):
    token = make_token(RING, Purpose.UNSUBSCRIBE, READER, 3)
    assert read(token, epoch=3, now=now + timedelta(days=36_525)) == READER


def test_a_confirm_link_ends_after_its_lifetime_and_says_so(now):
    token = make_token(RING, Purpose.CONFIRM, READER, 0, now + CONFIRM_LIFETIME)
    last = now + CONFIRM_LIFETIME - timedelta(microseconds=1)
    assert read(token, purpose=Purpose.CONFIRM, now=last) == READER
    with pytest.raises(TokenError) as caught:
        read(token, purpose=Purpose.CONFIRM, now=now + CONFIRM_LIFETIME + timedelta(hours=1))
    assert caught.value.expired


def test_an_end_within_the_hour_is_never_cut_short(now):
    ends = now + timedelta(minutes=1)
    token = make_token(RING, Purpose.PREFERENCES, READER, 0, ends)
    assert read(token, purpose=Purpose.PREFERENCES, now=now + timedelta(minutes=59)) == READER


def test_old_keys_read_and_the_newest_signs(now):
    letter = make_token(Keyring(((1, OLD),)), Purpose.UNSUBSCRIBE, READER, 0)
    assert read(letter, now=now) == READER
    assert make_token(RING, Purpose.UNSUBSCRIBE, READER, 0) == make_token(
        Keyring(((2, NEW),)), Purpose.UNSUBSCRIBE, READER, 0
    )


@pytest.mark.parametrize("ring", [Keyring(((3, NEW),)), Keyring(((2, OTHER),))])
def test_a_foreign_or_dropped_key_reads_nothing(ring, now):
    with pytest.raises(TokenError) as caught:
        read(make_token(RING, Purpose.UNSUBSCRIBE, READER, 0), ring=ring, now=now)
    assert not caught.value.expired


def test_a_raised_epoch_revokes_every_link(now):
    with pytest.raises(TokenError):
        read(make_token(RING, Purpose.UNSUBSCRIBE, READER, 0), epoch=1, now=now)


def test_a_link_for_one_purpose_serves_no_other():
    with pytest.raises(TokenError):
        open_token(Purpose.CONFIRM, make_token(RING, Purpose.UNSUBSCRIBE, READER, 0))


def test_what_must_not_be_made_is_not_made(now):
    with pytest.raises(ValueError, match="never ends"):
        make_token(RING, Purpose.UNSUBSCRIBE, READER, 0, now)
    with pytest.raises(ValueError, match="always does"):
        make_token(RING, Purpose.CONFIRM, READER, 0)
    for public_id in (0, -1, 2**63):
        with pytest.raises(ValueError, match="public id"):
            make_token(RING, Purpose.UNSUBSCRIBE, public_id, 0)
    with pytest.raises(ValueError, match="end between"):
        make_token(RING, Purpose.CONFIRM, READER, 0, datetime(1969, 12, 31, tzinfo=UTC))


@pytest.mark.parametrize("keys", [(), ((1, b"short"),), ((1, OLD), (1, NEW)), ((256, OLD),), ((-1, OLD),)])
def test_a_keyring_that_could_not_sign_safely_is_refused(keys):
    with pytest.raises(ValueError, match="key"):
        Keyring(keys)


def test_a_keyring_shows_no_secret():
    assert repr(RING) == str(RING) == "Keyring(ids=[2, 1])"


def test_a_mail_reference_is_short_and_differs_by_reader_issue_and_key():
    refs = {
        mail_ref(key, week, reader)
        for key in (OLD, NEW)
        for week in ("2026-W48", "2026-W49")
        for reader in (READER, READER + 1)
    }
    assert len(refs) == 8
    assert all(len(ref) == 20 and set(ref) <= set("0123456789abcdef") for ref in refs)
    # A new key must not rename copies that may still be repeated.
    assert mail_ref(RING, "2026-W48", READER) == mail_ref(OLD, "2026-W48", READER)
