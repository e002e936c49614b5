"""The door to the web, against a server on loopback that does what servers do."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import zlib
from datetime import timedelta

import brotli
import pytest
import trustme
from support.feed_server import Answer, FeedServer, item, rss
from support.patience import PATIENCE_S, PATIENT

from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Failed, Fetched, NotModified
from pipeline.feeds.options import FetchOptions

RULES = FetchOptions(
    user_agent="weekly-insights/test (+https://news.example.org)",
    **PATIENT,
    attempts=1,
    allow_private_hosts=("127.0.0.1",),
)


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def door(now):
    """Fetch URLs, all at once; gives the answers in order, and remembers how long it waited."""

    class Door:
        waits: list[float] = []  # noqa: RUF012 - one door, one test

        def __call__(self, *urls, names=None, rules=RULES, trust=None, **validators):
            async def resolve(host, _):
                found = (names or {}).get(host, host)
                if isinstance(found, Exception):
                    raise found
                return found() if callable(found) else [found] if isinstance(found, str) else found

            async def wait(seconds):
                self.waits.append(seconds)

            async def run():
                fetcher = Fetcher(rules, clock=lambda: now, resolve=resolve, sleep=wait, trust=trust)
                async with fetcher:
                    return await asyncio.gather(*(fetcher.fetch(url, **validators) for url in urls))

            answers = asyncio.run(run())
            return answers[0] if len(urls) == 1 else answers

    door = Door()
    door.waits = []
    return door


def failed(answer, words):
    assert isinstance(answer, Failed), answer
    assert words in answer.reason, answer.reason
    return answer


def test_a_feed_comes_with_its_validators_and_the_second_time_not_at_all(server, door):
    url = server.serve("/feed", rss(item(1)))
    first = door(url)
    assert isinstance(first, Fetched)
    assert (first.body.decode(), first.final_url, first.moved_to) == (rss(item(1)), url, "")
    assert door(url, etag=first.etag, last_modified=first.last_modified) == NotModified()
    assert server.asked[1].headers["if-modified-since"] == first.last_modified


def test_we_say_who_we_are_and_nothing_else(server, door, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.routes["/feed"] = Answer(body=b"<rss/>", headers={"Set-Cookie": "a=b"})
    door(server.url(), server.url())
    for asked in server.asked:
        assert asked.headers["user-agent"] == RULES.user_agent
        assert asked.headers["host"] == f"127.0.0.1:{server.port}"
        assert not {"cookie", "authorization", "referer", "if-none-match"} & set(asked.headers)


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_compressed_feeds_are_unpacked(server, door, coding, pack):
    body = rss(*(item(n) for n in range(50))).encode()
    server.routes["/feed"] = Answer(body=pack(body), headers={"Content-Encoding": coding})
    assert door(server.url()).body == body


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress)])
def test_a_bomb_is_given_up_long_before_it_is_unpacked(server, door, coding, pack):
    bomb = pack(b"0" * 8_000_000)
    server.routes["/feed"] = Answer(body=bomb, headers={"Content-Encoding": coding})
    failed(door(server.url()), "unpacks to more than 100 times")
    failed(
        door(server.url(), rules=RULES.model_copy(update={"max_ratio": 10**9})), "larger than 5,000,000 bytes"
    )


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip,br", "zstd", "x-unknown"])
def test_what_was_packed_twice_or_oddly_is_refused(server, door, coding):
    server.routes["/feed"] = Answer(body=b"x", headers={"Content-Encoding": coding})
    failed(door(server.url()), "compression that was not asked for")


def test_broken_compression_is_a_failure(server, door):
    server.routes["/feed"] = Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"})
    failed(door(server.url()), "compressed answer is broken")


def test_an_endless_body_ends_at_the_limit(server, door):
    server.routes["/feed"] = Answer(body=b"<item>" * 10_000, endless=True)
    failed(door(server.url()), "larger than")


def test_a_server_that_drips_is_left_when_the_time_is_over(server, door):
    server.routes["/feed"] = Answer(body=b"<rss>", drip=True)
    failed(door(server.url(), rules=RULES.model_copy(update={"total_s": 0.3})), "longer than 0.3 seconds")


def test_a_server_that_says_nothing_is_left_after_the_read_limit(door):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"
        failed(door(url, rules=RULES.model_copy(update={"read_s": 0.2})), "too long to answer")


def test_a_server_that_talks_nonsense_is_a_failure():
    async def run():
        async def answer(_, writer):
            writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
            writer.close()

        listener = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, Fetcher(RULES, clock=lambda: None) as fetcher:
            return await fetcher.fetch(f"http://127.0.0.1:{port}/")

    failed(asyncio.run(run()), "connection failed")


def test_a_closed_port_and_an_unknown_name_are_failures(door):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    failed(door(f"http://127.0.0.1:{port}/"), "connection failed")
    unknown = socket.gaierror(-2, "Name or service not known")
    failed(door("https://nowhere.example/", names={"nowhere.example": unknown}), "cannot be resolved")
    failed(door("https://nothing.example/", names={"nothing.example": []}), "no address")


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://[::1]:8080/",
        "http://localhost/",
        "http://0x7f.1/",
        "file:///etc/hostname",
        "gopher://127.0.0.1:70/",
        "http://user:secret@127.0.0.1/",
        "http://inside.example/",
        "",
        "http://[",
    ],
)
def test_a_redirect_to_where_nobody_may_go_is_not_followed(server, door, location):
    server.routes["/feed"] = Answer(302, headers={"Location": location} if location else {})
    names = {"localhost": "127.0.0.1", "inside.example": "192.168.1.1"}
    answer = door(server.url(), names=names, rules=RULES)
    assert isinstance(answer, Failed)
    assert [asked.path for asked in server.asked].count("/feed") == (1 if location else 6)


@pytest.mark.parametrize(
    "location", ["/\x9b31mX", "/\u202eX", "/\x1b]0;you\x07", "\x1b[31m://x/", "http://\u202e/"]
)
def test_no_place_that_an_answer_points_to_brings_the_escapes_of_a_terminal(server, door, location):
    sent = location.encode().decode("latin-1")
    server.routes["/feed"] = Answer(301, headers={"Location": sent})
    assert failed(door(server.url()), "").reason.isprintable()


def test_a_name_that_leads_to_a_private_address_is_not_asked(server, door):
    url = server.url(host="rebound.example").replace(f":{server.port}", "")
    failed(door(url, names={"rebound.example": "127.0.0.1"}), "not public: loopback")
    failed(door(url, names={"rebound.example": ["8.8.8.8", "127.0.0.1"]}), "not public")
    assert server.asked == []


def test_the_address_that_was_checked_is_the_one_that_is_asked(server, door):
    """A name that changes its mind between check and connection has no second chance: it is asked once."""
    answers = [["127.0.0.1"], AssertionError("asked again")]
    server.routes["/feed"] = Answer(body=b"<rss/>")
    rules = RULES.model_copy(update={"allow_private_hosts": ("fickle.test",)})
    asked = []

    def resolve():
        asked.append(answers.pop(0))
        return asked[-1]

    answer = door(server.url(host="fickle.test"), names={"fickle.test": resolve}, rules=rules)
    assert isinstance(answer, Fetched)
    assert len(asked) == 1
    assert server.asked[0].headers["host"] == f"fickle.test:{server.port}"


def test_redirects_are_followed_and_permanent_ones_are_reported(server, door):
    end = server.serve("/end", rss(item(1)))
    server.routes["/old"] = Answer(301, headers={"Location": "/older"})
    server.routes["/older"] = Answer(308, headers={"Location": end})
    server.routes["/today"] = Answer(302, headers={"Location": "/old"})
    moved, passing = door(server.url("/old"), server.url("/today"))
    assert (moved.final_url, moved.moved_to) == (end, end)
    assert (passing.final_url, passing.moved_to) == (end, "")


def test_six_redirects_are_too_many_and_a_circle_ends(server, door):
    server.routes["/feed"] = Answer(302, headers={"Location": "/feed"})
    failed(door(server.url()), "more than 5 times")
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    ("status", "words", "asked"),
    [(404, "404", 1), (403, "403", 1), (410, "gone", 1), (500, "500", 3), (503, "503", 3)],
)
def test_what_may_pass_is_tried_again_and_what_will_not_is_not(server, door, status, words, asked):
    server.routes["/feed"] = Answer(status, b"x")
    answer = failed(door(server.url(), rules=RULES.model_copy(update={"attempts": 3})), words)
    assert (len(server.asked), answer.is_gone) == (asked, status == 410)
    assert door.waits == [1, 2][: asked - 1]


def test_a_server_that_recovers_is_heard(server, door):
    left = [Answer(503, b"x", {"Retry-After": "7"}), Answer(429, b"x"), Answer(body=b"<rss/>")]
    server.routes["/feed"] = lambda _: left.pop(0)
    assert isinstance(door(server.url(), rules=RULES.model_copy(update={"attempts": 3})), Fetched)
    assert door.waits == [7, 14]


@pytest.mark.parametrize("after", ["3600", "Tue, 24 Nov 2026 10:00:00 GMT"])
def test_a_server_that_asks_for_an_hour_is_left_alone_for_an_hour(server, door, now, after):
    server.routes["/feed"] = Answer(429, b"x", {"Retry-After": after})
    answer = failed(door(server.url(), rules=RULES.model_copy(update={"attempts": 3})), "429")
    assert answer.retry_at == now + timedelta(hours=1)
    assert (len(server.asked), door.waits) == (1, [])


@pytest.mark.parametrize("after", ["soon", "-5", "9" * 400, "", "Tue, 99 Nov 2026"])
def test_no_retry_after_can_make_us_wait_for_years_or_stumble(server, door, now, after):
    server.routes["/feed"] = Answer(503, b"x", {"Retry-After": after})
    answer = failed(door(server.url(), rules=RULES.model_copy(update={"attempts": 2})), "503")
    assert answer.retry_at is None or answer.retry_at <= now + timedelta(days=30)


def test_an_answer_without_a_body_and_a_304_nobody_asked_for_are_failures(server, door):
    server.routes["/empty"] = Answer(body=b" \n")
    server.routes["/304"] = Answer(304)
    failed(door(server.url("/empty")), "empty")
    failed(door(server.url("/304")), "304")


def test_one_host_is_asked_one_at_a_time_and_many_hosts_at_once(server, door):
    server.routes["/feed"] = server.slowly(Answer(body=b"<rss/>"))
    same = [server.url()] * 6
    door(*same)
    assert max(asked.at_once for asked in server.asked) == 1
    server.asked.clear()
    gate = asyncio.Barrier(4)

    async def run():
        hosts = tuple(f"h{n}.test" for n in range(8))

        async def resolve(*_):
            # Nobody gets on before four are here: they are at once, or the time runs out.
            await gate.wait()
            return ["127.0.0.1"]

        rules = RULES.model_copy(update={"concurrency": 4, "allow_private_hosts": hosts})
        async with Fetcher(rules, clock=lambda: None, resolve=resolve) as fetcher:
            return await asyncio.gather(*(fetcher.fetch(server.url(host=host)) for host in hosts))

    assert all(isinstance(answer, Fetched) for answer in asyncio.run(run()))
    assert max(asked.at_once for asked in server.asked) <= 4


def test_a_host_that_does_not_answer_one_feed_is_not_asked_for_its_others(door):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        urls = [f"http://127.0.0.1:{silent.getsockname()[1]}/{number}" for number in range(20)]
        answers = door(*urls, rules=RULES.model_copy(update={"read_s": 0.2, "attempts": 2}))
        asked = [silent.accept()[0] for _ in range(2)]
        silent.settimeout(0)
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert {answer.reason for answer in answers} == {"the server took too long to answer"}
    for connection in asked:
        connection.close()


def test_a_host_whose_name_leads_nowhere_is_looked_up_for_one_feed_alone(door):
    looked_up = []

    def find():
        looked_up.append(1)
        raise socket.gaierror(-2, "Name or service not known")

    answers = door(*(f"https://nowhere.example/{n}" for n in range(9)), names={"nowhere.example": find})
    assert all("cannot be resolved" in answer.reason and answer.is_unresolved for answer in answers)
    assert len(looked_up) == 1


def test_the_feeds_of_a_host_that_answers_at_the_second_attempt_are_all_fetched(server, door):
    for number in range(5):
        server.routes[f"/{number}"] = lambda _: Answer(body=b"<rss/>", drip=len(server.asked) == 1)
    urls = [server.url(f"/{number}") for number in range(5)]
    answers = door(*urls, rules=RULES.model_copy(update={"total_s": 10, "attempts": 2}))
    assert [type(answer) for answer in answers] == [Fetched] * 5
    assert len(server.asked) == 6


def test_another_server_of_a_silent_host_is_asked_all_the_same(server, door):
    server.routes["/feed"] = Answer(body=b"<rss/>")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dead = f"http://127.0.0.1:{silent.getsockname()[1]}/feed"
        answers = door(dead, server.url(), rules=RULES.model_copy(update={"read_s": 10}))
    assert [type(answer) for answer in answers] == [Failed, Fetched]


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def tls(authority, *names):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    seen = []
    context.sni_callback = lambda _, name, __: seen.append(name)
    return context, seen


def test_over_tls_the_name_is_shown_and_checked_though_the_address_is_called(authority, door):
    context, seen = tls(authority, "feeds.test")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    server = FeedServer(context=context)
    try:
        server.routes["/feed"] = Answer(body=b"<rss/>")
        rules = RULES.model_copy(update={"allow_private_hosts": ("feeds.test", "other.test")})
        names = {"feeds.test": "127.0.0.1", "other.test": "127.0.0.1"}
        good = server.url(host="feeds.test", scheme="https")
        assert isinstance(door(good, names=names, rules=rules, trust=trust), Fetched)
        assert (seen, server.asked[0].headers["host"]) == (["feeds.test"], f"feeds.test:{server.port}")
        wrong = server.url(host="other.test", scheme="https")
        failed(door(wrong, names=names, rules=rules, trust=trust), "connection failed")
        failed(door(good, names=names, rules=rules), "connection failed")
        server.routes["/feed"] = Answer(302, headers={"Location": server.url(host="feeds.test")})
        failed(door(good, names=names, rules=rules, trust=trust), "from https to http")
    finally:
        server.close()
