"""Asking whether a page is there, against a server on loopback: once, and without reading it."""

from __future__ import annotations

import asyncio
import socket

import pytest
from support.feed_server import Answer, FeedServer
from support.patience import PATIENT

from pipeline.feeds.fetch import Fetcher
from pipeline.feeds.http_types import Failed, Reached
from pipeline.feeds.options import FetchOptions

RULES = FetchOptions(**PATIENT, attempts=3, allow_private_hosts=("127.0.0.1",))


@pytest.fixture
def server():
    server = FeedServer()
    yield server
    server.close()


@pytest.fixture
def ask(now):
    def ask(*urls, names=None, rules=RULES):
        async def resolve(host, _):
            found = (names or {}).get(host, [host])
            if isinstance(found, Exception):
                raise found
            return found

        async def run():
            async with Fetcher(rules, clock=lambda: now, resolve=resolve) as fetcher:
                return await asyncio.gather(*(fetcher.ask(url) for url in urls))

        return asyncio.run(run())

    return ask


def test_a_page_is_there_and_none_of_it_is_read(server, ask):
    server.routes["/endless"] = Answer(200, b"x" * 65_536, endless=True)
    server.routes["/empty"] = Answer(204)
    assert ask(server.url("/endless"), server.url("/empty")) == [Reached(200), Reached(204)]
    assert all(asked.headers["accept"].startswith("text/html") for asked in server.asked)


@pytest.mark.parametrize("status", [404, 410, 403, 429, 500, 503])
def test_a_refusal_is_told_with_its_status_and_asked_for_once(server, ask, status):
    server.routes["/page"] = Answer(status, headers={"Retry-After": "0"})
    (answer,) = ask(server.url("/page"))
    assert isinstance(answer, Failed)
    assert (answer.status, f"answers {status}" in answer.reason) == (status, True)
    assert len(server.asked) == 1


def test_where_a_page_has_gone_for_good_is_told(server, ask):
    server.routes["/old"] = Answer(301, headers={"Location": "/new"})
    server.routes["/now"] = Answer(302, headers={"Location": "/new"})
    server.routes["/lost"] = Answer(308, headers={"Location": "/nothing"})
    server.routes["/new"] = Answer(200, b"here")
    old, now, lost = ask(*map(server.url, ("/old", "/now", "/lost")))
    assert old == Reached(200, server.url("/new"))
    assert now == Reached(200)
    assert lost.status == 404


def test_what_no_server_answers_is_told_apart(server, ask):
    names = {
        "nowhere.example": socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        "inside.example": ["10.0.0.1"],
    }
    urls = ("https://nowhere.example/", "https://inside.example/", "http://127.0.0.1:9/")
    unknown, private, closed = ask(*urls, names=names)
    assert (unknown.is_unresolved, unknown.is_refused, unknown.status) == (True, False, 0)
    assert (private.is_unresolved, private.is_refused, private.status) == (False, True, 0)
    assert (closed.is_unresolved, closed.is_refused, closed.status) == (False, False, 0)
    assert server.asked == []


def test_pages_of_one_host_are_asked_one_after_the_other(server, ask):
    for number in range(6):
        server.routes[f"/{number}"] = server.slowly(Answer(200, b"here"))
    ask(*(server.url(f"/{number}") for number in range(6)), rules=RULES.model_copy(update={"concurrency": 6}))
    assert [asked.at_once for asked in server.asked] == [1] * 6
