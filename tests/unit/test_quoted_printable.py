"""The encoding of bodies: known lines, and the places where a naive encoder goes wrong."""

from __future__ import annotations

import quopri

import pytest

from pipeline.deliver.mime.quoted_printable import encode_text, encode_value


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", b""),
        ("plain", b"plain"),
        ("a = b", b"a =3D b"),
        ("Zoë", b"Zo=C3=AB"),
        (".dot", b"=2Edot"),
        ("..", b"=2E."),
        ("a.b", b"a.b"),
        ("From here", b"=46rom here"),
        ("Fromage", b"Fromage"),
        ("and From here", b"and From here"),
        ("blank ", b"blank=20"),
        ("tab\t", b"tab=09"),
        ("a\tb", b"a\tb"),
        ("a\nb", b"a\r\nb"),
        ("a\r\nb", b"a\r\nb"),
        ("a\rb", b"a\r\nb"),
        ("a \n\r\n.b\n", b"a=20\r\n\r\n=2Eb\r\n"),
        ("\0\x85\u2028", b"=00=C2=85=E2=80=A8"),
    ],
)
def test_static_text_is_encoded_as_known(text, encoded):
    assert encode_text(text) == encoded


@pytest.mark.parametrize(
    ("text", "encoded"),
    [("", b""), ("Hi", b"Hi=\r\n"), ("Hi ", b"Hi=20=\r\n"), ("Hi\n", b"Hi\r\n"), ("Hi\n\n", b"Hi\r\n\r\n")],
)
def test_text_before_a_slot_ends_at_the_start_of_a_line(text, encoded):
    assert encode_text(text, before_slot=True) == encoded


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("", b""),
        ("Jane", b"Jane=\r\n"),
        ("Zoë", b"Zo=C3=AB=\r\n"),
        (".hidden", b"=2Ehidden=\r\n"),
        (".é", b"=2E=C3=A9=\r\n"),
        ("From é", b"=46rom =C3=A9=\r\n"),
        ("From me", b"=46rom me=\r\n"),
        ("ends ", b"ends =\r\n"),
        ("a\r\n.\r\nb", b"a=0D=0A.=0D=0Ab=\r\n"),
    ],
)
def test_a_value_is_whole_lines_that_add_no_line_end(value, encoded):
    assert encode_value(value) == encoded


@pytest.mark.parametrize("char", ["x", ".", " ", "=", "é", "李", "👩"])
def test_no_length_of_line_overflows_or_is_torn_inside_a_character(char):
    texts = ["é" * (char == "x") + char * length for length in (*range(70, 80), *range(145, 156), 1000)]
    for text, encoded in ((text, encode(text)) for text in texts for encode in (encode_text, encode_value)):
        lines = encoded.split(b"\r\n")
        assert max(map(len, lines)) <= 76
        assert not any(line.startswith(b".") or line.endswith(b" ") for line in lines)
        assert quopri.decodestring(encoded).decode() == text
        for line in lines:
            quopri.decodestring(line.removesuffix(b"=")).decode()


@pytest.mark.parametrize("word", [".", "From ", ". ", "From é", "…"])
def test_what_may_not_start_a_line_is_escaped_wherever_a_soft_break_falls(word):
    texts = ["x" * shift + word * 40 for shift in range(70, 80)]
    for text, encoded in ((text, encode(text)) for text in texts for encode in (encode_text, encode_value)):
        lines = encoded.split(b"\r\n")
        assert not any(line.startswith((b".", b"From ")) for line in lines)
        assert max(map(len, lines)) <= 76
        assert quopri.decodestring(encoded).decode() == text
