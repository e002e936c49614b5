"""Replies out of bytes: whole or nothing, and never an address in what is kept of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.examples import examples

from pipeline.deliver.transports.masking import mask
from pipeline.deliver.transports.reply import Reply, take_reply

texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=40)


@examples(100)
@given(st.integers(200, 599), st.lists(texts, min_size=1, max_size=4), st.sampled_from([b"\r\n", b"\n"]))
def test_a_reply_is_taken_when_its_last_byte_came_and_not_before(code, lines, end):
    marks = ["-"] * (len(lines) - 1) + [" "]
    data = b"".join(f"{code}{mark}{line}".encode() + end for mark, line in zip(marks, lines, strict=True))
    buffer = bytearray()
    for byte in data[:-1]:
        buffer.append(byte)
        assert take_reply(buffer) is None
    buffer += data[-1:] + b"220 next"
    assert take_reply(buffer) == Reply(code, tuple(lines))
    assert buffer == b"220 next"


@examples(100)
@given(texts, st.emails(), texts)
def test_no_address_and_no_control_character_survives_in_what_is_kept(before, address, after):
    kept = mask(f"{before} <{address}>: {after}\x1b[31m\r\n")
    assert "@" not in kept
    assert kept.isprintable()
    assert len(kept) <= 200
