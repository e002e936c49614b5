"""The studio shows in a real browser what is saved, and what is wrong with it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from support.browsing import ORIGINAL, TALL, letter, long, opened
from support.studio import served

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(preview_desk):
    return preview_desk


def scrolled(page):
    """How far the letter is scrolled in its frame."""
    return page.evaluate(
        "document.querySelector('iframe:not(.coming)').contentDocument.scrollingElement.scrollTop"
    )


def test_a_save_shows_by_itself_and_keeps_scroll_tab_and_focus(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        page.evaluate("document.querySelector('iframe').contentDocument.scrollingElement.scrollTo(0, 300)")
        page.locator("#scheme-light").focus()
        address = page.url
        desk.edit("content/glossary/token.md", ORIGINAL, "A token, anew, is the unit of text")
        letter(page).get_by_role("article").get_by_text("A token, anew,").wait_for()
        assert page.locator("iframe").count() == 1
        assert scrolled(page) == 300
        assert page.evaluate("document.activeElement.id") == "scheme-light"
        page.get_by_role("link", name="Text", exact=True).click()
        page.wait_for_url("**tab=text")
        desk.edit("content/glossary/token.md", "anew", "once more")
        page.locator(".plain").get_by_text("A token, once more,").wait_for()
        assert page.url.startswith(address)
        assert page.url.endswith("tab=text")
        assert wrong == []


@pytest.mark.parametrize(
    "change",
    [
        ("content/tips/{tip}.md", "title: ", "title: Anew ", "Anew"),
        pytest.param(("weekly.toml", 'tagline = "', 'tagline = "Anew ', "Anew"), marks=long),
        pytest.param(
            (
                "templates/email/blocks/masthead.mjml.j2",
                "{{ letterhead.name }}",
                "Anew {{ letterhead.name }}",
                "Anew",
            ),
            marks=long,
        ),
        ("templates/email/theme.mjml.j2", "#eceef3", "#123456", None),
    ],
    ids=["tip", "setting", "template", "theme"],
)
def test_tip_setting_template_and_theme_show_too(browsing, desk, change):
    path, old, new, shown = change
    if path.startswith("templates/"):
        desk.own_template(path.removeprefix("templates/"))
    tip = next(pick.ref for pick in desk.room.letter("", "named").picks if pick.slot == "tip")
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).locator("body").wait_for()
        desk.edit(path.format(tip=tip), old, new)
        if shown:
            letter(page).get_by_text(shown).first.wait_for()
        else:
            letter(page).locator('body[style*="#123456"], body [style*="#123456"]').first.wait_for()
        assert wrong == []


def test_a_mistake_shows_its_line_the_last_good_letter_stays_and_mending_it_is_enough(browsing, desk):
    with opened(browsing, desk) as (page, wrong, _):
        letter(page).get_by_role("article").get_by_text(ORIGINAL).wait_for()
        desk.own_template("email/issue.mjml.j2")
        desk.edit("templates/email/issue.mjml.j2", "issue.subject", "isue.subject")
        trouble = page.get_by_role("region", name="The letter cannot be made")
        trouble.wait_for()
        assert re.search(r"templates/email/issue\.mjml\.j2:\d+", trouble.inner_text())
        assert "isue" in trouble.locator(".fault").inner_text()
        assert page.get_by_text("The last good letter").is_visible()
        assert letter(page).get_by_role("article").get_by_text(ORIGINAL).is_visible()
        assert page.locator("#status").inner_text() == "The letter cannot be made"
        desk.edit("templates/email/issue.mjml.j2", "isue.subject", "issue.subject")
        trouble.wait_for(state="detached")
        assert page.get_by_text("The last good letter").count() == 0
        assert page.locator("#status").inner_text() == "The letter can be made again"
        assert wrong == []


def test_a_studio_that_was_stopped_and_started_again_shows_what_was_saved_meanwhile(chromium, desk):
    context = chromium.new_context(viewport=TALL)
    page = context.new_page()
    try:
        with served(desk.open()) as url:
            page.goto(url)
            page.locator("#live[data-live=on]").wait_for()
        page.locator("#live[data-live=off]").wait_for()
        assert page.get_by_text("not live").is_visible()
        desk.edit("content/glossary/token.md", ORIGINAL, "A token, meanwhile, is the unit of text")
        with served(desk.open(), urlsplit(url).port):
            page.locator("#live[data-live=on]").wait_for()
            letter(page).get_by_role("article").get_by_text("A token, meanwhile,").wait_for()
    finally:
        context.close()
