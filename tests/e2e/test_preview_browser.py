"""The preview and the public pages as a real browser shows them."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import uvicorn
from conftest import NOW, REPO

from pipeline.content.model import Problem
from pipeline.errors import AuthorError
from pipeline.pick.reasons import Candidate, Pick, Reason
from pipeline.render.jinja import environment
from pipeline.store.schema import upgrade
from pipeline.studio.app import Preview, create_preview
from pipeline.web.app import create_app
from subscribers.addresses import parse_address
from subscribers.model import Event, Proof, State
from subscribers.store.engine import open_engine
from subscribers.store.people import People
from subscribers.tokens import CONFIRM_LIFETIME, Keyring, Purpose, make_token

pytestmark = pytest.mark.browser

TEMPLATES = environment([REPO / "templates"])
KEYRING = Keyring(((1, b"1" * 32),))
LETTER = """<!doctype html><html lang="en"><head><title>t</title><style>
body { background: #ffffff } @media (prefers-color-scheme: dark) { body { background: #101010 } }
</style></head><body><p id="who">Hi Ada</p>
<script>document.getElementById("who").textContent = "pwned"</script>
<img src="https://tracker.example/pixel.gif" alt=""></body></html>"""
LONG = "a-very-long-slug-of-a-tip-that-somebody-wrote-on-a-rainy-afternoon"
PICKS = (
    Pick(
        "term",
        "term",
        "system-prompt",
        0.6,
        (Reason("coverage", 1.1, "a target " * 12),),
        runners_up=(Candidate(LONG, 0.55, (Reason("coverage", 0.55), Reason("ramp", -0.5))),),
    ),
)


@contextmanager
def served(app):
    """Serve an application on a free port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


@contextmanager
def opened(chromium, **options):
    """Open a page; gives it, what the browser complained about, and each request with why it failed."""
    context = chromium.new_context(**options)
    page = context.new_page()
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    for event in ("requestfinished", "requestfailed"):
        page.on(event, lambda request: requests.append((request.url, request.failure)))
    try:
        yield page, complaints, requests
    finally:
        context.close()


def is_too_wide(page):
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.fixture
def desk():
    letter = Preview(
        "2026-W48",
        12,
        "Weekly Insights",
        "System prompt",
        "Before you speak.",
        LETTER,
        "Hi Ada\n",
        999,
        picks=PICKS,
    )
    return {"letter": letter, "error": None}


@pytest.fixture
def preview(desk):
    def load():
        if desk["error"]:
            raise desk["error"]
        return desk["letter"]

    with served(create_preview(load, templates=TEMPLATES)) as url:
        yield url


def test_the_framed_letter_is_shown_and_its_script_does_nothing(chromium, preview):
    # Without "null" Playwright's own colour scheme would win over the frame's.
    with opened(chromium, color_scheme="null") as (page, _, requests):
        page.goto(preview, wait_until="networkidle")
        frame = page.frame_locator("iframe")
        assert frame.locator("#who").inner_text() == "Hi Ada"
        body = frame.locator("body")
        colour = "e => getComputedStyle(e).backgroundColor"
        assert body.evaluate(colour) == "rgb(255, 255, 255)"
        page.get_by_role("link", name="Dark").click()
        page.wait_for_url("**scheme=dark**", wait_until="networkidle")
        assert frame.locator("body").evaluate(colour) == "rgb(16, 16, 16)"
        page.get_by_role("link", name="Mobile").click()
        page.wait_for_url("**width=mobile**", wait_until="networkidle")
        assert frame.locator("body").evaluate("() => innerWidth") == 375
        # Ours were answered; the picture was stopped by the policy, and not by a lack of network.
        assert {(url.startswith(preview), failure) for url, failure in requests} == {
            (True, None),
            (False, "csp"),
        }


def test_an_edit_shows_after_a_reload_on_the_same_tab_and_a_mistake_shows_its_line(chromium, preview, desk):
    with opened(chromium) as (page, _, _):
        page.goto(preview)
        page.get_by_role("link", name="Text").click()
        assert page.locator("pre").inner_text() == "Hi Ada\n"
        desk["error"] = AuthorError(
            [Problem("templates/email/issue.txt.j2", 7, "no end", "end it", "template")]
        )
        page.reload()
        assert "templates/email/issue.txt.j2:7" in page.locator("main").inner_text()
        desk["error"] = None
        page.reload()
        assert page.locator("pre").inner_text() == "Hi Ada\n"


@pytest.mark.parametrize("width", [320, 375, 1200])
def test_no_view_is_wider_than_the_screen_and_its_style_applies(chromium, preview, width):
    with opened(chromium, viewport={"width": width, "height": 700}) as (page, complaints, _):
        for show in ("text", "why", "checks"):
            page.goto(f"{preview}/?show={show}")
            assert not is_too_wide(page), show
            assert page.locator(".inbox").evaluate("e => getComputedStyle(e).display") == "flex"
        assert complaints == []


@pytest.fixture
def people(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    upgrade(engine, backups=tmp_path, now=NOW)
    yield People(engine, suppression_key=b"s" * 32)
    engine.dispose()


@pytest.mark.parametrize("width", [320, 1200])
def test_a_reader_confirms_and_leaves_by_keyboard_without_javascript(chromium, people, width):
    proof = Proof("sign-up form", NOW - timedelta(days=1), "Send me the letter.")
    reader = people.request(parse_address("ada@example.org"), name="", proof=proof, now=NOW)
    app = create_app(
        people,
        KEYRING,
        now=lambda: NOW,
        newsletter_name="Weekly Insights",
        language="en",
        templates=TEMPLATES,
    )
    confirm = make_token(
        KEYRING, Purpose.CONFIRM, reader.public_id, reader.token_epoch, NOW + CONFIRM_LIFETIME
    )
    leave = make_token(KEYRING, Purpose.UNSUBSCRIBE, reader.public_id, reader.token_epoch)
    options = {"java_script_enabled": False, "viewport": {"width": width, "height": 700}}
    with served(app) as url, opened(chromium, **options) as (page, complaints, requests):
        for path, state, title in (
            (f"/c/{confirm}", State.ACTIVE, "You are in"),
            (f"/u/{leave}", State.UNSUBSCRIBED, "You have left"),
        ):
            page.goto(url + path)
            button = page.get_by_role("button")
            assert button.bounding_box()["height"] >= 44
            page.keyboard.press("Tab")
            assert (
                button.evaluate("e => document.activeElement === e && getComputedStyle(e).outlineStyle")
                == "solid"
            )
            assert people.find(reader.public_id).state is not state
            page.keyboard.press("Enter")
            page.get_by_role("heading", name=title).wait_for()
            assert people.find(reader.public_id).state is state
            assert not is_too_wide(page)
        assert complaints == []
        assert all(address.startswith(url) for address, _ in requests)
    assert people.events(reader.public_id)[-1].event is Event.UNSUBSCRIBED_PAGE
