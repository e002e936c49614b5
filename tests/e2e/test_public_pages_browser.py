"""The public pages as a real browser shows them."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from support.databases import make_tables
from support.studio import running

from pipeline.render.jinja import environment
from pipeline.resources import shipped
from pipeline.web.app import create_app
from subscribers.addresses import parse_address
from subscribers.model import Event, Proof, SubscriberState
from subscribers.store.engine import open_engine
from subscribers.store.people import People
from subscribers.tokens import CONFIRM_LIFETIME, Keyring, Purpose, make_token

pytestmark = pytest.mark.browser

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TEMPLATES = environment([shipped("templates")])
KEYRING = Keyring(((1, b"1" * 32),))


def served(app):
    return running(uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")))


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
def people(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'weekly.db'}")
    make_tables(engine, tmp_path)
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
            (f"/c/{confirm}", SubscriberState.ACTIVE, "You are in"),
            (f"/u/{leave}", SubscriberState.UNSUBSCRIBED, "You have left"),
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
