"""Whatever bytes come back: no exception, and nobody is touched without a reference of ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bounces import SERVERS, Bounced
from support.examples import examples
from support.replies import auto_reply, complaint, forwarded, human, receipt
from support.stores import KEY, Newsroom, people_of

from pipeline.bounces.match import clean_detail, clean_status, comparison_keys, find_references, names_reader
from pipeline.bounces.options import BounceOptions
from pipeline.bounces.parse.mail import MailKind, read_mail
from pipeline.bounces.return_address import check_template, make_return_address, read_return_tokens
from pipeline.model.returned import Returned, ReturnKind, ReturnReport
from pipeline.store.returned import ReturnedMail
from pipeline.weeks import Week, weeks_in
from subscribers.tokens import PUBLIC_ID_MAX, Keyring

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
KEYRING = Keyring(((2, bytes(range(32))), (1, bytes(32))))

REFS = st.text("0123456789abcdef", min_size=20, max_size=20)
FORGED = st.builds(
    Bounced,
    message_id=st.builds("2026-w48.{}@news.example.org".format, REFS),
    recipient=st.sampled_from(["r0@example.org", "r1@example.org", "someone@else.example"]),
    reply=st.sampled_from(["550 5.1.1 no such user", "552 5.2.2 full", "550 no", ""]),
    back_to=st.builds(
        "bounces+{}@news.example.org".format, st.text("abcdefghij234567", min_size=32, max_size=32)
    ),
)
MAKERS = [*SERVERS.values(), complaint, auto_reply, receipt, human, lambda b: forwarded(SERVERS["gmail"](b))]


@st.composite
def damaged(draw):
    """A real shape with bytes cut out, doubled or replaced."""
    raw = draw(st.sampled_from(MAKERS))(draw(FORGED))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 200)))
        raw = (
            raw[:start]
            + draw(
                st.sampled_from([b"", raw[start:end] * 2, b"\xff\x00", b"\xed\xa0\x80", b"\x00", b"\r\n\r\n"])
            )
            + raw[end:]
        )
    return raw


@examples(300)
@given(st.one_of(st.binary(max_size=2000), damaged()))
def test_any_bytes_are_read_without_an_exception(raw):
    mail = read_mail(raw, "test")
    assert (mail.report is not None) == (mail.kind is MailKind.REPORT)
    for one in mail.report.returned if mail.report else ():
        assert all("\0" not in key and key.encode() for key in comparison_keys(one))
        find_references(one)
        assert "@" not in clean_detail(one.detail)
        clean_detail(one.detail).encode()


@pytest.fixture(scope="module")
def newsroom(databases):
    with databases.lend("sqlite") as engine:
        yield Newsroom(engine, 2).open_sent()


@examples(60)
@given(st.lists(damaged(), min_size=1, max_size=4))
def test_nobody_is_touched_without_a_valid_reference(newsroom, mails):
    returned = ReturnedMail(
        newsroom.engine,
        keyring=Keyring(((1, KEY),)),
        options=BounceOptions(hard_issues=1, soft_issues=1),
    )
    reports = [mail.report for raw in mails if (mail := read_mail(raw, "test")).report]
    returned.take(reports, NOW)
    people = people_of(newsroom.engine)
    assert {people.find(each).state.word for each in newsroom.public_ids} == {"active"}
    assert newsroom.issues.returned(newsroom.issue.id) == {}


ANY_TEXT = st.text(st.characters() | st.sampled_from("\0\ud800\udcff@.<+ "), max_size=30)
HOSTILE = ANY_TEXT | st.builds("{}@example.org".format, ANY_TEXT)


@examples(200)
@given(HOSTILE, HOSTILE, ANY_TEXT)
def test_any_words_of_a_report_can_be_written_down(newsroom, recipient, reference, status):
    ref = "2026-w48.00000000000000000000"
    one = Returned(ReturnKind.HARD, (reference, ref), (reference,), (recipient,), 550, status, reference)
    assert clean_status(status).isascii()
    assert "\0" not in clean_status(status)
    reports = [ReturnReport(reference, "test", (one,), is_authenticated=True)]
    returned = ReturnedMail(newsroom.engine, keyring=Keyring(((1, KEY),)), options=BounceOptions())
    returned.take(reports, NOW, dry_run=True)


@pytest.mark.parametrize("recipient", ["a\udcff@example.org", "a\0@example.org", "\ud800"])
def test_an_address_that_no_reader_can_have_still_names_someone_else(recipient):
    one = Returned(ReturnKind.HARD, recipients=(recipient,))
    assert comparison_keys(one) == frozenset()
    assert not names_reader(one, "r0@example.org")
    assert names_reader(Returned(ReturnKind.HARD), "r0@example.org")


WEEKS = st.integers(2000, 2900).flatmap(
    lambda year: st.integers(1, weeks_in(year)).map(lambda number: str(Week(year, number)))
)
TEMPLATES = st.sampled_from(
    ["bounces+{token}@news.example.org", "{token}@b.example.org", "b-{token}@example.org"]
)


@examples(100)
@given(TEMPLATES, WEEKS, st.integers(1, PUBLIC_ID_MAX), st.booleans(), st.integers(0, 31))
def test_a_return_address_is_read_again_in_any_case_and_never_altered(template, week, public_id, loud, place):
    assert check_template(template) == template
    address = make_return_address(template, KEYRING, week, public_id)
    assert len(address.partition("@")[0]) <= 64
    assert read_return_tokens(KEYRING, address.upper() if loud else address) == [(week, public_id)]
    start = address.index(template.partition("{")[0]) + template.index("{")
    other = "a" if address[start + place] != "a" else "b"
    forged = address[: start + place] + other + address[start + place + 1 :]
    assert read_return_tokens(KEYRING, forged) == []
    assert read_return_tokens(Keyring(((2, bytes(32)),)), address) == []
