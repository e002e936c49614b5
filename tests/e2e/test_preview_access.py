"""The studio in a real browser by keyboard, without JavaScript, on any screen, and as axe sees it."""

from __future__ import annotations

import re
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from support.browsing import ORIGINAL, TALL, letter, long, opened, told
from support.studio import served

from pipeline.studio.view import TABS

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(preview_desk):
    return preview_desk


def test_all_of_it_is_reached_and_worked_by_keyboard(browsing, desk):
    with opened(browsing, desk, "/?tab=why") as (page, wrong, _):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        reached = []
        for _ in range(80):
            page.keyboard.press("Tab")
            focus = "e => [e.id, getComputedStyle(e).outlineStyle]"
            reached.append(page.evaluate(f"({focus})(document.activeElement)"))
            if reached[-1][0] == "save-words":
                break
        ids = [name for name, _ in reached]
        for name in (
            "later",
            "week",
            *(f"tab-{tab}" for tab in TABS),
            "unpin-term",
            "ban-tip",
            "swap-tip-1",
            "subject",
            "intro",
        ):
            assert name in ids, name
        assert all(
            outline == "solid" for name, outline in reached if name.startswith(("tab-", "ban-", "swap-"))
        )
        page.locator("#tab-links").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**tab=links")
        assert page.evaluate("document.activeElement.id") == "tab-links"
        page.locator("#tab-why").focus()
        page.keyboard.press("Enter")
        page.locator("#ban-tip").focus()
        page.keyboard.press("Enter")
        told(page, "banned: the tip")
        assert wrong == []


def test_without_javascript_every_control_works_too(chromium, desk):
    context = chromium.new_context(java_script_enabled=False, viewport=TALL)
    page = context.new_page()
    try:
        with served(desk.open()) as url:
            page.goto(url)
            page.get_by_role("link", name="Why", exact=True).click()
            page.locator("#ban-tip").click()
            told(page, "banned: the tip")
            page.get_by_label("Issue", exact=True).select_option("2026-W47")
            page.locator(".issues .go").click()
            page.locator(".chip.sent").wait_for()
            assert "tab=why" in page.url
    finally:
        context.close()


CUT = """frames => frames.filter(frame => {
  const [box, page] = [frame.getBoundingClientRect(), frame.contentDocument.documentElement];
  return box.left < 0 || box.right > innerWidth || page.scrollWidth > page.clientWidth;
}).length"""


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (390, (320, 380)),
        pytest.param(1280, (520, 680), marks=long),
        pytest.param(1600, (680, 680), marks=long),
    ],
)
def test_letters_side_by_side_fit_the_screen_and_on_a_small_one_stand_below_each_other(
    browsing, desk, width, shown
):
    with opened(browsing, desk, "/?beside=1", viewport={"width": width, "height": 900}) as (page, wrong, _):
        letter(page).get_by_role("article").wait_for()
        frames = page.locator("iframe:not(.coming)")
        assert frames.count() == 2
        assert frames.evaluate_all(CUT) == 0
        assert shown[0] <= letter(page).locator("body").evaluate("() => innerWidth") <= shown[1]
        first, second = (frames.nth(at).bounding_box() for at in (0, 1))
        if width == 390:
            assert second["y"] >= first["y"] + first["height"]
        else:
            assert second["y"] == first["y"]
        grip = page.get_by_role("slider", name="Width of the letter")
        assert int(grip.get_attribute("aria-valuenow")) == second["width"]
        assert wrong == []


def test_on_a_small_screen_the_letter_fits_and_the_controls_are_folded(browsing, desk):
    with opened(browsing, desk, viewport={"width": 390, "height": 844}) as (page, wrong, _):
        letter(page).get_by_role("article").wait_for()
        assert page.locator("iframe:not(.coming)").evaluate_all(CUT) == 0
        assert page.locator("iframe:not(.coming)").bounding_box()["y"] < 844 / 2
        assert page.locator("#scheme-dark").is_hidden()
        page.get_by_role("link", name="How it is shown").click()
        page.locator("#scheme-dark").click()
        page.locator("iframe.dark:not(.coming)").wait_for()
        assert page.locator("#scheme-dark").is_visible()
        page.get_by_role("link", name="How it is shown").click()
        page.locator("#scheme-dark").wait_for(state="hidden")
        assert wrong == []


@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=long) for width in (390, 1280))])
def test_no_tab_is_wider_than_the_screen(browsing, desk, width):
    with opened(browsing, desk, viewport={"width": width, "height": 800}) as (page, wrong, _):
        for tab in TABS:
            page.goto(re.sub(r"/(\?.*)?$", f"/?tab={tab}", page.url))
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), tab
        assert wrong == []


@long
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_any_tab(chromium, desk, scheme, width):
    desk.set("preview", 'test_addresses = ["ed@example.org"]')
    context = chromium.new_context(bypass_csp=True)
    viewport = {"width": width, "height": 900}
    with closing(context), opened(context, desk, viewport=viewport, scheme=scheme) as (page, _, _):
        start = page.url
        views = [*(f"?tab={tab}" for tab in TABS), "?tools=1&beside=1", "?tab=why&week=2026-W47"]
        for view in views:
            page.goto(start + view)
            assert_accessible(page, view)
        page.goto(start + "?tab=why")
        page.locator("#preheader").fill("long " * 40)
        page.locator("#pin-tip").click()
        page.locator("#message").wait_for()
        page.get_by_text("too long for an inbox").wait_for()
        assert_accessible(page, "a message")
        page.locator("#tab-send").click()
        page.locator("#approve").click()
        page.get_by_text("Approved as it is now.").wait_for()
        desk.edit("content/glossary/token.md", ORIGINAL, "A token is a unit of text")
        page.locator("#diff-words").wait_for()
        assert_accessible(page, "a difference")
        desk.edit("weekly.toml", "min_gap_weeks", "min_gap_weks")
        page.locator("#error-page").wait_for()
        assert_accessible(page, "error-page")
        page.locator("#tab-html").click()
        page.get_by_text("The last good letter").wait_for()
        assert_accessible(page, "a stale letter")
        page.goto(start + "file?path=weekly.toml&line=4")
        assert_accessible(page, "a file")


def assert_accessible(page, view):
    # The letter inside the frame has its own tests.
    found = Axe().run(page, context={"exclude": [["iframe"]]}).response["violations"]
    told = [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found]
    assert told == [], view
