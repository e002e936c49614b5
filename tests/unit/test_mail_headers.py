"""Header lines: readable where they can be, encoded where they must be, refused where neither is right."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.header import decode_header, make_header

import pytest

from pipeline.deliver.mime import headers


def read(line, name):
    return message_from_bytes(line + b"\r\n", policy=policy.default)[name]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Weekly #47: nine things", b"Subject: Weekly #47: nine things\r\n"),
        ("Türen", b"Subject: =?utf-8?q?T=C3=BCren?=\r\n"),
        ("提示词工程师", b"Subject: =?utf-8?b?5o+Q56S66K+N5bel56iL5biI?=\r\n"),
        ("=?utf-8?q?fake?=", b"Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Ffake=3F=3D?=\r\n"),
        ("two  spaces", b"Subject: =?utf-8?q?two__spaces?=\r\n"),
        (" edge", b"Subject: =?utf-8?q?_edge?=\r\n"),
    ],
)
def test_a_subject_is_written_as_known(value, line):
    assert headers.fold_text("Subject", value) == line
    assert read(line, "Subject") == value


def test_a_long_ascii_subject_is_folded_at_spaces_and_stays_readable():
    subject = "prompt engineering " * 12 + "end"
    lines = headers.fold_text("Subject", subject).removesuffix(b"\r\n").split(b"\r\n")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 78
    assert b"".join(lines) == b"Subject: " + subject.encode()


def test_no_folded_or_encoded_line_is_one_byte_too_long():
    subjects = [("a" * length + " b" * 40, "a" * (length - 50) + "語" * 60) for length in range(55, 75)]
    for subject in (each for pair in subjects for each in pair):
        line = headers.fold_text("Subject", subject)
        assert max(map(len, line.split(b"\r\n"))) <= (78 if subject.isascii() else 76)
        assert max([0, *map(len, re.findall(rb"=\?utf-8\S*", line))]) <= 75
        assert read(line, "Subject") == subject


def test_an_ascii_word_too_long_to_fold_is_encoded_not_overflowed():
    line = headers.fold_text("Subject", "x" * 300)
    assert max(map(len, line.split(b"\r\n"))) <= 76
    assert read(line, "Subject") == "x" * 300


@pytest.mark.parametrize(
    ("phrase", "line"),
    [
        ("Example Weekly", b'From: "Example Weekly" <news@example.org>\r\n'),
        ('Say "hi" \\ bye', b'From: "Say \\"hi\\" \\\\ bye" <news@example.org>\r\n'),
        ("Müller, Köln", b"From: =?utf-8?q?M=C3=BCller=2C_K=C3=B6ln?= <news@example.org>\r\n"),
        ("", b"From: <news@example.org>\r\n"),
        ("Evil <evil@example.net>", b'From: "Evil <evil@example.net>" <news@example.org>\r\n'),
    ],
)
def test_a_named_address_is_written_as_known(phrase, line):
    assert headers.fold_named("From", phrase, "news@example.org") == line
    (address,) = read(line, "From").addresses
    assert (address.display_name, address.addr_spec) == (phrase, "news@example.org")


@pytest.mark.parametrize("char", ["x", "é", "語"])
def test_a_name_of_any_length_keeps_lines_short_and_the_address_whole(char):
    for length in range(40, 130, 3):
        assert_short_and_whole(length, char)


def assert_short_and_whole(length, char):
    line = headers.fold_named("From", char * length, "news@news.example.org")
    assert max(map(len, line.split(b"\r\n"))) <= 78
    phrase, _, address = line.decode("ascii").removeprefix("From: ").replace("\r\n", "").rpartition(" ")
    assert address == "<news@news.example.org>"
    # Not `addresses[0].display_name`: before Python 3.13 it shows a space between two encoded words.
    assert str(make_header(decode_header(phrase))).strip('"') == char * length


def test_a_structured_value_is_never_encoded_and_folded_only_between_its_parts():
    url = "<https://news.example.org/u/" + "A" * 200 + ">"
    assert headers.write_verbatim("List-Unsubscribe", url) == f"List-Unsubscribe: {url}\r\n".encode()
    both = headers.write_verbatim("List-Unsubscribe", f"{url}, <mailto:leave@example.org>")
    assert both == f"List-Unsubscribe: {url},\r\n <mailto:leave@example.org>\r\n".encode()
    assert headers.write_verbatim("X", "<a>, <b>") == b"X: <a>, <b>\r\n"


@pytest.mark.parametrize("value", ["é", "=?utf-8?q?x?=", "x" * 998, "a\u2028b", "a\ud800b"])
def test_a_structured_value_that_needs_encoding_or_overflows_is_refused(value):
    with pytest.raises(ValueError, match=r"^List-Id: "):
        headers.write_verbatim("List-Id", value)


@pytest.mark.parametrize(
    "write",
    [
        lambda value: headers.fold_text("Name", value),
        lambda value: headers.fold_named("Name", value, "a@example.org"),
        lambda value: headers.fold_named("Name", "x", value),
        lambda value: headers.write_verbatim("Name", value),
        lambda value: headers.check_angle("Name", value),
        lambda value: headers.check_address("Name", value),
    ],
)
def test_no_control_character_reaches_a_header_and_the_error_names_it(write):
    for control in ("\r", "\n", "\r\nBcc: x@example.net", "\0", "\t", "\x0b", "\x7f", "\x85", "\u2029"):
        with pytest.raises(ValueError, match=r"^Name: ") as caught:
            write(f"a{control}@example.org")
        assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org, b@example.org",
        "<a@example.org>",
        "A <a@example.org>",
        '"a b"@example.org',
        "a@b@example.org",
        "a@example.org ",
        "a(comment)@example.org",
        "=?utf-8?q?x?=@example.org",
        "jürgen@example.org",
        "jane@exämple.org",
        "a@[127.0.0.1]",
        "@example.org",
        "a@",
        "",
        "a" * 310 + "@example.org",
    ],
)
def test_an_address_that_a_header_could_misread_is_refused_without_being_repeated(address):
    with pytest.raises(ValueError, match=r"^To: not a bare ASCII address$"):
        headers.check_address("To", address)


@pytest.mark.parametrize("local", ["jürgen", "用户", "a.é"])
def test_a_recipient_may_have_any_letters_before_the_at_and_nothing_that_a_header_could_misread(local):
    assert headers.check_recipient("To", f"{local}@example.org") == f"{local}@example.org".encode()
    for wrong in (
        f"{local}@exämple.org",
        f"{local},eve@example.org",
        f"{local}\u2028@example.org",
        f"{local} <x@example.org",
        f"{local}\u202e@example.org",
        f"{'é' * 160}{local}@example.org",
    ):
        with pytest.raises(ValueError, match=r"^To: not a bare"):
            headers.check_recipient("To", wrong)


@pytest.mark.parametrize(
    "address", ["jane@example.com", "o'neil+news@mail.example.com", "a=b@xn--bcher-kva.example"]
)
def test_ordinary_addresses_pass_unchanged(address):
    assert headers.check_address("To", address) == address


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 11, 24, 9, 0, 0, 999999, tzinfo=UTC), "Tue, 24 Nov 2026 09:00:00 +0000"),
        (datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), "Sat, 28 Feb 2026 22:30:00 +0000"),
    ],
)
def test_a_date_is_written_in_utc(at, written):
    assert headers.format_date(at) == written


def test_a_naive_date_is_refused():
    with pytest.raises(ValueError, match=r"^Date: "):
        headers.format_date(datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001 - the fault under test
