import string

from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st
from support.examples import examples

from subscribers.addresses import REASONS, ROLE_ACCOUNTS, mask, parse_address
from subscribers.errors import AddressError

LOCAL = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "!#$%&'*+/=?^_`{|}~-.\"( "), max_size=70
)
LABEL = st.text(st.sampled_from(string.ascii_letters + string.digits + "--_ä"), min_size=0, max_size=66)
TOP = st.sampled_from(
    ["org", "COM", "test", "example", "invalid", "local", "onion", "arpa", "3com", "c0m", "c", "x-y", "1"]
)
PLAIN = st.builds(
    lambda local, labels, top: f"{local}@{'.'.join([*labels, top])}", LOCAL, st.lists(LABEL, max_size=5), TOP
)


def by_the_validator(text):
    try:
        valid = validate_email(
            text, check_deliverability=False, strict=True, allow_smtputf8=True, test_environment=True
        )
    except EmailNotValidError:
        return None
    local = text.rpartition("@")[0]
    if local.lower() in ROLE_ACCOUNTS or "." not in valid.ascii_domain or '"' in local:
        return None
    return f"{local}@{valid.ascii_domain}"


def ours(text):
    try:
        return parse_address(text).email
    except AddressError:
        return None


@examples(100)
@given(PLAIN)
@example("a@b-.org")
@example("a@" + "b" * 63 + ".org")
@example("a@" + "b" * 64 + ".org")
@example("a@xn--exmple-cua.de")
@example("a@XN--a.de")
@example("a@ab--cd.org")
@example("x" * 64 + "@" + ".".join(["y" * 61] * 3) + ".org")
@example("x" * 64 + "@" + ".".join(["y" * 62] * 3) + ".org")
def test_the_short_way_answers_as_the_validator(text):
    text = text.strip(" ")
    assert ours(text) == by_the_validator(text)


@examples(100)
@given(st.text(max_size=80) | PLAIN)
def test_no_text_breaks_the_parser_and_no_reason_repeats_it(text):
    try:
        address = parse_address(text)
    except AddressError as refused:
        error = refused
    else:
        assert address.email.isascii()
        assert len(address.email) <= 254
        assert not set(address.email) & set(' \t\r\n\0<>"')
        assert address.email.count("@") == 1
        return
    assert error.reason in REASONS
    assert str(error) == error.reason


@examples(100)
@given(PLAIN)
def test_parsing_twice_changes_nothing_and_case_never_makes_two_readers(text):
    try:
        address = parse_address(text)
    except AddressError:
        return
    assert parse_address(address.email) == address
    assert parse_address(address.email.upper()).key == address.key
    assert parse_address(address.key).key == address.key


@examples(100)
@given(st.text(max_size=60) | PLAIN)
def test_a_mask_never_holds_the_address(text):
    local = text.rpartition("@")[0]
    shown = mask(text)
    assert "…" in shown
    assert len(local) < 2 or local not in shown.partition("@")[0]
