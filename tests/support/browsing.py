"""The studio in a real browser: opened, and what its pages show."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from support.studio import served

long = pytest.mark.long
"""What another case shows as well waits for the long tests: a browser is the most costly part of all."""

ORIGINAL = "A token is the unit of text"

TALL = {"width": 1280, "height": 900}


@contextmanager
def opened(browsing, desk, path="/", *, viewport=TALL, scheme="null"):
    """Open the studio of a desk, listening; gives the page, what went wrong in it and what it asked for."""
    page = browsing.new_page()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    wrong, asked = [], []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        with served(desk.open()) as url:
            page.goto(url + path)
            page.locator("#live[data-live=on]").wait_for()
            yield page, wrong, asked
    finally:
        page.close()


def letter(page):
    """The letter that is shown, within its frame."""
    return page.frame_locator("[data-pane=now] iframe:not(.coming)")


def told(page, words):
    """Wait until the studio says what was done."""
    page.get_by_role("region", name="What was done").get_by_text(words).wait_for()
