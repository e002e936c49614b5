"""The five letters as readers meet them: on every width, in the dark, read aloud, on paper, past a filter."""

from __future__ import annotations

import re
import subprocess
from datetime import UTC, datetime

import pytest
from support.letters import LETTERS
from support.patience import PATIENCE_S
from support.rendering import render_letter

from pipeline.edition.sample import fill_sample

pytestmark = [pytest.mark.long]

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
MOST_POINTS = 0.5
"""Of SpamAssassin, which calls a mail spam from 5 points on."""

every_letter = pytest.mark.parametrize("name", LETTERS)
in_both_schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@pytest.fixture(scope="module")
def samples():
    return {
        name: fill_sample(render_letter(name), head, phrase="1,300+ prompt engineers", at=AT)
        for name, (_, head) in LETTERS.items()
    }


@pytest.fixture
def opened(chromium, samples):
    pages = []

    def open_letter(name, *, width=700, scheme="light"):
        page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.set_content(samples[name].html)
        pages.append(page)
        return page

    yield open_letter
    for page in pages:
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 375, 700])
@every_letter
def test_nothing_is_wider_than_the_screen(opened, name, width):
    page = opened(name, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        """width => [...document.querySelectorAll('p, h1, h2, h3, li, pre, a')]
            .filter(e => e.getBoundingClientRect().right > width + 1).map(e => e.textContent.slice(0, 40))""",
        width,
    )
    assert beyond == []


@pytest.mark.browser
@in_both_schemes
@every_letter
def test_axe_finds_nothing_to_mend(opened, node_tools, name, scheme):
    page = opened(name, scheme=scheme)
    page.add_script_tag(path=node_tools / "axe-core" / "axe.min.js")
    # Landmarks are the page's that shows the letter: a second `main` in webmail would be a fault.
    found = page.evaluate(
        "axe.run(document, {rules: {'landmark-one-main': {enabled: false}, region: {enabled: false}}})"
    )
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []
    assert len(found["passes"]) > 20


@pytest.mark.browser
@every_letter
def test_every_link_down_the_page_scrolls_there(opened, name):
    page = opened(name, width=375)
    for target in page.evaluate("[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"):
        page.evaluate("id => document.getElementById(id).scrollIntoView()", target)
        assert page.evaluate("id => document.getElementById(id).getBoundingClientRect().top < 900", target)


@pytest.mark.browser
def test_dark_is_designed(opened):
    def colour(selector, scheme):
        found = opened("ordinary", scheme=scheme).locator(selector).first
        return found.evaluate("e => getComputedStyle(e).backgroundColor + getComputedStyle(e).color")

    for selector in (
        "body",
        ".page",
        ".card",
        ".panel",
        ".box td",
        ".prose a",
        ".prose .facts",
        ".masthead h1",
    ):
        assert colour(selector, "light") != colour(selector, "dark"), selector


@pytest.mark.browser
@in_both_schemes
def test_on_paper_words_are_black_on_white_and_what_nobody_can_tap_is_gone(opened, scheme):
    page = opened("ordinary", scheme=scheme)
    page.emulate_media(media="print")
    headword = page.locator(".headword h2")
    assert headword.evaluate("e => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    assert (
        page.locator(".panel").first.evaluate("e => getComputedStyle(e).backgroundColor")
        == "rgb(255, 255, 255)"
    )
    assert page.get_by_text("Join them").is_hidden()
    assert page.get_by_text("Unsubscribe").is_visible()


@every_letter
def test_a_spam_filter_has_nothing_against_it(samples, spamassassin, name):
    done = subprocess.run(
        [spamassassin, "--local", "--test-mode"],
        input=samples[name].eml,
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )
    status = re.search(rb"X-Spam-Status: (\w+), score=(-?[\d.]+)[^:]*tests=([^:]*)", done.stdout)
    assert status is not None
    assert float(status[2]) < MOST_POINTS, status[3].decode()
