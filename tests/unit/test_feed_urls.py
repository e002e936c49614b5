"""Links that lead to one page have one key, and no two pages share one."""

from __future__ import annotations

import pytest

from pipeline.news.urls import TRACKER_PREFIXES, TRACKER_VALUES, TRACKERS, make_url_key, normalize_url


@pytest.mark.parametrize(
    ("url", "normal", "key"),
    [
        ("HTTP://Example.com:80/a/../b/", "http://example.com/b/", "https://example.com/b"),
        ("https://www.example.com", "https://www.example.com/", "https://example.com"),
        ("http://example.com:443/a", "http://example.com:443/a", "https://example.com/a"),
        ("https://example.com:8443/a/", "https://example.com:8443/a/", "https://example.com:8443/a"),
        ("https://www.com/", "https://www.com/", "https://www.com"),
        ("https://a.example/?b=2&a=1&b=1", "https://a.example/?a=1&b=2&b=1", "https://a.example?a=1&b=2&b=1"),
        ("https://a.example/@x/%7efoo", "https://a.example/@x/~foo", "https://a.example/@x/~foo"),
        ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC", None),
        ("https://a.example/x?utm_source=y&UTM_Medium=z&_bhlid=1&id=3#top", "https://a.example/x?id=3", None),
        ("https://a.example/x?fbclid", "https://a.example/x", None),
        ("https://medium.example/x?source=rss----7f-4", "https://medium.example/x", None),
        ("https://a.example/x?source=print", "https://a.example/x?source=print", None),
        ("https://a.example/log#2026-08-12", "https://a.example/log#2026-08-12", None),
        ("https://a.example/log#v1-9-2", "https://a.example/log#v1-9-2", None),
        ("https://a.example/#/posts/1", "https://a.example/#/posts/1", "https://a.example#/posts/1"),
        ("https://a.example/x#section-2", "https://a.example/x", None),
    ],
)
def test_a_link_has_one_spelling(url, normal, key):
    assert normalize_url(url) == normal
    assert make_url_key(url) == (key or normal)


@pytest.mark.parametrize(
    "url",
    [
        *("", "  ", "/a", "//a.example/x", "a.example/x", "mailto:a@a.example", "program:run"),
        *(
            "ftp://a.example/x",
            "http://",
            "http:///x",
            "https://user:word@a.example/",
            "https://a b.example/",
        ),
        *(
            "https://a.example:0/",
            "https://a.example:99999/",
            "https://%00/",
            "https://´/",
            "https://a.example/\nx",
        ),
        *("https://a.example/\u202ex", "https://a.example/" + "x" * 3000),
    ],
)
def test_what_is_no_link_of_the_web_has_no_key(url):
    assert (normalize_url(url), make_url_key(url)) == ("", "")


def test_threads_that_differ_in_a_parameter_stay_apart():
    keys = {make_url_key(f"https://news.example/item?id={number}&utm_source=x") for number in range(9)}
    assert len(keys) == 9


def test_every_tracker_has_its_reason_and_is_written_as_it_is_compared():
    for table in (TRACKERS, TRACKER_PREFIXES):
        assert all(name == name.casefold() and reason for name, reason in table.items())
    assert all(TRACKER_VALUES.values())
