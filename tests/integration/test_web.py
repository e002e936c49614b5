"""The public pages on a real database: only a POST changes anything, and a right link always works."""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import quote

import httpx2
import pytest
from conftest import NOW, REPO
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sa_event
from sqlalchemy import select
from starlette.testclient import TestClient

from pipeline.errors import AuthorError, PipelineError
from pipeline.render.jinja import environment
from pipeline.sample import SAMPLE_KEYS
from pipeline.store.schema import upgrade
from pipeline.store.tables import metadata
from pipeline.web.app import create_app, serve
from subscribers.addresses import parse_address
from subscribers.model import Event, Proof, State
from subscribers.store.engine import open_engine
from subscribers.store.people import People
from subscribers.suppression import Reason
from subscribers.tokens import CONFIRM_LIFETIME, SAMPLE_ID, Keyring, Purpose, make_token

KEYRING = Keyring(((2, b"2" * 32), (1, b"1" * 32)))
PROOF = Proof("sign-up form", NOW - timedelta(days=1), "Send me the letter.")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
TEMPLATES = environment([REPO / "templates"])


class House:
    """A database with readers, the application on it, and a visitor."""

    def __init__(self, engine, folder):
        upgrade(engine, backups=folder, now=NOW)
        self.engine = engine
        self.people = People(engine, suppression_key=b"s" * 32)
        self.now = NOW
        self.app = create_app(
            self.people,
            KEYRING,
            now=lambda: self.now,
            newsletter_name="Prompts & <Friends>",
            language="en",
            templates=TEMPLATES,
        )
        self.visitor = TestClient(self.app, follow_redirects=False)

    def add(self, state=State.ACTIVE, *, email="ada@example.org"):
        """Add a reader who has come to `state` the ordinary way."""
        people, address = self.people, parse_address(email)
        public_id = people.request(address, name="", proof=PROOF, now=NOW).public_id
        if state in {State.ACTIVE, State.PAUSED}:
            people.confirm(public_id, NOW)
        match state:
            case State.PAUSED:
                people.pause(public_id, NOW)
            case State.UNSUBSCRIBED:
                people.unsubscribe(public_id, Event.UNSUBSCRIBED_BY_HAND, NOW)
            case State.BOUNCED:
                people.bounce(public_id, NOW)
            case State.COMPLAINED:
                people.complain(public_id, NOW)
            case State.ERASED:
                people.erase(public_id, NOW)
        return public_id

    def leave_token(self, public_id):
        return make_token(KEYRING, Purpose.UNSUBSCRIBE, public_id, self.people.find(public_id).token_epoch)

    def confirm_token(self, public_id):
        epoch = self.people.find(public_id).token_epoch
        return make_token(KEYRING, Purpose.CONFIRM, public_id, epoch, NOW + CONFIRM_LIFETIME)

    def state(self, public_id):
        return self.people.find(public_id).state

    def events(self, public_id):
        return [line.event for line in self.people.events(public_id)]

    def everything(self):
        """Read every row of every table."""
        with self.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in metadata.sorted_tables
            }


@pytest.fixture
def house(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    yield House(engine, tmp_path)
    engine.dispose()


class TestOnBothDatabases:
    def test_one_post_unsubscribes_and_one_confirms(self, engine, tmp_path):
        house = House(engine, tmp_path)
        reader = house.add(State.PENDING)
        assert house.visitor.post(f"/c/{house.confirm_token(reader)}").status_code == 200
        assert house.state(reader) is State.ACTIVE
        assert house.visitor.post(f"/u/{house.leave_token(reader)}", data=ONE_CLICK).status_code == 200
        assert house.state(reader) is State.UNSUBSCRIBED
        assert house.people.find_broken_event(reader) is None


# Leaving


@pytest.mark.parametrize(
    ("request_parts", "event"),
    [
        ({"data": ONE_CLICK}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"files": {"List-Unsubscribe": (None, "One-Click")}}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"content": b""}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"content": b"\xff\x00 nonsense %%%"}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"data": {"List-Unsubscribe": "whatever"}}, Event.UNSUBSCRIBED_ONE_CLICK),
        (
            {"content": b"--x\r\nbroken", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            Event.UNSUBSCRIBED_ONE_CLICK,
        ),
        ({"data": {"from": "page", **ONE_CLICK}}, Event.UNSUBSCRIBED_ONE_CLICK),
        ({"data": {"from": "page"}}, Event.UNSUBSCRIBED_PAGE),
    ],
    ids=["urlencoded", "multipart", "no body", "nonsense", "wrong value", "broken", "both", "the button"],
)
def test_an_opt_out_holds_whatever_its_body_says(house, request_parts, event):
    reader = house.add()
    headers = {"Origin": "https://mail.example", **request_parts.pop("headers", {})}
    answer = house.visitor.post(f"/u/{house.leave_token(reader)}", headers=headers, **request_parts)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert "location" not in answer.headers
    assert house.state(reader) is State.UNSUBSCRIBED
    assert house.events(reader)[-1] is event


