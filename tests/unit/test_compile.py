"""One letter compiled: its exact bytes, what is refused, and that a wrong compilation is noticed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from support.letterheads import make_letterhead

from pipeline.deliver.mime.compile import (
    compile_letter,
    compile_notice,
    message_from_json,
    message_to_json,
)
from pipeline.deliver.mime.message import Context, Hole, Message
from pipeline.deliver.mime.verify import CompileError, sample_values, verify
from pipeline.errors import StoreError
from pipeline.model.rendered import PersonalSlot, Rendered
from pipeline.webhooks.registry import find_webhook
from subscribers.tokens import Keyring

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEYRING = Keyring(((7, b"k" * 32),))
NAME, LINK, COUNT, CONFIRM = "zq0aqz", "zq0bqz", "zq0cqz", "zq0dqz"
SLOTS = {NAME: PersonalSlot.NAME, LINK: PersonalSlot.UNSUBSCRIBE_URL, COUNT: PersonalSlot.READERS}
PHRASE = "1,300+ <prompt> engineers"

LETTERHEAD = make_letterhead(
    "Example Weekly",
    from_email="news@news.example.org",
    reply_to="editor@example.org",
    postal_address="1 Example Street",
)
LETTER = Rendered(
    week="2026-W48",
    number=47,
    subject="Weekly #47: nine things worth your time",
    preheader="",
    html=f'<p title="For {NAME}">Hi {NAME},</p><a href="{LINK}">Leave</a><i title="{COUNT}">{COUNT}</i>\n',
    text=f"Hi {NAME},\n.dot\nFrom here = there \n{LINK}\nYou and {COUNT}\n",
    slots=SLOTS,
)
JANE = {
    "to": "jane@example.com",
    "ref": "0123456789abcdef",
    "message_id": "2026-w48.0123456789abcdef@news.example.org",
    "name": 'Zoë "Z" & <b>',
    "unsubscribe_url": "https://news.example.org/u/AQcAAAAAAAAABQAAAJAqNdKTUnpjoqAy",
}
WIRE = """\
From: "Example Weekly" <news@news.example.org>
To: jane@example.com
Reply-To: editor@example.org
Subject: Weekly #47: nine things worth your time
Date: Tue, 24 Nov 2026 09:00:00 +0000
Message-ID: <2026-w48.0123456789abcdef@news.example.org>
List-Id: "Example Weekly" <weekly.news.example.org>
List-Unsubscribe: <https://news.example.org/u/AQcAAAAAAAAABQAAAJAqNdKTUnpjoqAy>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Feedback-ID: 2026-W48:weekly:weekly:news.example.org
X-Newsletter-Ref: 2026-W48.0123456789abcdef
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_BOUNDARY"

--=_BOUNDARY
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Hi=20=
Zo=C3=AB "Z" & <b>=
,
=2Edot
=46rom here =3D there=20
https://news.example.org/u/AQcAAAAAAAAABQAAAJAqNdKTUnpjoqAy=

You and 1,300+ <prompt> engineers

--=_BOUNDARY
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p title=3D"For=20=
Zo=C3=AB &quot;Z&quot; &amp; &lt;b&gt;=
">Hi=20=
Zo=C3=AB "Z" &amp; &lt;b&gt;=
,</p><a href=3D"=
https://news.example.org/u/AQcAAAAAAAAABQAAAJAqNdKTUnpjoqAy=
">Leave</a><i title=3D"1,300+ &lt;prompt&gt; engineers">1,300+ &lt;prompt&g=
t; engineers</i>

