"""Replies out of bytes: whole or nothing, and never an address in what is kept of them."""

from __future__ import annotations

import pytest

from pipeline.deliver.transports.masking import mask
from pipeline.deliver.transports.reply import MAX_LINE_BYTES, MalformedError, Reply, take_reply


@pytest.mark.parametrize(
    "data",
    [
        b"hello there\r\n",
        b"\r\n",
        b"25 ok\r\n",
        b"2500 ok\r\n",
        b"250ok\r\n",
        b"150 ok\r\n",
        b"650 ok\r\n",
        b"250 o\0k\r\n",
        b"250 o\rk\r\n",
        b"250-one\r\n251 two\r\n",
        b"250-one\r\ntwo\r\n",
        b"\xb2\xb50 ok\r\n",
        b"250 " + b"x" * MAX_LINE_BYTES + b"\r\n",
        b"250 " + b"x" * MAX_LINE_BYTES,
        b"250-one\r\n250 " + b"x" * MAX_LINE_BYTES + b"\r\n",
    ],
)
def test_what_is_no_reply_is_never_taken_for_one(data):
    with pytest.raises(MalformedError):
        take_reply(bytearray(data))


@pytest.mark.parametrize(
    "data", [b"550 5.1.1 a\x07b\x1b[0m\r\n", b"450 a\0b\r\n", b"554-a\x00\r\n554 b\rc\r\n"]
)
def test_a_refusal_with_control_characters_is_a_refusal(data):
    reply = take_reply(bytearray(data))
    assert reply.code == int(data[:3])
    assert reply.detail.isprintable()


def test_a_code_alone_is_a_reply():
    assert take_reply(bytearray(b"250\r\n")) == Reply(250, ("",))


@pytest.mark.parametrize(
    ("text", "enhanced"),
    [
        ("5.1.1 no such user", "5.1.1"),
        ("5.7.515", "5.7.515"),
        ("5.1.1x", ""),
        ("version 5.1.1", ""),
        ("2.1", ""),
    ],
)
def test_the_enhanced_code_stands_at_the_beginning_or_not_at_all(text, enhanced):
    assert Reply(550, (text,)).enhanced == enhanced


def test_an_address_at_the_cut_leaves_no_half_behind():
    assert mask("x" * 190 + " jane@example.org") == "x" * 190 + " <address>"[:10]
    assert mask("see https://relay.example/why?who=jane%40example.org now") == "see <address> now"