def test_a_mail_program_gets_a_line_and_a_person_gets_a_page(house):
    token = house.leave_token(house.add())
    assert house.visitor.post(f"/u/{token}", data=ONE_CLICK).text == "You are unsubscribed.\n"
    page = house.visitor.post(f"/u/{token}", data={"from": "page"})
    assert "You have left" in page.text
    assert "Changed your mind?" in page.text


@pytest.mark.parametrize("state", [State.ACTIVE, State.PAUSED, State.PENDING])
def test_leaving_twice_is_noted_once_and_answered_alike(house, state):
    reader = house.add(state)
    path = f"/u/{house.leave_token(reader)}"
    answers = [house.visitor.post(path, data={"from": "page"}) for _ in range(3)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert house.events(reader).count(Event.UNSUBSCRIBED_PAGE) == 1
    assert "You have left" in house.visitor.get(path).text


def test_many_posts_at_once_are_one_opt_out(house):
    reader = house.add()
    path = f"/u/{house.leave_token(reader)}"
    with ThreadPoolExecutor(12) as crowd:
        answers = list(crowd.map(lambda _: house.visitor.post(path, data=ONE_CLICK), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert house.events(reader).count(Event.UNSUBSCRIBED_ONE_CLICK) == 1


def test_an_old_letter_still_opens_the_way_out_after_a_new_sign_up_and_a_key_change(house):
    reader = house.add(State.UNSUBSCRIBED)
    old_keys = Keyring(((1, b"1" * 32),))
    token = make_token(old_keys, Purpose.UNSUBSCRIBE, reader, house.people.find(reader).token_epoch)
    house.people.request(parse_address("ada@example.org"), name="", proof=PROOF, now=NOW)
    house.people.confirm(reader, NOW)
    house.now = NOW + timedelta(days=4000)
    assert house.visitor.post(f"/u/{token}", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is State.UNSUBSCRIBED


def test_a_client_that_hangs_up_in_its_body_has_still_left(house):
    reader = house.add()
    messages = iter(
        [{"type": "http.request", "body": b"List-Unsub", "more_body": True}, {"type": "http.disconnect"}]
    )
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/u/{house.leave_token(reader)}",
        "headers": [],
        "query_string": b"",
    }

    async def receive():
        return next(messages)

    async def send(_message):
        """Go nowhere."""

    asyncio.run(house.app(scope, receive, send))
    assert house.state(reader) is State.UNSUBSCRIBED


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "streamed"])
def test_a_body_that_no_mail_program_sends_is_refused(house, declared):
    reader = house.add()
    body = b"x" * (64 * 1024 + 1)
    content = body if declared else (body[i : i + 9999] for i in range(0, len(body), 9999))
    assert house.visitor.post(f"/u/{house.leave_token(reader)}", content=content).status_code == 413
    assert house.state(reader) is State.ACTIVE


# Confirming


def test_confirming_twice_says_you_are_in_twice(house):
    reader = house.add(State.PENDING)
    path = f"/c/{house.confirm_token(reader)}"
    assert "Yes, send me the letter" in house.visitor.get(path).text
    for _ in range(2):
        assert "You are in" in house.visitor.post(path).text
    assert "You are in" in house.visitor.get(path).text
    assert house.events(reader).count(Event.CONFIRMED) == 1


def test_the_proof_names_the_network_of_who_confirmed(house):
    reader = house.add(State.PENDING)
    visitor = TestClient(house.app, client=("203.0.113.77", 4000))
    visitor.post(f"/c/{house.confirm_token(reader)}")
    source = house.people.events(reader)[-1].source
    assert "203.0.113.0" in source
    assert "203.0.113.77" not in source


def test_a_confirmation_that_comes_too_late_says_how_to_ask_again(house):
    reader = house.add(State.PENDING)
    path = f"/c/{house.confirm_token(reader)}"
    house.now = NOW + CONFIRM_LIFETIME + timedelta(hours=1)
    for answer in (house.visitor.get(path), house.visitor.post(path)):
        assert answer.status_code == 410
        assert "Ask for it again" in answer.text
        assert "<button" not in answer.text
    assert house.state(reader) is State.PENDING


def test_an_old_link_of_somebody_who_is_in_says_so(house):
    path = f"/c/{house.confirm_token(house.add(State.ACTIVE))}"
    house.now = NOW + timedelta(days=400)
    assert "You are in" in house.visitor.get(path).text


@pytest.mark.parametrize("state", [State.UNSUBSCRIBED, State.BOUNCED, State.COMPLAINED, State.ERASED])
def test_nobody_who_is_gone_comes_back_by_an_old_confirmation(house, state):
    reader = house.add(state)
    path = f"/c/{house.confirm_token(reader)}"
    pages = {house.visitor.get(path).text, house.visitor.post(path).text}
    assert len(pages) == 1
    assert "no longer in use" in pages.pop()
    assert house.state(reader) is state


def test_a_suppressed_address_is_not_told_from_one_that_left(house):
    left = house.visitor.post(f"/c/{house.confirm_token(house.add(State.UNSUBSCRIBED))}")
    pending = house.add(State.PENDING, email="bob@example.org")
    house.people.suppress(parse_address("bob@example.org"), Reason.COMPLAINED, NOW)
    answer = house.visitor.post(f"/c/{house.confirm_token(pending)}")
    assert (answer.status_code, answer.text) == (left.status_code, left.text)


# Links that open nothing


def damaged(token):
    """Give every way a link is damaged on its way."""
    flipped = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(len(token))
    ]
    return [
        *flipped,
        token[:-1],
        token[:16],
        token + "x",
        token * 300,
        token.swapcase(),
        "=" + token,
        "%00" * 32,
        "%FF%FE" * 16,
        "\u2603" * 32,
        "%0A" + token,
        token + "%0A",
        token + "/",
        token + "/x",
        "..%2F" + token,
        base64.urlsafe_b64encode(token.encode()).decode(),
    ]