--=_BOUNDARY--
"""


def compiled(letter=LETTER, letterhead=LETTERHEAD):
    return compile_letter(letter, letterhead, frozen_at=AT, readers_phrase=PHRASE)


def boundary_of(raw):
    return re.search(rb'boundary="=_([0-9a-f]{32})"', raw)[1]


def test_a_filled_letter_has_exactly_these_bytes():
    raw = compiled().fill(JANE)
    assert raw.replace(boundary_of(raw), b"BOUNDARY").decode("ascii") == WIRE.replace("\n", "\r\n")


def test_the_same_letter_compiles_to_the_same_message_and_another_gets_another_boundary():
    assert compiled() == compiled()
    other = compiled(replace(LETTER, text=LETTER.text + "more\n"))
    assert boundary_of(other.fill(JANE)) != boundary_of(compiled().fill(JANE))


def test_a_letter_needs_these_values_and_no_others():
    assert compiled().slots == JANE.keys()
    assert compiled().fill(JANE | {"token": "unused"}) == compiled().fill(JANE)


def test_a_letter_without_personal_slots_still_has_a_way_out_in_its_head():
    raw = compiled(replace(LETTER, html="<p>Hello</p>", text="Hello", slots={})).fill(JANE)
    assert f"List-Unsubscribe: <{JANE['unsubscribe_url']}>\r\n".encode() in raw


def test_a_notice_is_marked_automatic_and_is_no_mail_of_a_list():
    rendered = Rendered(
        "",
        0,
        "Please confirm",
        "",
        f'<a href="{CONFIRM}">Yes</a>',
        f"Yes: {CONFIRM}",
        {CONFIRM: PersonalSlot.CONFIRM_URL},
    )
    notice = compile_notice(rendered, LETTERHEAD, sent_at=AT)
    assert notice.slots == {"to", "ref", "message_id", "confirm_url"}
    raw = notice.fill(JANE | {"confirm_url": "https://news.example.org/c/x?a=1&b=2"})
    parsed = message_from_bytes(raw, policy=policy.default)
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Newsletter-Ref"] == JANE["ref"]
    assert not [name for name in parsed if name.lower().startswith(("list-", "feedback-"))]
    assert (
        parsed.get_body(("html",)).get_content()
        == '<a href="https://news.example.org/c/x?a=1&amp;b=2">Yes</a>'
    )


def test_an_issue_never_carries_a_confirmation_link():
    with pytest.raises(CompileError, match="confirm_url"):
        compiled(replace(LETTER, text=CONFIRM, slots=SLOTS | {CONFIRM: PersonalSlot.CONFIRM_URL}))


@pytest.mark.parametrize(
    ("markup", "reason"),
    [
        (f"<style>p {{ color: {NAME} }}</style>", "style"),
        (f"<STYLE>{NAME}</STYLE>", "style"),
        (f"<script>{NAME}</script>", "script"),
        (f"<!-- {NAME} -->", "comment"),
        (f"<!--[if mso]><p>{NAME}</p><![endif]-->", "comment"),
        (f"<!-- > <p>{NAME}</p>", "comment"),
        (f"<!doctype {NAME}>", "declaration"),
        (f"<p title='{NAME}'>", "double quotes"),
        (f"<p title={NAME}>", "double quotes"),
        (f"<p {NAME}>", "double quotes"),
        (f"<{NAME}>", "double quotes"),
        (f"</{NAME}>", "double quotes"),
        (f"<p title='a=\"{NAME}\"'>", "double quotes"),
        (f'<p title="{NAME}', "broken"),
        (f"<p title {NAME}", "broken"),
        (f'<p style="color: {NAME}">', "code"),
        (f'<p onclick="{NAME}">', "code"),
        (f'<a href="{NAME}">', "address"),
        (f'<v:rect xlink:href="{NAME}">', "address"),
    ],
)
def test_a_slot_where_no_value_is_safe_is_refused(markup, reason):
    with pytest.raises(CompileError, match=reason):
        compiled(replace(LETTER, html=markup))


@pytest.mark.parametrize(
    ("markup", "arrives"),
    [
        (
            f"<!--[if !mso]><!--><p>{NAME}</p><!--<![endif]-->",
            '<!--[if !mso]><!--><p>Zoë "Z" &amp; &lt;b&gt;</p><!--<![endif]-->',
        ),
        (f"<title>{NAME}</title>", '<title>Zoë "Z" &amp; &lt;b&gt;</title>'),
        (
            f'<img data-x=\'"\' alt = "{NAME}">',
            '<img data-x=\'"\' alt = "Zoë &quot;Z&quot; &amp; &lt;b&gt;">',
        ),
        (f"1 < 2 {NAME}", '1 < 2 Zoë "Z" &amp; &lt;b&gt;'),
        (f'<a title="a > b" href="{LINK}#x">', f'<a title="a > b" href="{JANE["unsubscribe_url"]}#x">'),
        (f"<p>\r\n{NAME}\r</p>", '<p>\r\nZoë "Z" &amp; &lt;b&gt;\r\n</p>'),
        (f"{NAME}{NAME}", 'Zoë "Z" &amp; &lt;b&gt;' * 2),
    ],
)
def test_a_slot_is_escaped_for_the_place_where_it_stands(markup, arrives):
    parsed = message_from_bytes(compiled(replace(LETTER, html=markup)).fill(JANE), policy=policy.default)
    assert parsed.get_body(("html",)).get_content() == arrives


@pytest.mark.parametrize(
    ("change", "header"),
    [
        ({"subject": "Bcc\r\nBcc: x@example.net"}, "Subject"),
        ({"subject": f"Hi {NAME}"}, "Subject"),
        ({"week": "2026-W48\n"}, "Feedback-ID"),
    ],
)
def test_a_letter_that_would_break_a_header_is_refused_by_name(change, header):
    with pytest.raises(CompileError, match=header):
        compiled(replace(LETTER, **change))


@pytest.mark.parametrize(
    ("change", "header"),
    [
        ({"from_email": "a@example.org, b@example.org"}, "From"),
        ({"from_email": "jürgen@example.org"}, "From"),
        ({"reply_to": "Ed <ed@example.org>"}, "Reply-To"),
        ({"list_id": "weekly news"}, "List-Id"),
        ({"name": "a\nb"}, "List-Id"),
        ({"base_url": "https://exämple.org"}, "unsubscribe_url"),
        ({"base_url": "https://news.example.org/" + "x" * 900}, "unsubscribe_url"),
    ],
)
def test_a_letterhead_that_would_break_a_header_is_refused_by_name(change, header):
    with pytest.raises(CompileError, match=header):
        compiled(letterhead=replace(LETTERHEAD, **change))


def test_a_long_link_stays_on_one_line_unencoded():
    base = "https://news.example.org/" + "path-" * 40
    values = JANE | {"unsubscribe_url": f"{base}/u/{'A' * 32}"}
    raw = compiled(letterhead=replace(LETTERHEAD, base_url=base)).fill(values)
    assert re.search(rb"^List-Unsubscribe: <https://[!-~]{200,}/u/A{32}>\r$", raw, re.MULTILINE)
    assert re.search(rb"^Message-ID: <2026-w48\.0123456789abcdef@news\.example\.org>\r$", raw, re.MULTILINE)


def test_names_in_other_scripts_are_encoded_outside_the_angle_brackets():
    raw = compiled(letterhead=replace(LETTERHEAD, name="Wöchentlich", from_name="提示词")).fill(JANE)
    assert b"List-Id: =?utf-8?q?W=C3=B6chentlich?= <weekly.news.example.org>\r\n" in raw
    assert b"From: =?utf-8?b?5o+Q56S66K+N?= <news@news.example.org>\r\n" in raw


@pytest.mark.parametrize("slot", sorted(JANE))
@pytest.mark.parametrize(
    "poison", ["\r\nBcc: x@example.net", "\n", "\r", "\0", "\x85", "\u2028", "\u202e", "\ud800"]
)
def test_no_value_can_carry_a_line_end_a_control_or_a_lone_surrogate(slot, poison):
    with pytest.raises(ValueError, match=f"^{slot}: ") as caught:
        compiled().fill(JANE | {slot: JANE[slot] + poison})
    assert JANE[slot] not in str(caught.value)


@pytest.mark.parametrize("slot", ["to", "ref", "message_id", "unsubscribe_url"])
@pytest.mark.parametrize("poison", ["", "a b", "a>b", "a<b", "é", "=?utf-8?q?x?=@example.org"])
def test_a_header_takes_only_what_cannot_be_misread(slot, poison):
    with pytest.raises(ValueError, match=f"^{slot}: "):
        compiled().fill(JANE | {slot: poison})


@pytest.mark.parametrize("slot", sorted(JANE))
def test_a_missing_value_is_named(slot):
    with pytest.raises(ValueError, match=f"^{slot}: "):
        compiled().fill({key: value for key, value in JANE.items() if key != slot})


def test_the_frozen_form_is_ascii_and_reads_back_as_the_same_message():
    stored = message_to_json(compiled())
    assert stored.isascii()
    assert "\n" not in stored
    assert message_from_json(stored) == compiled()
    assert message_from_json(stored).fill(JANE) == compiled().fill(JANE)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "[]",
        "{}",
        '{"schema":2,"segments":[]}',
        '{"schema":1}',
        '{"schema":1,"segments":["é"]}',
        '{"schema":1,"segments":[["name"]]}',
        '{"schema":1,"segments":[["name","nowhere"]]}',
        '{"schema":1,"segments":[5]}',
    ],
)
def test_a_damaged_or_newer_frozen_form_is_refused(stored):
    with pytest.raises(StoreError):
        message_from_json(stored)


def test_neighbouring_literals_are_one_segment():
    hole = Hole("name", Context.PLAIN)
    message = Message((b"a", b"", b"b", hole, b"", hole, b"c"))
    assert message.segments == (b"ab", hole, hole, b"c")
    assert message.fill({"name": "x"}) == b"abx=\r\nx=\r\nc"


def swap(message, old, new):
    return Message(tuple(s.replace(old, new) if isinstance(s, bytes) else s for s in message.segments))


def misplace(message, wrong, right=None):
    segments = [
        replace(s, context=wrong) if isinstance(s, Hole) and s.context is right else s
        for s in message.segments
    ]
    return Message(tuple(segments))


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda m: swap(m, b"=2Edot", b".dot"), "way would change"),
        (lambda m: swap(m, b"=46rom", b"From"), "way would change"),
        (lambda m: swap(m, b"there=20", b"there "), "way would change"),
        (lambda m: swap(m, b"=2Edot\r\n", b"=2Edot\n"), "line ends"),
        (lambda m: swap(m, b"=2Edot", b"=2E\xc3\xa9"), "7-bit"),
        (lambda m: swap(m, b"=2Edot", b"=2E" + b"x" * 80), "body line"),
        (lambda m: swap(m, b"=2Edot", b"=2Edit"), "text part"),
        (lambda m: swap(m, b"Leave", b"Stay"), "HTML part"),
        (lambda m: swap(m, b"nine", b"ten"), "Subject"),
        (lambda m: swap(m, b"Nov", b"Dec"), "Date"),
        (lambda m: swap(m, b"news@", b"other@"), "From"),
        (lambda m: swap(m, b"To: ", b"To: x@example.com, "), "To"),
        (lambda m: swap(m, b"Message-ID: <", b"Message-ID: <x"), "Message-ID"),
        (lambda m: swap(m, b"List-Unsubscribe: <", b"List-Unsubscribe: <x"), "List-Unsubscribe"),
        (lambda m: swap(m, b"List-Id", b"From"), "names"),
        (lambda m: swap(m, b"text/html", b"text/xhtml"), "no html part"),
        (lambda m: misplace(m, Context.MARKUP, Context.ATTRIBUTE), "structure"),
        (lambda m: misplace(m, Context.PLAIN, Context.MARKUP), "HTML part"),
        (lambda m: misplace(m, Context.MARKUP, Context.PLAIN), "text part"),
        (lambda m: misplace(m, Context.PLAIN, Context.HEADER), "7-bit|way|line|Message-ID|To"),
    ],
)
def test_verification_notices_a_compilation_that_went_wrong(spoil, what):
    good = compiled()
    for values in sample_values(good.slots, LETTERHEAD):
        verify(good, LETTER, LETTERHEAD, values, at=AT, readers_phrase=PHRASE)
        with pytest.raises(CompileError, match=what):
            verify(spoil(good), LETTER, LETTERHEAD, values, at=AT, readers_phrase=PHRASE)


def test_verification_notices_a_text_only_letter_that_is_none_or_says_something_else():
    good = compile_letter(LETTER, LETTERHEAD, frozen_at=AT, readers_phrase=PHRASE, text_only=True)
    for values in sample_values(good.slots, LETTERHEAD):

        def check(message, values=values):
            verify(message, LETTER, LETTERHEAD, values, at=AT, readers_phrase=PHRASE, text_only=True)

        check(good)
        with pytest.raises(CompileError, match="text part"):
            check(swap(good, b"=2Edot", b"=2Edit"))
        with pytest.raises(CompileError, match="kind"):
            check(compiled())
        with pytest.raises(CompileError, match="no html part"):
            verify(good, LETTER, LETTERHEAD, values, at=AT, readers_phrase=PHRASE)


def test_a_text_only_letter_ends_with_one_line_s_end_and_has_no_other_part():
    raw = compile_letter(LETTER, LETTERHEAD, frozen_at=AT, readers_phrase=PHRASE, text_only=True).fill(
        sample_values(compiled().slots, LETTERHEAD)[0]
    )
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.endswith(
        b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n'
        b"Content-Transfer-Encoding: quoted-printable"
    )
    assert body.endswith(b"\r\n")
    assert not body.endswith(b"\r\n\r\n")
    assert b"boundary" not in raw


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("postmark", ("X-PM-Metadata-newsletter_ref", "2026-W48.0123456789abcdef")),
        ("sendgrid", ("X-SMTPAPI", '{"unique_args": {"newsletter_ref": "2026-W48.0123456789abcdef"}}')),
        ("mailgun", ("X-Mailgun-Variables", '{"newsletter_ref": "2026-W48.0123456789abcdef"}')),
        ("brevo", ("X-Mailin-custom", "2026-W48.0123456789abcdef")),
    ],
)
def test_a_letter_carries_the_header_with_which_a_provider_reports_its_reference(name, expected):
    header = find_webhook(name).reference_header
    message = compile_letter(
        LETTER, LETTERHEAD, frozen_at=AT, readers_phrase=PHRASE, reference_headers=(header,)
    )
    line = f"{expected[0]}: {expected[1]}\r\n".encode()
    assert message.fill(JANE).replace(line, b"", 1) == compiled().fill(JANE)
    assert message_from_json(message_to_json(message)) == message
