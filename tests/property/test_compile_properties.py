"""Whatever the letter and whoever the reader: every copy reads as the standard library would have sent it."""

from __future__ import annotations

import html
import json
import quopri
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples
from support.letterheads import make_letterhead

from pipeline.deliver.mime import headers
from pipeline.deliver.mime.compile import compile_letter, message_from_json, message_to_json
from pipeline.deliver.mime.message import Hole
from pipeline.deliver.mime.quoted_printable import encode_text, encode_value
from pipeline.deliver.personal import reader_values, tidy_name
from pipeline.model.delivery import Claim
from pipeline.model.issue import Letterhead
from pipeline.model.rendered import PersonalSlot, Rendered
from subscribers.tokens import Keyring

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEYRING = Keyring(((1, b"k" * 32),))
TOKENS = {"zq0aqz": PersonalSlot.NAME, "zq0bqz": PersonalSlot.UNSUBSCRIBE_URL, "zq0cqz": PersonalSlot.READERS}
PHRASE = '1,300+ <readers> & "friends"'

FRAGMENTS = st.sampled_from(
    [
        "Ann", 'Zoë "Q"', "O'Neil", "Smith & Sons", "<b>", "&amp;", "&#39;",
        "李雷", "提示词", "नमस्ते", "مرحبا", "שלום", "\u202eright", "\u2066x\u2069", "👩‍👩‍👧", "e\u0301",
        "\u00a0", "=", "=3D", "=\r\n", "=?utf-8?q?x?=",
        ".", "..", "\n.", "From ", "\nFrom ", " ", "  ", "\t", "x" * 200, "é" * 60,
        "\r\n", "\n", "--", "--=_",
        "zq0aqz", "zq0bqz", "\u2028", "\x85", "\0", "Bcc: x@example.net",
    ]
)  # fmt: skip
SCRAPS = st.lists(FRAGMENTS | st.text(st.characters(codec="utf-8"), max_size=20), max_size=6).map("".join)
STATIC = SCRAPS.filter(lambda text: "zq0" not in text)
ONE_LINE = SCRAPS.map(lambda text: headers._CONTROL.sub("", text))


@dataclass(frozen=True)
class Piece:
    """A piece of a part: as rendered, and as it must arrive."""

    rendered: str
    arrives: str
    slot: PersonalSlot | None = None
    quote: bool = False
    after: str = ""

    def filled(self, values):
        if self.slot is None:
            return self.arrives
        value = PHRASE if self.slot is PersonalSlot.READERS else values[self.slot]
        return self.arrives + (html.escape(value, quote=self.quote) if self.after else value) + self.after


def pieces_of_text():
    slots = st.sampled_from([Piece(token, "", slot) for token, slot in TOKENS.items()])
    return st.lists(STATIC.map(lambda text: Piece(text, text)) | slots, max_size=10)


def piece_of_html(before, token, after):
    return Piece(before + token + after, before, TOKENS[token], quote='="' in before, after=after)


def pieces_of_html():
    texts = STATIC.map(lambda text: html.escape(text.replace("\0", ""), quote=False)).map(
        lambda text: Piece(text, text)
    )
    others = st.sampled_from(["<style>p > a { x: '\"' }</style>", "<!-- <p> -->", "<img alt='\"'>", "<br>\n"])
    between = st.tuples(
        st.sampled_from(["<p>", "<b>.", "<i> ", "<p>\n"]), st.sampled_from(["</p>", ".</b>", " </i>"])
    )
    inside = st.tuples(
        st.sampled_from(['<img alt="', '<p title="a > b ']), st.sampled_from(['">', '." data-x="y">\n'])
    )
    tokens = st.sampled_from(sorted(TOKENS))
    links = st.sampled_from([('<a href="', '">'), ('<a class="b" href="', '#x">')])
    return st.lists(
        texts
        | others.map(lambda text: Piece(text, text))
        | st.tuples(between | inside, tokens).map(
            lambda drawn: piece_of_html(drawn[0][0], drawn[1], drawn[0][1])
        )
        | links.map(lambda drawn: piece_of_html(drawn[0], "zq0bqz", drawn[1])),
        max_size=10,
    )


@dataclass(frozen=True)
class Draft:
    """A letter in pieces, and the letterhead it goes under."""

    text: tuple[Piece, ...]
    markup: tuple[Piece, ...]
    subject: str
    letterhead: Letterhead

    @property
    def rendered(self):
        text = "".join(piece.rendered for piece in self.text)
        markup = "".join(piece.rendered for piece in self.markup)
        return Rendered("2026-W48", 47, self.subject, "", markup, text, TOKENS)

    def compiled(self, *, text_only=False):
        return compile_letter(
            self.rendered, self.letterhead, frozen_at=AT, readers_phrase=PHRASE, text_only=text_only
        )