@pytest.mark.parametrize("room", ["u", "c"])
def test_a_bad_link_gets_one_page_whatever_is_wrong_with_it(house, room):
    reader = house.add(State.PENDING)
    good = {"u": house.leave_token(reader), "c": house.confirm_token(reader)}
    other = good["c" if room == "u" else "u"]
    end = NOW + CONFIRM_LIFETIME
    purpose, expires_at = (Purpose.UNSUBSCRIBE, None) if room == "u" else (Purpose.CONFIRM, end)
    foreign = Keyring(((2, b"x" * 32),))
    epoch = house.people.find(reader).token_epoch
    bad = [
        *damaged(good[room]),
        other,
        make_token(KEYRING, Purpose.PREFERENCES, reader, epoch),
        make_token(KEYRING, purpose, reader ^ 1, epoch, expires_at),
        make_token(KEYRING, purpose, reader, epoch + 1, expires_at),
        make_token(foreign, purpose, reader, epoch, expires_at),
        make_token(Keyring(((9, b"1" * 32),)), purpose, reader, epoch, expires_at),
    ]
    before = house.everything()
    usual = house.visitor.get("/u/nothing")
    for token in bad:
        for answer in (house.visitor.get(f"/{room}/{token}"), house.visitor.post(f"/{room}/{token}")):
            assert answer.status_code == 404, token
            assert (answer.text, answer.headers) == (usual.text, usual.headers), token
    assert house.everything() == before
    assert house.visitor.get(f"/{room}/{good[room]}").status_code == 200


@pytest.mark.parametrize("written", ["{}=", "{}==", "{}%3D"])
def test_a_link_that_a_mail_program_made_longer_still_works(house, written):
    reader = house.add()
    assert house.visitor.post(f"/u/{written.format(house.leave_token(reader))}").status_code == 200
    assert house.state(reader) is State.UNSUBSCRIBED


