"""What every answer of the public pages is like, also when the store is away, and the real server."""

from __future__ import annotations

import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
from html.parser import HTMLParser

import httpx2
import pytest
from sqlalchemy import event as sa_event
from support.databases import make_tables
from support.environment import NOW, REPO
from support.patience import PATIENCE_S
from support.public_pages import KEYRING, ONE_CLICK, TEMPLATES, House
from support.web_client import open_client

from pipeline.edition.sample import SAMPLE_KEYS
from pipeline.errors import AuthorError, PipelineError, StoreUnusable
from pipeline.render.jinja import environment
from pipeline.store.lost import require_store
from pipeline.web.app import create_app, serve
from pipeline.web.served import ServedReturns
from subscribers.model import SubscriberState
from subscribers.store.engine import open_engine
from subscribers.tokens import SAMPLE_ID, Purpose, make_token

# A store that is away


def spoil(how, engine, path):
    """Make the store unusable in one of the ways it happens."""
    if how == "locked":
        sa_event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout = 1"))
        other = open_engine(str(engine.url))
        connection = other.connect()
        connection.begin()
        return lambda: (connection.close(), other.dispose())
    if how == "read-only":
        sa_event.listen(engine, "connect", lambda c, _: c.execute("PRAGMA query_only = ON"))
    elif how == "damaged":
        for name in path.parent.glob("weekly.db*"):
            name.unlink()
        path.write_bytes(b"this is no database " * 400)
    else:
        shutil.rmtree(path.parent)
    return lambda: None


CAUSES = {"locked": "busy", "read-only": "read-only", "damaged": "damaged", "gone": "closed"}


@pytest.mark.parametrize("how", CAUSES)
@pytest.mark.parametrize("room", ["u", "c"])
def test_a_store_that_is_away_asks_to_come_back(tmp_path, caplog, how, room):
    path = tmp_path / "store" / "weekly.db"
    path.parent.mkdir()
    engine = open_engine(f"sqlite:///{path}")
    make_tables(engine, tmp_path)
    house = House(engine)
    reader = house.add(SubscriberState.PENDING)
    token = house.leave_token(reader) if room == "u" else house.confirm_token(reader)
    with caplog.at_level(logging.WARNING):
        release = spoil(how, engine, path)
        answer = house.visitor.post(f"/{room}/{token}", data=ONE_CLICK)
        health = house.visitor.get("/healthz")
        release()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "try again" in answer.text
    assert "the store does not answer" in caplog.text
    assert token not in caplog.text
    assert str(reader) not in caplog.text
    assert "ada@" not in caplog.text
    assert (health.status_code, health.text) == (503, f"{CAUSES[how]}\n")
    assert int(health.headers["Retry-After"]) > 0
    engine.dispose()


