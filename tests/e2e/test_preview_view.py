"""A letter as the studio shows it in a browser: width, colours, readers, links, and nothing of it runs."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from support.browsing import ORIGINAL, letter, opened
from support.studio import WEEK

from pipeline.studio.view import TABS

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(preview_desk):
    return preview_desk


def background(page):
    return letter(page).locator("body").evaluate("e => getComputedStyle(e).backgroundColor")


def test_width_colours_and_pictures_are_toggled_and_the_address_says_so(browsing, desk):
    with opened(browsing, desk) as (page, _, _):
        lights = {"light": background(page)}
        for scheme in ("dark", "inverted"):
            page.locator(f"#scheme-{scheme}").click()
            page.wait_for_url(f"**scheme={scheme}")
            page.locator(f"iframe.{scheme}:not(.coming)").wait_for()
            lights[scheme] = background(page)
        numbers = {name: sum(map(int, re.findall(r"\d+", colour)[:3])) for name, colour in lights.items()}
        assert numbers["light"] > 500
        assert numbers["dark"] < 200
        assert numbers["inverted"] < 200
        page.locator("#width-mobile").click()
        page.wait_for_url("**width=mobile**")
        assert letter(page).locator("body").evaluate("() => innerWidth") == 375
        link = page.url
        page.goto("about:blank")
        page.goto(link)
        assert letter(page).locator("body").evaluate("() => innerWidth") == 375
        assert background(page) == lights["inverted"]
        page.go_back()


def test_the_width_is_dragged_and_moved_by_keys(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        grip = page.get_by_role("slider", name="Width of the letter")
        box = grip.bounding_box()
        page.mouse.move(box["x"] + 5, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] - 45, box["y"] + 100)
        page.mouse.up()
        page.wait_for_url("**width=580")
        assert letter(page).locator("body").evaluate("() => innerWidth") == 580
        grip.press("ArrowRight")
        page.wait_for_url("**width=590")
        grip.press("Home")
        page.wait_for_url("**width=280")
        assert grip.get_attribute("aria-valuetext") == "280 pixels"
        assert page.evaluate("document.activeElement.id") == "grip"
        assert wrong == []


def test_the_reader_the_issue_and_the_issue_before_are_switched(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_text("Hi Ada").wait_for()
        page.get_by_label("Reader").select_option(label="A reader without a name")
        letter(page).get_by_text("Hi there").wait_for()
        page.get_by_role("link", name="Side by side").click()
        page.locator("[data-pane=last] iframe").wait_for()
        last = page.frame_locator("[data-pane=last] iframe")
        last.get_by_role("heading", name=desk.sent_term("2026-W47")).first.wait_for()
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        page.get_by_role("link", name="The issue after").click()
        page.wait_for_url("**week=2026-W49**")
        now = "[data-pane=now] iframe:not(.coming)"
        page.locator(f'{now}[title="The letter of 2026-W49"]').wait_for()
        page.go_back()
        page.locator(f'{now}[title="The letter of {WEEK}"]').wait_for()
        page.get_by_label("Issue", exact=True).select_option("2026-W47")
        page.locator(".chip.sent").wait_for()
        assert wrong == []


def test_a_link_of_the_letter_leads_nowhere_but_to_its_place_in_the_list_and_back(browsing, desk):
    with opened(browsing, desk) as (page, wrong, asked):
        letter(page).get_by_role("link", name="the paper").click()
        page.wait_for_url("**tab=links**")
        item = page.locator(".links .pointed")
        assert "https://paper.example/a" in item.inner_text()
        item.get_by_role("link", name="in the letter").click()
        page.wait_for_url("**at=link**")
        pointed = letter(page).locator("[data-pointed]")
        pointed.wait_for()
        assert pointed.inner_text() == "the paper"
        assert all(urlsplit(url).hostname == "127.0.0.1" for url in asked)
        assert wrong == []


def test_a_finding_leads_to_its_place_in_the_letter_and_to_its_file(browsing, desk):
    desk.own_template("email/frame.mjml.j2")
    text = desk.read("templates/email/frame.mjml.j2")
    at = text.rindex("</mj-body>")
    link = '<mj-section><mj-column><mj-text><a href="/nowhere">read</a></mj-text></mj-column></mj-section>'
    desk.write("templates/email/frame.mjml.j2", f"{text[:at]}{link}{text[at:]}")
    with opened(browsing, desk, "/?tab=checks") as (page, _, asked):
        finding = page.locator(".findings li", has=page.locator("a", has_text="in the letter")).first
        assert "nowhere" in finding.inner_text()
        file = finding.locator("a.file").get_attribute("href")
        finding.get_by_role("link", name="in the letter").click()
        letter(page).locator("[data-pointed]").wait_for()
        page.goto(re.match(r"http://[^/]+", page.url)[0] + file)
        assert page.locator("#L1").is_visible()
        assert all(urlsplit(url).hostname in ("127.0.0.1", None) for url in asked)


def test_nothing_of_a_letter_runs_or_asks_the_web(browsing, desk):
    desk.own_template("email/frame.mjml.j2")
    text = desk.read("templates/email/frame.mjml.j2")
    at = text.index("</mj-body>")
    active = (
        '<mj-raw><script>parent.document.title = "changed"</script><img src="https://pictures.example/a.gif" '
        'alt=""><form action="https://forms.example">'
        '<button id="b">x</button></form><iframe src="https://pages.example"></iframe></mj-raw>'
    )
    desk.write("templates/email/frame.mjml.j2", f"{text[:at]}{active}{text[at:]}")
    with opened(browsing, desk) as (page, _, asked):
        letter(page).locator("body").wait_for()
        letter(page).locator("#b").click()
        for tab in TABS:
            page.locator(f"#tab-{tab}").click()
            page.locator(f"#tab-{tab}[aria-current]").wait_for()
        assert "changed" not in page.title()
        assert all(urlsplit(url).hostname in ("127.0.0.1", None) for url in asked)