def test_a_link_whose_letters_are_percent_encoded_still_works(house):
    reader = house.add()
    encoded = "".join(f"%{ord(letter):02X}" for letter in house.leave_token(reader))
    assert house.visitor.post(f"/u/{encoded}", data=ONE_CLICK).status_code == 200
    assert house.state(reader) is State.UNSUBSCRIBED


@pytest.mark.parametrize("path", ["/u/", "/c/"])
def test_a_link_of_a_test_copy_is_explained(house, path):
    token = make_token(SAMPLE_KEYS, Purpose.UNSUBSCRIBE, SAMPLE_ID, 0)
    for answer in (house.visitor.get(path + token), house.visitor.post(path + token)):
        assert answer.status_code == 200
        assert "test copy" in answer.text


# GET changes nothing


@pytest.fixture(scope="module")
def full_house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    engine = open_engine(f"sqlite:///{folder / 'weekly.db'}")
    house = House(engine, folder)
    readers = [house.add(state, email=f"{state.word}@example.org") for state in State]
    tokens = [house.leave_token(reader) for reader in readers]
    tokens += [house.confirm_token(reader) for reader in readers]
    before = house.everything()
    yield house, tokens, before
    engine.dispose()


EVASIONS = {
    "params": {"List-Unsubscribe": "One-Click", "from": "page", "_method": "POST"},
    "content": b"List-Unsubscribe=One-Click&from=page&_method=POST",
    "headers": {
        "X-HTTP-Method-Override": "POST",
        "X-HTTP-Method": "POST",
        "Content-Type": "application/x-www-form-urlencoded",
    },
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_nothing_but_a_post_changes_anything_at_any_address_for_any_reader(full_house, method):
    house, tokens, before = full_house
    assert len(house.app.routes) >= 3
    for route in house.app.routes:
        for token in tokens:
            for parts in ({}, EVASIONS):
                answer = house.visitor.request(method, route.path.replace("{token}", token), **parts)
                assert answer.status_code < 500
                assert "set-cookie" not in answer.headers
    assert house.everything() == before


@given(
    room=st.sampled_from("uc"), text=st.text(min_size=1, max_size=60), method=st.sampled_from(["GET", "POST"])
)
@settings(max_examples=100, deadline=None)
def test_no_text_in_the_place_of_a_token_is_more_than_a_dead_link(full_house, room, text, method):
    house, _, _ = full_house
    answer = house.visitor.request(method, f"/{room}/{quote(text, safe='')}")
    assert answer.status_code == 404


def test_a_post_changes_what_the_sweep_above_would_see(house):
    reader = house.add()
    before = house.everything()
    house.visitor.post(f"/u/{house.leave_token(reader)}")
    assert house.everything() != before


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


@pytest.mark.parametrize("how", ["locked", "read-only", "damaged", "gone"])
@pytest.mark.parametrize("room", ["u", "c"])
def test_a_store_that_is_away_asks_to_come_back(tmp_path, caplog, how, room):
    path = tmp_path / "store" / "weekly.db"
    path.parent.mkdir()
    engine = open_engine(f"sqlite:///{path}")
    house = House(engine, tmp_path)
    reader = house.add(State.PENDING)
    token = house.leave_token(reader) if room == "u" else house.confirm_token(reader)
    with caplog.at_level(logging.WARNING):
        release = spoil(how, engine, path)
        answer = house.visitor.post(f"/{room}/{token}", data=ONE_CLICK)
        release()
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "try again" in answer.text
    assert "the store does not answer" in caplog.text
    assert token not in caplog.text
    assert str(reader) not in caplog.text
    assert "ada@" not in caplog.text
    engine.dispose()


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
    pending, active = house.add(State.PENDING), house.add(email="bob@example.org")
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
    visitor = TestClient(app, raise_server_exceptions=False)
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
from pipeline.web.app import create_app, serve
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
        out, err = server.communicate(timeout=20)
    assert (answer.status_code, bad.status_code) == (200, 404)
    assert house.state(reader) is State.UNSUBSCRIBED
    assert "server" not in answer.headers
    assert (out, err, server.returncode) == ("", "", 0)


def test_a_port_that_is_taken_is_named(house):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PipelineError, match=f"127.0.0.1:{port}: address already in use"):
            serve(house.app, "127.0.0.1", port)
