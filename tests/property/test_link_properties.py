"""One spelling for each link: what tracks is gone, what differs stays two."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import examples
from url_normalize import url_normalize

from pipeline.news.urls import TRACKER_PREFIXES, TRACKERS, is_plain_link, make_url_key, normalize_url

SOME = examples(100)
MANY = examples(200)

hosts = st.from_regex(r"(www\.){0,2}[a-z0-9-]{1,6}\.[a-z]{2,3}\.?(:[0-9]{1,5})?", fullmatch=True)
odd = st.text("abü%2Ff5./~?#&=;:@+ \\[]A*'(\"<>|日é", max_size=14)
pairs = st.lists(st.tuples(st.sampled_from("abxy"), st.sampled_from(("", "1", "2", "rss"))), max_size=4)


@MANY
@given(
    st.sampled_from(("http://", "https://", "HTTP://", "")), st.one_of(hosts, st.text(max_size=8)), odd, odd
)
def test_a_link_in_its_one_spelling_stays_as_it_is(scheme, host, path, query):
    url = f"{scheme}{host}/{path}?{query}"
    normal, key = normalize_url(url), make_url_key(url)
    assert normalize_url(normal) == normal
    assert make_url_key(key) == key == make_url_key(normal)
    assert bool(normal) == bool(key)


plain = st.from_regex(
    r"https?://([a-z0-9]{1,3}[.-]){0,3}[a-z0-9]{1,62}(/[a-zA-Z0-9_.~:@!$&'()*+,;=-]{0,3}){0,4}"
    r"(\?([a-z.~:/?@!$'()*+,;-]{0,3}(=[a-z.~:/?@+;-]{0,3})?&?){0,3})?",
    fullmatch=True,
)


@MANY
@given(plain)
def test_a_plain_link_is_one_that_the_library_would_leave_as_it_is(url):
    assume(is_plain_link(url))
    found, normal = urlsplit(url), urlsplit(url_normalize(url))
    assert (normal.scheme, normal.netloc, normal.path) == (found.scheme, found.netloc, found.path or "/")
    assert normal.query.split("&") == ([pair for pair in found.query.split("&") if pair] or [""])
    assert normalize_url(url) == normalize_url(url_normalize(url))


@SOME
@given(
    pairs,
    pairs,
    st.lists(st.sampled_from([*TRACKERS, *(f"{each}x" for each in TRACKER_PREFIXES)]), max_size=3),
)
def test_trackers_never_make_two_links_one_that_differ_in_another_parameter(one, other, trackers):
    def make(query):
        joined = "&".join(
            [*(f"{name}={value}" for name, value in query), *(f"{name}=1" for name in trackers)]
        )
        return f"https://news.example/page?{joined}"

    def sort(query):
        return sorted(query, key=lambda pair: pair[0])

    assert (make_url_key(make(one)) == make_url_key(make(other))) == (sort(one) == sort(other))
