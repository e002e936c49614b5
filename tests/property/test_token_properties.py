import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.errors import TokenError
from subscribers.tokens import Keyring, Purpose, make_token, open_token, verify_token

RING = Keyring(((7, b"k" * 32),))
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
IDS = st.integers(1, 2**63 - 1)
EPOCHS = st.integers(0, 2**15 - 1)
PURPOSES = st.sampled_from(Purpose)
SEVEN_DAYS = NOW + timedelta(days=7)


def make(purpose, public_id, epoch):
    return make_token(RING, purpose, public_id, epoch, None if purpose is Purpose.UNSUBSCRIBE else SEVEN_DAYS)


@examples(100)
@given(PURPOSES, IDS, EPOCHS)
def test_what_was_signed_is_read_back(purpose, public_id, epoch):
    token = make(purpose, public_id, epoch)
    assert len(token) == 32
    opened = open_token(purpose, token)
    assert opened.public_id == public_id
    assert verify_token(RING, opened, epoch, NOW) == public_id


@examples(100)
@given(PURPOSES, IDS, EPOCHS, st.integers(0, 24 * 8 - 1))
def test_no_bit_of_a_token_can_be_turned(purpose, public_id, epoch, bit):
    raw = bytearray(base64.urlsafe_b64decode(make(purpose, public_id, epoch)))
    raw[bit // 8] ^= 1 << bit % 8
    forged = base64.urlsafe_b64encode(raw).decode()
    for wanted in Purpose:
        with pytest.raises(TokenError):
            verify_token(RING, open_token(wanted, forged), epoch, NOW)


@examples(100)
@given(PURPOSES, IDS, EPOCHS, EPOCHS)
def test_another_epoch_reads_nothing(purpose, public_id, epoch, other):
    opened = open_token(purpose, make(purpose, public_id, epoch))
    if epoch != other:
        with pytest.raises(TokenError):
            verify_token(RING, opened, other, NOW)


@examples(100)
@given(PURPOSES, st.text(max_size=40) | st.text("AZaz09-_", min_size=32, max_size=32))
@example(Purpose.UNSUBSCRIBE, "AQ" + "/" * 30)
@example(Purpose.UNSUBSCRIBE, "AQ" + "A" * 30 + "=")
@example(Purpose.UNSUBSCRIBE, "AQ" + "A" * 30 + "\n")
@example(Purpose.UNSUBSCRIBE, "AQ" + "A" * 30)
@example(Purpose.UNSUBSCRIBE, "AQ" + "_" * 30)
@example(Purpose.UNSUBSCRIBE, "AQ" + "٣" * 30)
def test_any_text_that_is_no_token_is_refused_as_a_token_error(purpose, text):
    with pytest.raises(TokenError) as caught:
        verify_token(RING, open_token(purpose, text), 0, NOW)
    assert not caught.value.expired