def _letterhead(name, sender, base):
    addresses = {"from_email": "news@news.example.org", "reply_to": "ed@example.org", "postal_address": ""}
    return make_letterhead(name, from_name=sender, base_url=base, **addresses)


NAMES = ONE_LINE.map(lambda text: " ".join(text.split()))
BASES = st.sampled_from(["https://news.example.org", "https://news.example.org/" + "a" * 176])
DRAFTS = st.builds(
    Draft,
    pieces_of_text().map(tuple),
    pieces_of_html().map(tuple),
    ONE_LINE.filter(lambda text: "zq0" not in text),
    st.builds(_letterhead, NAMES, NAMES, BASES),
)
CLAIMS = st.builds(
    Claim,
    subscriber_id=st.just(1),
    public_id=st.integers(1, 2**63 - 1),
    token_epoch=st.integers(0, 9),
    email=st.from_regex(
        r"[a-z0-9.!#$%&'*+/^_`{|}~-]{1,20}@(example\.(com|org)|xn--bcher-kva\.example)", fullmatch=True
    ),
    name=SCRAPS | st.text(max_size=100),
    variant=st.just(0),
    attempts=st.just(1),
)


def values_of(claim, draft):
    head = draft.letterhead
    return reader_values(
        claim, week="2026-W48", host=head.host, unsubscribe_base=head.base_url, keyring=KEYRING
    )


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def built_by_the_standard_library(draft, values, *, text_only=False):
    """Build the same mail with `EmailMessage`, filled piece by piece."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = draft.subject
    mail["To"] = values["to"]
    mail["Reply-To"] = draft.letterhead.reply_to
    mail["Date"] = AT
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content("".join(piece.filled(values) for piece in draft.text), cte="quoted-printable")
    if not text_only:
        markup = "".join(piece.filled(values) for piece in draft.markup)
        mail.add_alternative(markup, subtype="html", cte="quoted-printable")
    return mail


def read_part(mail, subtype):
    # The standard library always ends a part with a line end; ours ends as it was rendered.
    return lines(mail.get_body((subtype,)).get_content()).removesuffix("\n")


def unfolded(raw, name):
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n ", " ")
    return re.search(rf"^{name}: ?(.*?)$", head.replace("\r\n", "\n"), re.MULTILINE)[1]


def phrase(raw, name):
    """Read the name before an angle bracket by hand: the parser of Python 3.11 adds blanks to long ones."""
    written = unfolded(raw, name).rpartition("<")[0].strip()
    if written.startswith('"'):
        return re.sub(r"\\(.)", r"\1", written[1:-1])
    return str(make_header(decode_header(written)))


@examples(150)
@given(DRAFTS, CLAIMS, st.booleans())
def test_a_copy_reads_as_the_standard_library_would_have_sent_it(draft, claim, text_only):
    values = values_of(claim, draft)
    raw = draft.compiled(text_only=text_only).fill(values)
    ours = message_from_bytes(raw, policy=policy.default)
    built = built_by_the_standard_library(draft, values, text_only=text_only)
    theirs = message_from_bytes(built.as_bytes(), policy=policy.default)
    assert [part.get_content_type() for part in ours.walk()] == [
        part.get_content_type() for part in theirs.walk()
    ]
    assert not [defect for part in ours.walk() for defect in part.defects]
    for subtype in ("plain",) if text_only else ("plain", "html"):
        assert read_part(ours, subtype) == read_part(theirs, subtype)
    for name in ("Reply-To", "Date", "List-Unsubscribe-Post", "MIME-Version"):
        assert str(ours[name]) == str(theirs[name])
    assert unfolded(raw, "To") == claim.email
    assert str(make_header(decode_header(unfolded(raw, "Subject")))) == draft.subject
    assert phrase(raw, "From") == draft.letterhead.from_name
    assert phrase(raw, "List-Id") == draft.letterhead.name


@examples(150)
@given(DRAFTS, CLAIMS, st.booleans())
def test_no_copy_needs_any_change_on_its_way(draft, claim, text_only):
    values = values_of(claim, draft)
    raw = draft.compiled(text_only=text_only).fill(values)
    assert raw.isascii()
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"[\r\n\0]", raw.replace(b"\r\n", b""))
    head, _, body = raw.partition(b"\r\n\r\n")
    head_lines, body_lines = head.split(b"\r\n"), body.split(b"\r\n")
    verbatim = (b"List-Unsubscribe:", b"Message-ID:", b"To:")
    assert max(len(line) for line in head_lines if not line.startswith(verbatim)) <= 78
    assert max(map(len, head_lines)) <= 998
    assert max(map(len, body_lines)) <= 76
    assert not [line for line in head_lines + body_lines if line.startswith((b".", b"From "))]
    assert not [line for line in head_lines + body_lines if line.endswith((b" ", b"\t"))]
    assert f"\r\nList-Unsubscribe: <{values['unsubscribe_url']}>\r\n".encode() in head
    assert f"\r\nMessage-ID: <{values['message_id']}>\r\n".encode() in head


@examples(100)
@given(DRAFTS, CLAIMS)
def test_a_text_only_copy_is_the_text_part_below_the_same_headers(draft, claim):
    values = values_of(claim, draft)
    whole, text = (draft.compiled(text_only=text_only).fill(values) for text_only in (False, True))
    head, mark, _ = whole.partition(b"Content-Type: multipart/alternative;")
    start, _, body = text.partition(b'Content-Type: text/plain; charset="utf-8"\r\n')
    assert mark
    assert start == head
    assert b"<html" not in text.lower()
    part = body.removesuffix(b"\r\n")
    assert b'Content-Type: text/plain; charset="utf-8"\r\n' + part in whole
    assert draft.compiled(text_only=True) == draft.compiled(text_only=True)


@examples(100)
@given(DRAFTS, CLAIMS, CLAIMS)
def test_copies_differ_in_their_own_places_only_and_show_nobody_else(draft, claim, other):
    assume(
        claim.public_id != other.public_id
        and claim.email not in other.email
        and other.email not in claim.email
    )
    message = draft.compiled()
    mine, theirs = values_of(claim, draft), values_of(other, draft)
    raw = message.fill(mine)
    assert message.fill(theirs) != raw
    assert message.fill(mine) == raw
    pattern = b"".join(b"(.*?)" if isinstance(s, Hole) else re.escape(s) for s in message.segments)
    assert re.fullmatch(pattern, raw, re.DOTALL)
    assert re.fullmatch(pattern, message.fill(theirs), re.DOTALL)
    shown = quopri.decodestring(raw)
    for secret in (theirs["unsubscribe_url"], theirs["ref"], other.email):
        assert secret.encode() not in raw
        assert secret.encode() not in shown


@examples(50)
@given(DRAFTS, CLAIMS, st.booleans())
def test_a_message_survives_the_database_unchanged(draft, claim, text_only):
    message = draft.compiled(text_only=text_only)
    stored = message_to_json(message)
    assert stored.isascii()
    again = message_from_json(json.dumps(json.loads(stored)))
    assert again == message
    assert again.fill(values_of(claim, draft)) == message.fill(values_of(claim, draft))


@examples(100)
@given(SCRAPS, st.lists(st.tuples(SCRAPS, SCRAPS), max_size=4))
def test_values_between_texts_decode_to_the_same_text_whatever_they_hold(first, rest):
    encoded, expected, before = b"", "", first
    for value, after in rest:
        encoded += encode_text(before, before_slot=True) + encode_value(value)
        expected += lines(before).replace("\n", "\r\n") + value
        before = after
    encoded += encode_text(before)
    expected += lines(before).replace("\n", "\r\n")
    assert quopri.decodestring(encoded).decode() == expected
    physical = encoded.split(b"\r\n")
    assert max(map(len, physical)) <= 76
    assert not [
        line for line in physical if line.startswith((b".", b"From ")) or line.endswith((b" ", b"\t"))
    ]


@given(ONE_LINE)
def test_every_encoded_word_is_short_and_whole(text):
    line = headers.fold_text("Subject", text)
    assert max(map(len, line.split(b"\r\n"))) <= 78
    words = re.findall(r"=\?utf-8\?[qb]\?[^? ]*\?=", line.decode("ascii"))
    for word in words:
        assert len(word) <= 75
        ((raw, charset),) = decode_header(word)
        raw.decode(charset)
    assert str(make_header(decode_header(line.decode("ascii").removeprefix("Subject:").strip()))) == text


@given(st.text() | SCRAPS)
def test_a_tidy_name_is_one_line_that_stays_as_it_is(name):
    tidy = tidy_name(name)
    assert len(tidy) <= 80
    assert len(tidy.splitlines()) <= 1
    assert not set(tidy) & set("\0\t\r\n\u202a\u202e\u2066\u200f")
    assert tidy == " ".join(tidy.split())
    assert unicodedata.is_normalized("NFC", tidy)
    assert tidy_name(tidy) == tidy
    tidy.encode()