def test_a_lost_database_is_waited_for_and_not_made(tmp_path):
    history = tmp_path / "content/issues/history.jsonl"
    path, kept = tmp_path / "weekly.db", tmp_path / "kept.db"
    engine = open_engine(f"sqlite:///{path}")
    make_tables(engine, tmp_path)
    empty = path.read_bytes()
    house = House(engine, require=lambda: require_store(engine, tmp_path))
    token = house.leave_token(reader := house.add())
    engine.dispose()
    path.rename(kept)
    history.parent.mkdir(parents=True)
    history.write_text('{"number": 1, "readers": 9, "week": "2026-W40"}\n')
    for lost, cause in ((None, "missing"), (b"", "empty"), (empty, "empty")):
        if lost is not None:
            path.write_bytes(lost)
        for answer in (house.visitor.get(f"/u/{token}"), house.visitor.post(f"/u/{token}", data=ONE_CLICK)):
            assert (answer.status_code, "try again" in answer.text) == (503, True), cause
            assert int(answer.headers["Retry-After"]) > 0
        health = house.visitor.get("/healthz")
        assert (health.status_code, health.text) == (503, f"{cause}\n")
        assert (path.read_bytes() if path.exists() else None) == lost
        served = ServedReturns(lambda: require_store(engine, tmp_path), lambda: None)
        with pytest.raises(StoreUnusable):
            served.take([], NOW)
    kept.replace(path)
    assert house.visitor.get("/healthz").text == "ok"
    assert house.visitor.post(f"/u/{token}", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED


# What every answer is like


class Outline(HTMLParser):
    """The tags of a page, and what it would load."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def every_answer(house):
    """Give one answer of each kind, with a name."""
    pending, active = house.add(SubscriberState.PENDING), house.add(email="bob@example.org")
    visitor = house.visitor
    yield "leave", visitor.get(f"/u/{house.leave_token(active)}")
    yield "confirm", visitor.get(f"/c/{house.confirm_token(pending)}")
    yield "confirmed", visitor.post(f"/c/{house.confirm_token(pending)}")
    yield "left", visitor.post(f"/u/{house.leave_token(active)}", data={"from": "page"})
    yield "one-click", visitor.post(f"/u/{house.leave_token(active)}", data=ONE_CLICK)
    yield "missing", visitor.get("/u/nothing")
    yield "no route", visitor.get("/wp-login.php")
    yield "sample", visitor.get("/u/" + make_token(SAMPLE_KEYS, Purpose.UNSUBSCRIBE, SAMPLE_ID, 0))
    yield "refused", visitor.put("/u/x")
    yield "health", visitor.get("/healthz")


def test_every_answer_is_guarded_and_every_page_can_be_used_by_everybody(house):
    for name, answer in every_answer(house):
        headers = answer.headers
        assert headers["Cache-Control"] == "no-store", name
        assert headers["Referrer-Policy"] == "no-referrer", name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert "noindex" in headers["X-Robots-Tag"], name
        if not headers["Content-Type"].startswith("text/html"):
            continue
        policy = headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"):
            assert rule in policy, name
        assert "unsafe" not in policy, name
        outline = Outline(answer.text)
        assert outline.tags.count("h1") == 1, name
        assert outline.tags.count("button") == (1 if name in {"leave", "confirm"} else 0), name
        assert not {"script", "img", "link", "iframe", "a"} & set(outline.tags), name
        assert not {"src", "href", "style", "onclick"} & set(outline.attributes), name
        assert '<html lang="en">' in answer.text, name
        assert re.search(r"<title>.+ · Prompts &amp; &lt;Friends&gt;</title>", answer.text), name
        assert "<Friends>" not in answer.text, name


def test_a_wrong_method_is_told_the_right_ones(house):
    answer = house.visitor.delete("/u/x")
    assert answer.status_code == 405
    assert {word.strip() for word in answer.headers["Allow"].split(",")} == {"GET", "HEAD", "POST"}


def test_a_monitor_sees_that_the_server_lives(house):
    assert house.visitor.get("/healthz").text == "ok"
    assert house.visitor.head("/healthz").status_code == 200


def test_a_fault_of_the_program_shows_a_page_and_no_trace():
    class Broken:
        def find(self, public_id):
            raise ZeroDivisionError(f"reader {public_id}")

    app = create_app(
        Broken(), KEYRING, now=lambda: NOW, newsletter_name="N", language="en", templates=TEMPLATES
    )
    visitor = open_client(app, raise_server_exceptions=False)
    answer = visitor.get(f"/u/{make_token(KEYRING, Purpose.UNSUBSCRIBE, 77, 0)}")
    assert answer.status_code == 500
    assert "broke on our side" in answer.text
    assert "reader 77" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_broken_template_stops_the_server_before_it_starts(house, tmp_path):
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "left.html.j2").write_text("{{ nobody }}")
    templates = environment([tmp_path, REPO / "templates"])
    with pytest.raises(AuthorError, match=r"left\.html\.j2:1"):
        create_app(
            house.people, KEYRING, now=lambda: NOW, newsletter_name="N", language="en", templates=templates
        )


# The real server

SERVE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.render.jinja import environment
from pipeline.store.lost import require_store
from pipeline.web.app import create_app, serve
from pipeline.web.served import ServedReturns
from subscribers.store.engine import open_engine
from subscribers.store.people import People
from subscribers.tokens import Keyring

url, templates = sys.argv[1:]
app = create_app(
    People(open_engine(url), suppression_key=b"s" * 32), Keyring(((2, b"2" * 32),)),
    now=lambda: datetime(2026, 11, 24, tzinfo=UTC), newsletter_name="N", language="en",
    templates=environment([Path(templates)]),
)
serve(app, "127.0.0.1", 0, ready=lambda url: print(url, flush=True))
"""


def test_the_real_server_writes_no_token_anywhere_and_stops_when_asked(house):
    reader = house.add()
    token = house.leave_token(reader)
    command = [sys.executable, "-c", SERVE, str(house.engine.url), str(REPO / "templates")]
    with subprocess.Popen(
        command, cwd=REPO, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        url = server.stdout.readline().strip()
        answer = httpx2.post(f"{url}/u/{token}", data=ONE_CLICK, trust_env=False)
        bad = httpx2.get(f"{url}/u/{token}bad", trust_env=False)
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=PATIENCE_S)
    assert (answer.status_code, bad.status_code) == (200, 404)
    assert house.state(reader) is SubscriberState.UNSUBSCRIBED
    assert "server" not in answer.headers
    assert (out, err, server.returncode) == ("", "", 0)


def test_a_port_that_is_taken_is_named(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PipelineError, match=f"127.0.0.1:{port}: address already in use"):
            serve(house.app, "127.0.0.1", port)
