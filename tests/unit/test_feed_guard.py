"""Which addresses a feed may be fetched from."""

from __future__ import annotations

import pytest

from pipeline.feeds.discover import Found, find_feeds
from pipeline.feeds.url_policy import Refused, check_address, check_redirect, check_url

CLOSED = [
    "127.0.0.1",
    "127.8.9.1",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "169.254.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.8",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "4000::1",
]

OPEN = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.215.14",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "198.17.0.1",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001::1",
    "2003::1",
    "2001:4860:4860::8888",
    "2001:200::1",
]

ODD = [
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "127.1",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.256",
    "1.2.3.4.5",
    "1.2.3",
]

PUBLIC = check_url("https://feeds.example.org/rss")


@pytest.mark.parametrize("address", CLOSED)
def test_no_name_leads_to_an_address_that_is_not_public(address):
    with pytest.raises(Refused, match="not public"):
        check_address(PUBLIC, address)


@pytest.mark.parametrize("address", OPEN)
def test_public_addresses_are_open(address):
    check_address(PUBLIC, address)


@pytest.mark.parametrize("host", ODD)
def test_an_address_in_disguise_is_refused_before_it_is_resolved(host):
    with pytest.raises(Refused):
        check_url(f"http://{host}/feed")


def test_digits_of_other_scripts_are_read_as_the_address_they_are():
    target = check_url("http://①②⑦.⓪.⓪.①/feed")
    assert target.host == "127.0.0.1"
    with pytest.raises(Refused):
        check_address(target, target.host)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("file:///etc/hostname", "neither http nor https"),
        ("ftp://example.org/feed", "neither http nor https"),
        ("gopher://example.org/", "neither http nor https"),
        ("program:run", "neither http nor https"),
        ("//example.org/feed", "without a scheme"),
        ("feed", "without a scheme"),
        ("https://", "no host"),
        ("https:///feed", "no host"),
        ("https://me@example.org/", "user name"),
        ("https://me:secret@example.org/", "user name"),
        ("https://:@example.org/", "user name"),
        ("https://example.org@127.0.0.1/", "user name"),
        ("https://example.org:22/feed", "port 22"),
        ("https://example.org:6379/", "port 6379"),
        ("https://example.org:0/", "port 0"),
        ("https://example.org:99999/", "not a web address"),
        ("https://[::1/", "not a web address"),
        ("https://example.org/a b", "a space"),
        ("https://example.org/\r\nX: y", "control character"),
        ("https://example.org\\@127.0.0.1/", "backslash"),
        ("https://example.org/\x9b31m", "control character"),
        ("https://example.org/\u202egro", "no address has"),
        ("https://example.org/\u200b", "no address has"),
        ("https://example.org/\ufeff", "no address has"),
        ("https://example.org/\udcff", "no address has"),
        ("https://example.org/{x}", "no address has"),
        ("https://a..b/", "cannot be resolved"),
        (f"https://{'a' * 64}.org/", "cannot be resolved"),
        (f"https://example.org/{'a' * 2000}", "longer than"),
    ],
)
def test_an_address_that_is_no_plain_web_address_is_refused_and_says_why(url, why):
    with pytest.raises(Refused, match=why):
        check_url(url)


@pytest.mark.parametrize(
    ("url", "host", "path", "header"),
    [
        ("https://example.org", "example.org", "/", "example.org"),
        ("https://Example.ORG.:443/A?b=c#d", "example.org", "/A?b=c", "example.org"),
        ("http://example.org:8080/x", "example.org", "/x", "example.org:8080"),
        ("https://bücher.example/", "xn--bcher-kva.example", "/", "xn--bcher-kva.example"),
        ("http://[2606:4700::1]/", "2606:4700::1", "/", "[2606:4700::1]"),
    ],
)
def test_what_is_asked_for_is_what_the_address_says(url, host, path, header):
    target = check_url(url)
    assert (target.host, target.path, target.host_header) == (host, path, header)


def test_a_host_that_the_settings_allow_may_be_private_and_use_any_port():
    target = check_url("http://wiki.corp:9000/feed", allowed_hosts=["wiki.corp"])
    for address in ("10.1.2.3", "127.0.0.1", "fd00::1"):
        check_address(target, address)


@pytest.mark.parametrize("address", ["169.254.169.254", "224.0.0.1", "0.0.0.0", "255.255.255.255"])
def test_even_an_allowed_name_does_not_lead_to_metadata_or_multicast(address):
    target = check_url("http://wiki.corp/", allowed_hosts=["wiki.corp"])
    with pytest.raises(Refused):
        check_address(target, address)


def test_allowing_an_address_does_not_allow_the_names_that_lead_there():
    target = check_url("http://localhost/", allowed_hosts=["127.0.0.1"])
    with pytest.raises(Refused):
        check_address(target, "127.0.0.1")


@pytest.mark.parametrize(
    "location",
    ["http://example.org/", "file:///etc/hostname", "program:x", "https://u:p@example.org/", "//e.org:25/"],
)
def test_a_redirect_is_checked_like_an_address_and_never_leaves_https(location):
    with pytest.raises(Refused):
        check_redirect(PUBLIC, location)


def test_a_redirect_from_the_public_web_into_the_own_network_is_refused():
    with pytest.raises(Refused, match="private host"):
        check_redirect(PUBLIC, "https://wiki.corp/", allowed_hosts=["wiki.corp"])


def test_relative_redirects_stay_on_their_host():
    assert check_redirect(PUBLIC, "/new?x=1").url == "https://feeds.example.org/new?x=1"
    assert check_redirect(PUBLIC, "//other.example/feed").host == "other.example"


LINKS = "".join(
    f'<link rel="alternate" type="application/rss+xml" href="{url}">'
    for url in ("http://wiki.corp:9000/feed", "https://example.org:22/feed", "http://example.org/feed")
)


def test_a_public_page_leads_to_no_private_host_and_a_private_one_may():
    public = Found("http://example.org/feed")
    private = Found("http://wiki.corp:9000/feed")
    allowed = ["wiki.corp"]
    assert find_feeds(LINKS.encode(), "https://example.org/", allowed_hosts=allowed) == (public,)
    assert find_feeds(LINKS.encode(), "http://wiki.corp/", allowed_hosts=allowed) == (private, public)
