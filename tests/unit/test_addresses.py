import pytest
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from subscribers import addresses
from subscribers.addresses import clean_name, mask, parse_address
from subscribers.errors import AddressError


@pytest.mark.parametrize(
    ("raw", "email", "key"),
    [
        ("jane@example.org", "jane@example.org", "jane@example.org"),
        ("  Jane.Doe+News@Example.ORG\t", "Jane.Doe+News@example.org", "jane.doe+news@example.org"),
        ("\u00a0jane@example.com ", "jane@example.com", "jane@example.com"),
        ("Info@example.org", "Info@example.org", "info@example.org"),
        ("jane@exämple.de", "jane@xn--exmple-cua.de", "jane@xn--exmple-cua.de"),
        ("jane@EXÄMPLE.de", "jane@xn--exmple-cua.de", "jane@xn--exmple-cua.de"),
        ("jane@xn--exmple-cua.de", "jane@xn--exmple-cua.de", "jane@xn--exmple-cua.de"),
        ("jane@mail.example", "jane@mail.example", "jane@mail.example"),
        ("jane@site.test", "jane@site.test", "jane@site.test"),
        ("o'hara@example.org", "o'hara@example.org", "o'hara@example.org"),
        ("=cmd|calc@example.org", "=cmd|calc@example.org", "=cmd|calc@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_a_usable_address_is_kept_as_typed_and_compared_without_case(raw, email, key):
    address = parse_address(raw)
    assert (address.email, address.key) == (email, key)


@pytest.mark.parametrize(
    ("raw", "email", "key"),
    [
        ("JÄNE@example.org", "JÄNE@example.org", "jäne@example.org"),
        ("ja\u0308ne@exämple.org", "jäne@xn--exmple-cua.org", "jäne@xn--exmple-cua.org"),
        ("用户@例え.jp", "用户@xn--r8jz45g.jp", "用户@xn--r8jz45g.jp"),
        ("straße@example.org", "straße@example.org", "straße@example.org"),
        ("é" * 32 + "@example.org", "é" * 32 + "@example.org", "é" * 32 + "@example.org"),
        # The Kelvin sign is a K in NFC.
        ("\u212aate@example.org", "Kate@example.org", "kate@example.org"),
    ],
)
def test_any_letters_before_the_at_are_compared_composed_and_without_case(raw, email, key):
    parsed = parse_address(raw)
    assert (parsed.email, parsed.key) == (email, key)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", addresses.EMPTY),
        ("   ", addresses.EMPTY),
        ("jane@example.org\n", addresses.CONTROL),
        ("jane@example.org\r\nBcc: eve@example.org", addresses.CONTROL),
        ("ja\0ne@example.org", addresses.CONTROL),
        ("jane\u2028@example.org", addresses.CONTROL),
        ("jane.example.org", addresses.NO_AT),
        ("@example.org", addresses.NOTHING_BEFORE),
        ("jane@", addresses.NOTHING_AFTER),
        ('"jane doe"@example.org', addresses.QUOTED),
        ('"jane"@example.org', addresses.QUOTED),
        ("Jane <jane@example.org>", addresses.NAMED),
        ("<jane@example.org>", addresses.NAMED),
        ("jane@[127.0.0.1]", addresses.LITERAL),
        ("jane@[IPv6:::1]", addresses.LITERAL),
        ("x" * 65 + "@example.org", addresses.TOO_LONG),
        ("jane@" + ".".join(["a" * 60] * 5) + ".org", addresses.TOO_LONG),
        ("é" * 33 + "@example.org", addresses.TOO_LONG),
        ("é@" + "a" * 60 + "." + "b" * 60 + "." + "c" * 60 + "." + "d" * 62 + ".example", addresses.TOO_LONG),
        ("\u0301a@example.org", addresses.INVISIBLE_LOCAL),
        ("NoReply@example.org", addresses.ROLE),
        ("mailer-daemon@example.org", addresses.ROLE),
        ("jane@test", addresses.UNREACHABLE),
        ("jane@site.invalid", addresses.UNREACHABLE),
        ("jane@mail.localhost", addresses.UNREACHABLE),
        ("jane@example", addresses.MALFORMED),
        ("jane doe@example.org", addresses.MALFORMED),
        ("jane@example..org", addresses.MALFORMED),
        ("jane.@example.org", addresses.MALFORMED),
        ("jane@eve@example.org", addresses.MALFORMED),
        ("jane@-example.org", addresses.MALFORMED),
        ("jane@ab--c.org", addresses.MALFORMED),
        ("jane@xn--a.org", addresses.MALFORMED),
        ("jane@example.123", addresses.MALFORMED),
        ("jane\u200b@example.org", addresses.INVISIBLE_LOCAL),
        ("jane@exam\u202eple.org", addresses.MALFORMED),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_its_reason(raw, reason):
    with pytest.raises(AddressError) as caught:
        parse_address(raw)
    assert caught.value.reason == reason


@pytest.mark.parametrize("name", sorted({"postmaster", "abuse", "no-reply", "hostmaster"}))
def test_role_accounts_are_refused_in_any_case(name):
    with pytest.raises(AddressError, match="role"):
        parse_address(f"{name.upper()}@example.org")


@pytest.mark.parametrize("top", sorted(set(SPECIAL_USE_DOMAIN_NAMES) - {"test"}))
def test_reserved_domains_are_refused_except_those_for_trials(top):
    with pytest.raises(AddressError):
        parse_address(f"jane@mail.{top}")


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("jane@example.org", "j…e@e…e.org"),
        ("jo@example.co.uk", "j…@e…o.uk"),
        ("j@x.org", "…@….org"),
        ("no address", "…"),
        ("", "…"),
    ],
)
def test_a_masked_address_shows_ends_only(email, shown):
    assert mask(email) == shown


def test_a_name_becomes_one_short_line():
    assert clean_name("  Jane\r\n\tDoe\0\u2028 X ") == "Jane Doe X"
    assert clean_name("é" * 300) == "é" * addresses.NAME_MAX_CHARS
    assert clean_name("\r\n") == ""
